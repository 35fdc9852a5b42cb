package casework_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// quiet is a network on which nothing happens by itself.
type quiet struct{}

func (quiet) Describe() network.Description {
	all := []network.Visibility{network.Public}
	return network.Description{Kind: "quiet", Name: "Quiet", Summary: "Nothing happens here.", PollEvery: time.Hour, Compose: network.Compose{
		Count: func(s string) int { return len(s) }, Split: func(s string) []string { return []string{s} }, Visibilities: all,
		ReplyVisibility: func(network.Visibility) []network.Visibility { return all }, DeleteSays: "Nothing."}}
}
func (quiet) Connect(network.Account) (network.Connection, error) { return quiet{}, nil }
func (quiet) Check(context.Context) (network.Identity, error) {
	return network.Identity{ID: "council"}, nil
}
func (quiet) Fetch(_ context.Context, c network.Cursor) (network.Batch, error) {
	return network.Batch{Cursor: c}, nil
}
func (quiet) Send(context.Context, network.Outgoing) (network.Sent, error) {
	return network.Sent{}, errors.New("nothing is sent here")
}
func (quiet) Close() error { return nil }

type house struct {
	*casework.Service
	t            *testing.T
	clock        *dbtest.Clock
	db           *db.DB
	desk         *desk.Service
	council      *directory.Directory
	account      int64
	admin        staff.Officer
	roads        staff.Team
	service      int64
	conversation int64
}

// each runs f on both engines, with a conversation about a pothole.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	rooms := []fs.FS{record.Migrations(), staff.Migrations(), directory.Migrations(), person.Migrations(), desk.Migrations(), casework.Migrations(), jobs.Migrations()}
	dbtest.Each(t, rooms, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		people, err := staff.New(staff.Options{DB: d, Cost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
		must(t, err)
		council := directory.New(directory.Options{DB: d, Staff: people})
		h := &house{t: t, clock: clock, db: d, council: council}
		h.admin, err = people.CreateFirstAdministrator(t.Context(), staff.First{Email: "mairi@strathcarron.example", Name: "Mairi Nic Dhòmhnaill", Password: "heather kettle orbit"},
			func(ctx context.Context, tx *db.Tx, o staff.Officer) error {
				return council.SetCouncilTx(ctx, tx, o.Actor(), directory.Council{Name: "Strathcarron Council", Language: "en-GB", Lat: 57.4, Lon: -5.4, Zoom: 11, AnswerWithin: 24 * time.Hour})
			})
		must(t, err)
		h.roads, err = people.AddTeam(t.Context(), h.admin.Actor(), staff.Team{Name: "Roads"})
		must(t, err)
		blobs, err := blob.NewDisk(t.TempDir())
		must(t, err)
		t.Cleanup(func() { blobs.Close() })
		box, err := secret.NewBox(make([]byte, 32))
		must(t, err)
		queue, hub := jobs.New(d, jobs.Options{}), live.New("test")
		h.desk = desk.New(desk.Options{DB: d, Queue: queue, Hub: hub, Blobs: blobs, Photos: blob.NewPhotos(1), Box: box, Networks: []network.Network{quiet{}},
			Staff: people, Directory: council, People: person.New(), Now: clock.Now,
			Happened: func(ctx context.Context, tx *db.Tx, list []desk.Happening) error {
				return h.HeardVerdicts(ctx, tx, list)
			}})
		must(t, queue.Open())
		h.Service = casework.New(casework.Options{DB: d, Hub: hub, Desk: h.desk, Directory: council, Staff: people})
		must(t, d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ids, err := council.AddServicesTx(ctx, tx, h.admin.Actor(), []directory.Service{{Name: "Potholes", Words: "pothole", TeamID: h.roads.ID, Active: true}})
			if err != nil {
				return err
			}
			h.service = ids[0]
			_, err = council.AddPlacesTx(ctx, tx, h.admin.Actor(), []directory.Place{{Kind: "street", Name: "Tolbooth Wynd", Within: "Kirkbrae", Lat: 57.41, Lon: -5.42}})
			return err
		}))
		account, err := h.desk.Connect(t.Context(), h.admin.Actor(), desk.NewAccount{Network: "quiet", Name: "Quiet"})
		must(t, err)
		h.account = account.ID
		must(t, h.desk.Intake(t.Context(), account.ID, network.Batch{Cursor: "1", Events: []network.Event{{Post: &network.Post{Ref: "p1", Thread: "p1",
			Author: network.Identity{ID: "tam", Name: "Tam Wishart"}, Visibility: network.Public, Text: "A pothole in Tolbooth Wynd, Kirkbrae", At: clock.Now()}}}}))
		rows, _, err := h.desk.Inbox(t.Context(), desk.Query{View: desk.Everything})
		must(t, err)
		h.conversation = rows[0].ID
		f(t, h)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) open() (casework.Case, casework.Step) {
	h.t.Helper()
	f, err := h.Fill(h.t.Context(), h.conversation)
	must(h.t, err)
	c, step, err := h.Open(h.t.Context(), h.admin, f.Opening)
	must(h.t, err)
	return c, step
}

