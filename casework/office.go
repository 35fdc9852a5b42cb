package casework

import (
	"context"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// Beside is what a room above this one knows of a case.
type Beside struct {
	// Elsewhere says in a sentence where a case is besides here, in another system;
	// "" for nowhere, and nil knows of none.
	Elsewhere func(ctx context.Context, tx *db.Tx, id int64) (string, error)
}

// MoveByOfficeTx moves a case by the word of another system in which the work is
// done, and tells the citizen in the usual words. When that system closes it
// without a reason it has none here either, so that nothing is counted as
// resolved that nobody said was.
//
// Errors: those of MoveTx.
func (s *Service) MoveByOfficeTx(ctx context.Context, tx *db.Tx, by record.Actor, c *Case, m Moving) error {
	say, err := s.wordsTx(ctx, tx, *c, Saying{From: c.State, To: m.To, Reason: m.Reason, Whose: m.Whose})
	if err != nil {
		return err
	}
	m.Say, m.unexplained = say, true
	_, err = s.MoveTx(ctx, tx, by, c, m)
	return err
}

// elsewhereTx is where a case is besides here.
func (s *Service) elsewhereTx(ctx context.Context, tx *db.Tx, id int64) (string, error) {
	if s.Elsewhere == nil {
		return "", nil
	}
	return s.Elsewhere(ctx, tx, id)
}
