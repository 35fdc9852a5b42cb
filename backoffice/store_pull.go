package backoffice

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlPulledInsert = `INSERT INTO backoffice_pulled (office_id, update_id, remote_id, status, at, words, case_id, taken_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (office_id, update_id) DO NOTHING`
const sqlPulledEarly = `SELECT update_id, remote_id, status, at, words FROM backoffice_pulled WHERE office_id = $1 AND remote_id = $2 AND case_id = 0 ORDER BY at, update_id LIMIT 200`
const sqlPulledClaim = `UPDATE backoffice_pulled SET case_id = $1, words = '' WHERE office_id = $2 AND update_id = $3`
const sqlPulledForget = `DELETE FROM backoffice_pulled WHERE case_id = 0 AND taken_at < $1`
const sqlPulledForgetAll = `DELETE FROM backoffice_pulled WHERE taken_at < $1`

// insertPulled notes news; false when they were taken before. Words are kept for
// as long as nobody has read them.
func insertPulled(ctx context.Context, tx *db.Tx, office int64, n news, id int64) (bool, error) {
	words := n.words
	if id != 0 {
		words = ""
	}
	count, err := tx.Exec(ctx, sqlPulledInsert, office, n.id, n.remote, n.status, db.Micros(n.at), words, id, db.Micros(tx.Now))
	if err != nil {
		return false, fmt.Errorf("note an update: %w", err)
	}
	return count == 1, nil
}

func earlyNews(ctx context.Context, tx *db.Tx, office int64, remote string) ([]news, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (n news, err error) {
		var at int64
		err = row.Scan(&n.id, &n.remote, &n.status, &at, &n.words)
		n.at = db.Time(at)
		return n, err
	}, sqlPulledEarly, office, remote)
	if err != nil {
		return nil, fmt.Errorf("read updates that came early: %w", err)
	}
	return list, nil
}

func claimNews(ctx context.Context, tx *db.Tx, office int64, update string, id int64) error {
	if _, err := tx.Exec(ctx, sqlPulledClaim, id, office, update); err != nil {
		return fmt.Errorf("take an update that came early: %w", err)
	}
	return nil
}

// forgetPulled forgets updates of requests that never became ours, and all that
// are too old to come again.
func forgetPulled(ctx context.Context, tx *db.Tx, early, all time.Time) error {
	if _, err := tx.Exec(ctx, sqlPulledForget, db.Micros(early)); err != nil {
		return fmt.Errorf("forget updates of requests that are not ours: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlPulledForgetAll, db.Micros(all)); err != nil {
		return fmt.Errorf("forget updates that are long past: %w", err)
	}
	return nil
}
