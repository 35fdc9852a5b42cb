package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"mercat.scot/mercat/network"
)

var errNoNotification = errors.New("what was asked for is not in it")

const (
	ownPage    = 40
	maxOwnPage = 10
	maxOwn     = 100 // our own posts in one batch
	// settled is after how long a post of ours that does not say by which program
	// it was published is not one that is just being sent.
	settled = 5 * time.Minute

	// At each look the newest are asked for, and a group of the others, in turn.
	// Without the call for many at once each costs a request of its own.
	newestAtOnce, othersAtOnce = 10, 10
	newestByOne, othersByOne   = 2, 3

	// hiddenFor is how long a post that stands, but is not shown to us, is not
	// asked for again.
	hiddenFor = 10 * time.Minute
	maxHidden = 1000
)

// follower looks whether posts that were handed over still stand as they were.
type follower struct {
	turn   int // which group of older posts is next
	byOne  bool
	hidden map[id]time.Time
	told   map[id]time.Time // by edit or deletion while waiting; see toldOf
	taken  chan struct{}    // its turn
}

func newFollower() follower {
	return follower{hidden: map[id]time.Time{}, told: map[id]time.Time{}, taken: make(chan struct{}, 1)}
}

// changes finds edits and deletions of followed posts, and notes them in at.
func (c *connection) changes(ctx context.Context, at *cursor, now time.Time) ([]network.Event, error) {
	f := &c.follow
	select {
	case f.taken <- struct{}{}:
		defer func() { <-f.taken }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for i, until := range f.hidden {
		if !now.Before(until) {
			delete(f.hidden, i)
		}
	}
	ask := f.choose(at.followed(now))
	if len(ask) == 0 {
		return nil, nil
	}
	shown, err := c.shown(ctx, ask)
	if err != nil {
		return nil, err
	}
	l, err := c.serverLimits(ctx)
	if err != nil {
		return nil, err
	}
	self, err := c.self(ctx)
	if err != nil {
		return nil, err
	}
	var events []network.Event
	for _, one := range ask {
		s, stands := shown[one.id]
		if !stands {
			if s, stands, err = c.stillThere(ctx, one, now); err != nil {
				return nil, err
			}
		}
		switch {
		case !stands:
			if !f.hidden[one.id].IsZero() {
				continue
			}
			at.drop(one.id)
			events = append(events, network.Event{Deleted: &network.Deleted{Ref: network.Ref(one.id), At: now}})
		case s.ID != "" && s.Edited.After(one.edited):
			one.edited = s.Edited
			at.add(one)
			events = append(events, network.Event{Post: l.post(s, one.root, self.ID, now)})
		}
	}
	return events, nil
}

// choose takes the newest of the followed posts, and a group of the others.
func (f *follower) choose(list []seen) []seen {
	newest, others := newestAtOnce, othersAtOnce
	if f.byOne {
		newest, others = newestByOne, othersByOne
	}
	list = slices.DeleteFunc(list, func(s seen) bool { return !f.hidden[s.id].IsZero() })
	ask := slices.Clone(list[:min(len(list), newest)])
	if list = list[len(ask):]; len(list) > 0 {
		groups := (len(list) + others - 1) / others
		f.turn = (f.turn + 1) % groups
		ask = append(ask, list[f.turn*others:min(len(list), (f.turn+1)*others)]...)
	}
	return ask
}

// shown asks for many posts at once, where the server can (Mastodon 4.3).
func (c *connection) shown(ctx context.Context, ask []seen) (map[id]status, error) {
	found := map[id]status{}
	if c.follow.byOne {
		return found, nil
	}
	query := url.Values{}
	for _, s := range ask {
		query.Add("id[]", string(s.id))
	}
	var raw []json.RawMessage
	_, err := c.client.do(ctx, get("/api/v1/statuses", query), &raw)
	if unknownCall(err) {
		c.follow.byOne = true
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for _, s := range readStatuses(raw) {
		found[s.ID] = s
	}
	return found, nil
}

// stillThere asks for one post that was not among many. The answer is the same
// when a post is deleted and when its author has blocked the account; only the
// former is a deletion. Without the right to ask, it counts as one.
func (c *connection) stillThere(ctx context.Context, one seen, now time.Time) (s status, stands bool, err error) {
	s, err = c.one(ctx, one.id)
	if err == nil {
		return s, true, nil
	}
	if answered(err, 403) {
		return c.hide(one, now)
	}
	if !answered(err, 404, 410) {
		return s, false, err
	}
	var relations []struct {
		BlockedBy bool `json:"blocked_by"`
		Blocking  bool `json:"blocking"`
		Domain    bool `json:"domain_blocking"`
	}
	_, err = c.client.do(ctx, get("/api/v1/accounts/relationships", url.Values{"id[]": {string(one.author)}}), &relations)
	switch {
	case err != nil && !unknownCall(err) && !answered(err, 403):
		return s, false, err
	case err == nil && len(relations) > 0 && (relations[0].BlockedBy || relations[0].Blocking || relations[0].Domain):
		return c.hide(one, now)
	}
	return s, false, nil
}

// hide notes a post that stands and is not shown to us.
func (c *connection) hide(one seen, now time.Time) (status, bool, error) {
	if len(c.follow.hidden) < maxHidden {
		c.follow.hidden[one.id] = now.Add(hiddenFor)
	}
	return status{}, true, nil
}

// ownPosts finds what people answered from this account in other programs, and
// moves at over it. What Mercat sent says so itself, where the server tells by
// which program a post was published; where it does not, a post counts only
// after a while: by then Mercat knows of its own.
func (c *connection) ownPosts(ctx context.Context, self account, at *cursor, now time.Time) (own []status, more bool, err error) {
	app, err := c.app(ctx)
	if err != nil {
		return nil, false, err
	}
	for range maxOwnPage {
		list, _, err := c.statusesOf(ctx, self.ID, url.Values{"min_id": {string(at.own)}}, ownPage)
		if err != nil {
			return nil, false, err
		}
		moved := false
		for _, s := range slices.Backward(list) {
			if !s.ID.later(at.own) {
				continue
			}
			ours := c.sent.get(s.ID) != "" || app != "" && s.Application == app
			unsure := app == "" || s.Application == ""
			if !ours && unsure && now.Sub(s.Created) < settled {
				return own, false, nil
			}
			at.own, moved = s.ID, true
			if s.InReplyTo != "" && !s.Reblog && !ours {
				own = append(own, s)
			}
		}
		if !moved {
			return own, false, nil
		}
		if len(own) >= maxOwn {
			break
		}
	}
	return own, true, nil
}
