package bluesky

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	// maxNotes is how many notifications one walk keeps; of more, the oldest.
	maxNotes = 20_000
	// postsAtOnce is how many posts the network shows in one answer.
	postsAtOnce = 25
)

// entry is one notification, in its place.
type entry struct {
	mark
	note note
}

// page is one answer to listNotifications.
type page struct {
	Notifications []json.RawMessage `json:"notifications"`
	Cursor        string            `json:"cursor"`
}

// notifications asks for one page of what the account is to hear of, newest
// first. It does not touch what the account has seen: people use it elsewhere.
func (c *connection) notifications(ctx context.Context, from string, limit int) (page, error) {
	params := url.Values{"limit": {strconv.Itoa(limit)}, "reasons": {"mention", "reply", "quote"}}
	if from != "" {
		params.Set("cursor", from)
	}
	var p page
	err := c.authed(ctx, func(token string) error {
		return c.client.query(ctx, token, methodNotifications, params, &p)
	})
	if err == nil && p.Notifications == nil {
		err = &nonsenseError{Method: methodNotifications, Status: 200, Cause: errNoList}
	}
	return p, err
}

// readNote reads one notification; ok is false for what is not about a post.
func readNote(raw json.RawMessage) (e entry, ok bool) {
	// Fields of a wrong type leave the others as they are; what is needed is
	// looked at below.
	_ = json.Unmarshal(raw, &e.note)
	n := e.note
	switch n.Reason {
	case "mention", "reply", "quote":
	default:
		return entry{}, false // a server that does not filter
	}
	_, collection, _, ok := splitURI(n.URI)
	at, dated := parseTime(n.IndexedAt)
	if !ok || collection != postCollection || !dated {
		return entry{}, false
	}
	e.mark = mark{at: at.Truncate(time.Millisecond), uri: n.URI}
	return e, true
}

// walk goes back through the notifications to a floor. It may take several
// calls when one is cut short; what was read is kept for the next.
type walk struct {
	floor time.Time
	next  string // the server's cursor of the next page, "" at the beginning
	done  bool
	notes []entry // newest first
	seen  map[string]bool
}

// goBack walks until the floor.
func (c *connection) goBack(ctx context.Context, w *walk) error {
	for !w.done {
		p, err := c.notifications(ctx, w.next, c.options.PageSize)
		if err != nil {
			return err
		}
		for _, raw := range p.Notifications {
			e, ok := readNote(raw)
			if !ok {
				continue
			}
			if e.at.Before(w.floor) {
				w.done = true
				continue
			}
			if !w.seen[e.uri] { // a reply may be a mention as well
				w.seen[e.uri] = true
				w.notes = append(w.notes, e)
			}
		}
		if extra := len(w.notes) - maxNotes; extra > 0 {
			for _, e := range w.notes[:extra] {
				delete(w.seen, e.uri)
			}
			w.notes = slices.Clone(w.notes[extra:])
		}
		if p.Cursor == "" || p.Cursor == w.next {
			w.done = true
			break
		}
		w.next = safeCursor(w.next, p.Cursor)
	}
	return nil
}

// safeCursor is where the next page begins. The network's cursors are times, and
// its pages begin strictly before them: posts of the very millisecond at which a
// page ends would be lost. So the next page begins with that millisecond again,
// unless that is where this one began: then it held nothing else.
func safeCursor(before, next string) string {
	at, ok := parseTime(next)
	if !ok {
		return next
	}
	safe := at.Truncate(time.Millisecond).Add(time.Millisecond)
	if prev, ok := parseTime(before); ok && !safe.Before(prev) {
		return next
	}
	return safe.Format("2006-01-02T15:04:05.000Z")
}

// views asks for posts as the AppView shows them. Posts that are gone, or that
// we may not see, are not among them.
func (c *connection) views(ctx context.Context, uris []string) (map[string]postView, error) {
	found := map[string]postView{}
	for group := range slices.Chunk(uris, postsAtOnce) {
		var answer struct {
			Posts []json.RawMessage `json:"posts"`
		}
		err := c.authed(ctx, func(token string) error {
			return c.client.query(ctx, token, methodGetPosts, url.Values{"uris": group}, &answer)
		})
		if err == nil && answer.Posts == nil {
			err = &nonsenseError{Method: methodGetPosts, Status: 200, Cause: errNoList}
		}
		if err != nil {
			return nil, err
		}
		for _, raw := range answer.Posts {
			var v postView
			// As with notifications: what is needed is looked at where it is used.
			_ = json.Unmarshal(raw, &v)
			found[v.URI] = v
		}
	}
	return found, nil
}

// standing is what became of a post that is not shown to us.
type standing int

const (
	stands  standing = iota
	gone             // deleted, or its author is
	blocked          // the author blocks us, or we the author
)

// standingOf asks for one post by itself.
func (c *connection) standingOf(ctx context.Context, uri string) (standing, *threadNode, error) {
	var answer struct {
		Thread *threadNode `json:"thread"`
	}
	err := c.authed(ctx, func(token string) error {
		return c.client.query(ctx, token, methodGetPostThread, url.Values{"uri": {uri}, "depth": {"0"}, "parentHeight": {"0"}}, &answer)
	})
	switch {
	case named(err, "NotFound"):
		return gone, nil, nil
	case err != nil:
		return stands, nil, err
	case answer.Thread == nil:
		return stands, nil, &nonsenseError{Method: methodGetPostThread, Status: 200, Cause: errNoList}
	case answer.Thread.Missing:
		return gone, nil, nil
	case answer.Thread.Blocked || answer.Thread.Post == nil:
		return blocked, nil, nil
	}
	return stands, answer.Thread, nil
}
