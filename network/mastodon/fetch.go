package mastodon

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"mercat.scot/mercat/network"
)

const (
	mostPages   = 25 // of one fetch
	mostPagesTo = 50 // back to the beginning
)

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
	var batch network.Batch
	now := c.options.Now()
	l, err := c.serverLimits(ctx)
	if err != nil {
		return batch, err
	}
	self, err := c.self(ctx)
	if err != nil {
		return batch, err
	}
	at := readCursor(stored)
	if at.low == "" {
		if at, err = c.begin(ctx, self, now); err != nil {
			return batch, err
		}
	}
	found, more, err := c.news(ctx, &at, self, now)
	if err != nil {
		return batch, err
	}
	batch.More = more
	var own []status
	if !more {
		if own, batch.More, err = c.ownPosts(ctx, self, &at, now); err != nil {
			return batch, err
		}
	}
	var posts []*network.Post
	for _, s := range append(found, own...) {
		root, err := c.root(ctx, s)
		if err != nil {
			return batch, err
		}
		posts = append(posts, l.post(s, root, self.ID, now))
		if s.Account.ID != self.ID {
			at.add(seen{id: s.ID, author: s.Account.ID, root: root, at: s.Created, edited: s.Edited})
		}
	}
	slices.SortStableFunc(posts, func(a, b *network.Post) int { return cmp.Compare(a.At.UnixMicro(), b.At.UnixMicro()) })
	for _, p := range posts {
		batch.Events = append(batch.Events, network.Event{Post: p})
	}
	if !batch.More {
		changes, err := c.changes(ctx, &at, now)
		if err != nil {
			return batch, err
		}
		batch.Events = append(batch.Events, changes...)
	}
	batch.Cursor = network.Cursor(at.String())
	return batch, nil
}

// notifications reads one page. Newer Mastodons keep back what strangers write in
// private, unless one asks for it; citizens are strangers.
func (c *connection) notifications(ctx context.Context, page url.Values, limit int) ([]notification, reply, error) {
	page.Set("limit", strconv.Itoa(limit))
	page.Add("types[]", "mention")
	c.known.Lock()
	l := c.known.Limits
	c.known.Unlock()
	if l.Quotes {
		page.Add("types[]", "quote")
	}
	if l.Filters {
		page.Set("include_filtered", "true")
	}
	var raw []json.RawMessage
	back, err := c.client.do(ctx, get("/api/v1/notifications", page), &raw)
	if err != nil {
		return nil, back, err
	}
	var list []notification
	for _, one := range raw {
		if n, ok := readNotification(one); ok {
			list = append(list, n)
		}
	}
	if len(list) == 0 && len(raw) > 0 {
		return nil, back, &nonsenseError{Call: "GET /api/v1/notifications", Status: 200, Cause: errNoNotification}
	}
	// The newest come first; here the oldest do.
	slices.SortFunc(list, func(a, b notification) int {
		switch {
		case a.ID == b.ID:
			return 0
		case a.ID.later(b.ID):
			return 1
		}
		return -1
	})
	return list, back, nil
}

// about is the post that a notification tells us of, nil when it is none for the
// desk. Servers that do not know the filter send every kind.
func (n notification) about(self account) *status {
	switch n.Type {
	case "mention", "quote":
	default:
		return nil
	}
	if n.Status == nil || n.Status.Reblog || n.Status.Account.ID == self.ID {
		return nil
	}
	return n.Status
}

