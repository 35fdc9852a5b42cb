package desk

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const (
	fetchTime     = 2 * time.Minute  // for one Fetch
	longestPause  = 5 * time.Minute  // between tries at a network that is down
	revokedPause  = 30 * time.Minute // between tries when the sign-in is refused
	usualPoll     = time.Minute      // where a network names no interval
	longestWait   = 10 * time.Minute // for one Wait
	lookAtAnyRate = 30 * time.Second // for accounts that changed on another node
)

// receivers run one receiver per active account.
type receivers struct {
	service *Service
	stop    context.CancelFunc
	done    chan struct{}
}

// Start begins to fetch for every active account, and goes on with those that
// are connected later. Stop ends it.
func (s *Service) Start(ctx context.Context) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.receivers = &receivers{service: s, stop: stop, done: make(chan struct{})}
	go s.receivers.run(ctx)
	return nil
}

// Stop ends fetching, waits until what came in is kept, and closes every
// connection. When ctx ends first it returns its error.
func (s *Service) Stop(ctx context.Context) error {
	if err := s.Rest(ctx); err != nil {
		return err
	}
	s.connections.close()
	return nil
}

// run starts and ends receivers as accounts come, change and go, and as this
// process is the one that fetches for them.
func (r *receivers) run(ctx context.Context) {
	defer close(r.done)
	set := &receiverSet{service: r.service, byID: map[int64]running{}, ending: map[int64]<-chan struct{}{}}
	defer set.leave(context.WithoutCancel(ctx))
	defer set.all.Wait()
	look := lookAtAnyRate
	if r.service.DB.Engine() == db.Postgres { // on SQLite there is one process
		set.lead, look = newLead(r.service.Node), beatEvery
	}
	news := r.service.Hub.Subscribe(TopicAccounts)
	defer news.Close()
	again := time.NewTicker(look)
	defer again.Stop()
	for {
		if err := set.look(ctx); err != nil && ctx.Err() == nil {
			r.service.Log.ErrorContext(ctx, "which accounts to fetch for cannot be told", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-news.Ring():
			news.Take()
		}
	}
}

// receiverSet are the receivers that run.
type receiverSet struct {
	service *Service
	all     sync.WaitGroup
	byID    map[int64]running
	ending  map[int64]<-chan struct{} // of accounts that go to another process
	lead    *lead                     // nil where there is one process
}

type running struct {
	version int64
	stop    context.CancelFunc
	done    <-chan struct{}
}

// look brings the receivers up to date.
func (r *receiverSet) look(ctx context.Context) error {
	accounts, err := r.service.Accounts(ctx)
	if err != nil {
		return err
	}
	active := map[int64]int64{}
	var ids []int64
	for _, a := range accounts {
		if a.State == Active {
			active[a.ID], ids = a.Version, append(ids, a.ID)
		}
	}
	var mine map[int64]bool
	if r.lead != nil {
		mine, err = r.service.leads(ctx, r.lead, ids, r.ended)
	}
	for id, have := range r.byID {
		if _, wanted := active[id]; !wanted {
			r.end(id, have)
			r.service.connections.forget(id)
		} else if r.lead != nil && !mine[id] {
			r.end(id, have)
		}
	}
	for _, id := range ids {
		if r.lead == nil || mine[id] {
			r.begin(ctx, id, active[id])
		}
	}
	return err
}

func (r *receiverSet) begin(ctx context.Context, id, version int64) {
	have, ok := r.byID[id]
	if ok && have.version == version {
		return
	}
	if ok {
		have.stop()
	}
	one, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	r.byID[id] = running{version, stop, done}
	delete(r.ending, id)
	r.all.Go(func() {
		defer close(done)
		r.service.receive(one, id, version)
	})
}

func (r *receiverSet) end(id int64, have running) {
	have.stop()
	delete(r.byID, id)
	r.ending[id] = have.done
}

// ended reports whether nothing is fetched for an account here any more.
func (r *receiverSet) ended(id int64) bool {
	if _, runs := r.byID[id]; runs {
		return false
	}
	done, ending := r.ending[id]
	if !ending {
		return true
	}
	select {
	case <-done:
		delete(r.ending, id)
		return true
	default:
		return false
	}
}

// leave lets other processes go on at once.
func (r *receiverSet) leave(ctx context.Context) {
	if r.lead == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := r.service.leave(ctx, r.lead); err != nil {
		r.service.Log.WarnContext(ctx, "the accounts could not be handed over; others take them after a while", "error", err)
	}
}

// receive fetches for one account until ctx ends.
func (s *Service) receive(ctx context.Context, account, version int64) {
	failures := 0
	for ctx.Err() == nil {
		a, err := s.Account(ctx, account)
		if err == nil && a.Version != version {
			return // another receiver runs for it as it is now
		}
		wait := time.Duration(0)
		if err == nil {
			wait, err = s.fetchAll(ctx, a)
		}
		if ctx.Err() != nil {
			return
		}
		if noted := s.noteTrouble(ctx, a, err); noted != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "the state of an account cannot be kept", "account", account, "error", noted)
		}
		if err != nil {
			failures++
			s.Log.WarnContext(ctx, "fetching failed", "account", account, "network", a.Network, "trouble", network.TroubleOf(err), "attempt", failures, "error", err)
			pause(ctx, s.pauseAfter(err, failures))
			continue
		}
		failures = 0
		s.await(ctx, a, wait)
	}
}