// said are the messages to the citizen that will be sent.
func (h *house) said() []string {
	h.t.Helper()
	var said []string
	must(h.t, h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := h.desk.MessagesTx(ctx, tx, h.conversation, 0, 100)
		said = nil
		for _, m := range list {
			if m.Direction == desk.Out && m.State != desk.Cancelled {
				said = append(said, m.Body)
			}
		}
		return err
	}))
	return said
}

func TestACaseIsFilledInFromItsConversation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		f, err := h.Fill(t.Context(), h.conversation)
		must(t, err)
		if f.ServiceID != h.service || f.TeamID != h.roads.ID || f.Words != "A pothole in Tolbooth Wynd, Kirkbrae" || f.Place != "Tolbooth Wynd, Kirkbrae" || f.Lat != 57.41 {
			t.Errorf("the form is %+v", f.Opening)
		}
		c, step, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		if c.State != casework.Received || c.Who != "Tam Wishart" || c.TeamID != h.roads.ID || !strings.HasPrefix(c.Reference, "MC-") || step.MessageID == 0 {
			t.Errorf("the case is %+v, %+v", c, step)
		}
		if said := h.said(); len(said) != 1 || !strings.Contains(said[0], c.Reference) {
			t.Errorf("the citizen is told %q", said)
		}
		rows, _, err := h.desk.Inbox(t.Context(), desk.Query{View: desk.Everything})
		must(t, err)
		if rows[0].CaseRef != c.Reference {
			t.Errorf("the conversation shows case %q", rows[0].CaseRef)
		}
		again, _, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		if again.ID != c.ID || len(h.said()) != 1 {
			t.Errorf("the same form sent twice made case %s and %s", c.Reference, again.Reference)
		}
	})
}

func TestEachChangeReachesTheCitizenAndCanBeUndone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		c, step, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.InProgress, Say: "We are on it"})
		must(t, err)
		if said := h.said(); !slices.Contains(said, "We are on it") {
			t.Errorf("the citizen is told %q", said)
		}
		c, told, err := h.Undo(t.Context(), h.admin, c.ID, step.ID)
		must(t, err)
		if told || c.State != casework.Received || slices.Contains(h.said(), "We are on it") {
			t.Errorf("after the undo the case is %s, told %v, and the citizen is told %q", c.State, told, h.said())
		}
		if _, _, err := h.Undo(t.Context(), h.admin, c.ID, step.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second undo gives %v", err)
		}
	})
}

func TestNotOursSaysWhoseItIs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		if _, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.NotOurs, Whose: " "}); !fault.Is(err, fault.Invalid) {
			t.Errorf("without saying whose: %v", err)
		}
		c, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.NotOurs, Whose: "Scottish Water"})
		must(t, err)
		if c.Whose != "Scottish Water" || c.EndedAt.IsZero() {
			t.Errorf("the case is %+v", c)
		}
		if _, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed}); !fault.Is(err, fault.Conflict) {
			t.Errorf("from not ours to done: %v", err)
		}
	})
}

