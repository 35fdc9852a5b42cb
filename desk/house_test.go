package desk

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// house is a desk with everything below it, and a network that does as it is
// told.
type house struct {
	*Service
	t       testing.TB
	db      *db.DB
	clock   *dbtest.Clock
	net     *toldNetwork
	admin   staff.Officer
	account Account
	posts   int
}

// each runs f on both engines with a fresh house: an administrator, a contact
// centre, a council, and one account of the told network.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, newHouse(t, engine)) })
	}
}

func newHouse(t testing.TB, engine db.Engine) *house {
	t.Helper()
	clock := dbtest.NewClock()
	rooms := []fs.FS{record.Migrations(), staff.Migrations(), directory.Migrations(), person.Migrations(), Migrations(), jobs.Migrations()}
	d := open(t, engine, rooms, clock)
	people, err := staff.New(staff.Options{DB: d, Cost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	council := directory.New(directory.Options{DB: d, Staff: people})
	admin, err := people.CreateFirstAdministrator(t.Context(), staff.First{Email: "mairi@strathcarron.example", Name: "Mairi Nic Dhòmhnaill", Password: "heather kettle orbit"},
		func(ctx context.Context, tx *db.Tx, o staff.Officer) error {
			return council.SetCouncilTx(ctx, tx, o.Actor(), directory.Council{Name: "Strathcarron Council", Language: "en-GB", Lat: 57.4, Lon: -5.4, Zoom: 11, AnswerWithin: 24 * time.Hour})
		})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.NewDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	box, err := secret.NewBox(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: d, clock: clock, net: newToldNetwork(), admin: admin}
	queue := jobs.New(d, jobs.Options{Poll: 20 * time.Millisecond})
	h.Service = New(Options{DB: d, Queue: queue, Hub: live.New("test"), Blobs: blobs, Photos: blob.NewPhotos(2), Box: box, Networks: []network.Network{h.net},
		Staff: people, Directory: council, People: person.New(), Now: clock.Now,
		OpenURL: func(context.Context, string, int64) ([]byte, error) { return nil, fmt.Errorf("nothing is there") }})
	if err := queue.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.connections.close() })
	if h.account, err = h.Connect(t.Context(), admin.Actor(), NewAccount{Network: toldKind, Name: "Council on Told", Options: map[string]string{"password": "open sesame"}, SignReplies: true}); err != nil {
		t.Fatal(err)
	}
	return h
}

