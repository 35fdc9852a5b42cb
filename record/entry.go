package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// ActorKind is what sort of actor did something.
type ActorKind string

const (
	Officer ActorKind = "officer" // a person who works here
	Program ActorKind = "program" // Mercat itself: a rule, a timer, an adapter
	Citizen ActorKind = "citizen" // a member of the public
)

// Actor is who did something. The name is as it was then.
type Actor struct {
	Kind ActorKind
	ID   int64
	Name string
}

// Mercat is the program as an actor; part says which part of it.
func Mercat(part string) Actor { return Actor{Kind: Program, Name: part} }

// Subject is a thing that something happened to.
type Subject struct {
	Kind string `json:"kind"` // "conversation", "case", "officer"
	ID   int64  `json:"id"`
}

// Entry is one thing that happened.
type Entry struct {
	Actor   Actor
	Act     string // "desk.conversation.assigned"
	Subject Subject
	About   []Subject // what else it concerns
	Before  any       // small, goes through JSON; nil for nothing; never a secret
	After   any
}

// Kept is an entry as it stands in the record.
type Kept struct {
	Number        int64
	At            time.Time
	Actor         Actor
	Act           string
	Subject       Subject
	About         []Subject
	Before, After json.RawMessage // "null" for nothing
	Hash          []byte
}

// maxSide bounds what Before and After may hold, in bytes of JSON.
const maxSide = 64 << 10

// keep gives an entry its place behind the head.
func (e Entry) keep(at time.Time, number int64, previous []byte) (Kept, error) {
	before, err := json.Marshal(e.Before)
	if err != nil {
		return Kept{}, fmt.Errorf("record %s: before: %w", e.Act, err)
	}
	after, err := json.Marshal(e.After)
	if err != nil {
		return Kept{}, fmt.Errorf("record %s: after: %w", e.Act, err)
	}
	if len(before) > maxSide || len(after) > maxSide {
		return Kept{}, fmt.Errorf("record %s: more than %d bytes", e.Act, maxSide)
	}
	if e.Act == "" || e.Subject.Kind == "" || e.Actor.Kind == "" {
		return Kept{}, fmt.Errorf("record %q: an entry needs an actor, an act and a subject", e.Act)
	}
	k := Kept{Number: number, At: at, Actor: e.Actor, Act: e.Act, Subject: e.Subject, About: e.About, Before: before, After: after}
	k.Hash = k.link(previous)
	return k, nil
}

// link is the entry's hash behind the previous one: SHA-256 over the previous
// hash and every field, each with its length before it.
func (k Kept) link(previous []byte) []byte {
	h := sha256.New()
	field := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		field(b[:])
	}
	field(previous)
	number(k.Number)
	number(k.At.UnixMicro())
	field([]byte(k.Actor.Kind))
	number(k.Actor.ID)
	field([]byte(k.Actor.Name))
	field([]byte(k.Act))
	field([]byte(k.Subject.Kind))
	number(k.Subject.ID)
	for _, s := range k.About {
		field([]byte(s.Kind))
		number(s.ID)
	}
	field(k.Before)
	field(k.After)
	return h.Sum(nil)
}
