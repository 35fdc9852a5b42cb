package desk

import (
	"sync"
	"time"
)

// Present is an officer who has a conversation open.
type Present struct {
	OfficerID int64
	Name      string
	Typing    bool
}

// presence knows who looks at what. It is in memory: who restarts, looks again.
type presence struct {
	now func() time.Time
	mu  sync.Mutex
}

func newPresence(now func() time.Time) *presence { return &presence{now: now} }

// Look notes that an officer has a conversation open, or is typing in it, and
// tells the others. It is to be repeated every 20 seconds; Leave ends it.
func (s *Service) Look(conversation, officer int64, name string, typing bool) {}

// Leave notes that an officer has closed a conversation.
func (s *Service) Leave(conversation, officer int64) {}

// Present returns who has a conversation open, without the officer who asks.
func (s *Service) Present(conversation, asks int64) []Present { return nil }