func TestTheLoserIsToldWhoWasQuicker(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		_, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Accepted})
		must(t, err)
		_, _, err = h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed, Say: "It is done"})
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), h.admin.Name) {
			t.Errorf("the second move gives %v", err)
		}
		if slices.Contains(h.said(), "It is done") {
			t.Error("the citizen is told what did not happen")
		}
	})
}

func TestCasesAreFoundByViewReferenceAndWords(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		dbtest.LooksLikeATextIndex(t, h.db, "casework_text")
		var all []casework.Case
		for range 5 {
			h.clock.Advance(time.Minute)
			c, _ := h.open()
			all = append(all, c)
		}
		done, _, err := h.Move(t.Context(), h.admin, all[0].ID, all[0].Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		for name, c := range map[string]struct {
			q    casework.Query
			want int
		}{
			"all": {casework.Query{}, 5}, "open": {casework.Query{Open: true}, 4}, "team": {casework.Query{TeamID: h.roads.ID, Open: true}, 4},
			"another team": {casework.Query{TeamID: 1}, 0}, "done": {casework.Query{State: casework.Done}, 1}, "words": {casework.Query{Words: "tolbooth potho*"}, 5},
			"reference": {casework.Query{Words: strings.ToLower(done.Reference)}, 1}, "words and state": {casework.Query{Words: "pothole", State: casework.Done}, 1},
		} {
			list, next, err := h.List(t.Context(), c.q)
			must(t, err)
			if len(list) != c.want || next.ID != 0 {
				t.Errorf("%s: %d cases, next %v; want %d", name, len(list), next, c.want)
			}
		}
		for written, want := range map[string]int64{
			done.Reference: done.ID, strings.ToLower(strings.ReplaceAll(done.Reference, "-", " ")): done.ID,
			"pothole": 0, "": 0, "MC-0000-0000": 0,
		} {
			id, found, err := h.ByReference(t.Context(), written)
			must(t, err)
			if id != want || found != (want != 0) {
				t.Errorf("%q leads to %d, %v; want %d", written, id, found, want)
			}
		}
		seen := map[int64]bool{}
		for q := (casework.Query{Limit: 2, Open: true}); ; {
			list, next, err := h.List(t.Context(), q)
			must(t, err)
			for _, c := range list {
				if seen[c.ID] {
					t.Errorf("case %s stands on two pages", c.Reference)
				}
				seen[c.ID] = true
			}
			if q.Before = next; next.ID == 0 {
				break
			}
		}
		if len(seen) != 4 {
			t.Errorf("paging shows %d open cases, want 4", len(seen))
		}
	})
}

func TestATrackingPageShowsTheSteps(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		h.clock.Advance(time.Hour)
		_, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		var token string
		must(t, h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			conversation, err := h.desk.ConversationTx(ctx, tx, h.conversation)
			token = conversation.Token
			return err
		}))
		told, err := h.Told(t.Context(), token)
		must(t, err)
		if len(told) != 2 || told[0].State != casework.Received || told[1].State != casework.Done {
			t.Errorf("the steps are %+v", told)
		}
		if told, err := h.Told(t.Context(), "nobody's"); err != nil || len(told) != 0 {
			t.Errorf("an unknown token has %v, %v", told, err)
		}
	})
}

func TestManyWhoMoveACaseAtOnceMoveItOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		var won sync.Map
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Accepted, Say: "Accepted"}); err == nil {
					won.Store(i, true)
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		n := 0
		won.Range(func(any, any) bool { n++; return true })
		accepted := 0
		for _, s := range h.said() {
			if s == "Accepted" {
				accepted++
			}
		}
		if n != 1 || accepted != 1 {
			t.Errorf("%d moves won and the citizen is told %d times, want one of each", n, accepted)
		}
	})
}
