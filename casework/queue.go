package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// Sort is the order of a list of cases.
type Sort string

const (
	ByChanged Sort = ""       // the last changed first
	ByDue     Sort = "due"    // what is due first; what has no day last. Open cases only
	ByOpened  Sort = "opened" // the longest open first. Open cases only
)

// Late reports whether an open case should have been done by now.
func (c Case) Late(now time.Time) bool {
	return !c.State.Ended() && !c.DueAt.IsZero() && c.DueAt.Before(now)
}

// Why says what an open case waits for, as far as its state tells.
func (c Case) Why(now time.Time) string {
	switch {
	case c.State.Ended():
		return ""
	case c.State == NeedsInformation:
		return "Waits for the citizen’s answer"
	case c.State == Scheduled && c.ScheduledAt.Before(now.Add(-24*time.Hour)):
		return "The day that was set has passed"
	case c.State == Scheduled && !c.DueAt.IsZero() && c.ScheduledAt.After(c.DueAt):
		return "The day that was set is after it was due"
	case c.State == Scheduled:
		return "A day is set"
	case c.Unfixed > 0:
		return "A citizen says that it is not fixed"
	case c.Reopened > 0:
		return "Taken up again"
	case c.State == InProgress:
		return "Work has begun"
	case c.OfficerID == 0 && c.State == Received:
		return "Nobody has taken it up"
	case c.State == Received:
		return "Not accepted yet"
	}
	return "Accepted, work has not begun"
}

// Workdays adds working days to a time: the end of the day on which they are
// over.
type Workdays func(from time.Time, days int) time.Time

// Weekdays counts Monday to Friday. It is what there is without a calendar of
// bank holidays.
func Weekdays(from time.Time, days int) time.Time {
	for days > 0 {
		if from = from.AddDate(0, 0, 1); from.Weekday() != time.Saturday && from.Weekday() != time.Sunday {
			days--
		}
	}
	y, m, d := from.Date()
	return time.Date(y, m, d, 23, 59, 0, 0, from.Location())
}

// Expect is when things like a new case are likely to be done: half of them by
// the one time, nine in ten by the other. Both are zero when too little is known.
// It is asked within a transaction and must not wait.
type Expect func(service int64, opened time.Time) (half, most time.Time)

// foreseeTx sets what follows from what a new case is about: its area, when it is
// due by what the council has promised for its service, and when such things are
// really done.
func (s *Service) foreseeTx(ctx context.Context, tx *db.Tx, c *Case) error {
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return err
	}
	if area, ok := snapshot.AreaOf(c.Place, c.Lat, c.Lon); ok {
		c.AreaID = area.ID
	}
	if c.ServiceID == 0 {
		return nil
	}
	if s.Expect != nil {
		c.HalfAt, c.MostAt = s.Expect(c.ServiceID, c.CreatedAt)
	}
	if service, ok := snapshot.Service(c.ServiceID); ok && service.PromisedDays > 0 {
		add := s.Workdays
		if add == nil {
			add = Weekdays
		}
		c.DueAt = add(c.CreatedAt.In(s.zone), service.PromisedDays).UTC()
	}
	return nil
}

// dueWithin is how far ahead a case can be due: further off is a slip of the pen.
const dueWithin = 10 * 366 * 24 * time.Hour

// SetDue says until when a case is to be done; the zero time is no day.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (due).
func (s *Service) SetDue(ctx context.Context, by staff.Officer, id, version int64, due time.Time) (Case, error) {
	return s.change(ctx, by, id, version, "casework.case.due_set", func(_ context.Context, tx *db.Tx, c *Case) error {
		return c.setDue(due, tx.Now)
	})
}

func (c *Case) setDue(due, now time.Time) error {
	if !due.IsZero() && (due.Before(c.CreatedAt.Add(-24*time.Hour)) || due.After(now.Add(dueWithin))) {
		return fault.Field("due", "Choose a day after the case was opened.")
	}
	c.DueAt = due
	return nil
}

// maxCost bounds what one case can have cost, in pence: ten million pounds.
const maxCost = 1_000_000_000

// SetCost says what a case has cost, in pence; 0 is not known.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (cost).
func (s *Service) SetCost(ctx context.Context, by staff.Officer, id, version, pence int64) (Case, error) {
	return s.change(ctx, by, id, version, "casework.case.cost_set", func(_ context.Context, _ *db.Tx, c *Case) error {
		if pence < 0 || pence > maxCost {
			return fault.Field("cost", "Write the cost in pounds, such as 120 or 89.50.")
		}
		c.Cost = pence
		return nil
	})
}

// Counts are how many open cases there are in each state, each up to maxCount.
func (s *Service) Counts(ctx context.Context, q Query) (map[State]int64, error) {
	var counts map[State]int64
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		counts = map[State]int64{}
		for _, state := range OpenStates() {
			n, err := countCases(ctx, tx, q, state)
			if err != nil {
				return err
			}
			counts[state] = n
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the cases of a board: %w", err)
	}
	return counts, nil
}
