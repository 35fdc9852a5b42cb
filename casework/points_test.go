package casework_test

import (
	"context"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
)

func TestTheMapFollowsEveryChange(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		view := casework.MapView{South: 57, West: -6, North: 58, East: -5, Zoom: 12}
		marks := func(why string, want int) []casework.Cluster {
			t.Helper()
			list, err := h.Clusters(t.Context(), view, false)
			must(t, err)
			if len(list) != want {
				t.Errorf("%s: the map has %d marks, not %d", why, len(list), want)
			}
			return list
		}
		marks("before there is a case", 0)
		c, _ := h.open()
		if list := marks("when it is opened", 1); len(list) == 1 && (list[0].CaseID != c.ID || list[0].Count != 1 || list[0].ServiceID != h.service) {
			t.Errorf("the mark is %+v", list[0])
		}
		h.clock.Advance(time.Minute)
		c, step, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		marks("when it is done", 0)
		h.clock.Advance(time.Minute)
		_, _, err = h.Undo(t.Context(), h.admin, c.ID, step.ID)
		must(t, err)
		marks("when that is undone", 1)
		view.ServiceID = h.service + 1
		marks("with another service", 0)
		view = casework.MapView{South: 10, West: 10, North: 11, East: 11, Zoom: 12}
		marks("elsewhere", 0)
	})
}

func TestTheMapIsReadAnewForWhatWasNotChanged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		view := casework.MapView{South: 57, West: -6, North: 58, East: -5, Zoom: 12}
		marks := func(why string, want int) {
			t.Helper()
			list, err := h.Clusters(t.Context(), view, false)
			must(t, err)
			if len(list) != want {
				t.Errorf("%s: the map has %d marks, not %d", why, len(list), want)
			}
		}
		c, _ := h.open()
		h.clock.Advance(5 * time.Minute)
		h.at(h.another("Una", "Another lamp is out"), 5_000, "Another lamp is out")
		must(t, h.RereadPoints(t.Context()))
		marks("at the start", 2)
		h.clock.Advance(time.Minute)
		must(t, h.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE casework_case SET lat = 10, lon = 10 WHERE id = $1`, c.ID)
			return err
		}))
		h.clock.Advance(time.Minute)
		marks("as it was known", 2)
		must(t, h.RereadPoints(t.Context()))
		marks("read anew", 1)
		h.at(h.another("Tam", "A third"), 10_000, "A third")
		marks("and followed", 2)
	})
}
