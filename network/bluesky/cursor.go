package bluesky

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
)

const (
	// lookBack is how far the first fetch goes back.
	lookBack = 30 * 24 * time.Hour
	// overlap is how far behind the newest post every fetch looks again, for
	// posts that the network puts in late: it orders them by the time that their
	// author's program claims, where that is before their arrival.
	overlap = 24 * time.Hour
	// followFor is how long a post is watched for deletion.
	followFor = 30 * 24 * time.Hour
)

// mark is the place of a post among all: by the network's time, and by address
// where that is the same.
type mark struct {
	at  time.Time
	uri string
}

func (m mark) compare(o mark) int {
	return cmp.Or(m.at.Compare(o.at), strings.Compare(m.uri, o.uri))
}

// cursor is how far the account has been read. A post that stands after low and
// is not among recent is new. Low only ever rises, and only over posts that were
// handed over, so nothing is skipped and nothing comes again and again.
type cursor struct {
	low    mark
	recent []mark // handed over, in order; the newest of them all
	own    string // record key of our own newest post
}

// storedCursor is a cursor as it is stored: addresses without what all have in
// common, times in milliseconds, which is the network's own precision.
type storedCursor struct {
	Version int      `json:"v"`
	Low     string   `json:"low"`
	Own     string   `json:"own,omitempty"`
	Recent  []string `json:"recent,omitempty"`
}

func begin(now time.Time) cursor {
	since := now.Add(-lookBack).UTC().Truncate(time.Millisecond)
	return cursor{low: mark{at: since}, own: string(syntax.NewTIDFromTime(since, 0))}
}

// String is the cursor as it is stored.
func (c cursor) String() string {
	s := storedCursor{Version: 1, Low: c.low.String(), Own: c.own}
	for _, m := range c.recent {
		s.Recent = append(s.Recent, m.String())
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and a number can always be written
	}
	return string(b)
}

// String is "1732563600000 did:plc:…/3k…".
func (m mark) String() string {
	did, _, key, ok := splitURI(m.uri)
	if !ok {
		return strconv.FormatInt(m.at.UnixMilli(), 10)
	}
	return strconv.FormatInt(m.at.UnixMilli(), 10) + " " + did + "/" + key
}

func readMark(s string) (m mark, ok bool) {
	at, address, has := strings.Cut(s, " ")
	milli, err := strconv.ParseInt(at, 10, 64)
	if err != nil || milli < 0 || milli > 1<<45 {
		return mark{}, false
	}
	m.at = time.UnixMilli(milli).UTC()
	if !has {
		return m, true
	}
	did, key, _ := strings.Cut(address, "/")
	m.uri = makeURI(did, key)
	_, _, _, ok = splitURI(m.uri)
	return m, ok
}

// readCursor reads a stored cursor; one that it does not understand counts as
// none.
func readCursor(stored network.Cursor, now time.Time) cursor {
	var s storedCursor
	if json.Unmarshal([]byte(stored), &s) != nil || s.Version != 1 {
		return begin(now)
	}
	low, ok := readMark(s.Low)
	if _, err := syntax.ParseRecordKey(s.Own); !ok || err != nil || low.at.After(now.Add(time.Minute)) {
		return begin(now)
	}
	c := cursor{low: low, own: s.Own}
	for _, r := range s.Recent {
		m, ok := readMark(r)
		if !ok || m.uri == "" || m.compare(low) <= 0 {
			return begin(now)
		}
		c.recent = append(c.recent, m)
	}
	slices.SortFunc(c.recent, mark.compare)
	return c
}

// isNew reports whether a post was not handed over yet.
func (c *cursor) isNew(m mark) bool {
	if m.compare(c.low) <= 0 {
		return false
	}
	_, had := slices.BinarySearchFunc(c.recent, m, mark.compare)
	return !had
}

// add notes that a post is handed over, and lets go of what is too old or too
// much.
func (c *cursor) add(m mark, most int, now time.Time) {
	if i, had := slices.BinarySearchFunc(c.recent, m, mark.compare); !had {
		c.recent = slices.Insert(slices.Clone(c.recent), i, m)
	}
	old := 0
	for old < len(c.recent) && (len(c.recent)-old > most || c.recent[old].at.Before(now.Add(-followFor))) {
		c.low = c.recent[old]
		old++
	}
	c.recent = c.recent[old:]
}

// drop lets go of a post that is gone.
func (c *cursor) drop(uri string) {
	c.recent = slices.DeleteFunc(slices.Clone(c.recent), func(m mark) bool { return m.uri == uri })
}

// floor is how far back a fetch has to look.
func (c *cursor) floor() time.Time {
	newest := c.low.at
	if n := len(c.recent); n > 0 {
		newest = c.recent[n-1].at
	}
	if at := newest.Add(-overlap); at.After(c.low.at) {
		return at
	}
	return c.low.at
}

// below counts the posts among recent that a walk down to floor may not meet.
func (c *cursor) below(floor time.Time) int {
	n, _ := slices.BinarySearchFunc(c.recent, floor, func(m mark, at time.Time) int {
		if m.at.After(at) {
			return 1
		}
		return -1
	})
	return n
}
