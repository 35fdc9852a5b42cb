package casework_test

import (
	"context"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
)

func TestWhatChangedIsReadWithoutTheRest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		since := func(line int64) casework.Changed {
			t.Helper()
			c, err := h.ChangedSince(t.Context(), line)
			must(t, err)
			return c
		}
		if c := since(0); c.All || len(c.Cases) != 0 || c.Last != 0 {
			t.Errorf("of nothing: %+v", c)
		}
		one, two := h.reported("one"), h.reported("two")
		first := since(0)
		if len(first.Cases) != 2 || first.All || first.Further {
			t.Fatalf("two new: %+v", first)
		}
		one, _, err := h.Move(t.Context(), h.admin, one.ID, one.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		_, err = h.SetCost(t.Context(), h.admin, two.ID, two.Version, 1200)
		must(t, err)
		second := since(first.Last)
		if len(second.Cases) != 1 || second.Cases[0].ID != one.ID || second.Cases[0].State != casework.Done || !second.Cases[0].EndedAt.Equal(one.EndedAt) {
			t.Errorf("one done, and what the other cost: %+v", second)
		}
		if c := since(second.Last); len(c.Cases) != 0 || c.Last != second.Last {
			t.Errorf("nothing since: %+v", c)
		}
		if c := since(second.Last + 5); !c.All {
			t.Error("changes that begin anew are not seen")
		}
		must(t, h.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM casework_changed WHERE n < $1`, second.Last)
			return err
		}))
		if c := since(0); !c.All {
			t.Error("changes that were forgotten are not missed")
		}
		must(t, h.ForgetChanges(t.Context()))
		if line, err := h.LastChange(t.Context()); err != nil || line != second.Last {
			t.Errorf("the last line is %d, %v", line, err)
		}
	})
}
