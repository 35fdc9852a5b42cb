package desk

import (
	"context"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/web"
)

// View is a saved view of the inbox.
type View string

const (
	Mine       View = "mine"       // given to me, an answer owed
	MyTeams    View = "team"       // with one of my teams, an answer owed
	Unassigned View = "unassigned" // with nobody, an answer owed
	OnCitizen  View = "waiting"    // it is the citizen's turn
	Late       View = "late"       // an answer is owed and its time has passed
	Aside      View = "snoozed"
	Everything View = "all"
)

// Query is what an officer wants to see of the inbox.
type Query struct {
	View      View
	OfficerID int64
	TeamIDs   []int64 // of the officer
	Network   network.Kind
	AccountID int64
	ServiceID int64
	TeamID    int64
	State     State
	Place     string
	Words     string // full-text
	Before    Key    // the last row of the page before; zero for the first page
	Limit     int    // 0 is 50
}

// Key is where a page of the inbox ended.
type Key struct {
	Sorted time.Time // DueAt in the view Late
	ID     int64     // of a message when Words is set
}

// Row is a conversation in the inbox.
type Row struct {
	Conversation
	Unread bool
	Failed bool // an answer could not be sent
}

// Inbox returns a page of conversations, and where the next begins (zero when
// there is none).
func (s *Service) Inbox(ctx context.Context, q Query) ([]Row, Key, error) {
	return nil, Key{}, errSkeleton
}

// Counts are how many conversations each view holds for an officer, 100 at most
// each.
func (s *Service) Counts(ctx context.Context, officer int64, teams []int64) (map[View]int, error) {
	return nil, errSkeleton
}

// Whole is a conversation with all that stands on its page.
type Whole struct {
	Conversation
	Account  Account
	Messages []Message // newest Limit of them, oldest first, with parts, media and revisions
	Earlier  bool      // there are older ones
	Person   person.Person
	Handles  []person.Handle
	Joins    []person.Join
	Others   []Conversation // of the same person, newest first, 20 at most
}

// Whole reads a conversation for its page: at most limit messages older than
// before (0 for the newest).
//
// Errors: fault.NotFound.
func (s *Service) Whole(ctx context.Context, id, before int64, limit int) (Whole, error) {
	return Whole{}, errSkeleton
}

// MessagesTx returns the messages of a conversation, oldest first, at most limit
// below before (0 for the newest), with parts, media and revisions.
func (s *Service) MessagesTx(ctx context.Context, tx *db.Tx, conversation, before int64, limit int) ([]Message, error) {
	return nil, errSkeleton
}

// Routes registers this room's pages.
func (s *Service) Routes(r *web.Router) {}