// open opens a fresh database; benchmarks do not run every closure twice.
func open(t testing.TB, engine db.Engine, rooms []fs.FS, clock *dbtest.Clock) *db.DB {
	t.Helper()
	if _, measured := t.(*testing.B); !measured {
		return dbtest.Open(t, engine, rooms, clock)
	}
	d, err := db.Open(t.Context(), db.Options{DSN: dbtest.DSN(t, engine, rooms), Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// team adds a team with one officer in it.
func (h *house) team(name, email, officer string) (staff.Team, staff.Officer) {
	h.t.Helper()
	team, err := h.Staff.AddTeam(h.t.Context(), h.admin.Actor(), staff.Team{Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	o, _, err := h.Staff.AddOfficer(h.t.Context(), h.admin.Actor(), staff.Person{Email: email, Name: officer, Role: staff.Answers}, []int64{team.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return team, o
}

// post is something that a citizen says in a thread of its own.
func (h *house) post(who, text string) *network.Post {
	h.posts++
	ref := network.Ref(fmt.Sprintf("post-%d", h.posts))
	return &network.Post{Ref: ref, Thread: ref, Author: network.Identity{ID: "id-" + who, Handle: "@" + who, Name: strings.ToUpper(who[:1]) + who[1:]},
		Visibility: network.Public, Text: text, At: h.clock.Now().Add(-time.Second)}
}

// reply is something that a citizen says to a post.
func (h *house) reply(who, text string, to *network.Post) *network.Post {
	p := h.post(who, text)
	p.ReplyTo, p.Thread = to.Ref, to.Thread
	return p
}

func (h *house) take(events ...network.Event) {
	h.t.Helper()
	if err := h.Intake(h.t.Context(), h.account.ID, network.Batch{Events: events, Cursor: network.Cursor(fmt.Sprintf("c%d", h.posts))}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) takePosts(posts ...*network.Post) {
	h.t.Helper()
	var events []network.Event
	for _, p := range posts {
		events = append(events, network.Event{Post: p})
	}
	h.take(events...)
}

// inbox is everything, newest first.
func (h *house) inbox() []Row {
	h.t.Helper()
	rows, _, err := h.Inbox(h.t.Context(), Query{View: Everything, OfficerID: h.admin.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// only is the one conversation that there is.
func (h *house) only() Conversation {
	h.t.Helper()
	rows := h.inbox()
	if len(rows) != 1 {
		h.t.Fatalf("there are %d conversations, want one", len(rows))
	}
	return rows[0].Conversation
}

func (h *house) messages(conversation int64) []Message {
	h.t.Helper()
	var list []Message
	err := h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = h.MessagesTx(ctx, tx, conversation, 0, 100)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// acts are what the record says of a subject, oldest first.
func (h *house) acts(s record.Subject) []string {
	h.t.Helper()
	var acts []string
	err := h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := record.About(ctx, tx, s, 0, 500)
		acts = nil
		for i := len(list) - 1; i >= 0; i-- {
			acts = append(acts, list[i].Act)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return acts
}

const toldKind network.Kind = "told"

// toldNetwork does what a test tells it. It keeps what was sent under its key,
// as a good network does.
type toldNetwork struct {
	mu      sync.Mutex
	calls   int
	sent    []network.Outgoing
	refs    map[string]network.Ref
	deleted []network.Ref
	batches []network.Batch
	// Before and After are called around the effect of Send; an error of Before
	// prevents it, one of After loses the answer.
	settle        time.Duration
	Before, After func(network.Outgoing) error
	Files         map[string][]byte
	Limit         int // of this account's posts; 0 is the network's
}

func newToldNetwork() *toldNetwork {
	return &toldNetwork{refs: map[string]network.Ref{}, Files: map[string][]byte{}}
}

// more is what comes in later.
func (n *toldNetwork) more(b network.Batch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.batches = append(n.batches, b)
}

func (n *toldNetwork) Describe() network.Description {
	return network.Description{Kind: toldKind, Name: "Told", Summary: "Does as it is told.", PollEvery: 10 * time.Millisecond, Settle: n.settle,
		Options: []network.Option{{Name: "password", Label: "Password", Secret: true, Required: true}},
		Compose: network.Compose{Limit: 100, Unit: "characters", Count: func(s string) int { return len([]rune(s)) },
			Split: func(s string) []string {
				var parts []string
				for r := []rune(s); ; r = r[100:] {
					if len(r) <= 100 {
						return append(parts, string(r))
					}
					parts = append(parts, string(r[:100]))
				}
			},
			Visibilities: []network.Visibility{network.Public, network.Direct},
			ReplyVisibility: func(to network.Visibility) []network.Visibility {
				if to == network.Direct {
					return []network.Visibility{network.Direct}
				}
				return []network.Visibility{network.Public, network.Direct}
			},
			Media:     network.MediaLimits{Max: 4, ContentTypes: []string{"image/jpeg", "image/png"}, MaxBytes: 1 << 20, AltRequired: true, Focus: true},
			Warning:   true,
			CanDelete: true, DeleteSays: "Deletes the post. People may have seen it."}}
}

func (n *toldNetwork) Connect(a network.Account) (network.Connection, error) {
	return toldConnection{n}, nil
}

type toldConnection struct{ *toldNetwork }

// Compose implements network.Composer.
func (c toldConnection) Compose() network.Compose {
	c.mu.Lock()
	defer c.mu.Unlock()
	rules := c.Describe().Compose
	if limit := c.Limit; limit > 0 {
		rules.Limit = limit
		rules.Split = func(s string) []string { return text.Split(s, limit, rules.Count) }
	}
	return rules
}

func (c toldConnection) Check(context.Context) (network.Identity, error) {
	return network.Identity{ID: "id-council", Handle: "@council", Name: "Strathcarron Council"}, nil
}

func (c toldConnection) Fetch(ctx context.Context, cursor network.Cursor) (network.Batch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.batches) == 0 {
		return network.Batch{Cursor: cursor}, nil
	}
	b := c.batches[0]
	c.batches = c.batches[1:]
	b.More = len(c.batches) > 0
	return b, nil
}

func (c toldConnection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	c.mu.Lock()
	c.calls++
	before, after := c.Before, c.After
	c.mu.Unlock()
	if before != nil {
		if err := before(out); err != nil {
			return network.Sent{}, err
		}
	}
	c.mu.Lock()
	ref, known := c.refs[out.Key]
	if !known {
		ref = network.Ref("sent-" + out.Key)
		c.refs[out.Key] = ref
		c.sent = append(c.sent, out)
	}
	c.mu.Unlock()
	if after != nil {
		if err := after(out); err != nil {
			return network.Sent{}, err
		}
	}
	return network.Sent{Ref: ref, Thread: out.Thread, URL: "https://told.example/" + string(ref)}, nil
}

func (c toldConnection) Delete(ctx context.Context, ref network.Ref) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted = append(c.deleted, ref)
	return nil
}

func (c toldConnection) OpenMedia(ctx context.Context, url string) (body io.ReadCloser, size int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, ok := c.Files[url]
	if !ok {
		return nil, 0, &network.Error{Trouble: network.Missing, Sentence: "The file is not there any more."}
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

func (c toldConnection) Close() error { return nil }

// looks says what pictures look like.
func (h *house) looks(media ...int64) (looks map[int64]blob.Likeness) {
	h.t.Helper()
	if err := h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		looks, err = h.LikenessesTx(ctx, tx, media)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return looks
}
