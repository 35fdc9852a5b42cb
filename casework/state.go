package casework

import "slices"

// State is where a case stands.
type State string

const (
	Received         State = "received"
	NeedsInformation State = "needs_information" // the citizen has been asked
	Accepted         State = "accepted"
	Scheduled        State = "scheduled" // there is a day on which somebody comes
	InProgress       State = "in_progress"
	Done             State = "done"
	NotOurs          State = "not_ours"
	Duplicate        State = "duplicate" // joined into another case
	Withdrawn        State = "withdrawn"
)

// States are all states, in the order of a case's life.
func States() []State {
	return []State{Received, NeedsInformation, Accepted, Scheduled, InProgress, Done, NotOurs, Duplicate, Withdrawn}
}

// OpenStates are those in which something is still to be done.
func OpenStates() []State {
	return slices.DeleteFunc(States(), State.Ended)
}

// moves are all that are allowed, the usual one first. What has ended can be
// taken up again: closed is not fixed.
func moves() map[State][]State {
	return map[State][]State{
		"":               {Received},
		Received:         {Accepted, NeedsInformation, Scheduled, InProgress, Done, NotOurs, Duplicate, Withdrawn},
		NeedsInformation: {Received, Accepted, Scheduled, InProgress, Done, NotOurs, Duplicate, Withdrawn},
		Accepted:         {InProgress, Scheduled, NeedsInformation, Done, NotOurs, Duplicate, Withdrawn},
		Scheduled:        {InProgress, Done, Accepted, NeedsInformation, NotOurs, Duplicate, Withdrawn},
		InProgress:       {Done, Scheduled, Accepted, NeedsInformation, NotOurs, Duplicate, Withdrawn},
		Done:             {InProgress, Accepted},
		NotOurs:          {Received},
		Duplicate:        {Received},
		Withdrawn:        {Received},
	}
}

// Next are the states into which a case may go from s, the usual one first.
func (s State) Next() []State { return moves()[s] }

// May reports whether a case may go from s to t.
func (s State) May(t State) bool { return slices.Contains(moves()[s], t) }

// Valid reports whether s is a state.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Ended reports whether nothing more is done about a case.
func (s State) Ended() bool {
	return s == Done || s == NotOurs || s == Duplicate || s == Withdrawn
}

// Label is how people read it.
func (s State) Label() string {
	if label, known := english.labels[s]; known {
		return label
	}
	return string(s)
}

// Verb is the label of the button that brings a case there from another state.
func (s State) Verb(from State) string {
	switch {
	case s == Accepted && from == Done:
		return "Reopen"
	case s == Accepted && from.later(Accepted):
		return "Put back to accepted"
	case s == InProgress && from == Done:
		return "Take it up again"
	case s == Received && from == Duplicate:
		return "Part it again"
	case s == Received && from == NeedsInformation:
		return "Stop asking"
	case s == Received:
		return "Take it back"
	}
	if verb, known := verbs()[s]; known {
		return verb
	}
	return s.Label()
}

// later reports whether s comes after t in the life of a case.
func (s State) later(t State) bool {
	return slices.Index(States(), s) > slices.Index(States(), t)
}

func verbs() map[State]string {
	return map[State]string{
		NeedsInformation: "Ask for information", Accepted: "Accept", Scheduled: "Set a day", InProgress: "Start work", Done: "Mark as done",
		NotOurs: "Not ours", Duplicate: "Join into another", Withdrawn: "Withdraw",
	}
}
