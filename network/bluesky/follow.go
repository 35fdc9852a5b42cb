package bluesky

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
)

const (
	// hiddenFor is how long a post that stands, but is not shown to us, is not
	// asked for again.
	hiddenFor = 10 * time.Minute
	maxHidden = 1000

	ownPage    = 50
	maxOwn     = 100 // our own posts in one batch
	maxOwnPage = 40
	viaMercat  = "Mercat"
)

// deletions finds out which followed posts are gone: those that a walk down to
// floor should have met and did not, at once, and of those below it one group at
// each fetch, in turn. What a walk met stands.
func (c *connection) deletions(ctx context.Context, at *cursor, floor time.Time, missing []string, now time.Time) ([]network.Event, error) {
	for uri, until := range c.hidden {
		if !now.Before(until) {
			delete(c.hidden, uri)
		}
	}
	ask := slices.DeleteFunc(slices.Clone(missing), func(uri string) bool { return !c.hidden[uri].IsZero() })
	ask = ask[:min(len(ask), postsAtOnce)] // of more, the rest is missed again by the next fetch
	older := at.recent[:at.below(floor)]
	if groups := (len(older) + postsAtOnce - 1) / postsAtOnce; groups > 0 && len(ask) == 0 {
		c.turn = (c.turn + 1) % groups
		for _, m := range older[c.turn*postsAtOnce : min(len(older), (c.turn+1)*postsAtOnce)] {
			if c.hidden[m.uri].IsZero() {
				ask = append(ask, m.uri)
			}
		}
	}
	shown, err := c.views(ctx, ask)
	if err != nil {
		return nil, err
	}
	var events []network.Event
	for _, uri := range ask {
		what := stands
		if _, seen := shown[uri]; !seen {
			if what, _, err = c.standingOf(ctx, uri); err != nil {
				return nil, err
			}
		} else if !slices.Contains(missing, uri) {
			continue
		}
		if what != gone {
			// Muted, blocked, or hidden in its thread: it will be missed again.
			if len(c.hidden) < maxHidden {
				c.hidden[uri] = now.Add(hiddenFor)
			}
			continue
		}
		at.drop(uri)
		events = append(events, network.Event{Deleted: &network.Deleted{Ref: refOf(uri), At: now}})
	}
	return events, nil
}

// ownPosts finds what people wrote from this account in other programs, as
// answers to somebody, and moves at over it. It reads the account's own
// repository, whose keys rise with time. What Mercat sent says so itself.
func (c *connection) ownPosts(ctx context.Context, self string, at *cursor, now time.Time) (own []postView, more bool, err error) {
	// A clock that is ahead would make a key above all that follow.
	top := string(syntax.NewTIDFromTime(now.Add(time.Minute), 0))
	newest := at.own
	next := ""
	for range maxOwnPage {
		var answer struct {
			Records []struct {
				URI   string          `json:"uri"`
				CID   string          `json:"cid"`
				Value json.RawMessage `json:"value"`
			} `json:"records"`
			Cursor string `json:"cursor"`
		}
		params := url.Values{"repo": {self}, "collection": {postCollection}, "limit": {strconv.Itoa(ownPage)}}
		if next != "" {
			params.Set("cursor", next)
		}
		// The repository is public; with the sign-in the limit is our own.
		err := c.authed(ctx, func(token string) error {
			return c.client.query(ctx, token, methodListRecords, params, &answer)
		})
		if named(err, "InvalidRequest", "RepoNotFound", "RepoTakendown", "RepoSuspended", "RepoDeactivated") {
			// A server may go on passing our questions to the AppView although it
			// has put the account out of use; that its repository is gone shows it.
			if gone := c.signIn.confirm(ctx); gone != nil {
				err = gone
			}
		}
		if err != nil {
			return nil, false, err
		}
		done := answer.Cursor == "" || answer.Cursor == next || len(answer.Records) == 0
		for _, one := range answer.Records {
			_, _, key, ok := splitURI(one.URI)
			if !ok || key > top {
				continue
			}
			if key <= at.own {
				done = true
				break
			}
			newest = max(newest, key)
			if r, _ := readRecord(one.Value); r.Reply != nil && r.Via != viaMercat {
				own = append(own, postView{URI: one.URI, CID: one.CID, Author: profile{DID: self, Handle: c.settings.handle}, Record: one.Value, IndexedAt: r.CreatedAt})
			}
		}
		if done {
			break
		}
		next = answer.Cursor
	}
	slices.Reverse(own)
	if len(own) > maxOwn {
		own = own[:maxOwn]
		_, _, newest, _ = splitURI(own[maxOwn-1].URI)
		more = true
	}
	at.own = newest
	return own, more, nil
}
