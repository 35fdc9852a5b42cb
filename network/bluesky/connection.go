package bluesky

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
)

// connection is one account. Nothing stays open between two calls; what it
// keeps is the sign-in and what a fetch found beyond its batch.
type connection struct {
	options  Options
	settings settings
	client   *client
	photos   *blob.Photos
	account  network.Account
	signIn   signIn

	ctx   context.Context // ends with Close
	stop  context.CancelFunc
	mu    sync.Mutex // guards calls against Close
	calls sync.WaitGroup

	fetching chan struct{} // the turn to fetch
	walk     *walk         // of a fetch that has not come to its end
	found    *backlog      // by the last fetch, and not yet handed over
	turn     int           // which group of followed posts is looked at next
	hidden   map[string]time.Time
}

var (
	_ network.Connection = (*connection)(nil)
	_ network.Deleter    = (*connection)(nil)
	_ network.Threader   = (*connection)(nil)
	_ network.Opener     = (*connection)(nil)
)

func newConnection(n *bskyNetwork, s settings, a network.Account) *connection {
	c := &connection{
		options: n.options, settings: s, account: a, photos: n.photos,
		client:   newClient(n.options, s.service),
		fetching: make(chan struct{}, 1),
		hidden:   map[string]time.Time{},
	}
	c.signIn = newSignIn(c)
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

var errClosed = errors.New("the connection has been closed")

// enter joins ctx with the life of the connection.
func (c *connection) enter(ctx context.Context) (context.Context, func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, nil, trouble(network.Unreachable, "The connection to Bluesky has been closed.", errClosed)
	}
	if ctx.Err() != nil {
		return nil, nil, c.explain("", ctx.Err())
	}
	c.calls.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { unhook(); cancel(); c.calls.Done() }, nil
}

// Close implements network.Connection. It may be called more than once.
func (c *connection) Close() error {
	c.mu.Lock()
	c.stop()
	c.mu.Unlock()
	c.calls.Wait()
	return nil
}

// Check implements network.Connection. It renews the sign-in, so that a
// password which was withdrawn is noticed at once, and reads what Fetch reads.
// Whether the account may write shows in its sign-in: every password of a live
// account may.
func (c *connection) Check(ctx context.Context) (network.Identity, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return network.Identity{}, err
	}
	defer leave()
	s, err := c.signIn.renew(ctx)
	if err != nil {
		return network.Identity{}, err
	}
	var p profile
	err = c.authed(ctx, func(token string) error {
		return c.client.query(ctx, token, methodGetProfile, url.Values{"actor": {s.DID}}, &p)
	})
	if unseen(err) {
		// Seconds after an account is made the AppView may not have heard of it.
		// The sign-in has said whose it is, which is all that is needed here.
		p, err = profile{DID: s.DID, Handle: c.settings.handle}, nil
	}
	if err == nil && p.DID != s.DID {
		err = &nonsenseError{Method: methodGetProfile, Status: 200, Cause: errors.New("it is about another account")}
	}
	if err != nil {
		return network.Identity{}, c.explain("read the account’s profile", err)
	}
	if _, err := c.notifications(ctx, "", 1); err != nil {
		return network.Identity{}, c.explain("read the notifications", err)
	}
	return identity(p), nil
}

// authed makes a call with the sign-in, and once more with a new one when the
// server no longer takes the old.
func (c *connection) authed(ctx context.Context, call func(token string) error) error {
	s, err := c.signIn.get(ctx, "")
	if err != nil {
		return err
	}
	if err = call(s.Access); !tokenRefused(err) {
		return err
	}
	if s, err = c.signIn.get(ctx, s.Access); err != nil {
		return err
	}
	return call(s.Access)
}

// self is our own DID.
func (c *connection) self(ctx context.Context) (string, error) {
	s, err := c.signIn.get(ctx, "")
	return s.DID, err
}

// Delete implements network.Deleter.
func (c *connection) Delete(ctx context.Context, ref network.Ref) error {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	self, err := c.self(ctx)
	if err != nil {
		return err
	}
	did, collection, key, ok := splitURI(string(ref))
	if !ok || collection != postCollection || !strings.EqualFold(did, self) {
		return trouble(network.Refused, "This is not a post of the connected account, so Mercat cannot delete it.", nil)
	}
	err = c.authed(ctx, func(token string) error {
		// The server takes it as done when there is no such record any more.
		return c.client.procedure(ctx, token, methodDeleteRecord, map[string]string{"repo": self, "collection": collection, "rkey": key}, nil)
	})
	if err != nil {
		return c.explain("delete the post", err)
	}
	return nil
}
