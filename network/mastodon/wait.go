package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"mercat.scot/mercat/network"
)

const (
	// withoutStream is how long a server that does not stream is not asked again.
	withoutStream = 30 * time.Minute
	newsPage      = 30
)

// Wait implements network.Waiter. The stream is opened at the first wait and
// stays open between two; it rings, and Fetch reads. What only a stream tells,
// edits and deletions of posts that were handed over, is delivered, and so is
// what looking at them again finds. On a server that does not stream Wait
// returns when it is time to poll.
func (c *connection) Wait(ctx context.Context, stored network.Cursor, deliver func(context.Context, network.Batch) error) error {
	if ctx.Err() != nil {
		return nil
	}
	whole := ctx
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	err = c.wait(ctx, stored, deliver)
	switch {
	case whole.Err() != nil:
		return nil
	case err != nil:
		return c.explain("tell what is new", err)
	}
	return nil
}

func (c *connection) wait(ctx context.Context, stored network.Cursor, deliver func(context.Context, network.Batch) error) error {
	at := readCursor(stored)
	if at.low == "" {
		return nil // Fetch has never been here
	}
	l, err := c.serverLimits(ctx)
	if err != nil {
		return err
	}
	s, err := c.takeStream(ctx, l, at)
	if errors.Is(err, errNoStreaming) {
		return pause(ctx, c.options.PollEvery)
	}
	if err != nil || s == nil {
		return err
	}
	again, err := c.listen(ctx, s, l, at, deliver)
	if again && err == nil {
		c.holdStream(s)
	} else {
		s.close()
	}
	return err
}

// takeStream returns the stream that is open, or opens one. Nil without an error
// means that something is new already.
func (c *connection) takeStream(ctx context.Context, l limits, at cursor) (*stream, error) {
	c.mu.Lock()
	s := c.stream
	c.stream = nil
	none := c.noStream
	c.mu.Unlock()
	if s != nil {
		select {
		case <-s.ended:
			s.close()
		default:
			return s, nil
		}
	}
	if c.options.Now().Before(none) {
		return nil, errNoStreaming
	}
	s, err := c.openStream(ctx, l)
	if errors.Is(err, errNoStreaming) {
		c.mu.Lock()
		c.noStream = c.options.Now().Add(withoutStream)
		c.mu.Unlock()
	}
	if err != nil {
		return nil, err
	}
	// What came between the last fetch and the stream rings nobody.
	news, err := c.hasNews(ctx, at)
	if err != nil {
		s.close()
		return nil, err
	}
	if news {
		c.holdStream(s)
		return nil, nil
	}
	return s, nil
}

// holdStream keeps a stream for the next wait.
func (c *connection) holdStream(s *stream) {
	c.mu.Lock()
	if c.ctx.Err() == nil && c.stream == nil {
		c.stream, s = s, nil
	}
	c.mu.Unlock()
	if s != nil {
		s.close()
	}
}

// hasNews reports whether Fetch would find a post.
func (c *connection) hasNews(ctx context.Context, at cursor) (bool, error) {
	self, err := c.self(ctx)
	if err != nil {
		return false, err
	}
	list, _, err := c.notifications(ctx, url.Values{"since_id": {string(at.low)}}, newsPage)
	if err != nil {
		return false, err
	}
	for _, n := range list {
		if s := n.about(self); s != nil && at.find(s.ID) < 0 {
			return true, nil
		}
	}
	return false, nil
}

// listen waits for an event that makes a fetch worthwhile. Again says that the
// stream is still good.
func (c *connection) listen(ctx context.Context, s *stream, l limits, at cursor, deliver func(context.Context, network.Batch) error) (again bool, err error) {
	self, err := c.self(ctx)
	if err != nil {
		return true, err
	}
	look := time.NewTicker(c.options.LookAgain)
	defer look.Stop()
	for {
		var events []network.Event
		select {
		case <-ctx.Done():
			return true, nil
		case <-s.ended:
			return false, fmt.Errorf("the stream ended: %w", s.err)
		case <-look.C:
			// Not everything rings: what a server keeps back at first does not.
			if news, err := c.hasNews(ctx, at); news || err != nil {
				return true, err
			}
			if events, err = c.changes(ctx, &at, c.options.Now()); err != nil {
				return true, err
			}
		case h := <-s.happens:
			if h.kind == "notifications_merged" || h.kind == "notification" && c.rings(h, self, at) || s.overrun() {
				return true, nil
			}
			events = c.heard(h, l, self, &at)
		}
		if events = c.untold(events); len(events) == 0 {
			continue
		}
		if err := deliver(ctx, network.Batch{Events: events}); err != nil {
			return true, err
		}
		c.haveTold(events)
	}
}

// rings reports whether a notification is of a post that Fetch would bring.
func (c *connection) rings(h happening, self account, at cursor) bool {
	n, ok := readNotification(h.payload)
	if !ok {
		return true // to look costs little
	}
	s := n.about(self)
	return s != nil && at.find(s.ID) < 0
}

// heard makes events of what a stream tells of posts that were handed over. All
// others are those of accounts that ours follows.
func (c *connection) heard(h happening, l limits, self account, at *cursor) []network.Event {
	now := c.options.Now()
	switch h.kind {
	case "delete":
		i := deletedID(h.payload)
		if at.find(i) < 0 {
			return nil
		}
		at.drop(i)
		return []network.Event{{Deleted: &network.Deleted{Ref: network.Ref(i), At: now}}}
	case "status.update":
		s, ok := readStatus(h.payload)
		n := -1
		if ok {
			n = at.find(s.ID)
		}
		if n < 0 || !s.Edited.After(at.recent[n].edited) {
			return nil
		}
		at.recent[n].edited = s.Edited
		return []network.Event{{Post: l.post(s, at.recent[n].root, self.ID, now)}}
	}
	return nil
}

// untold leaves out what was told while waiting before: the cursor knows of it
// only after the next fetch.
func (c *connection) untold(events []network.Event) []network.Event {
	c.follow.taken <- struct{}{}
	defer func() { <-c.follow.taken }()
	var fresh []network.Event
	for _, e := range events {
		ref, when := toldOf(e)
		if before, told := c.follow.told[ref]; told && !when.After(before) {
			continue
		}
		fresh = append(fresh, e)
	}
	return fresh
}

func (c *connection) haveTold(events []network.Event) {
	c.follow.taken <- struct{}{}
	defer func() { <-c.follow.taken }()
	if len(c.follow.told) > mostFacts {
		clear(c.follow.told)
	}
	for _, e := range events {
		ref, when := toldOf(e)
		c.follow.told[ref] = when
	}
}

// toldOf is the post of an event and when it was edited; deletion comes after
// every edit.
func toldOf(e network.Event) (id, time.Time) {
	if e.Deleted != nil {
		return id(e.Deleted.Ref), time.Unix(1<<40, 0)
	}
	return id(e.Post.Ref), e.Post.EditedAt
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return nil
}
