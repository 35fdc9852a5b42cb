package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

// ChangesKept is how many of the last changes of cases are remembered.
const ChangesKept = 50_000

// Changed are the cases that changed since something was read, as they are now.
type Changed struct {
	Last    int64 // up to where: ask for what came behind it
	Cases   []Outline
	All     bool // too much has changed to say what: read all anew
	Further bool // there is more behind Last
}

// ChangedSince are the cases that changed behind a line of the changes, a bounded
// number at once.
func (s *Service) ChangedSince(ctx context.Context, line int64) (Changed, error) {
	var c Changed
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = changedSince(ctx, tx, line)
		return err
	})
	if err != nil {
		return Changed{}, fmt.Errorf("read which cases changed: %w", err)
	}
	return c, nil
}

// LastChange is the newest line of the changes.
func (s *Service) LastChange(ctx context.Context) (line int64, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		_, line, err = changeLines(ctx, tx)
		return err
	})
	return line, err
}

// ForgetChanges removes all but the last ChangesKept lines of the changes.
func (s *Service) ForgetChanges(ctx context.Context) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, last, err := changeLines(ctx, tx)
		if err != nil {
			return err
		}
		return forgetChanges(ctx, tx, last-ChangesKept)
	})
}

// outlined reports whether a change of a case is one of its outline.
func outlined(before, after Case) bool {
	return before.ID == 0 || before.State != after.State || before.Reason != after.Reason || before.ServiceID != after.ServiceID || before.AreaID != after.AreaID ||
		!before.EndedAt.Equal(after.EndedAt)
}

// countTx keeps all that is counted of cases in step with a change of one.
func countTx(ctx context.Context, tx *db.Tx, before, after Case) error {
	for _, count := range []func(context.Context, *db.Tx, Case, Case) error{flowTx, tallyTx, keptTx} {
		if err := count(ctx, tx, before, after); err != nil {
			return err
		}
	}
	if !outlined(before, after) {
		return nil
	}
	return noteChanged(ctx, tx, after.ID)
}
