package mastodon

import (
	"encoding/json"
	"time"

	"mercat.scot/mercat/network"
)

const (
	// lookBack is how far the first fetch goes back.
	lookBack = 30 * 24 * time.Hour
	// overlap is how long notifications are read again: two that are made at the
	// same time can become visible in the other order.
	overlap = 2 * time.Minute
	// followFor is how long a post is watched for edits and deletion, and
	// mostFollowed how many are.
	followFor    = 30 * 24 * time.Hour
	mostFollowed = 200
	// mostRecent is how many posts the cursor remembers.
	mostRecent = 300
)

// seen is a post that was handed over.
type seen struct {
	id     id
	author id // as the server knows them
	root   id // the post that began its thread
	at     time.Time
	edited time.Time
}

// cursor is how far the account has been read. A notification after low whose
// post is not among recent is new. Low only rises over what was handed over.
type cursor struct {
	low    id // notification; "" when nothing was read yet, firstID when all is new
	own    id // our own newest post that was looked at
	recent []seen
}

// firstID is before every identifier.
const firstID id = "0"

type storedCursor struct {
	Version int      `json:"v"`
	Low     id       `json:"low"`
	Own     id       `json:"own"`
	Recent  [][5]any `json:"recent,omitempty"`
}

// String is the cursor as it is stored.
func (c cursor) String() string {
	s := storedCursor{Version: 1, Low: c.low, Own: c.own}
	for _, r := range c.recent {
		s.Recent = append(s.Recent, [5]any{r.id, r.author, r.root, micros(r.at), micros(r.edited)})
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers can always be written
	}
	return string(b)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// readCursor reads a stored cursor; one that it does not understand counts as
// none.
func readCursor(stored network.Cursor) cursor {
	var s struct {
		Version int                  `json:"v"`
		Low     id                   `json:"low"`
		Own     id                   `json:"own"`
		Recent  [][5]json.RawMessage `json:"recent"`
	}
	if json.Unmarshal([]byte(stored), &s) != nil || s.Version != 1 || !s.Low.sane() || !s.Own.sane() || len(s.Recent) > mostRecent {
		return cursor{}
	}
	c := cursor{low: s.Low, own: s.Own}
	for _, r := range s.Recent {
		one, ok := readSeen(r)
		if !ok {
			return cursor{}
		}
		c.recent = append(c.recent, one)
	}
	return c
}

func readSeen(r [5]json.RawMessage) (s seen, ok bool) {
	var at, edited int64
	for i, into := range []any{&s.id, &s.author, &s.root, &at, &edited} {
		if json.Unmarshal(r[i], into) != nil {
			return s, false
		}
	}
	const end = 253402300800_000000 // the year 10000
	if !s.id.sane() || !s.author.sane() || !s.root.sane() || at < 0 || at >= end || edited < 0 || edited >= end {
		return s, false
	}
	s.at = time.UnixMicro(at).UTC()
	if edited > 0 {
		s.edited = time.UnixMicro(edited).UTC()
	}
	return s, true
}

// find returns the place of a post among recent, -1 for none.
func (c cursor) find(i id) int {
	for n := range c.recent {
		if c.recent[n].id == i {
			return n
		}
	}
	return -1
}

// add remembers a post that is handed over, in place of an older one.
func (c *cursor) add(s seen) {
	if s.root == "" {
		s.root = s.id
	}
	if at := c.find(s.id); at >= 0 {
		c.recent[at] = s
		return
	}
	c.recent = append(c.recent, s)
	if len(c.recent) > mostRecent {
		c.recent = c.recent[len(c.recent)-mostRecent:]
	}
}

func (c *cursor) drop(i id) {
	if at := c.find(i); at >= 0 {
		// A copy, as the caller may go through the list.
		c.recent = append(append([]seen{}, c.recent[:at]...), c.recent[at+1:]...)
	}
}

// followed are the posts to be watched, the newest first.
func (c cursor) followed(now time.Time) []seen {
	var list []seen
	for n := len(c.recent) - 1; n >= 0 && len(list) < mostFollowed; n-- {
		if now.Sub(c.recent[n].at) < followFor {
			list = append(list, c.recent[n])
		}
	}
	return list
}
