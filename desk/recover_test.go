package desk

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// boots is the desk of another run of the program, on the same database.
func (h *house) boots(run jobs.Run) *Service {
	h.t.Helper()
	o := h.Options
	o.Queue = jobs.New(h.db, jobs.Options{Run: run})
	s := New(o)
	if err := o.Queue.Open(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(s.connections.close)
	return s
}

// killedSending runs the job of a message in a run that is killed when the
// network has its answer.
func (h *house) killedSending(s *Service, id int64) {
	h.t.Helper()
	h.net.After = func(network.Outgoing) error { runtime.Goexit(); return nil }
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.send(h.t.Context(), id)
	}()
	<-done
	h.net.After = nil
}

func (h *house) recovers(s *Service, want int) {
	h.t.Helper()
	if n, err := s.Recover(h.t.Context()); err != nil || n != want {
		h.t.Errorf("it took over %d answers, want %d: %v", n, want, err)
	}
}

func (h *house) sends(s *Service, id int64) {
	h.t.Helper()
	if err := s.send(h.t.Context(), id); err != nil {
		h.t.Fatal(err)
	}
}

func TestTheNextRunSendsWhatAKilledOneWasSendingOnce(t *testing.T) {
	for _, settle := range []time.Duration{0, 20 * time.Second} {
		t.Run(fmt.Sprint("network settles after ", settle), func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				h.net.settle = settle
				killed, next := h.boots(jobs.Run{Seat: 7, Boot: 1}), h.boots(jobs.Run{Seat: 7, Boot: 2})
				m := h.answer(h.asked(), strings.Repeat("Part of a long answer. ", 12))
				h.killedSending(killed, m.ID)
				h.loseJobs() // those of a killed run are its own for a while
				calls := h.net.calls

				h.recovers(next, 1)
				h.recovers(next, 0)
				h.recovers(h.boots(jobs.Run{Seat: 7, Boot: 3}), 0)
				if got := h.jobsFor(); len(got) != 1 || !strings.Contains(got[0], fmt.Sprint(m.ID)) {
					t.Errorf("jobs: %v", got)
				}
				if settle > 0 {
					h.clock.Advance(settle - time.Second)
					h.sends(next, m.ID)
					if h.net.calls != calls {
						t.Error("the network was called while it may be at the call of the killed run")
					}
					h.clock.Advance(time.Second)
				}
				for range m.Parts {
					h.sends(next, m.ID)
				}
				h.wantOnceInOrder(h.message(m.ID))
			})
		})
	}
}

func TestWhatAnotherSeatIsSendingIsLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if h.db.Engine() == db.SQLite {
			// A file is served from its folder alone. What another seat has left in it
			// came with the copy that was made of it.
			m := h.answer(h.asked(), "On Tuesday.")
			h.killedSending(h.boots(jobs.Run{Seat: 7, Boot: 1}), m.ID)
			h.recovers(h.boots(jobs.Run{Seat: 8, Boot: 1}), 1)
			h.run(m.ID)
			h.wantOnceInOrder(h.message(m.ID))
			return
		}
		m := h.answer(h.asked(), "On Tuesday.")
		h.killedSending(h.boots(jobs.Run{Seat: 7, Boot: 1}), m.ID)
		h.recovers(h.boots(jobs.Run{Seat: 8, Boot: 1}), 0)
		h.recovers(h.boots(jobs.Run{}), 0)
		h.recovers(h.boots(jobs.Run{Seat: 7, Boot: 1}), 0) // its own
		h.clock.Advance(leaseTime - time.Second)
		calls := h.net.calls
		h.run(m.ID)
		if h.net.calls != calls {
			t.Error("the network was called while another node may be at it")
		}
		h.clock.Advance(time.Second)
		h.run(m.ID)
		h.wantOnceInOrder(h.message(m.ID))
	})
}

// A lease never ends later for being taken over.
func TestARecoveredLeaseEndsNoLaterThanItWould(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.net.settle = time.Hour
		m := h.answer(h.asked(), "On Tuesday.")
		h.killedSending(h.boots(jobs.Run{Seat: 7, Boot: 1}), m.ID)
		h.clock.Advance(leaseTime - time.Second)
		next := h.boots(jobs.Run{Seat: 7, Boot: 2})
		h.recovers(next, 1)
		var until time.Time
		h.read(func(ctx context.Context, tx *db.Tx) error {
			l, err := readLease(ctx, tx, m.ID)
			until = l.until
			return err
		})
		if left := until.Sub(h.clock.Now()); left != time.Second {
			t.Errorf("it ends in %v", left)
		}
	})
}

// A backup may be older than what was sent since, and its outbox does not know.
func TestWhatARestoredOutboxHoldsIsLookedForBeforeItIsSent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		var first []bool
		h.net.Before = func(out network.Outgoing) error { first = append(first, out.First); return nil }
		h.recovers(h.boots(jobs.Run{}), 0)
		h.run(m.ID)
		h.wantOnceInOrder(h.message(m.ID))
		if len(first) != 1 || first[0] {
			t.Errorf("called as new: %v", first)
		}
	})
}
