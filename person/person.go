package person

import (
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/record"
)

// Person is a member of the public.
type Person struct {
	ID        int64
	Name      string // the best name known; never empty
	CreatedAt time.Time
	Version   int64
}

// Subject is the person as a thing that something happens to.
func (p Person) Subject() record.Subject { return record.Subject{Kind: "person", ID: p.ID} }

// Handle is an identity on a network, and whose it is.
type Handle struct {
	ID       int64
	PersonID int64
	Network  network.Kind
	Identity network.Identity
	FirstAt  time.Time
}

// Join is an officer's decision that two persons are one.
type Join struct {
	ID        int64
	From      int64   // the person who has no handles any more
	FromName  string  // as it was
	Into      int64   // the person who has them now
	Handles   []int64 // which were moved
	Reason    string
	OfficerID int64
	Officer   string
	At        time.Time
	UndoneAt  time.Time // zero while it holds
}