// begin finds where a first fetch begins: at the newest notification that is
// older than lookBack, or before all.
func (c *connection) begin(ctx context.Context, self account, now time.Time) (cursor, error) {
	at := cursor{low: firstID, own: firstID}
	page := url.Values{}
	before := id("")
	for range mostPagesTo {
		list, back, err := c.notifications(ctx, page, c.options.PageSize)
		if err != nil {
			return at, err
		}
		for _, n := range list {
			if !n.Created.IsZero() && now.Sub(n.Created) > lookBack {
				at.low = n.ID
			}
		}
		if at.low != firstID || len(list) == 0 {
			break
		}
		next := id(back.page("next", "max_id"))
		if next == "" {
			next = list[0].ID
		}
		if next == before {
			break
		}
		before = next
		page = url.Values{"max_id": {string(next)}}
	}
	// What was published from the account before now is not our affair.
	own, _, err := c.statusesOf(ctx, self.ID, url.Values{}, 1)
	if err == nil && len(own) > 0 {
		at.own = own[0].ID
	}
	return at, err
}

// news reads forwards from at and returns the posts that are new, oldest first.
func (c *connection) news(ctx context.Context, at *cursor, self account, now time.Time) (found []status, more bool, err error) {
	from := at.low
	keep := from // the newest that need not be read again
	have := map[id]bool{}
	for range mostPages {
		list, back, err := c.notifications(ctx, url.Values{"min_id": {string(from)}}, c.options.PageSize)
		if err != nil {
			return nil, false, err
		}
		if len(list) == 0 {
			at.low = keep
			return found, false, nil
		}
		for _, n := range list {
			if n.Created.IsZero() || now.Sub(n.Created) > overlap {
				keep = n.ID
			}
			s := n.about(self)
			if s == nil || have[s.ID] || at.find(s.ID) >= 0 {
				continue
			}
			have[s.ID] = true
			found = append(found, *s)
		}
		next := id(back.page("prev", "min_id"))
		if !next.sane() || !next.later(from) {
			next = list[len(list)-1].ID
		}
		if !next.later(from) {
			// It goes round in circles: nothing more can be had from it.
			at.low = keep
			return found, false, nil
		}
		from = next
		if len(found) >= c.options.BatchPosts {
			break
		}
	}
	at.low = from
	return found, true, nil
}

// root is the post that began a status's thread, its own when it did. It is
// asked for only where it was not met before.
func (c *connection) root(ctx context.Context, s status) (id, error) {
	if s.InReplyTo == "" {
		c.threads.put(s.ID, string(s.ID))
		return s.ID, nil
	}
	for _, near := range []id{s.ID, s.InReplyTo} {
		if r := id(c.threads.get(near)); r != "" {
			c.threads.put(s.ID, string(r))
			return r, nil
		}
	}
	above, _, err := c.around(ctx, s.ID)
	root := s.InReplyTo
	switch {
	case answered(err, 404, 410):
		return root, nil // it was deleted meanwhile
	case err != nil:
		return "", err
	case len(above) > 0:
		root = above[0].ID
	}
	c.threads.put(s.ID, string(root))
	return root, nil
}

// around is what stands above a post and below it, in order.
func (c *connection) around(ctx context.Context, i id) (above, below []status, err error) {
	var answer struct {
		Ancestors   []json.RawMessage `json:"ancestors"`
		Descendants []json.RawMessage `json:"descendants"`
	}
	if _, err := c.client.do(ctx, get(statusPath(i)+"/context", nil), &answer); err != nil {
		return nil, nil, err
	}
	return readStatuses(answer.Ancestors), readStatuses(answer.Descendants), nil
}

// statusesOf reads one page of what an account published, the newest first.
func (c *connection) statusesOf(ctx context.Context, who id, page url.Values, limit int) ([]status, reply, error) {
	page.Set("limit", strconv.Itoa(limit))
	page.Set("exclude_reblogs", "true")
	var raw []json.RawMessage
	back, err := c.client.do(ctx, get("/api/v1/accounts/"+url.PathEscape(string(who))+"/statuses", page), &raw)
	if err != nil {
		return nil, back, err
	}
	list := readStatuses(raw)
	slices.SortFunc(list, func(a, b status) int {
		switch {
		case a.ID == b.ID:
			return 0
		case a.ID.later(b.ID):
			return -1
		}
		return 1
	})
	return list, back, nil
}
