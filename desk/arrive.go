package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// Arrival is one post that comes in by a transaction of another room, which
// makes something of it at once: a service request that is a case as well.
type Arrival struct{ taking *taking }

// Prepare reads a post for ArriveTx, outside of any transaction. A service that
// the author chose goes before the one that was read; 0 is none.
func (s *Service) Prepare(ctx context.Context, account int64, p network.Post, service int64) (*Arrival, error) {
	t := &taking{service: s, account: account, events: []network.Event{{Post: &p}}}
	if err := t.prepare(ctx, s.Now()); err != nil {
		return nil, fmt.Errorf("prepare a post of account %d: %w", account, err)
	}
	if service != 0 {
		for i := range t.posts {
			t.posts[i].reading.ServiceID = service
		}
	}
	return &Arrival{t}, nil
}

// ArriveTx keeps a post as Intake does, in its caller's transaction, and returns
// it with its media. One that was kept before is returned as it is.
//
// Errors: fault.NotFound for an account that is no longer there.
func (s *Service) ArriveTx(ctx context.Context, tx *db.Tx, a *Arrival) (Message, error) {
	k, err := a.taking.keepTx(ctx, tx)
	if err != nil {
		return Message{}, fmt.Errorf("keep a post of account %d: %w", a.taking.account, err)
	}
	if len(k.messages) > 0 {
		return k.messages[0], nil
	}
	ref := a.taking.posts[0].message.Ref
	known, err := messagesByRef(ctx, tx, a.taking.account, []network.Ref{ref})
	if err != nil {
		return Message{}, err
	}
	m, found := known[ref]
	if !found {
		return Message{}, fmt.Errorf("post %q was not kept", ref)
	}
	return m, nil
}
