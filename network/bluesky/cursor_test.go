package bluesky

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
)

func TestACursorIsReadAsItWasWritten(t *testing.T) {
	now := newClock().now()
	c := begin(now)
	for i := range 5 {
		c.add(mark{now.Add(time.Duration(i%2) * time.Minute), makeURI(annDID, fmt.Sprintf("3kaaaaaaaaaa%d", i))}, 10, now)
	}
	c.own = "3kbbbbbbbbbbb"
	again := readCursor(network.Cursor(c.String()), now)
	if again.String() != c.String() || len(again.recent) != 5 {
		t.Errorf("%s became %s", c, again)
	}
	for _, m := range c.recent {
		if again.isNew(m) {
			t.Errorf("%v is new again", m)
		}
	}
}

func TestAStrangeCursorIsTheBeginning(t *testing.T) {
	now := newClock().now()
	for _, s := range []network.Cursor{
		"", "{}", "null", `{"v":2,"low":"1"}`, `{"v":1,"low":"x","own":"a"}`, `{"v":1,"low":"1","own":""}`,
		`{"v":1,"low":"99999999999999","own":"a"}`, `{"v":1,"low":"1000","own":"a","recent":["500 did:plc:a/b"]}`,
		`{"v":1,"low":"1000","own":"a","recent":["2000"]}`, `{"v":1,"low":"1000","own":"a","recent":["2000 x/y"]}`,
	} {
		if got, want := readCursor(s, now).String(), begin(now).String(); got != want {
			t.Errorf("%q is read as %s, want %s", s, got, want)
		}
	}
}

// TestTheCursorSkipsNothingAndRepeatsNothing plays a network that puts posts in
// late, up to the overlap, many at the same time, and a reader that loses some
// of its cursors.
func TestTheCursorSkipsNothingAndRepeatsNothing(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		now := newClock().now()
		var all []mark
		had := map[string]int{}
		c := begin(now)
		lost := 0
		for round := range 30 {
			now = now.Add(time.Minute)
			for range random.IntN(8) {
				late := time.Duration(random.IntN(3)) * time.Minute
				all = append(all, mark{now.Add(-late).Truncate(time.Minute), makeURI(annDID, syntaxKey(len(all)))})
			}
			before := c.String()
			// Newest 40 are kept, more than can come in late.
			for _, m := range all {
				if !m.at.Before(c.floor()) && c.isNew(m) {
					had[m.uri]++
				}
			}
			for _, m := range all {
				if !m.at.Before(c.floor()) && c.isNew(m) {
					c.add(m, 40, now)
				}
			}
			if round < 29 && random.IntN(5) == 0 {
				c = readCursor(network.Cursor(before), now) // it died before it stored the cursor
				lost++
			}
		}
		for _, m := range all {
			if had[m.uri] == 0 || had[m.uri] > 1+lost {
				t.Fatalf("seed %d: post %v came %d times, with %d cursors lost", seed, m, had[m.uri], lost)
			}
		}
		if len(c.recent) > 40 {
			t.Fatalf("%d posts are kept, want 40 at most", len(c.recent))
		}
	}
}

func syntaxKey(i int) string { return string(syntax.NewTID(int64(i), 0)) }

func TestMorePostsOfOneMomentThanAreKeptComeInOnce(t *testing.T) {
	now := newClock().now()
	c := begin(now)
	had := map[string]int{}
	for range 40 {
		n := 0
		for i := range 100 {
			m := mark{now, makeURI(annDID, syntaxKey(i))}
			if !m.at.Before(c.floor()) && c.isNew(m) && n < 7 {
				n++
				had[m.uri]++
				c.add(m, 10, now)
			}
		}
		c = readCursor(network.Cursor(c.String()), now)
	}
	for uri, n := range had {
		if n != 1 {
			t.Errorf("%s came %d times", uri, n)
		}
	}
	if len(had) != 100 {
		t.Errorf("%d of 100 posts came in", len(had))
	}
}

func TestOldPostsAreLetGo(t *testing.T) {
	now := newClock().now()
	c := begin(now)
	old := mark{now, makeURI(annDID, syntaxKey(1))}
	c.add(old, 10, now)
	later := now.Add(followFor + time.Hour)
	c.add(mark{later, makeURI(annDID, syntaxKey(2))}, 10, later)
	if len(c.recent) != 1 || c.isNew(old) {
		t.Errorf("recent is %v, and the old post is new: %v", c.recent, c.isNew(old))
	}
}

func TestKeysAreOfTheirOwnAndNeverAhead(t *testing.T) {
	now := newClock().now()
	seen := map[string]bool{}
	for i := range 10_000 {
		key := recordKey(now, fmt.Sprint("k", i))
		tid, err := syntax.ParseTID(key)
		if err != nil {
			t.Fatalf("%q is no TID: %v", key, err)
		}
		if age := now.Sub(tid.Time()); age < 0 || age > time.Second {
			t.Fatalf("%q is %v before the answer", key, age)
		}
		if seen[key] {
			t.Fatalf("%q comes twice", key)
		}
		seen[key] = true
	}
	if recordKey(now, "a") != recordKey(now.Local(), "a") {
		t.Errorf("the key depends on the time zone")
	}
}
