package app

import (
	"context"
	"embed"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

const sqlDemonstration = `SELECT officer_id, done, total, finished, trouble FROM app_demonstration WHERE id = 1`
const sqlDemonstrationBegin = `INSERT INTO app_demonstration (id, officer_id, done, total, finished, trouble) VALUES (1, $1, 0, 0, FALSE, '')`
const sqlDemonstrationMove = `UPDATE app_demonstration SET done = $1, total = $2, finished = $3, trouble = $4 WHERE id = 1`

// sqlJobsForget removes what would still be done for what is not there any
// more. What runs at the moment finds nothing to do.
const sqlJobsForget = `DELETE FROM river_job WHERE kind LIKE 'desk.%' AND kind <> 'desk.sweep' AND state <> 'running'`

// sqlGreatestID is over those ids whose order says what came later.
const sqlGreatestID = `SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM desk_message UNION ALL SELECT MAX(id) FROM desk_conversation
	UNION ALL SELECT MAX(id) FROM webform_post UNION ALL SELECT MAX(id) FROM practice_post UNION ALL SELECT MAX(id) FROM phone_contact UNION ALL SELECT MAX(id) FROM casework_case) AS greatest`

// greatestID is the greatest of the ids that are there.
func greatestID(ctx context.Context, d *db.DB) (id int64, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		id, _, err = db.One(ctx, tx, db.ScanID, sqlGreatestID)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look for the greatest id: %w", err)
	}
	return id, nil
}

// progress is how far the making of the demonstration is.
type progress struct {
	officer     int64
	done, total int64
	finished    bool
	trouble     string // why it was given up
}

func scanProgress(row db.Scanner) (p progress, err error) {
	err = row.Scan(&p.officer, &p.done, &p.total, &p.finished, &p.trouble)
	return p, err
}

func readProgress(ctx context.Context, d *db.DB) (p progress, there bool, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		p, there, err = db.One(ctx, tx, scanProgress, sqlDemonstration)
		return err
	})
	if err != nil {
		return progress{}, false, fmt.Errorf("read how far the demonstration is: %w", err)
	}
	return p, there, nil
}

func beginProgress(ctx context.Context, tx *db.Tx, officer int64) error {
	if _, err := tx.Exec(ctx, sqlDemonstrationBegin, officer); err != nil {
		return fmt.Errorf("note that a demonstration is wanted: %w", err)
	}
	return nil
}

func writeProgress(ctx context.Context, tx *db.Tx, p progress) error {
	if _, err := tx.Exec(ctx, sqlDemonstrationMove, p.done, p.total, p.finished, p.trouble); err != nil {
		return fmt.Errorf("note how far the demonstration is: %w", err)
	}
	return nil
}

func forgetJobs(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, sqlJobsForget); err != nil {
		return fmt.Errorf("forget what was still to be done: %w", err)
	}
	return nil
}
