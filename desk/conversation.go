package desk

import (
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// State is where a conversation stands.
type State string

const (
	Open    State = "open"    // an answer is owed
	Waiting State = "waiting" // we answered; it is the citizen's turn
	Snoozed State = "snoozed" // put aside until a time
	Closed  State = "closed"
)

// Conversation is one person, one thread, one account.
type Conversation struct {
	ID         int64
	AccountID  int64
	Network    network.Kind
	HandleID   int64
	PersonID   int64
	Thread     network.Ref
	Token      string
	Subject    string
	Excerpt    string
	Who        string
	Visibility network.Visibility
	Language   string
	Place      string
	Lat, Lon   float64
	Messages   int64
	CaseRef    string // reference of its newest case
	LastID     int64  // newest message, notes apart
	LastInID   int64  // newest message of the citizen
	Sorted     time.Time
	CreatedAt  time.Time
	Version    int64
	Handling
}

// closedAsPast is why what was imported is closed.
const closedAsPast = "Imported from an archive"

// Past reports whether it came in from an archive and nothing was done with it
// since: it is nobody's news.
func (c Conversation) Past() bool { return c.State == Closed && c.ClosedReason == closedAsPast }

// Handling is what officers do with a conversation; it goes into the record
// before and after each change, and Undo puts it back from there.
type Handling struct {
	State        State     `json:"state"`
	TeamID       int64     `json:"team"`
	OfficerID    int64     `json:"officer"`
	ServiceID    int64     `json:"service"`
	SnoozedUntil time.Time `json:"snoozed_until,omitzero"`
	ClosedReason string    `json:"closed_reason,omitempty"`
	DueAt        time.Time `json:"due_at,omitzero"`
	Urgency      Urgency   `json:"urgency,omitempty"`
}

// Urgency is how much haste a conversation has.
type Urgency int

const (
	Usual  Urgency = iota
	Urgent         // somebody should answer within hours
	Danger         // to life or limb: somebody has to look at once
)

// within is how soon an answer is owed, when it usually is within usual.
func (u Urgency) within(usual time.Duration) time.Duration {
	switch u {
	case Danger:
		return min(usual, 15*time.Minute)
	case Urgent:
		return min(usual, max(usual/4, time.Hour))
	default:
		return usual
	}
}

// Late reports whether an answer is owed and its time has passed.
func (h Handling) Late(now time.Time) bool {
	return h.State == Open && !h.DueAt.IsZero() && h.DueAt.Before(now)
}

// heard is what a citizen's message does: an answer is owed, by due, unless one
// was owed earlier already.
func (h *Handling) heard(due time.Time) {
	if h.State != Open || h.DueAt.IsZero() || due.Before(h.DueAt) {
		h.DueAt = due
	}
	h.State, h.SnoozedUntil, h.ClosedReason = Open, time.Time{}, ""
}

// answered is what an officer's answer does.
func (h *Handling) answered(officer int64) {
	if h.OfficerID == 0 {
		h.OfficerID = officer
	}
	h.DueAt, h.SnoozedUntil = time.Time{}, time.Time{}
	if h.State != Closed {
		h.State = Waiting
	}
}

func (h *Handling) assign(officer int64) error {
	if h.OfficerID == officer {
		return fault.New(fault.Conflict, "It is with that person already.")
	}
	h.OfficerID = officer
	return nil
}

func (h *Handling) hand(team int64) error {
	if team == 0 {
		return fault.Field("team", "Choose the team that should have it.")
	}
	if h.TeamID == team {
		return fault.New(fault.Conflict, "It is with that team already.")
	}
	h.TeamID, h.OfficerID = team, 0
	if h.State == Closed || h.State == Snoozed {
		// It is work for that team now, or nobody there would see it.
		return h.reopen()
	}
	return nil
}

// maxSnooze bounds how long something may be put aside.
const maxSnooze = 366 * 24 * time.Hour

func (h *Handling) snooze(until, now time.Time) error {
	switch {
	case h.State == Closed:
		return fault.New(fault.Conflict, "It is closed. Reopen it first, then set it aside.")
	case !until.After(now):
		return fault.Field("until", "Choose a time that is still to come.")
	case until.Sub(now) > maxSnooze:
		return fault.Field("until", "Choose a time within a year from now.")
	}
	h.State, h.SnoozedUntil = Snoozed, until
	return nil
}

// maxReason is how many characters a reason may have.
const maxReason = 500

func (h *Handling) close(reason string) error {
	if h.State == Closed {
		return fault.New(fault.Conflict, "It is closed already.")
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.Field("reason", "Say why it is closed, in a few words: answered, no answer needed, spam.")
	}
	if len([]rune(reason)) > maxReason {
		return fault.Field("reason", "The reason is too long. Use at most 500 characters; put the rest into a note.")
	}
	h.State, h.ClosedReason, h.SnoozedUntil, h.DueAt = Closed, reason, time.Time{}, time.Time{}
	return nil
}

func (h *Handling) reopen() error {
	if h.State == Open {
		return fault.New(fault.Conflict, "It is open already.")
	}
	h.State, h.ClosedReason, h.SnoozedUntil = Open, "", time.Time{}
	return nil
}

// press says how much haste it has, and moves the time by which an answer is
// owed: nearer at once, and back to the usual when there is none after all.
func (h *Handling) press(u Urgency, now time.Time, usual time.Duration) error {
	if u < Usual || u > Danger {
		return fault.Field("urgency", "Choose how urgent it is.")
	}
	if h.Urgency == u {
		return fault.New(fault.Conflict, "It is marked like that already.")
	}
	due := now.Add(u.within(usual))
	if h.State == Open && (h.DueAt.IsZero() || u < h.Urgency || due.Before(h.DueAt)) {
		h.DueAt = due
	}
	h.Urgency = u
	return nil
}
