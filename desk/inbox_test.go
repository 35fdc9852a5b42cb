package desk

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

func inboxMigrations() []fs.FS {
	return []fs.FS{record.Migrations(), staff.Migrations(), person.Migrations(), Migrations()}
}

// putAccount writes an account row, so that conversations can hang on it.
func putAccount(t testing.TB, d *db.DB, id int64, kind network.Kind) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO desk_account (id, network, name, options, secret_names, state, sign_replies, created_at, version)
			VALUES ($1, $2, $3, '{}', '[]', 'active', FALSE, 1, 1)`, id, string(kind), "Account "+string(kind))
		return err
	})
}

func write(t testing.TB, d *db.DB, f func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

const sqlTestConversation = `INSERT INTO desk_conversation (` + sqlConversationColumns + `, place_folded) VALUES `

func testRow(c Conversation) []any {
	return []any{c.ID, c.AccountID, string(c.Network), c.HandleID, c.PersonID, string(c.Thread), c.Token, c.Subject, c.Excerpt, c.Who, string(c.State),
		string(c.Visibility), c.TeamID, c.OfficerID, c.ServiceID, c.Language, c.Place, c.Lat, c.Lon, c.Messages, c.LastID, c.LastInID,
		db.Micros(c.Sorted), db.Micros(c.DueAt), db.Micros(c.SnoozedUntil), c.ClosedReason, c.CaseRef, db.Micros(c.CreatedAt), c.Version, int64(c.Urgency), text.Fold(c.Place)}
}

// putConversations writes conversation rows as they are given, with what they
// need to be unique.
func putConversations(t testing.TB, d *db.DB, list ...Conversation) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for some := range slices.Chunk(list, 50) {
			var args []any
			for _, c := range some {
				c.Token, c.Thread = cmp.Or(c.Token, fmt.Sprint("t", c.ID)), cmp.Or(c.Thread, network.Ref(fmt.Sprint("r", c.ID)))
				c.State, c.Visibility, c.Who = cmp.Or(c.State, Open), cmp.Or(c.Visibility, network.Public), cmp.Or(c.Who, "Tam Wishart")
				c.Version = 1
				args = append(args, testRow(c)...)
			}
			if _, err := tx.Exec(ctx, sqlTestConversation+db.Values(0, len(some), 31), args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// putMessages writes message rows and indexes their words.
func putMessages(t testing.TB, d *db.DB, list ...Message) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for _, m := range list {
			m.Direction, m.State = cmp.Or(m.Direction, In), cmp.Or(m.State, Received)
			m.Author, m.Visibility, m.Version = cmp.Or(m.Author, "Tam Wishart"), cmp.Or(m.Visibility, network.Public), 1
			if err := insertMessage(ctx, tx, m); err != nil {
				return err
			}
			if err := searchIndex.Put(ctx, tx, m.ID, m.Searchable()); err != nil {
				return err
			}
		}
		return nil
	})
}

func randomConversations(r *rand.Rand, n int, now time.Time) []Conversation {
	places := []string{"", "", "Kirk Wynd, Kirkbrae", "Harbour Road, Port Struan", "100% Lane_End, Glen Farrow"}
	states := []State{Open, Open, Open, Waiting, Snoozed, Closed}
	list := make([]Conversation, n)
	for i := range list {
		c := Conversation{
			ID: int64(i + 1), AccountID: 1 + r.Int64N(3), Network: "bluesky", Place: places[r.IntN(len(places))],
			// Many at the same moment, so that the id must decide.
			Sorted: now.Add(-time.Duration(r.IntN(n/4+1)) * time.Minute),
			Handling: Handling{
				State: states[r.IntN(len(states))], TeamID: 1 + r.Int64N(4), OfficerID: r.Int64N(3), ServiceID: r.Int64N(4),
			},
		}
		if c.State == Open && r.IntN(3) > 0 {
			c.DueAt = now.Add(time.Duration(r.IntN(200)-100) * time.Minute)
		}
		if r.IntN(4) == 0 {
			c.Urgency = Urgency(r.IntN(3))
		}
		if c.AccountID == 3 {
			c.Network = "email"
		}
		list[i] = c
	}
	return list
}

// belongs is what Query means, said another way.
func belongs(q Query, c Conversation, now time.Time) bool {
	view := map[View]bool{
		Mine:       c.OfficerID == q.OfficerID && c.State == Open,
		MyTeams:    slices.Contains(q.TeamIDs, c.TeamID) && c.State == Open,
		Unassigned: c.OfficerID == 0 && c.State == Open,
		OnCitizen:  c.State == Waiting,
		Late:       c.Late(now),
		Pressing:   c.State == Open && c.Urgency > Usual,
		Aside:      c.State == Snoozed,
		Everything: true,
	}[q.View]
	return view &&
		(q.State == "" || q.State == c.State) &&
		(q.TeamID == 0 || q.TeamID == c.TeamID) &&
		(q.ServiceID == 0 || q.ServiceID == c.ServiceID) &&
		(q.AccountID == 0 || q.AccountID == c.AccountID) &&
		(q.Network == "" || q.Network == c.Network) &&
		(q.Place == "" || strings.Contains(" "+text.Fold(c.Place), " "+text.Fold(q.Place)))
}

func wanted(q Query, list []Conversation, now time.Time) []int64 {
	var fit []Conversation
	for _, c := range list {
		if belongs(q, c, now) {
			fit = append(fit, c)
		}
	}
	slices.SortFunc(fit, func(a, b Conversation) int {
		if q.byDue() {
			return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(b.Sorted.Compare(a.Sorted), cmp.Compare(b.ID, a.ID))
	})
	ids := []int64{}
	for _, c := range fit {
		ids = append(ids, c.ID)
	}
	return ids
}

func walk(t *testing.T, s *Service, q Query) []int64 {
	t.Helper()
	ids := []int64{}
	for range 2000 {
		rows, next, err := s.Inbox(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > q.Limit {
			t.Fatalf("a page has %d rows, more than %d", len(rows), q.Limit)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		if (next == Key{}) {
			return ids
		}
		q.Before = next
	}
	t.Fatal("the list has no end")
	return nil
}

func TestEveryViewPagesThroughWhatFitsOnceAndInOrder(t *testing.T) {
	dbtest.Each(t, inboxMigrations(), func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		r := rand.New(rand.NewPCG(1, 2))
		for id, kind := range map[int64]network.Kind{1: "bluesky", 2: "bluesky", 3: "email"} {
			putAccount(t, d, id, kind)
		}
		list := randomConversations(r, 900, clock.Now())
		putConversations(t, d, list...)
		s := &Service{Options: Options{DB: d}}
		views := []View{Pressing, Mine, MyTeams, Unassigned, OnCitizen, Late, Aside, Everything}
		queries := []Query{}
		for _, v := range views {
			queries = append(queries,
				Query{View: v}, Query{View: v, ServiceID: 2}, Query{View: v, TeamID: 2}, Query{View: v, TeamID: 4, Place: "kirkbrae"},
				Query{View: v, Network: "bluesky"}, Query{View: v, AccountID: 3, ServiceID: 1}, Query{View: v, State: Open},
				Query{View: v, State: Closed, Network: "email"}, Query{View: v, Place: "KIRK W"}, Query{View: v, Place: "100% lane_end"},
				Query{View: v, Place: "% "}, Query{View: v, Network: "webform"})
		}
		for _, q := range queries {
			q.OfficerID, q.TeamIDs, q.Limit = 1, []int64{1, 2, 3}, 7+r.IntN(40)
			got, want := walk(t, s, q), wanted(q, list, clock.Now())
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %d rows, want %d:\n got %v\nwant %v", q, len(got), len(want), got, want)
			}
		}
	})
}

func TestARareFilterIsLookedForInWindows(t *testing.T) {
	dbtest.Each(t, inboxMigrations(), func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		putAccount(t, d, 1, "email")
		var list []Conversation
		for i := range int64(scanRows + 500) {
			list = append(list, Conversation{ID: i + 1, AccountID: 1, Sorted: clock.Now().Add(time.Duration(i) * time.Second)})
		}
		list[0].Place = "Achnagarve"
		putConversations(t, d, list...)
		s := &Service{Options: Options{DB: d}}
		rows, next, err := s.Inbox(t.Context(), Query{View: Everything, Place: "achnagarve"})
		if err != nil || len(rows) != 0 || next == (Key{}) {
			t.Fatalf("the first page: %d rows, next %v, error %v; want none, and where to look further", len(rows), next, err)
		}
		if got := walk(t, s, Query{View: Everything, Place: "achnagarve", Limit: 50}); !slices.Equal(got, []int64{1}) {
			t.Fatalf("found %v", got)
		}
	})
}

func TestCountsAreCappedAndUnreadIsPerOfficer(t *testing.T) {
	dbtest.Each(t, inboxMigrations(), func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		putAccount(t, d, 1, "email")
		var list []Conversation
		for i := range int64(150) {
			list = append(list, Conversation{ID: i + 1, AccountID: 1, LastInID: 1000 + i, Sorted: clock.Now().Add(time.Duration(i) * time.Second),
				Handling: Handling{TeamID: 1 + i%2, DueAt: clock.Now().Add(-time.Hour)}})
		}
		list[149].OfficerID, list[148].State = 7, Waiting
		putConversations(t, d, list...)
		putMessages(t, d, Message{ID: 5, ConversationID: 150, AccountID: 1, Direction: Out, State: Failed},
			Message{ID: 6, ConversationID: 150, AccountID: 1, Direction: Out, State: Queued, RetryAt: clock.Now()})
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO desk_seen (officer_id, conversation_id, message_id) VALUES (7, 150, 1149)`)
			return err
		})
		s := &Service{Options: Options{DB: d}}
		counts, err := s.Counts(t.Context(), 7, []int64{1, 2})
		if err != nil {
			t.Fatal(err)
		}
		for view, want := range map[View]int{Mine: 1, MyTeams: 100, Unassigned: 100, OnCitizen: 1, Late: 100, Aside: 0, Everything: 100} {
			if counts[view] != want {
				t.Errorf("%s: %d, want %d", view, counts[view], want)
			}
		}
		_, teams, err := s.countsOf(t.Context(), 7, nil, []int64{1, 2, 3})
		if err != nil || teams[1] != 74 || teams[2] != 75 || teams[3] != 0 {
			t.Errorf("teams: %v, %v", teams, err)
		}
		for officer, unread := range map[int64]bool{7: false, 8: true} {
			rows, _, err := s.Inbox(t.Context(), Query{View: Everything, OfficerID: officer, Limit: 1})
			if err != nil || len(rows) != 1 || rows[0].Unread != unread || !rows[0].Failed || !rows[0].Held {
				t.Errorf("officer %d: %+v, %v; want unread %v, failed, and held", officer, rows, err, unread)
			}
		}
	})
}

