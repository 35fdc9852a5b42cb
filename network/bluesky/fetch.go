package bluesky

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"mercat.scot/mercat/network"
)

var errNoList = errors.New("what was asked for is not in it")

// backlog is what a fetch found and has not handed over.
type backlog struct {
	cursor network.Cursor // with which the rest is asked for
	notes  []entry        // oldest first
}

// Fetch implements network.Connection.
func (c *connection) Fetch(ctx context.Context, stored network.Cursor) (network.Batch, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return network.Batch{}, err
	}
	defer leave()
	select {
	case c.fetching <- struct{}{}:
		defer func() { <-c.fetching }()
	case <-ctx.Done():
		return network.Batch{}, c.explain("", ctx.Err())
	}
	batch, err := c.fetch(ctx, stored)
	if err != nil {
		return network.Batch{}, c.explain("read the notifications", err)
	}
	return batch, nil
}

func (c *connection) fetch(ctx context.Context, stored network.Cursor) (network.Batch, error) {
	now := c.options.Now()
	at := readCursor(stored, now)
	floor := at.floor()
	var batch network.Batch
	var notes []entry
	var missing []string // followed posts that the walk should have met, and did not
	if c.found != nil && c.found.cursor == stored {
		notes = c.found.notes
	} else {
		var err error
		if notes, missing, err = c.news(ctx, at); err != nil {
			return batch, err
		}
	}
	rest := notes[min(len(notes), c.options.BatchPosts):]
	notes = notes[:len(notes)-len(rest)]

	self, err := c.self(ctx)
	if err != nil {
		return batch, err
	}
	var own []postView
	if len(rest) == 0 {
		if own, batch.More, err = c.ownPosts(ctx, self, &at, now); err != nil {
			return batch, err
		}
	}
	if batch.Events, err = c.postEvents(ctx, self, notes, own, now); err != nil {
		return batch, err
	}
	lost, err := c.deletions(ctx, &at, floor, missing, now)
	if err != nil {
		return batch, err
	}
	batch.Events = append(batch.Events, lost...)

	for _, e := range notes {
		at.add(e.mark, c.options.Followed, now)
	}
	batch.Cursor = network.Cursor(at.String())
	c.found = nil
	if len(rest) > 0 {
		batch.More = true
		c.found = &backlog{cursor: batch.Cursor, notes: rest}
	}
	return batch, nil
}

// news walks back to where at has been and returns what is new, oldest first,
// and which followed posts were not met although they should have been.
func (c *connection) news(ctx context.Context, at cursor) (notes []entry, missing []string, err error) {
	// A walk that was cut short goes on, if it went to the same floor; what is
	// newer than its beginning is found by the next.
	if w := c.walk; w == nil || !w.floor.Equal(at.floor()) {
		c.walk = &walk{floor: at.floor(), seen: map[string]bool{}}
	}
	w := c.walk
	if err := c.goBack(ctx, w); err != nil {
		return nil, nil, err
	}
	c.walk = nil
	for _, e := range w.notes {
		if at.isNew(e.mark) {
			notes = append(notes, e)
		}
	}
	slices.SortFunc(notes, func(a, b entry) int { return a.compare(b.mark) })
	for _, m := range at.recent[at.below(w.floor):] {
		if !w.seen[m.uri] {
			missing = append(missing, m.uri)
		}
	}
	return notes, missing, nil
}

// postEvents shows notes and our own posts as events, oldest first.
func (c *connection) postEvents(ctx context.Context, self string, notes []entry, own []postView, now time.Time) ([]network.Event, error) {
	uris := make([]string, 0, len(notes)+len(own))
	raw := map[string]postView{}
	for _, e := range notes {
		uris = append(uris, e.uri)
		raw[e.uri] = e.note.view()
	}
	for _, v := range own {
		if _, twice := raw[v.URI]; !twice {
			uris = append(uris, v.URI)
			raw[v.URI] = v
		}
	}
	shown, err := c.views(ctx, uris)
	if err != nil {
		return nil, err
	}
	type placed struct {
		at   time.Time
		post *network.Post
	}
	var posts []placed
	for _, uri := range uris {
		v := raw[uri]
		// What we may not see in full, or what is gone by now, is taken as it was
		// told.
		if s, ok := shown[uri]; ok && len(s.Record) > 0 {
			v = s
		}
		if p, ok := post(v, self, c.settings.service, now); ok {
			at, known := parseTime(raw[uri].IndexedAt)
			if !known {
				at = p.At
			}
			posts = append(posts, placed{at, p})
		}
	}
	slices.SortStableFunc(posts, func(a, b placed) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	var events []network.Event
	for _, p := range posts {
		events = append(events, network.Event{Post: p.post})
	}
	return events, nil
}
