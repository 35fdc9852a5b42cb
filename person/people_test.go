package person_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

var (
	schema = []fs.FS{record.Migrations(), person.Migrations()}
	mairi  = record.Actor{Kind: record.Officer, ID: 7, Name: "Mairi Nic Dhòmhnaill"}
)

// world is the room on one engine.
type world struct {
	t *testing.T
	*person.People
	db    *db.DB
	clock *dbtest.Clock
}

func each(t *testing.T, f func(w world)) {
	t.Helper()
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(world{t, person.New(), d, clock}) })
}

func (w world) write(f func(ctx context.Context, tx *db.Tx) error) error {
	w.clock.Advance(time.Minute)
	return w.db.Write(w.t.Context(), f)
}

func (w world) resolve(kind network.Kind, who ...network.Identity) map[string]person.Handle {
	w.t.Helper()
	var found map[string]person.Handle
	err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		found, err = w.ResolveTx(ctx, tx, kind, who)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// add makes one person.
func (w world) add(name string) int64 {
	w.t.Helper()
	return w.resolve("bluesky", network.Identity{ID: "did:plc:" + name, Handle: "@" + name + ".example", Name: name})["did:plc:"+name].PersonID
}

func (w world) person(id int64) (person.Person, []person.Handle) {
	w.t.Helper()
	var p person.Person
	var handles []person.Handle
	err := w.db.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		p, handles, err = w.PersonTx(ctx, tx, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p, handles
}

func (w world) find(words string, never int64, limit int) string {
	w.t.Helper()
	var found []person.Found
	err := w.db.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		found, err = w.FindTx(ctx, tx, words, never, limit)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = fmt.Sprintf("%s/%d", f.Person.Name, len(f.Handles))
	}
	return strings.Join(names, " ")
}

func (w world) acts(id int64) string {
	w.t.Helper()
	var acts []string
	err := w.db.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := record.About(ctx, tx, record.Subject{Kind: "person", ID: id}, 0, 20)
		acts = nil
		for _, k := range list {
			acts = append(acts, k.Act)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(acts, " ")
}

func wants(t *testing.T, err error, kind fault.Kind, words string) {
	t.Helper()
	if !fault.Is(err, kind) || !strings.Contains(fault.Sentence(err), words) {
		t.Errorf("want %s with %q, got %v", kind, words, err)
	}
}

func TestAnIdentityBecomesOnePersonHoweverOftenItWrites(t *testing.T) {
	each(t, func(w world) {
		ann := network.Identity{ID: "did:plc:ann", Handle: "@ann.example", Name: "Ann Baird", Profile: "https://bsky.example/ann", AvatarURL: "https://bsky.example/ann.jpg"}
		first := w.resolve("bluesky", ann, network.Identity{ID: "did:plc:bob"}, ann)
		again := w.resolve("bluesky", ann)
		other := w.resolve("email", ann)
		if len(first) != 2 || first["did:plc:ann"] != again["did:plc:ann"] || first["did:plc:ann"].Identity != ann {
			t.Errorf("first %+v, again %+v", first, again)
		}
		if other["did:plc:ann"].PersonID == first["did:plc:ann"].PersonID {
			t.Error("two networks share an identity")
		}
		p, handles := w.person(first["did:plc:ann"].PersonID)
		if p.Name != "Ann Baird" || len(handles) != 1 || handles[0] != first["did:plc:ann"] {
			t.Errorf("%+v %+v", p, handles)
		}
		if p, _ := w.person(first["did:plc:bob"].PersonID); p.Name != "did:plc:bob" {
			t.Errorf("without a name: %+v", p)
		}
	})
}

func TestNamesAreCleanedAndNeverEmpty(t *testing.T) {
	for name, c := range map[string]struct {
		who  network.Identity
		want string
	}{
		"name":            {network.Identity{ID: "1", Handle: "@a", Name: "  Ann\n\tBaird "}, "Ann Baird"},
		"override":        {network.Identity{ID: "1", Name: "Ann\u202egnp.exe"}, "Anngnp.exe"},
		"invisible name":  {network.Identity{ID: "1", Handle: "@a", Name: "\u200b\u2060"}, "@a"},
		"invalid":         {network.Identity{ID: "1", Handle: "@a", Name: "\xff\x00"}, "\ufffd"},
		"nothing":         {network.Identity{ID: "1"}, "1"},
		"nothing visible": {network.Identity{ID: "\x00"}, "sha256:"},
		"long":            {network.Identity{ID: "1", Name: strings.Repeat("a", 10_000)}, strings.Repeat("a", 200)},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w world) {
				h := w.resolve("email", c.who)[c.who.ID]
				p, _ := w.person(h.PersonID)
				if !strings.HasPrefix(p.Name, c.want) || p.Name == "" {
					t.Errorf("%q", p.Name)
				}
			})
		})
	}
}