func TestASearchFindsEachConversationOnceAtItsNewestMatch(t *testing.T) {
	dbtest.Each(t, inboxMigrations(), func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		putAccount(t, d, 1, "email")
		r := rand.New(rand.NewPCG(3, 4))
		var list []Conversation
		for i := range int64(60) {
			list = append(list, Conversation{ID: i + 1, AccountID: 1, Sorted: clock.Now(), Handling: Handling{TeamID: 1 + i%3}})
		}
		putConversations(t, d, list...)
		newest := map[int64]int64{}
		var messages []Message
		for i := range int64(700) {
			m := Message{ID: 1000 + i, ConversationID: 1 + r.Int64N(60), AccountID: 1, Body: "The bin was not collected."}
			if r.IntN(2) == 0 {
				m.Body = "A pothole on Kirk Wynd; the cafè is near."
				newest[m.ConversationID] = m.ID
			}
			messages = append(messages, m)
		}
		putMessages(t, d, messages...)
		var want []int64
		for c := range newest {
			if (c-1)%3 != 2 {
				want = append(want, c)
			}
		}
		slices.SortFunc(want, func(a, b int64) int { return cmp.Compare(newest[b], newest[a]) })
		s := &Service{Options: Options{DB: d}}
		got := walk(t, s, Query{View: MyTeams, TeamIDs: []int64{1, 2}, Words: `CAFE "kirk wynd" poth*`, Limit: 7})
		if !slices.Equal(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
		if rows, _, err := s.Inbox(t.Context(), Query{View: Everything, Words: "?!"}); err != nil || len(rows) != 0 {
			t.Errorf("words without a word: %v, %v", rows, err)
		}
	})
}
