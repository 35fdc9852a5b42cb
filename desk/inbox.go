package desk

import (
	"context"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// View is a saved view of the inbox.
type View string

const (
	Pressing   View = "urgent"     // an answer is owed, and it is urgent
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
	Limit     int    // 0 is 50, which is the most

	accounts []int64 // of Network
}

// Key is where a page of the inbox ended.
type Key struct {
	Sorted time.Time // DueAt in the views Late and Pressing
	ID     int64     // of a message when Words is set
}

// Row is a conversation in the inbox.
type Row struct {
	Conversation
	Unread bool
	Failed bool // an answer could not be sent
	Held   bool // an answer waits, because the network did not take it yet
}

// Inbox returns a page of conversations, and where the next begins (zero when
// there is none). A page may be short although there are more: see scanRows.
func (s *Service) Inbox(ctx context.Context, q Query) (rows []Row, next Key, err error) {
	if q.Limit <= 0 || q.Limit > pageRows {
		q.Limit = pageRows
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if q.Network != "" && q.AccountID == 0 {
			accounts, err := accountsOf(ctx, tx, q.Network)
			if err != nil {
				return err
			}
			if len(accounts) == 0 {
				rows, next = nil, Key{}
				return nil
			}
			q.accounts = accounts
		}
		find := inboxKeys
		if q.Words != "" {
			find = searchKeys
		}
		ids, key, err := find(ctx, tx, q)
		if err != nil {
			return err
		}
		next = key
		rows, err = inboxRows(ctx, tx, q.OfficerID, ids)
		return err
	})
	return rows, next, err
}

// rowOf is one conversation as it stands in an officer's list.
func (s *Service) rowOf(ctx context.Context, officer, conversation int64) (rows []Row, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err = inboxRows(ctx, tx, officer, []int64{conversation})
		return err
	})
	return rows, err
}

// Counts are how many conversations each view holds for an officer, 100 at most
// each.
func (s *Service) Counts(ctx context.Context, officer int64, teams []int64) (map[View]int, error) {
	counts, _, err := s.countsOf(ctx, officer, teams, teams)
	return counts, err
}

// countsOf is Counts with how many conversations wait for each of all teams,
// 100 at most each.
func (s *Service) countsOf(ctx context.Context, officer int64, mine, all []int64) (views map[View]int, teams map[int64]int, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		views, teams, err = viewCounts(ctx, tx, officer, mine, all)
		return err
	})
	return views, teams, err
}
