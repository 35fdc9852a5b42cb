package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

const (
	callTime    = 15 * time.Second          // of one call of a receiver
	handful     = 4                         // events on their way to one endpoint at once
	leaseTime   = callTime + 45*time.Second // after which what a kill left is due again
	deliverTime = 40 * time.Second          // of one run of the job, before it lets others
	sweepTime   = time.Minute
	lostAfter   = 2 * time.Minute // how long overdue before a job counts as lost
	noPlace     = 500 * time.Millisecond
	pruneAtOnce = 512
)

// Request is a webhook as it is sent.
type Request struct {
	URL     string
	ID      string
	At      time.Time
	Sign    string
	Body    []byte
	Timeout time.Duration
}

// Post sends a webhook, follows no redirect, and returns what came back; an
// answer of whatever status is no error.
type Post func(ctx context.Context, r Request) (status int, mediaType string, body []byte, retryAfter time.Time, err error)

type deliverArgs struct {
	Endpoint int64 `json:"endpoint"`
}

// Kind is the job's name.
func (deliverArgs) Kind() string { return "api.deliver" }

type sweepArgs struct{}

// Kind is the job's name.
func (sweepArgs) Kind() string { return "api.sweep" }

type pruneArgs struct{}

// Kind is the job's name.
func (pruneArgs) Kind() string { return "api.prune" }

func (s *Service) registerJobs() {
	jobs.Register(s.Queue, deliverTime+2*callTime, func(ctx context.Context, _ jobs.Job, a deliverArgs) error { return s.deliver(ctx, a.Endpoint) })
	jobs.Register(s.Queue, time.Minute, func(ctx context.Context, _ jobs.Job, _ sweepArgs) error { return s.Sweep(ctx) })
	jobs.Register(s.Queue, 2*time.Minute, func(ctx context.Context, _ jobs.Job, _ pruneArgs) error { return s.Prune(ctx) })
	s.Queue.Every(sweepTime, sweepArgs{})
	s.Queue.Every(time.Hour, pruneArgs{})
}

// deliver is the job of an endpoint: it sends what is due, handful by handful,
// for as long as a run may take, and puts the job for what comes after.
func (s *Service) deliver(ctx context.Context, endpoint int64) error {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		return jobs.Later(noPlace)
	}
	until := s.Now().Add(deliverTime)
	for {
		more, err := s.DeliverSome(ctx, endpoint)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("deliver to webhook %d: %w", endpoint, errors.Join(errStopped, err))
		case err != nil:
			return fmt.Errorf("deliver to webhook %d: %w", endpoint, err)
		case !more:
			return nil
		case s.Now().After(until):
			return jobs.Later(0)
		}
	}
}

// DeliverSome sends a handful of what is due to an endpoint, and reports whether
// there was any. When there was none, it has put the job for what comes next.
func (s *Service) DeliverSome(ctx context.Context, endpoint int64) (more bool, err error) {
	var to Endpoint
	var due []Delivery
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		due = nil
		if to, err = readEndpoint(ctx, tx, endpoint); err != nil {
			return err
		}
		// This job is the one that stood in the queue: whoever adds something from
		// now on puts another.
		to.wakeAt = time.Time{}
		if err := noteWake(ctx, tx, endpoint, time.Time{}); err != nil {
			return err
		}
		if to.State != Active {
			return nil
		}
		if !to.HeldUntil.After(tx.Now) {
			if due, err = claimDue(ctx, tx, endpoint, tx.Now.Add(leaseTime), handful); err != nil || len(due) > 0 {
				return err
			}
		}
		next, err := nextDue(ctx, tx, endpoint)
		if err != nil || next.IsZero() {
			return err
		}
		return s.wakeTx(ctx, tx, to, next)
	})
	if errors.Is(err, errNoEndpoint) {
		return false, nil // it was ended
	}
	if err != nil || len(due) == 0 {
		return false, err
	}
	results := s.sendAll(ctx, to, due)
	if ctx.Err() != nil {
		return false, ctx.Err() // what was under way is due again when its lease has run out
	}
	return true, s.note(ctx, to.ID, due, results)
}

// sendAll calls the receiver for each delivery, side by side.
func (s *Service) sendAll(ctx context.Context, to Endpoint, due []Delivery) []answered {
	results := make([]answered, len(due))
	var all sync.WaitGroup
	for i := range due {
		all.Go(func() { results[i] = s.send(ctx, to, due[i].Event) })
	}
	all.Wait()
	return results
}

