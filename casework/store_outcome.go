package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlOutcomes = `SELECT service_id, opened, closed, resolved, unresolved, fixed, unfixed, reopened FROM casework_outcome ORDER BY service_id`
const sqlOutcomeAdd = `INSERT INTO casework_outcome (service_id, opened, closed, resolved, unresolved, fixed, unfixed, reopened) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (service_id) DO UPDATE SET opened = casework_outcome.opened + excluded.opened, closed = casework_outcome.closed + excluded.closed,
	resolved = casework_outcome.resolved + excluded.resolved, unresolved = casework_outcome.unresolved + excluded.unresolved,
	fixed = casework_outcome.fixed + excluded.fixed, unfixed = casework_outcome.unfixed + excluded.unfixed, reopened = casework_outcome.reopened + excluded.reopened`

func outcomes(ctx context.Context, tx *db.Tx) ([]Outcome, error) {
	scan := func(row db.Scanner) (o Outcome, err error) {
		err = row.Scan(&o.ServiceID, &o.Opened, &o.Closed, &o.Resolved, &o.Unresolved, &o.Fixed, &o.Unfixed, &o.Reopened)
		return o, err
	}
	return db.Collect(ctx, tx, scan, sqlOutcomes)
}

func addOutcomes(ctx context.Context, tx *db.Tx, list []Outcome) error {
	for _, o := range list {
		if o.zero() {
			continue
		}
		if _, err := tx.Exec(ctx, sqlOutcomeAdd, o.ServiceID, o.Opened, o.Closed, o.Resolved, o.Unresolved, o.Fixed, o.Unfixed, o.Reopened); err != nil {
			return fmt.Errorf("count how cases of service %d ended: %w", o.ServiceID, err)
		}
	}
	return nil
}
