package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Task is a part of the work on a case: for a team, or somebody of it.
type Task struct {
	ID        int64
	CaseID    int64
	Title     string
	TeamID    int64
	OfficerID int64 // 0 for nobody yet
	DueAt     time.Time
	MadeBy    string
	MadeAt    time.Time
	DoneAt    time.Time // zero while it is to be done
	DoneBy    string
	RemovedAt time.Time // zero while it is there
	StepID    int64     // that ended it with its case; 0 for none
	Version   int64
}

// Open reports whether it is still to be done.
func (t Task) Open() bool { return t.DoneAt.IsZero() && t.RemovedAt.IsZero() }

// Late reports whether it should have been done by now.
func (t Task) Late(now time.Time) bool {
	return t.Open() && !t.DueAt.IsZero() && t.DueAt.Before(now)
}

// facts are what the record keeps of a task: not its words, which stand with
// the case.
func (t Task) facts() map[string]any {
	return map[string]any{"task": t.ID, "team": t.TeamID, "officer": t.OfficerID, "due": db.Micros(t.DueAt), "done": !t.DoneAt.IsZero(), "removed": !t.RemovedAt.IsZero()}
}

const (
	maxTasks     = 50 // of one case, those that were taken out not counted
	maxTaskTitle = 200
)

// TaskPlan is what somebody wants of a task.
type TaskPlan struct {
	Title     string
	TeamID    int64 // 0 is the case's
	OfficerID int64
	DueAt     time.Time
}

// clean makes p fit to be kept, or says what is wrong.
func (p TaskPlan) clean(roster *staff.Roster) (TaskPlan, error) {
	var wrong fault.Fields
	if p.Title, _ = text.CleanLine(p.Title, maxTaskTitle); p.Title == "" {
		wrong.Add("title", "Say what is to be done.")
	}
	if _, ok := roster.Team(p.TeamID); !ok {
		wrong.Add("task-team", "Choose a team from the list.")
	}
	if o, ok := roster.Officer(p.OfficerID); p.OfficerID != 0 && (!ok || !o.Active) {
		wrong.Add("task-officer", "This person does not work here any more. Choose another.")
	}
	return p, wrong.Err()
}

// AddTask adds a task to a case that is open.
//
// Errors: fault.NotFound; fault.Conflict when the case has ended; fault.Fields
// (title, task-team, task-officer).
func (s *Service) AddTask(ctx context.Context, by staff.Officer, id int64, p TaskPlan) (Task, error) {
	var t Task
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := caseTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.State.Ended() {
			return fault.New(fault.Conflict, "This case has ended. Take it up again first, then add what is to be done.")
		}
		if p.TeamID == 0 {
			p.TeamID = c.TeamID
		}
		roster, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		clean, err := p.clean(roster)
		if err != nil {
			return err
		}
		have, err := tasksOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(there(have)) >= maxTasks {
			return fault.Field("title", fmt.Sprintf("A case can have %d tasks. Take one out first.", maxTasks))
		}
		t = Task{ID: tx.NewID(), CaseID: id, Title: clean.Title, TeamID: clean.TeamID, OfficerID: clean.OfficerID, DueAt: clean.DueAt, MadeBy: by.Name, MadeAt: tx.Now, Version: 1}
		if err := insertTask(ctx, tx, t); err != nil {
			return err
		}
		return s.notedBeside(ctx, tx, by.Actor(), c, "casework.case.task_added", nil, t.facts())
	})
	if err != nil {
		return Task{}, fmt.Errorf("add a task to case %d: %w", id, err)
	}
	return t, nil
}

// there are the tasks that were not taken out.
func there(list []Task) []Task {
	return slices.DeleteFunc(slices.Clone(list), func(t Task) bool { return !t.RemovedAt.IsZero() })
}

// SetTaskDone says that a task is done, or that it is not after all. It is
// idempotent, and needs no version: two of a crew may say so.
//
// Errors: fault.NotFound; fault.Conflict when it was taken out.
func (s *Service) SetTaskDone(ctx context.Context, by staff.Officer, id, task int64, done bool) (Task, error) {
	return s.changeTask(ctx, by, id, task, "casework.case.task_done_or_not", func(_ context.Context, tx *db.Tx, t *Task) error {
		switch {
		case !t.RemovedAt.IsZero():
			return fault.New(fault.Conflict, "This task was taken out. Put it back first.")
		case done && t.DoneAt.IsZero():
			t.DoneAt, t.DoneBy = tx.Now, by.Name
		case !done:
			t.DoneAt, t.DoneBy, t.StepID = time.Time{}, "", 0
		}
		return nil
	})
}

// SetTaskRemoved takes a task out of its case, or puts it back. It is
// idempotent.
//
// Errors: fault.NotFound.
func (s *Service) SetTaskRemoved(ctx context.Context, by staff.Officer, id, task int64, removed bool) (Task, error) {
	return s.changeTask(ctx, by, id, task, "casework.case.task_removed_or_not", func(_ context.Context, tx *db.Tx, t *Task) error {
		switch {
		case removed && t.RemovedAt.IsZero():
			t.RemovedAt = tx.Now
		case !removed:
			t.RemovedAt, t.StepID = time.Time{}, 0
		}
		return nil
	})
}

