package casework

import (
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Moving is what somebody decides about a case. Which of its fields are needed
// depends on the state; the others are left aside.
type Moving struct {
	To     State
	Reason Reason     // Done, Withdrawn
	Whose  string     // NotOurs
	IntoID int64      // Duplicate
	At     time.Time  // Scheduled: when somebody comes
	Say    string     // what the citizen is told, "" for nothing
	Photos []NewPhoto // added with the move, by Service.Move
	Tasks  TasksLeft  // what becomes of open tasks when the case ends; asked for by Service.Move

	unexplained bool // it may end without a reason: another system closed it and gave none
}

// schedulable is how far ahead a day can be set: further off is a slip of the
// pen.
const schedulable = 3 * 366 * 24 * time.Hour

// move brings c into another state, or says what is missing.
func (c *Case) move(m Moving, now time.Time) error {
	if c.State == m.To {
		return fault.Newf(fault.Conflict, "The case is %s already.", strings.ToLower(m.To.Label()))
	}
	if !c.State.May(m.To) {
		return fault.Newf(fault.Conflict, "A case that is %s cannot become %s.", strings.ToLower(c.State.Label()), strings.ToLower(m.To.Label()))
	}
	m, err := m.clean(c.ID, now)
	if err != nil {
		return err
	}
	if c.State.Ended() && !m.To.Ended() {
		c.Reopened++
	}
	c.State, c.Reason, c.Whose, c.IntoID, c.EndedAt = m.To, m.Reason, m.Whose, m.IntoID, time.Time{}
	switch {
	case m.To == Scheduled:
		c.ScheduledAt = m.At
	case !m.To.later(Scheduled):
		c.ScheduledAt = time.Time{}
	}
	if m.To.Ended() {
		c.EndedAt = now
	}
	return nil
}

// clean keeps what belongs to the state, and says what of that is missing.
func (m Moving) clean(id int64, now time.Time) (Moving, error) {
	clean := Moving{To: m.To, Say: m.Say}
	if reasons := ReasonsFor(m.To); len(reasons) > 0 {
		if clean.Reason = m.Reason; !slices.Contains(reasons, m.Reason) && !(m.unexplained && m.Reason == Unknown) {
			return m, fault.Field("reason", "Say why. Closed is not always fixed, and the public figures tell them apart.")
		}
	}
	switch m.To {
	case NotOurs:
		if clean.Whose, _ = text.CleanLine(m.Whose, maxWhose); clean.Whose == "" {
			return m, fault.Field("whose", "Say whose it is, so that the citizen knows whom to ask: Scottish Water, Transport Scotland, the landlord.")
		}
	case Duplicate:
		switch clean.IntoID = m.IntoID; m.IntoID {
		case 0:
			return m, fault.Field("into", "Say into which case this one is joined: enter its reference.")
		case id:
			return m, fault.Field("into", "A case cannot be joined into itself. Enter the reference of the other one.")
		}
	case Scheduled:
		clean.At = m.At
		if m.At.IsZero() || m.At.Before(now.Add(-24*time.Hour)) || m.At.After(now.Add(schedulable)) {
			return m, fault.Field("at", "Choose the day on which somebody comes: today or later.")
		}
	}
	return clean, nil
}

// putBack undoes what a step did to the case.
func (c *Case) putBack(st Step, now time.Time) {
	if st.Before.Ended() && !c.State.Ended() && c.Reopened > 0 {
		c.Reopened--
	}
	c.State, c.Whose, c.Reason, c.IntoID, c.ScheduledAt = st.Before, st.Was.Whose, st.Was.Reason, st.Was.IntoID, st.Was.ScheduledAt
	if c.EndedAt = (time.Time{}); c.State.Ended() {
		c.EndedAt = now
	}
}
