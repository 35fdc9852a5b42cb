package phone_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/networktest"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/live"
)

var schema = []fs.FS{phone.Migrations()}

const account = 42

// counter is a desk at which contacts are written down.
type counter struct {
	*phone.Network
	t     *testing.T
	db    *db.DB
	clock *dbtest.Clock
	forms atomic.Int64
}

func newCounter(t *testing.T, d *db.DB, clock *dbtest.Clock) *counter {
	return &counter{Network: phone.New(phone.Options{DB: d, Hub: live.New("test")}), t: t, db: d, clock: clock}
}

func each(t *testing.T, f func(*counter)) {
	t.Helper()
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(newCounter(t, d, clock)) })
}

func (c *counter) call(words string) phone.Contact {
	return phone.Contact{Key: fmt.Sprint("form-", c.forms.Add(1)), AccountID: account, Channel: phone.Call, Outcome: phone.Owed, Identity: "caller-1",
		Name: "Ann Baird", OfficerID: 7, Officer: "Mairi Nic Dhòmhnaill", Words: words}
}

func (c *counter) log(contact phone.Contact) (kept phone.Contact, again bool, err error) {
	if contact, err = c.Prepare(c.t.Context(), contact); err != nil {
		return contact, false, err
	}
	err = c.db.Write(c.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		kept, again, err = c.LogTx(ctx, tx, contact)
		return err
	})
	return kept, again, err
}

func (c *counter) mustLog(contact phone.Contact) phone.Contact {
	c.t.Helper()
	kept, _, err := c.log(contact)
	if err != nil {
		c.t.Fatal(err)
	}
	return kept
}

func (c *counter) connect(t *testing.T) network.Connection {
	conn, err := c.Connect(network.Account{ID: account})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func (c *counter) fetch() []network.Post {
	c.t.Helper()
	conn := c.connect(c.t)
	defer conn.Close()
	batch, err := conn.Fetch(c.t.Context(), "")
	if err != nil {
		c.t.Fatal(err)
	}
	var list []network.Post
	for _, e := range batch.Events {
		list = append(list, *e.Post)
	}
	return list
}

// TestConformance writes down what the citizen says, and what they are told is
// what stands there.
func TestConformance(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			networktest.Run(t, func(t *testing.T) *networktest.Harness {
				clock := dbtest.NewClock()
				c := newCounter(t, dbtest.Open(t, engine, schema, clock), clock)
				say := func(t *testing.T, to network.Ref, text string) network.Ref {
					contact := c.call(text)
					contact.After = to
					return c.mustLog(contact).Ref()
				}
				return &networktest.Harness{
					Network:        c,
					Connect:        c.connect,
					CitizenPosts:   func(t *testing.T, text string) network.Ref { return say(t, "", text) },
					CitizenReplies: say,
					CitizenSees:    func(t *testing.T) []string { return c.answers() },
					Now:            clock.Now,
				}
			})
		})
	}
}

// answers are what was written down as told.
func (c *counter) answers() (list []string) {
	err := c.db.Read(c.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = db.Collect(ctx, tx, func(row db.Scanner) (s string, err error) { err = row.Scan(&s); return s, err },
			`SELECT words FROM phone_contact WHERE send_key IS NOT NULL ORDER BY seq`)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return list
}

func TestOneFormIsOneContact(t *testing.T) {
	each(t, func(c *counter) {
		call := c.call("The lamp in Tolbooth Wynd is out")
		first := c.mustLog(call)
		c.clock.Advance(time.Minute)
		second, again, err := c.log(call)
		if err != nil || !again || second.ID != first.ID || !second.LoggedAt.Equal(first.LoggedAt) {
			t.Errorf("the same form gives %+v, %v, %v", second, again, err)
		}
		call.Words = "And the one beside it"
		if _, _, err := c.log(call); !fault.Is(err, fault.Conflict) {
			t.Errorf("other words under the same key: %v", err)
		}
		if posts := c.fetch(); len(posts) != 1 || posts[0].Text != first.Words {
			t.Errorf("%+v", posts)
		}
	})
}

func TestAContactIsWhatBothSidesSaid(t *testing.T) {
	each(t, func(c *counter) {
		visit := c.call("When is the hall open?")
		visit.Channel, visit.Outcome, visit.Told, visit.Lasted = phone.Visit, phone.Answered, "Until nine on Tuesdays.", 90*time.Second
		visit.At = c.clock.Now().Add(-2 * time.Hour)
		kept := c.mustLog(visit)
		ours := c.call("We rang to say that the lamp is mended.")
		ours.ByUs = true
		c.mustLog(ours)
		posts := c.fetch()
		if len(posts) != 3 {
			t.Fatalf("%d posts: %+v", len(posts), posts)
		}
		asked, told, rang := posts[0], posts[1], posts[2]
		if asked.FromUs || asked.Text != visit.Words || asked.Author.ID != "caller-1" || !asked.At.Equal(visit.At) || asked.Thread != kept.Ref() {
			t.Errorf("asked: %+v", asked)
		}
		var fields []string
		for _, f := range asked.Fields {
			fields = append(fields, f.Answer)
		}
		if got := strings.Join(fields, "; "); got != "Counter visit; Answered at once; 2 minutes; Mairi Nic Dhòmhnaill" {
			t.Errorf("fields: %s", got)
		}
		if !told.FromUs || told.Text != visit.Told || told.ReplyTo != asked.Ref || told.With == nil || told.With.ID != "caller-1" {
			t.Errorf("told: %+v", told)
		}
		if !rang.FromUs || rang.With == nil || rang.Author.Name != ours.Officer || rang.Thread != rang.Ref {
			t.Errorf("rang: %+v", rang)
		}
	})
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	each(t, func(c *counter) {
		now := c.clock.Now()
		for name, change := range map[string]func(*phone.Contact){
			"words":   func(c *phone.Contact) { c.Words = " \u200b " },
			"at":      func(c *phone.Contact) { c.At = now.Add(time.Hour) },
			"lasted":  func(c *phone.Contact) { c.Lasted = 25 * time.Hour },
			"channel": func(c *phone.Contact) { c.Channel = "fax" },
			"outcome": func(c *phone.Contact) { c.Outcome = "" },
			"told":    func(c *phone.Contact) { c.Told = strings.Repeat("é", 10_001) },
		} {
			call := c.call("Bins")
			change(&call)
			_, _, err := c.log(call)
			var fields fault.Fields
			if !errors.As(err, &fields) || len(fields) != 1 || fields[0].Field != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		old := c.call("Bins")
		old.At = now.AddDate(-2, 0, 0)
		if _, _, err := c.log(old); err == nil {
			t.Error("a contact of two years ago is taken")
		}
		after := c.call("Bins again")
		after.After = "contact-1"
		if _, _, err := c.log(after); !fault.Is(err, fault.NotFound) {
			t.Errorf("going on with nothing: %v", err)
		}
		fast := c.call("Bins")
		fast.At, fast.Name = now.Add(time.Minute), ""
		if kept := c.mustLog(fast); !kept.At.Equal(now) || kept.Name != "Unknown caller" {
			t.Errorf("a clock that is a minute ahead: %+v", kept)
		}
	})
}
