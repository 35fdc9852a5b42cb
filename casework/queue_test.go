package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
)

// several opens n cases, an hour apart.
func (h *house) several(n int) []casework.Case {
	h.t.Helper()
	list := make([]casework.Case, n)
	for i := range list {
		h.clock.Advance(time.Hour)
		list[i], _ = h.open()
	}
	return list
}

func TestTheQueueIsByWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made := h.several(5)
		day := 24 * time.Hour
		for i, in := range map[int]time.Duration{1: 3 * day, 3: day, 4: 2 * day} {
			c, err := h.SetDue(t.Context(), h.admin, made[i].ID, made[i].Version, h.clock.Now().Add(in))
			must(t, err)
			made[i] = c
		}
		want := []int64{made[3].ID, made[4].ID, made[1].ID, made[0].ID, made[2].ID}
		q := casework.Query{Open: true, Sort: casework.ByDue, TeamIDs: []int64{h.roads.ID, h.roads.ID + 1}, Limit: 2}
		var got []int64
		for range 4 {
			list, next, err := h.List(t.Context(), q)
			must(t, err)
			for _, c := range list {
				got = append(got, c.ID)
			}
			if q.Before = next; next.ID == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the queue is %v, not %v", got, want)
		}
		h.clock.Advance(36 * time.Hour)
		late, _, err := h.List(t.Context(), casework.Query{Late: true, TeamID: h.roads.ID})
		must(t, err)
		if len(late) != 1 || late[0].ID != made[3].ID || !late[0].Late(h.clock.Now()) || late[0].Why(h.clock.Now()) != "Nobody has taken it up" {
			t.Errorf("late is %+v", late)
		}
		oldest, _, err := h.List(t.Context(), casework.Query{Open: true, Sort: casework.ByOpened, ServiceID: h.service})
		must(t, err)
		if len(oldest) != 5 || oldest[0].ID != made[0].ID {
			t.Errorf("the longest open is %+v", oldest)
		}
		counts, err := h.Counts(t.Context(), casework.Query{TeamID: h.roads.ID})
		must(t, err)
		if counts[casework.Received] != 5 || counts[casework.Accepted] != 0 {
			t.Errorf("the counts are %v", counts)
		}
	})
}

func TestManyCasesAreChangedAtOnceAndPutBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made := h.several(4)
		var chosen []casework.Seen
		for _, c := range made {
			chosen = append(chosen, casework.Seen{ID: c.ID, Version: c.Version})
		}
		_, err := h.Assign(t.Context(), h.admin, made[3].ID, made[3].Version, h.roads.ID, h.admin.ID)
		must(t, err)
		out, err := h.Bulk(t.Context(), h.admin, chosen, casework.Bulk{Move: casework.Moving{To: casework.Accepted}})
		must(t, err)
		if out.Done != 3 || !slices.Equal(out.Changed, []string{made[3].Reference}) {
			t.Errorf("the outcome is %+v", out)
		}
		if s := out.Sentence("moved"); !strings.HasPrefix(s, "3 moved, 1 was changed by others meanwhile and left alone (MC-") {
			t.Error(s)
		}
		first, err := h.Whole(t.Context(), made[0].ID)
		must(t, err)
		_, err = h.SetCost(t.Context(), h.admin, first.ID, first.Version, 12_50)
		must(t, err)
		back, told, err := h.UndoBulk(t.Context(), h.admin, out.Batch)
		must(t, err)
		if back.Done != 2 || len(back.Changed) != 1 || told != 0 {
			t.Errorf("the undo is %+v, told %d", back, told)
		}
		if c, err := h.Whole(t.Context(), made[1].ID); err != nil || c.State != casework.Received {
			t.Errorf("the case is %s, %v", c.State, err)
		}
		if _, _, err := h.UndoBulk(t.Context(), h.admin, out.Batch); err == nil {
			t.Error("it can be undone twice")
		}
		if _, err := h.Bulk(t.Context(), h.admin, nil, casework.Bulk{Due: true}); err == nil {
			t.Error("nothing chosen is no error")
		}
		if _, err := h.Bulk(t.Context(), h.admin, make([]casework.Seen, 201), casework.Bulk{Due: true}); err == nil {
			t.Error("201 at once is no error")
		}
		// What does not apply to one of them leaves the others changed.
		now := func(id int64) casework.Seen {
			w, err := h.Whole(t.Context(), id)
			must(t, err)
			return casework.Seen{ID: id, Version: w.Version}
		}
		out, err = h.Bulk(t.Context(), h.admin, []casework.Seen{now(made[0].ID), now(made[1].ID), {ID: 5, Version: 1}}, casework.Bulk{Move: casework.Moving{To: casework.Accepted}})
		must(t, err)
		if out.Done != 1 || len(out.Refused) != 1 || out.Vanished != 1 || !strings.Contains(out.Why, "accepted already") {
			t.Errorf("the outcome is %+v", out)
		}
	})
}