// PlanTask changes what a task is, whose, and by when.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields (as AddTask).
func (s *Service) PlanTask(ctx context.Context, by staff.Officer, id, task, version int64, p TaskPlan) (Task, error) {
	return s.changeTask(ctx, by, id, task, "casework.case.task_changed", func(ctx context.Context, tx *db.Tx, t *Task) error {
		if t.Version != version {
			return fault.New(fault.Conflict, "Somebody changed this task meanwhile. What you entered is not saved. Look at it as it is, then decide again.")
		}
		roster, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		if p.TeamID == 0 {
			p.TeamID = t.TeamID
		}
		clean, err := p.clean(roster)
		if err != nil {
			return err
		}
		t.Title, t.TeamID, t.OfficerID, t.DueAt = clean.Title, clean.TeamID, clean.OfficerID, clean.DueAt
		return nil
	})
}

func (s *Service) changeTask(ctx context.Context, by staff.Officer, id, task int64, act string, f func(context.Context, *db.Tx, *Task) error) (Task, error) {
	var t Task
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := caseTx(ctx, tx, id)
		if err != nil {
			return err
		}
		list, err := tasksOf(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(t Task) bool { return t.ID == task })
		if i < 0 {
			return fault.New(fault.NotFound, "This case has no such task.")
		}
		was := list[i]
		t = was
		if err := f(ctx, tx, &t); err != nil || t == was {
			return err
		}
		return s.saveTaskTx(ctx, tx, by.Actor(), c, act, was, &t)
	})
	if err != nil {
		return Task{}, fmt.Errorf("change task %d of case %d: %w", task, id, err)
	}
	return t, nil
}

func (s *Service) saveTaskTx(ctx context.Context, tx *db.Tx, by record.Actor, c Case, act string, was Task, t *Task) error {
	t.Version++
	if err := updateTask(ctx, tx, *t); err != nil {
		return err
	}
	return s.notedBeside(ctx, tx, by, c, act, was.facts(), t.facts())
}

// TasksLeft is what becomes of tasks that are not done when their case ends.
type TasksLeft string

const (
	TasksDone     TasksLeft = "done"
	TasksUnneeded TasksLeft = "unneeded"
)

// openTasks are the tasks of a case that are still to be done.
func openTasks(ctx context.Context, tx *db.Tx, id int64) ([]Task, error) {
	list, err := tasksOf(ctx, tx, id)
	return slices.DeleteFunc(list, func(t Task) bool { return !t.Open() }), err
}

// askTasks asks an officer who ends a case what becomes of its open tasks.
func askTasks(open []Task, to State, left TasksLeft) error {
	if len(open) == 0 || !to.Ended() || left == TasksDone || left == TasksUnneeded {
		return nil
	}
	var titles []string
	for _, t := range open[:min(len(open), 3)] {
		titles = append(titles, "“"+t.Title+"”")
	}
	if len(open) > 3 {
		titles = append(titles, "…")
	}
	return fault.Field("tasks", "Not every task is done: "+strings.Join(titles, ", ")+". Say what becomes of it before the case ends.")
}

// endTasksTx ends the open tasks of a case that has ended by a step.
func (s *Service) endTasksTx(ctx context.Context, tx *db.Tx, by record.Actor, c Case, open []Task, left TasksLeft, step int64) error {
	for _, was := range open {
		t := was
		t.StepID = step
		if left == TasksDone {
			t.DoneAt, t.DoneBy = tx.Now, by.Name
		} else {
			t.RemovedAt = tx.Now
		}
		if err := s.saveTaskTx(ctx, tx, by, c, "casework.case.task_ended", was, &t); err != nil {
			return err
		}
	}
	return nil
}

// reopenTasksTx brings back the tasks that ended with a step that is undone.
func (s *Service) reopenTasksTx(ctx context.Context, tx *db.Tx, by record.Actor, c Case, step int64) error {
	list, err := tasksOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, was := range list {
		if was.StepID != step || step == 0 {
			continue
		}
		t := was
		t.DoneAt, t.DoneBy, t.RemovedAt, t.StepID = time.Time{}, "", time.Time{}, 0
		if err := s.saveTaskTx(ctx, tx, by, c, "casework.case.task_brought_back", was, &t); err != nil {
			return err
		}
	}
	return nil
}

// TaskQuery is whose open tasks somebody wants to see; the zero value is
// everybody's.
type TaskQuery struct {
	TeamIDs   []int64
	OfficerID int64
}

// Job is an open task with its case.
type Job struct {
	Task
	Case Case
}

// maxJobs is how many open tasks are listed.
const maxJobs = 200

// Jobs are the open tasks of cases that are open, what is due first; what has no
// day stands last. 200 at most.
func (s *Service) Jobs(ctx context.Context, q TaskQuery) ([]Job, error) {
	var jobs []Job
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		jobs = nil
		list, err := taskQueue(ctx, tx, q, maxJobs)
		if err != nil || len(list) == 0 {
			return err
		}
		var ids []int64
		for _, t := range list {
			ids = append(ids, t.CaseID)
		}
		found, err := casesByID(ctx, tx, slices.Compact(slices.Sorted(slices.Values(ids))))
		if err != nil {
			return err
		}
		for _, t := range list {
			jobs = append(jobs, Job{t, found[t.CaseID]})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the tasks that are open: %w", err)
	}
	return jobs, nil
}
