package casework_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

func (h *house) task(id int64, title string, due time.Time) casework.Task {
	h.t.Helper()
	t, err := h.AddTask(h.t.Context(), h.admin, id, casework.TaskPlan{Title: title, DueAt: due})
	must(h.t, err)
	return t
}

// titles are the open tasks of a queue.
func (h *house) titles(q casework.TaskQuery) string {
	h.t.Helper()
	list, err := h.Jobs(h.t.Context(), q)
	must(h.t, err)
	var titles []string
	for _, j := range list {
		titles = append(titles, j.Title)
	}
	return strings.Join(titles, ", ")
}

func TestATeamSeesItsTasksByWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		h.task(c.ID, "Sweep", time.Time{})
		h.task(c.ID, "Fill the hole", h.clock.Now().Add(48*time.Hour))
		cones := h.task(c.ID, "Put out cones", h.clock.Now().Add(24*time.Hour))
		roads := casework.TaskQuery{TeamIDs: []int64{h.roads.ID}}
		if got := h.titles(roads); got != "Put out cones, Fill the hole, Sweep" || cones.TeamID != h.roads.ID {
			t.Errorf("the queue is %s", got)
		}
		if got := h.titles(casework.TaskQuery{TeamIDs: []int64{h.roads.ID + 1}}); got != "" {
			t.Errorf("another team's queue is %s", got)
		}
		moved, err := h.PlanTask(t.Context(), h.admin, c.ID, cones.ID, cones.Version, casework.TaskPlan{Title: "Put out cones and a sign", OfficerID: h.admin.ID})
		must(t, err)
		if got := h.titles(casework.TaskQuery{OfficerID: h.admin.ID}); got != "Put out cones and a sign" {
			t.Errorf("mine are %s", got)
		}
		if _, err := h.PlanTask(t.Context(), h.admin, c.ID, cones.ID, cones.Version, casework.TaskPlan{Title: "x"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("over somebody's change: %v", err)
		}
		for range 2 { // two of the crew say so
			if _, err = h.SetTaskDone(t.Context(), h.admin, c.ID, moved.ID, true); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.titles(roads); got != "Fill the hole, Sweep" {
			t.Errorf("when one is done: %s", got)
		}
		if _, err := h.AddTask(t.Context(), h.admin, c.ID, casework.TaskPlan{Title: " "}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a task without words: %v", err)
		}
		if w := h.whole(c.ID); w.Version != c.Version || w.Acts[0].Act != "casework.case.task_done_or_not" || w.Acts[1].Act != "casework.case.task_changed" {
			t.Errorf("version %d, was %d; %s", w.Version, c.Version, w.Acts[0].Act)
		}
	})
}

func TestEndingACaseAsksWhatBecomesOfItsTasks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		h.task(c.ID, "Fill the hole", time.Time{})
		done := casework.Moving{To: casework.Done, Reason: casework.Fixed}
		if _, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, done); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), "Fill the hole") {
			t.Fatalf("it ends without asking: %v", err)
		}
		out, err := h.Bulk(t.Context(), h.admin, []casework.Seen{{ID: c.ID, Version: c.Version}}, casework.Bulk{Move: done})
		must(t, err)
		if out.Done != 0 || len(out.Refused) != 1 || !strings.Contains(out.Why, "tasks that are not done") {
			t.Errorf("among many: %+v", out)
		}
		done.Tasks = casework.TasksDone
		c, step, err := h.Move(t.Context(), h.admin, c.ID, c.Version, done)
		must(t, err)
		if w := h.whole(c.ID); w.Tasks[0].Open() || w.Tasks[0].DoneBy != h.admin.Name {
			t.Errorf("the task is %+v", w.Tasks[0])
		}
		// Undoing the closing brings the task back.
		_, _, err = h.Undo(t.Context(), h.admin, c.ID, step.ID)
		must(t, err)
		w := h.whole(c.ID)
		if !w.Tasks[0].Open() || h.titles(casework.TaskQuery{}) != "Fill the hole" {
			t.Errorf("after the undo the task is %+v", w.Tasks[0])
		}
		// Other programs are not asked, and their closing takes nothing away: the task
		// is in no queue while its case has ended, and is there again with it.
		c = w.Case
		must(t, h.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			one := c
			_, err := h.MoveTx(ctx, tx, h.admin.Actor(), &one, casework.Moving{To: casework.Done, Reason: casework.Fixed})
			return err
		}))
		if got := h.titles(casework.TaskQuery{}); got != "" {
			t.Errorf("tasks of a case that has ended: %s", got)
		}
		c = h.whole(c.ID).Case
		_, _, err = h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.InProgress})
		must(t, err)
		if got := h.titles(casework.TaskQuery{}); got != "Fill the hole" {
			t.Errorf("taken up again: %s", got)
		}
	})
}

func TestLinkedCasesShowEachOther(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, _ := h.open()
		f, err := h.Fill(t.Context(), h.conversation)
		must(t, err)
		b, _, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		must(t, h.Link(t.Context(), h.admin, b.ID, a.ID, casework.CausedBy))
		h.clock.Advance(time.Second)
		must(t, h.Link(t.Context(), h.admin, b.ID, a.ID, casework.RelatesTo))
		must(t, h.Link(t.Context(), h.admin, a.ID, b.ID, casework.RelatesTo)) // the same, from the other side
		said := func(id int64) string {
			var list []string
			for _, l := range h.whole(id).Linked {
				list = append(list, l.Kind.Label(l.Back)+" "+l.Case.Reference)
			}
			return strings.Join(list, ", ")
		}
		if got := said(a.ID); got != "Caused "+b.Reference+", Relates to "+b.Reference {
			t.Errorf("the first says %s", got)
		}
		if got := said(b.ID); got != "Caused by "+a.Reference+", Relates to "+a.Reference {
			t.Errorf("the second says %s", got)
		}
		if err := h.Link(t.Context(), h.admin, a.ID, a.ID, casework.Follows); !fault.Is(err, fault.Invalid) {
			t.Errorf("to itself: %v", err)
		}
		must(t, h.Unlink(t.Context(), h.admin, b.ID, a.ID, casework.CausedBy))
		must(t, h.Unlink(t.Context(), h.admin, b.ID, a.ID, casework.RelatesTo))
		if w := h.whole(a.ID); len(w.Linked) != 0 || w.Acts[0].Act != "casework.case.unlinked" || w.Acts[0].Subject.ID != b.ID {
			t.Errorf("taken away: %+v, %+v", w.Linked, w.Acts[0])
		}
	})
}
