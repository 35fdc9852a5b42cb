package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// FetchNow asks an account's network for what is new, beside the receiver.
//
// Errors: fault.NotFound; those of the network.
func (s *Service) FetchNow(ctx context.Context, account int64) error {
	a, err := s.Account(ctx, account)
	if err == nil {
		_, err = s.fetchAll(ctx, a)
	}
	if err != nil {
		return fmt.Errorf("fetch for account %d: %w", account, err)
	}
	return nil
}

// SendNow does at once what the job of an answer would do: it sends what is due
// of it. The job finds nothing left to do.
func (s *Service) SendNow(ctx context.Context, message int64) error {
	for {
		m, err := s.message(ctx, message)
		if err != nil || m.State != Queued && m.State != Sending || m.SendAt.After(s.Now()) || m.RetryAt.After(s.Now()) {
			return err
		}
		before := m.Version
		if err := s.send(ctx, message); err != nil {
			return err
		}
		if m, err = s.message(ctx, message); err != nil || m.Version == before {
			return err // it waits for somebody else
		}
	}
}

func (s *Service) message(ctx context.Context, id int64) (m Message, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = messageTx(ctx, tx, id)
		return err
	})
	return m, err
}

// ConversationOf returns the conversation in which a post of an account stands.
//
// Errors: fault.NotFound.
func (s *Service) ConversationOf(ctx context.Context, account int64, ref network.Ref) (c Conversation, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := messagesByRef(ctx, tx, account, []network.Ref{ref})
		if err != nil {
			return err
		}
		m, ok := found[ref]
		if !ok {
			return fault.New(fault.NotFound, "This post is not on the desk.")
		}
		c, err = s.ConversationTx(ctx, tx, m.ConversationID)
		return err
	})
	return c, err
}

// Rest stops the receivers and waits for them; connections stay open. Start
// goes on.
func (s *Service) Rest(ctx context.Context) error {
	if s.receivers == nil {
		return nil
	}
	s.receivers.stop()
	select {
	case <-s.receivers.done:
		s.receivers = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