// fetchAll fetches until there is no more. It returns how long to wait where
// nobody tells when something is new.
func (s *Service) fetchAll(ctx context.Context, a Account) (time.Duration, error) {
	c, d, err := s.connections.open(a)
	if err != nil {
		return 0, err
	}
	err = s.IntakeAll(ctx, a.ID, fetched(ctx, c, a.Cursor), func(b network.Batch) { s.Received(a.Network, len(b.Events)) })
	return max(d.PollEvery, 0), err
}

// fetched are the batches behind a cursor, until there is no more.
func fetched(ctx context.Context, c network.Connection, cursor network.Cursor) iter.Seq2[network.Batch, error] {
	return func(yield func(network.Batch, error) bool) {
		for {
			one, cancel := context.WithTimeout(ctx, fetchTime)
			b, err := c.Fetch(one, cursor)
			cancel()
			if err != nil {
				yield(b, err)
				return
			}
			if (len(b.Events) > 0 || b.Cursor != cursor) && !yield(b, nil) {
				return
			}
			if !b.More || b.Cursor == cursor && len(b.Events) == 0 {
				return
			}
			cursor = b.Cursor
		}
	}
}

// await returns when it is time to fetch again.
func (s *Service) await(ctx context.Context, a Account, poll time.Duration) {
	if poll <= 0 {
		poll = usualPoll
	}
	c, _, err := s.connections.open(a)
	if err != nil {
		pause(ctx, poll)
		return
	}
	w, ok := c.(network.Waiter)
	if !ok {
		pause(ctx, poll)
		return
	}
	now, err := s.Account(ctx, a.ID)
	if err != nil {
		pause(ctx, poll)
		return
	}
	one, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	err = w.Wait(one, now.Cursor, func(ctx context.Context, b network.Batch) error {
		b.Cursor = ""
		return s.Intake(ctx, a.ID, b)
	})
	if err != nil && ctx.Err() == nil {
		s.Log.InfoContext(ctx, "waiting for news failed, so they are asked for", "account", a.ID, "network", a.Network, "error", err)
		pause(ctx, poll)
	}
}

// pauseAfter grows from two seconds to five minutes; who asks for a time gets
// it, and a sign-in that is refused is not tried often, for that locks accounts.
func (s *Service) pauseAfter(err error, failures int) time.Duration {
	var e *network.Error
	if errors.As(err, &e) {
		if !e.RetryAt.IsZero() {
			return min(max(e.RetryAt.Sub(s.Now()), time.Second), time.Hour)
		}
		if e.Trouble == network.Revoked {
			return revokedPause
		}
	}
	if fault.Is(err, fault.Invalid) {
		return revokedPause
	}
	return min(2*time.Second<<min(failures-1, 10), longestPause)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
