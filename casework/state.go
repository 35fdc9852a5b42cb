package casework

import "slices"

// State is where a case stands.
type State string

const (
	Received   State = "received"
	Accepted   State = "accepted"
	InProgress State = "in_progress"
	Done       State = "done"
	NotOurs    State = "not_ours"
)

// States are all states, in the order of a case's life.
func States() []State { return []State{Received, Accepted, InProgress, Done, NotOurs} }

// moves are all that are allowed. What is ended can be taken up again.
func moves() map[State][]State {
	return map[State][]State{
		"":         {Received},
		Received:   {Accepted, InProgress, Done, NotOurs},
		Accepted:   {InProgress, Done, NotOurs},
		InProgress: {Done, Accepted, NotOurs},
		Done:       {InProgress},
		NotOurs:    {Received},
	}
}

// Next are the states into which a case may go from s, the usual one first.
func (s State) Next() []State { return moves()[s] }

// May reports whether a case may go from s to t.
func (s State) May(t State) bool { return slices.Contains(moves()[s], t) }

// Valid reports whether s is a state.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Ended reports whether nothing more is done about a case.
func (s State) Ended() bool { return s == Done || s == NotOurs }

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
	case s == Accepted && from == InProgress:
		return "Put back to accepted"
	case s == Accepted:
		return "Accept"
	case s == InProgress && from == Done:
		return "Take it up again"
	case s == InProgress:
		return "Start work"
	case s == Done:
		return "Mark as done"
	case s == NotOurs:
		return "Not ours"
	case s == Received:
		return "Take it back"
	}
	return s.Label()
}
