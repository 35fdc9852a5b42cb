package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
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
	*Service
	t       *testing.T
	clock   *dbtest.Clock
	admin   staff.Officer
	roads   staff.Team
	service int64
	account desk.Account
	posts   int
	router  *web.Router
}

// each runs f on both engines, with a council that has an account and a service.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	rooms := []fs.FS{record.Migrations(), staff.Migrations(), directory.Migrations(), person.Migrations(), desk.Migrations(), casework.Migrations(), phone.Migrations(), Migrations(), jobs.Migrations()}
	dbtest.Each(t, rooms, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		people, err := staff.New(staff.Options{DB: d, Cost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
		must(t, err)
		council := directory.New(directory.Options{DB: d, Staff: people})
		h := &house{t: t, clock: clock}
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
		calls := phone.New(phone.Options{DB: d, Hub: hub})
		networks := []network.Network{quiet{}, calls}
		talk := desk.New(desk.Options{DB: d, Queue: queue, Hub: hub, Blobs: blobs, Photos: blob.NewPhotos(1), Box: box, Networks: networks,
			Staff: people, Directory: council, People: person.New(), Now: clock.Now,
			Happened: func(ctx context.Context, tx *db.Tx, list []desk.Happening) error { return h.FollowDesk(ctx, tx, list) }})
		cases := casework.New(casework.Options{DB: d, Hub: hub, Desk: talk, Directory: council, Staff: people,
			Follow: []func(context.Context, *db.Tx, casework.Change) error{
				func(ctx context.Context, tx *db.Tx, ch casework.Change) error { return h.FollowCases(ctx, tx, ch) }}})
		client := httpx.New(httpx.Options{Guard: httpx.Guard{AllowPrivate: true}})
		t.Cleanup(client.CloseIdleConnections)
		post := PostBy(client, clock.Now)
		h.Service = New(Options{DB: d, Queue: queue, Box: box, Staff: people, Directory: council, Desk: talk, Casework: cases, People: person.New(), Now: clock.Now,
			Contacts: contact.New(contact.Options{DB: d, Desk: talk, Casework: cases, Directory: council, Staff: people, People: person.New(), Phone: calls, Networks: networks}),
			Post: func(ctx context.Context, r Request) (int, string, []byte, time.Time, error) {
				r.Timeout = 300 * time.Millisecond
				return post(ctx, r)
			}})
		must(t, queue.Open())
		must(t, d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ids, err := council.AddServicesTx(ctx, tx, h.admin.Actor(), []directory.Service{{Name: "Potholes", Words: "pothole", TeamID: h.roads.ID, Active: true}})
			h.service = ids[0]
			return err
		}))
		h.account, err = talk.Connect(t.Context(), h.admin.Actor(), desk.NewAccount{Network: "quiet", Name: "Quiet"})
		must(t, err)
		h.router, err = web.NewRouter(web.Options{Now: clock.Now, Keys: people.CheckKey, Authenticator: people, SigningKey: bytes.Repeat([]byte{7}, 32),
			Log: slog.New(slog.DiscardHandler), Site: func(context.Context) (web.Site, error) {
				return web.Site{Council: "Strathcarron Council", SignOutURL: "/sign-out"}, nil
			}})
		must(t, err)
		people.Routes(h.router)
		must(t, h.Routes(h.router))
		f(t, h)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hears lets a citizen write, and returns the conversation.
func (h *house) hears(words string) int64 {
	h.t.Helper()
	h.posts++
	ref := network.Ref("p" + strings.Repeat("x", h.posts))
	must(h.t, h.Desk.Intake(h.t.Context(), h.account.ID, network.Batch{Cursor: network.Cursor(ref), Events: []network.Event{{Post: &network.Post{Ref: ref, Thread: ref,
		Author: network.Identity{ID: "tam", Name: "Tam Wishart"}, Visibility: network.Public, Text: words, At: h.clock.Now()}}}}))
	rows, _, err := h.Desk.Inbox(h.t.Context(), desk.Query{View: desk.Everything})
	must(h.t, err)
	return rows[0].ID
}

// opens makes a case of what a citizen writes.
func (h *house) opens(words string) casework.Case {
	h.t.Helper()
	f, err := h.Casework.Fill(h.t.Context(), h.hears(words))
	must(h.t, err)
	f.Opening.ServiceID, f.Opening.TeamID = h.service, h.roads.ID
	c, _, err := h.Casework.Open(h.t.Context(), h.admin, f.Opening)
	must(h.t, err)
	return c
}

// got is a webhook as it arrived.
type got struct {
	header http.Header
	body   []byte
}

// receiver is a program that is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	list   []got
	answer http.HandlerFunc // nil: 204
}

func receives(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.list = append(r.list, got{q.Header, body})
		answer := r.answer
		r.mu.Unlock()
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(w, q)
	}))
	r.Config.ErrorLog = nil
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) does(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// had takes what has arrived since it was last asked.
func (r *receiver) had() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

// tells adds an endpoint for a receiver.
func (h *house) tells(r *receiver, words bool, kinds ...Kind) (Endpoint, string) {
	h.t.Helper()
	e, secret, err := h.AddEndpoint(h.t.Context(), h.admin, Endpoint{Name: "CRM", URL: r.URL + "/hook", Kinds: kinds, Words: words})
	must(h.t, err)
	return e, secret
}

// delivers does what the job does.
func (h *house) delivers(e Endpoint) {
	h.t.Helper()
	for {
		more, err := h.DeliverSome(h.t.Context(), e.ID)
		must(h.t, err)
		if !more {
			return
		}
	}
}

func (h *house) last(e Endpoint) Delivery {
	h.t.Helper()
	list, err := h.Deliveries(h.t.Context(), e.ID, 0, "", 1)
	must(h.t, err)
	if len(list) == 0 {
		h.t.Fatal("nothing is on its way")
	}
	return list[0]
}
