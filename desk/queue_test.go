package desk

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
)

// runsByItself lets the house's clock follow the real one, which the queue's
// timers go by.
func (h *house) runsByItself() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	h.clock.Advance(time.Since(h.clock.Now()))
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				h.clock.Advance(time.Since(h.clock.Now()))
			case <-ctx.Done():
				return
			}
		}
	}()
	h.t.Cleanup(func() { stop(); <-done })
}

func (h *house) start(s *Service) {
	h.t.Helper()
	if err := s.Queue.Start(context.WithoutCancel(h.t.Context())); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Queue.Stop(ctx); err != nil {
			h.t.Error(err)
		}
	})
}

// until waits for something to come about, looking each time somebody is told
// of a change.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	sub := h.Hub.Subscribe(TopicInbox)
	defer sub.Close()
	give := time.After(60 * time.Second)
	look := time.NewTicker(200 * time.Millisecond) // what the other node did is not told here
	defer look.Stop()
	for !holds() {
		select {
		case <-sub.Ring():
			sub.Take()
		case <-look.C:
		case <-give:
			h.t.Fatalf("it did not come about: %s", what)
		}
	}
}

func TestTwoNodesSendWhatIsQueuedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.runsByItself()
		h.UndoWindow = 50 * time.Millisecond
		other := h.Options
		other.Hub, other.Photos = live.New("other"), blob.NewPhotos(1)
		other.Queue = jobs.New(h.db, jobs.Options{Poll: 20 * time.Millisecond})
		second := New(other)
		if err := other.Queue.Open(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(second.connections.close)
		h.start(h.Service)
		h.start(second)

		var calls atomic.Int64
		h.net.Before = func(network.Outgoing) error {
			if calls.Add(1) == 3 {
				return &network.Error{Trouble: network.Unreachable, Sentence: "No connection."}
			}
			return nil
		}
		var posts []*network.Post
		for i := range 10 {
			posts = append(posts, h.post(fmt.Sprintf("citizen%d", i), "When is the bin collected?"))
		}
		h.takePosts(posts...)
		var sent []Message
		for i, row := range h.inbox() {
			m, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: row.ID, Body: fmt.Sprintf("On Tuesday. %0*d", 150*(i%2), 0), SeenID: row.LastID})
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, m)
		}
		h.until("every answer is sent", func() bool {
			for _, m := range sent {
				if h.message(m.ID).State != Sent {
					return false
				}
			}
			return true
		})
		h.net.mu.Lock()
		defer h.net.mu.Unlock()
		for _, m := range sent {
			h.wantOnceInOrder(h.message(m.ID))
		}
	})
}

func TestALostJobIsFoundAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		_, err := h.StopSending(t.Context(), h.admin, m.ID) // one that is not to be found
		if err != nil {
			t.Fatal(err)
		}
		n := h.answer(h.only(), "On Wednesday.")
		h.loseJobs()
		h.clock.Advance(lostAfter + time.Second)
		if err := h.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := h.jobsFor(); len(got) != 1 || !strings.Contains(got[0], fmt.Sprint(n.ID)) || !strings.Contains(got[0], "swept") {
			t.Errorf("jobs: %v", got)
		}
		if err := h.sweep(t.Context()); err != nil || len(h.jobsFor()) != 1 {
			t.Errorf("swept twice: %v, %v", h.jobsFor(), err)
		}
	})
}

// loseJobs forgets every job, as a queue that was restored from nothing would.
func (h *house) loseJobs() {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM river_job`)
		return err
	})
}

func (h *house) jobsFor() []string {
	h.t.Helper()
	var list []string
	h.read(func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = db.Collect(ctx, tx, func(row db.Scanner) (string, error) {
			var args string
			err := row.Scan(&args)
			return args, err
		}, `SELECT CAST(args AS TEXT) FROM river_job WHERE kind = 'desk.send'`)
		return err
	})
	return list
}
