package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// connections keeps one open connection per account. A connection is made anew
// when an administrator has changed the account.
type connections struct {
	service *Service

	mu     sync.Mutex
	closed bool
	byID   map[int64]*openConnection
}

type openConnection struct {
	version int64
	network.Connection
	description network.Description
}

func newConnections(s *Service) *connections {
	return &connections{service: s, byID: map[int64]*openConnection{}}
}

var errStopped = fault.New(fault.Down, "Mercat is stopping. Nothing is lost; it goes on after the next start.")

// of returns the open connection of an account, opening it when needed.
//
// Errors: fault.NotFound, fault.Conflict for an account that is paused or
// removed, fault.Invalid for settings that no longer make sense.
func (c *connections) of(ctx context.Context, account int64) (network.Connection, network.Description, error) {
	a, err := c.service.Account(ctx, account)
	if err != nil {
		return nil, network.Description{}, err
	}
	return c.open(a)
}

func (c *connections) open(a Account) (network.Connection, network.Description, error) {
	switch a.State {
	case Paused:
		return nil, network.Description{}, fault.Newf(fault.Conflict, "The account “%s” is paused. An administrator can go on with it under Settings, Accounts.", a.Name)
	case Removed:
		return nil, network.Description{}, fault.Newf(fault.Conflict, "The account “%s” has been removed.", a.Name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, network.Description{}, errStopped
	}
	if o := c.byID[a.ID]; o != nil && o.version == a.Version {
		return o.Connection, o.describe(), nil
	}
	n, d, err := c.service.networkOf(a.Network)
	if err != nil {
		return nil, d, err
	}
	account, err := c.service.unseal(a)
	if err != nil {
		return nil, d, err
	}
	opened, err := n.Connect(account)
	if err != nil {
		return nil, d, fmt.Errorf("connect account %d: %w", a.ID, err)
	}
	if old := c.byID[a.ID]; old != nil {
		c.drop(old)
	}
	o := &openConnection{a.Version, opened, d}
	c.byID[a.ID] = o
	return opened, o.describe(), nil
}

// describe is the network's description with the rules of this account, which
// may change while it is open.
func (o *openConnection) describe() network.Description {
	d := o.description
	if c, ok := o.Connection.(network.Composer); ok {
		d.Compose = c.Compose()
	}
	return d
}

// rulesOf are the rules of an account as far as its connection is open, else the
// usual ones of its network. It does no I/O.
func (c *connections) rulesOf(account int64, usual network.Compose) network.Compose {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.byID[account]; o != nil {
		return o.describe().Compose
	}
	return usual
}

func (c *connections) drop(o *openConnection) {
	if err := o.Close(); err != nil {
		c.service.Log.Warn("a connection did not close in order", "network", o.description.Kind, "error", err)
	}
}

// forget closes the connection of an account that is not wanted any more.
func (c *connections) forget(account int64) {
	c.mu.Lock()
	o := c.byID[account]
	delete(c.byID, account)
	c.mu.Unlock()
	if o != nil {
		c.drop(o)
	}
}

// close ends all connections, for good.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	all := c.byID
	c.byID = map[int64]*openConnection{}
	c.mu.Unlock()
	for _, o := range all {
		c.drop(o)
	}
}

func (s *Service) networkOf(kind network.Kind) (network.Network, network.Description, error) {
	n, ok := s.networks[kind]
	if !ok {
		return nil, network.Description{}, fault.Newf(fault.Invalid, "This version of Mercat does not know the network %q.", kind)
	}
	return n, n.Describe(), nil
}

// sealedFor names the place of an account's secrets, so that they can be opened
// only there.
func sealedFor(account int64, what string) string { return fmt.Sprintf("account:%d:%s", account, what) }

// unseal is an account as an adapter wants it.
func (s *Service) unseal(a Account) (network.Account, error) {
	out := network.Account{ID: a.ID, Self: a.Self, Options: map[string]string{}}
	for k, v := range a.Options {
		out.Options[k] = v
	}
	if a.secrets != nil {
		plain, err := s.Box.Open(a.secrets, sealedFor(a.ID, "secrets"))
		if err != nil {
			return out, fmt.Errorf("open the secrets of account %d: %w", a.ID, err)
		}
		var secrets map[string]string
		if err := json.Unmarshal(plain, &secrets); err != nil {
			return out, fmt.Errorf("read the secrets of account %d: %w", a.ID, err)
		}
		for k, v := range secrets {
			out.Options[k] = v
		}
	}
	if a.session != nil {
		plain, err := s.Box.Open(a.session, sealedFor(a.ID, "session"))
		if err != nil {
			return out, fmt.Errorf("open the session of account %d: %w", a.ID, err)
		}
		out.Session = plain
	}
	out.SaveSession = func(ctx context.Context, session []byte) error { return s.saveSession(ctx, a.ID, session) }
	return out, nil
}

func (s *Service) saveSession(ctx context.Context, account int64, session []byte) error {
	sealed, err := s.Box.Seal(session, sealedFor(account, "session"))
	if err != nil {
		return fmt.Errorf("seal the session of account %d: %w", account, err)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlAccountSession, bytesOrNull(sealed), account); err != nil {
			return fmt.Errorf("keep the session of account %d: %w", account, err)
		}
		return nil
	})
}
