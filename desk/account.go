package desk

import (
	"time"

	"mercat.scot/mercat/network"
)

// Account is a connected account.
type Account struct {
	ID           int64
	Network      network.Kind
	Name         string            // what the council calls it
	Options      map[string]string // without secrets
	Self         network.Identity
	Cursor       network.Cursor
	State        string // active, paused, removed
	Trouble      network.Trouble
	Sentence     string
	TroubleSince time.Time
	LastOK       time.Time
	SignReplies  bool
	TeamID       int64
	Version      int64

	secrets []byte // sealed
	session []byte // sealed
}

// Active reports whether messages are fetched.
func (a Account) Active() bool { return a.State == "active" }
