package api

import (
	"context"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// FollowCases is for casework.Options: it keeps what happened to a case, in the
// transaction in which it did.
func (s *Service) FollowCases(ctx context.Context, tx *db.Tx, ch casework.Change) error {
	return s.happenedTx(ctx, tx, func() []Event { return caseEvents(ch) })
}

// FollowDesk is for desk.Options: it keeps what happened to conversations
// and messages, in the transaction in which it did.
func (s *Service) FollowDesk(ctx context.Context, tx *db.Tx, list []desk.Happening) error {
	return s.happenedTx(ctx, tx, func() []Event { return deskEvents(list) })
}

// happenedTx keeps events that somebody wants to be told of. While there is no
// endpoint it reads one empty table.
func (s *Service) happenedTx(ctx context.Context, tx *db.Tx, list func() []Event) error {
	endpoints, err := readEndpoints(ctx, tx)
	if err != nil || len(endpoints) == 0 {
		return err
	}
	var wanted []Event
	for _, e := range list() {
		for _, to := range endpoints {
			if to.Wants(e.Kind) {
				wanted = append(wanted, e)
				break
			}
		}
	}
	return s.keepTx(ctx, tx, wanted, endpoints)
}

// keepTx keeps events with a delivery to each endpoint that wants them.
func (s *Service) keepTx(ctx context.Context, tx *db.Tx, list []Event, endpoints []Endpoint) error {
	if len(list) == 0 {
		return nil
	}
	first, err := takeNumbers(ctx, tx, len(list))
	if err != nil {
		return err
	}
	var deliveries []Delivery
	told := map[int64]bool{}
	for i := range list {
		e := &list[i]
		e.Number, e.ID, e.At = first+int64(i), tx.NewID(), tx.Now
		for _, to := range endpoints {
			if to.Wants(e.Kind) || e.Kind == Test {
				deliveries = append(deliveries, Delivery{EndpointID: to.ID, Event: *e, NextAt: tx.Now})
				told[to.ID] = true
			}
		}
	}
	if err := insertEvents(ctx, tx, list); err != nil {
		return err
	}
	if err := insertDeliveries(ctx, tx, deliveries); err != nil {
		return err
	}
	for _, to := range endpoints {
		if told[to.ID] && to.State == Active {
			if err := s.wakeTx(ctx, tx, to, tx.Now); err != nil {
				return err
			}
		}
	}
	return nil
}

// wakeTx puts a job for an endpoint, unless one stands in the queue that runs as
// early.
func (s *Service) wakeTx(ctx context.Context, tx *db.Tx, e Endpoint, at time.Time) error {
	if at.Before(e.HeldUntil) {
		at = e.HeldUntil
	}
	if !e.wakeAt.IsZero() && !e.wakeAt.After(at) {
		return nil
	}
	if err := s.Queue.Put(ctx, tx, deliverArgs{Endpoint: e.ID}, jobs.At(at)); err != nil {
		return err
	}
	return noteWake(ctx, tx, e.ID, at)
}
