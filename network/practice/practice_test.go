package practice_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/web"
)

var schema = []fs.FS{practice.Migrations()}

// Citizens whom the migration makes.
const (
	mairi  = 1
	callum = 2
)

type village struct {
	*practice.Practice
	db    *db.DB
	hub   *live.Hub
	blobs blob.Store
	clock *dbtest.Clock
}

func newVillage(t *testing.T, d *db.DB, clock *dbtest.Clock) *village {
	t.Helper()
	blobs, err := blob.NewDisk(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, blobs.Close()) })
	hub := live.New("test")
	return &village{
		Practice: practice.New(practice.Options{DB: d, Hub: hub, Blobs: blobs, Photos: blob.NewPhotos(2), Now: clock.Now, Batch: 50, Writers: web.Roles("officer")}),
		db:       d, hub: hub, blobs: blobs, clock: clock,
	}
}

// each runs f on both engines.
func each(t *testing.T, f func(t *testing.T, v *village)) {
	t.Helper()
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newVillage(t, d, clock)) })
}

// once is each for what does not depend on the engine.
func once(t *testing.T, f func(t *testing.T, v *village)) {
	t.Helper()
	clock := dbtest.NewClock()
	f(t, newVillage(t, dbtest.Open(t, db.SQLite, schema, clock), clock))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (v *village) connect(t *testing.T, handle string) network.Connection {
	t.Helper()
	c, err := v.Connect(network.Account{ID: 1, Options: map[string]string{"handle": handle, "name": "Strathcarron Council"}})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

func (v *village) say(t *testing.T, s practice.Saying) network.Ref {
	t.Helper()
	ref, err := v.Say(t.Context(), s)
	must(t, err)
	return ref
}

// drain reads everything behind a cursor.
func drain(t *testing.T, c network.Connection, cursor network.Cursor) ([]network.Event, network.Cursor) {
	t.Helper()
	var events []network.Event
	for {
		batch, err := c.Fetch(t.Context(), cursor)
		must(t, err)
		events, cursor = append(events, batch.Events...), batch.Cursor
		if !batch.More {
			return events, cursor
		}
	}
}

func posts(events []network.Event) map[network.Ref]*network.Post {
	all := map[network.Ref]*network.Post{}
	for _, e := range events {
		if e.Post != nil {
			all[e.Post.Ref] = e.Post
		}
	}
	return all
}

func answer(key string, to *network.Post, text string) network.Outgoing {
	return network.Outgoing{Key: key, First: true, To: to.Author, ReplyTo: to.Ref, Thread: to.Thread, Visibility: to.Visibility, Text: text}
}

func send(t *testing.T, c network.Connection, out network.Outgoing) network.Sent {
	t.Helper()
	sent, err := c.Send(t.Context(), out)
	must(t, err)
	return sent
}

func wantTrouble(t *testing.T, err error, want network.Trouble) {
	t.Helper()
	if err == nil {
		t.Errorf("it succeeded, want %s", want)
	} else if got := network.TroubleOf(err); got != want {
		t.Errorf("it is %s (%v), want %s", got, err, want)
	}
}

func picture(t testing.TB, side int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, side, side/2))
	for i := range side / 2 {
		m.Set(i, i, color.RGBA{200, 80, 40, 255})
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, m))
	return b.Bytes()
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
