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

// KnownTx reports whether one of some references is of a case that is here.
func (s *Service) KnownTx(ctx context.Context, tx *db.Tx, references []string) (bool, error) {
	found, err := casesByReference(ctx, tx, references)
	return len(found) > 0, err
}

// StepsTx returns what became of a case, oldest first, 500 at most.
func (s *Service) StepsTx(ctx context.Context, tx *db.Tx, id int64) ([]Step, error) {
	return stepsOf(ctx, tx, id)
}
