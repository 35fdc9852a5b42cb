package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

// Ids rise with the time at which a step was made, so a time is a range of the
// primary key.
const (
	sqlStepsBetween      = `SELECT ` + sqlStepColumns + ` FROM casework_step WHERE id > $1 AND id < $2 AND before <> '' AND undone_at = 0`
	sqlStepsBetweenOf    = ` AND case_id IN (SELECT id FROM casework_case WHERE reference IN `
	sqlStepsBetweenLimit = ` ORDER BY id LIMIT $3`
)

func stepsBetween(ctx context.Context, tx *db.Tx, after, before int64, references []string, limit int) ([]Step, error) {
	query, args := sqlStepsBetween, []any{after, before, limit}
	if len(references) > 0 {
		references = db.Padded(references)
		query += sqlStepsBetweenOf + db.In(3, len(references)) + ")"
		for _, reference := range references {
			args = append(args, reference)
		}
	}
	list, err := db.Collect(ctx, tx, scanStep, query+sqlStepsBetweenLimit, args...)
	if err != nil {
		return nil, fmt.Errorf("read the steps of a time: %w", err)
	}
	return list, nil
}
