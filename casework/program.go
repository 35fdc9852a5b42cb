package casework

import (
	"context"

	"mercat.scot/mercat/platform/db"
)

// What rooms above this one need of a case, within a transaction of theirs.

// CaseTx returns a case.
//
// Errors: fault.NotFound.
func (s *Service) CaseTx(ctx context.Context, tx *db.Tx, id int64) (Case, error) {
	return caseTx(ctx, tx, id)
}

// StepsTx returns what became of a case, oldest first, 500 at most.
func (s *Service) StepsTx(ctx context.Context, tx *db.Tx, id int64) ([]Step, error) {
	return stepsOf(ctx, tx, id)
}
