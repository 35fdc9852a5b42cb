package casework_test

import (
	"context"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
)

// reported makes a case that is likely to be done within a week.
func (h *house) reported(key string) casework.Case {
	h.t.Helper()
	var c casework.Case
	must(h.t, h.db.Write(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		c, _, err = h.ReportTx(ctx, tx, h.admin.Actor(), casework.Report{Key: key, Source: casework.FromAPI, ServiceID: h.service, Words: "A hole"})
		return err
	}))
	return c
}

// promises sets the standard of the service, in working days.
func (h *house) promises(days int) {
	h.t.Helper()
	snapshot, err := h.Directory.Snapshot(h.t.Context())
	must(h.t, err)
	service, _ := snapshot.Service(h.service)
	service.PromisedDays = days
	must(h.t, h.Directory.SaveService(h.t.Context(), h.admin.Actor(), service))
}

func (h *house) kept() casework.Words {
	h.t.Helper()
	list, err := h.Kept(h.t.Context(), h.clock.Now().AddDate(0, 0, 60))
	must(h.t, err)
	return list[h.service]
}

func TestTheCouncilsWordIsCounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Expect = func(_ int64, opened time.Time) (half, most time.Time) {
			return opened.AddDate(0, 0, 3), opened.AddDate(0, 0, 7)
		}
		h.promises(5)
		says := func(what string, dates, datesKept, standards, met int64) {
			t.Helper()
			want := casework.Words{Date: casework.Word{Told: dates, Kept: datesKept}, Standard: casework.Word{Told: standards, Kept: met}}
			if got := h.kept(); got != want {
				t.Errorf("%s: %+v, not %+v", what, got, want)
			}
		}
		quick, slow, apart := h.reported("quick"), h.reported("slow"), h.reported("apart")
		says("all are open", 3, 0, 3, 0)
		if list, err := h.Kept(t.Context(), h.clock.Now()); err != nil || len(list) != 0 {
			t.Errorf("before their time is over: %v, %v", list, err)
		}
		move := func(c casework.Case, m casework.Moving) casework.Case {
			t.Helper()
			c, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, m)
			must(t, err)
			return c
		}
		h.clock.Advance(24 * time.Hour)
		quick = move(quick, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		move(apart, casework.Moving{To: casework.NotOurs, Whose: "Scottish Water"})
		says("one is done in time, and one was not ours", 2, 1, 2, 1)
		quick, err := h.Judge(t.Context(), quick.Track, casework.SaysUnfixed, "")
		must(t, err)
		says("it was not fixed", 2, 0, 2, 0)
		quick = move(quick, casework.Moving{To: casework.Done, Reason: casework.NothingFound})
		says("it was closed without being resolved", 2, 0, 2, 0)
		// Another day on the desk changes nothing of what was promised.
		slow, err = h.SetDue(t.Context(), h.admin, slow.ID, slow.Version, h.clock.Now().AddDate(0, 0, 60))
		must(t, err)
		h.clock.Advance(20 * 24 * time.Hour)
		slow = move(slow, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		says("one was done late", 2, 0, 2, 0)
		whole, err := h.Whole(t.Context(), slow.ID)
		must(t, err)
		_, _, err = h.Undo(t.Context(), h.admin, slow.ID, whole.Steps[len(whole.Steps)-1].ID)
		must(t, err)
		says("undone", 2, 0, 2, 0)
	})
}

func TestSmallNumbersAreNotShown(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        int
		ok          bool
	}{{0, 0, 0, false}, {9, 9, 0, false}, {9, 10, 90, true}, {1, 3000, 0, true}} {
		if got, ok := casework.Shown(c.part, c.whole); got != c.want || ok != c.ok {
			t.Errorf("%d of %d is shown as %d, %v", c.part, c.whole, got, ok)
		}
	}
}
