package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// Undo takes a step back: what was not sent yet is not sent. When the citizen
// has been told already, the case is put back and a further message is owed;
// told reports that.
//
// Errors: fault.NotFound; fault.Conflict when the case has moved on.
func (s *Service) Undo(ctx context.Context, by staff.Officer, id, step int64) (c Case, told bool, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		told, err = s.undoTx(ctx, tx, by, &c, step)
		return err
	})
	if err != nil {
		return Case{}, false, fmt.Errorf("undo a step of case %d: %w", id, err)
	}
	return c, told, nil
}

func (s *Service) undoTx(ctx context.Context, tx *db.Tx, by staff.Officer, c *Case, step int64) (told bool, err error) {
	st, err := stepTx(ctx, tx, step, c.ID)
	if err != nil {
		return false, err
	}
	if c.State != st.State || !st.UndoneAt.IsZero() || st.Before == "" {
		return false, fault.New(fault.Conflict, "The case has been changed again since. Look at it as it is now.")
	}
	if st.MessageID != 0 {
		stopped, err := s.Desk.UnsayTx(ctx, tx, st.MessageID, by.Actor())
		if err != nil {
			return false, err
		}
		told = !stopped
	}
	sent, err := s.unsayOthersTx(ctx, tx, st.ID, by.Actor())
	if err != nil {
		return false, err
	}
	before := *c
	c.putBack(st, tx.Now)
	if err := s.forgetVerdictTx(ctx, tx, c, st.ID); err != nil {
		return false, err
	}
	if err := markUndone(ctx, tx, st.ID); err != nil {
		return false, err
	}
	if err := s.reopenTasksTx(ctx, tx, by.Actor(), *c, st.ID); err != nil {
		return false, err
	}
	return told || sent, s.saveTx(ctx, tx, Change{Act: "casework.case.undone", By: by.Actor(), Before: before, Step: st}, c)
}