func TestIdsThatLookAlikeAfterCleaningStayApart(t *testing.T) {
	each(t, func(w world) {
		long := strings.Repeat("x", 600)
		ids := []string{"ann", "ann ", "ann\x00", "\xffann", long + "1", long + "2"}
		var who []network.Identity
		for _, id := range ids {
			who = append(who, network.Identity{ID: id})
		}
		persons := map[int64]bool{}
		for _, h := range w.resolve("practice", who...) {
			persons[h.PersonID] = true
		}
		for _, h := range w.resolve("practice", who...) {
			persons[h.PersonID] = true
		}
		if len(persons) != len(ids) {
			t.Errorf("%d persons of %d ids", len(persons), len(ids))
		}
	})
}

func TestAChangedNameIsTakenOverAndNoted(t *testing.T) {
	each(t, func(w world) {
		h := w.resolve("bluesky", network.Identity{ID: "1", Handle: "@ann.example"})["1"]
		w.resolve("bluesky", network.Identity{ID: "1", Handle: "@ann.example", Name: "Ann Baird"})
		w.resolve("bluesky", network.Identity{ID: "1", Handle: "@baird.example"}) // without a name: it is kept
		p, handles := w.person(h.PersonID)
		if p.Name != "Ann Baird" || handles[0].Identity.Handle != "@baird.example" || handles[0].Identity.Name != "Ann Baird" {
			t.Errorf("%+v %+v", p, handles)
		}
		if acts := w.acts(h.PersonID); acts != "person.handle.changed person.handle.changed" {
			t.Errorf("record: %s", acts)
		}
		if got := w.find("ann.ex", 0, 5) + w.find("@Baird", 0, 5); got != "Ann Baird/1" {
			t.Errorf("found %s", got)
		}
	})
}

func TestALargeBatchIsResolvedWithoutAStatementForEach(t *testing.T) {
	each(t, func(w world) {
		who := make([]network.Identity, 700)
		for i := range who {
			who[i] = network.Identity{ID: fmt.Sprint("id", i), Name: fmt.Sprint("Person ", i)}
		}
		first, again := w.resolve("bluesky", who...), w.resolve("bluesky", who...)
		if len(first) != 700 || len(again) != 700 {
			t.Fatal(len(first), len(again))
		}
		ids := make([]int64, 0, 700)
		for id, h := range first {
			if again[id] != h {
				t.Fatalf("%+v, then %+v", h, again[id])
			}
			ids = append(ids, h.ID)
		}
		err := w.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			found, err := w.HandlesTx(ctx, tx, append(ids, 42))
			if len(found) != 700 {
				t.Errorf("%d handles", len(found))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestPersonsAreFoundByTheBeginningOfAName(t *testing.T) {
	each(t, func(w world) {
		w.resolve("email", network.Identity{ID: "1", Handle: "zoe@strathmarn.example", Name: "Zoë MacÀdhaimh"},
			network.Identity{ID: "2", Handle: "x@example.org", Name: "Adam Zoellner-Zz"},
			network.Identity{ID: "3", Handle: "y@example.org", Name: "Øystein Zzz"})
		for typed, want := range map[string]string{
			"ZOE": "Zoë MacÀdhaimh/1 Adam Zoellner-Zz/1", "macad": "Zoë MacÀdhaimh/1", "zoe m": "Zoë MacÀdhaimh/1",
			"oyst": "Øystein Zzz/1", "Zo%": "", "": "", "@zoe@strath": "Zoë MacÀdhaimh/1", "zoem": "",
		} {
			if got := w.find(typed, 0, 10); got != want {
				t.Errorf("%q finds %q, want %q", typed, got, want)
			}
		}
		if got := w.find("z", 0, 1); got != "Zoë MacÀdhaimh/1" {
			t.Errorf("limited: %q", got)
		}
		zoe := w.resolve("email", network.Identity{ID: "1"})["1"].PersonID
		if got := w.find("zoe", zoe, 10); got != "Adam Zoellner-Zz/1" {
			t.Errorf("all but one: %q", got)
		}
	})
}

func TestThereIsNoPersonOfAnUnknownNumber(t *testing.T) {
	each(t, func(w world) {
		err := w.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, _, err := w.PersonTx(ctx, tx, 42)
			return err
		})
		wants(t, err, fault.NotFound, "no such person")
	})
}