// send makes one try.
func (s *Service) send(ctx context.Context, to Endpoint, e Event) answered {
	began := s.Now()
	r, err := s.request(ctx, to, e, began)
	if err != nil {
		s.Log.ErrorContext(ctx, "a webhook could not be made", "webhook", to.ID, "event", e.Number, "error", err)
		return answered{at: began, trouble: "We could not make it: " + sentenceFor(err)}
	}
	status, mediaType, body, retryAfter, err := s.Post(ctx, r)
	a := answered{at: began, took: s.Now().Sub(began), status: status, mediaType: mediaType, body: excerpt(body), retryAfter: retryAfter}
	if err != nil {
		a.status, a.trouble = 0, sentenceFor(err)
	}
	return a
}

// request makes the message of an event for an endpoint, as it stands now.
func (s *Service) request(ctx context.Context, to Endpoint, e Event, at time.Time) (Request, error) {
	secrets, err := s.secretsOf(to, at)
	if err != nil {
		return Request{}, err
	}
	var words map[string]string
	if to.Words {
		if words, err = s.wordsOf(ctx, e); err != nil {
			return Request{}, err
		}
	}
	body, err := e.payload(words)
	if err != nil {
		return Request{}, err
	}
	r := Request{URL: to.URL, ID: e.MessageID(), At: at, Body: body, Timeout: callTime}
	r.Sign, err = sign(r.ID, at, body, secrets...)
	return r, err
}

// note keeps what came of a handful, and how it goes with the endpoint.
func (s *Service) note(ctx context.Context, endpoint int64, due []Delivery, results []answered) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		to, err := readEndpoint(ctx, tx, endpoint)
		if errors.Is(err, errNoEndpoint) {
			return nil
		}
		if err != nil {
			return err
		}
		good, gone := false, false
		for i, d := range due {
			d.apply(results[i], s.Delays)
			good, gone = good || results[i].ok(), gone || results[i].gone()
			if err := noteDelivery(ctx, tx, d); err != nil {
				return err
			}
		}
		if good {
			to.Failures, to.FailingSince, to.HeldUntil = 0, time.Time{}, time.Time{}
			return noteHealth(ctx, tx, to)
		}
		if to.FailingSince.IsZero() {
			to.FailingSince = tx.Now
		}
		to.Failures += int64(len(due))
		if pause := hold(to.Failures); pause > 0 {
			to.HeldUntil = tx.Now.Add(pause)
		}
		switch {
		case gone:
			to.State, to.Why = Paused, "It answered that it is gone for good (410)."
		case tx.Now.Sub(to.FailingSince) >= pauseAfter:
			to.State, to.Why = Paused, "It has failed for "+strconv.Itoa(int(pauseAfter/(24*time.Hour)))+" days without a single success."
		}
		if to.State == Paused {
			if err := s.pausedTx(ctx, tx, to); err != nil {
				return err
			}
		}
		return noteHealth(ctx, tx, to)
	})
}

// pausedTx puts on the record that the program has paused an endpoint, and tells
// the administrators.
func (s *Service) pausedTx(ctx context.Context, tx *db.Tx, e Endpoint) error {
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return err
	}
	var who []int64
	for _, o := range roster.Officers() {
		if o.Active && o.Role == staff.Administrator {
			who = append(who, o.ID)
		}
	}
	if err := s.Desk.NotifyTx(ctx, tx, "The webhook "+e.Name+" is paused. "+e.Why+" Events wait for it: see Settings, Webhooks.", who...); err != nil {
		return err
	}
	return record.Append(ctx, tx, record.Entry{Actor: record.Mercat("webhooks"), Act: "api.webhook.paused", Subject: e.Subject(), After: e.facts()})
}

// Sweep puts a job for every endpoint to which something is due for longer than
// a job would have waited: the queue has lost it, or a clock has jumped.
func (s *Service) Sweep(ctx context.Context) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := readEndpoints(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range list {
			next, err := nextDue(ctx, tx, e.ID)
			if err != nil {
				return err
			}
			late := !next.IsZero() && tx.Now.Sub(next) > lostAfter && tx.Now.Sub(e.HeldUntil) > lostAfter
			ahead := e.wakeAt.Sub(tx.Now) > maxDelay(s.Delays)+time.Hour // the clock went back
			if e.State != Active || !late && !ahead {
				continue
			}
			e.wakeAt = time.Time{}
			if err := s.wakeTx(ctx, tx, e, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
}

func maxDelay(list []time.Duration) (most time.Duration) {
	for _, d := range list {
		most = max(most, d)
	}
	return most
}

// Prune removes what has been kept long enough, a piece at a time.
func (s *Service) Prune(ctx context.Context) error {
	for {
		more := false
		err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			ended, err := forgetEnded(ctx, tx, pruneAtOnce)
			if err != nil {
				return err
			}
			if err := forgetDone(ctx, tx, tx.Now.Add(-onceFor)); err != nil {
				return err
			}
			old, err := forgetOld(ctx, tx, tx.Now.Add(-keepFor), pruneAtOnce)
			more = ended || old > 0
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}
