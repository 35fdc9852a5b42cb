package desk

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mercat.scot/mercat/network"
)

// fate is what becomes of one call of the network.
type fate string

const (
	goesWell    fate = "goes well"
	diesBefore  fate = "the process dies before the network is called"
	diesAfter   fate = "the process dies after the network took it"
	cutBefore   fate = "the connection is cut before"
	cutAfter    fate = "the answer is lost"
	isLimited   fate = "the network wants a pause"
	answersOdd  fate = "the network answers nonsense"
	isStopped   fate = "the program is stopped meanwhile"
	shutsBefore fate = "the program is stopped before the call has an effect"
)

// fateful makes a network's next calls end as they are told, and holds the way
// out to what it promises: a key that was tried is never called new.
type fateful struct {
	h *house

	mu     sync.Mutex
	next   fate
	tried  map[string]bool
	broken []string
	stop   context.CancelFunc
}

func newFateful(h *house) *fateful {
	f := &fateful{h: h, next: goesWell, tried: map[string]bool{}}
	h.net.Before, h.net.After = f.before, f.after
	return f
}

func (f *fateful) before(out network.Outgoing) error {
	f.mu.Lock()
	if out.First && f.tried[out.Key] {
		f.broken = append(f.broken, "a key that was tried is called new: "+out.Key)
	}
	f.tried[out.Key] = true
	next, stop := f.next, f.stop
	f.mu.Unlock()
	switch next {
	case diesBefore:
		runtime.Goexit()
	case cutBefore:
		return &network.Error{Trouble: network.Unreachable, Sentence: "No connection."}
	case answersOdd:
		return errors.New("unexpected end of JSON input")
	case isLimited:
		return &network.Error{Trouble: network.Limited, Sentence: "Too many.", RetryAt: f.h.clock.Now().Add(3 * time.Minute)}
	case shutsBefore:
		stop()
		return context.Canceled
	}
	return nil
}

func (f *fateful) after(out network.Outgoing) error {
	f.mu.Lock()
	next, stop := f.next, f.stop
	f.mu.Unlock()
	switch next {
	case diesAfter:
		runtime.Goexit()
	case cutAfter:
		return &network.Error{Trouble: network.Unreachable, Sentence: "The connection was cut."}
	case isStopped:
		stop()
		return context.Canceled
	}
	return nil
}

// run runs a job with a fate, in a process that may die.
func (f *fateful) run(id int64, end fate) {
	ctx, cancel := context.WithCancel(f.h.t.Context())
	defer cancel()
	f.mu.Lock()
	f.next, f.stop = end, cancel
	f.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.h.send(ctx, id)
	}()
	<-done
	f.mu.Lock()
	f.next = goesWell
	f.mu.Unlock()
}

// TestWhateverHappensEveryPartIsSentOnceAndInOrder runs the jobs of several
// answers of one conversation in any order, with crashes, cuts and pauses
// anywhere, until all are sent, and reads the network's own log.
func TestWhateverHappensEveryPartIsSentOnceAndInOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		f := newFateful(h)
		runs := 0
		rapid.Check(t, func(r *rapid.T) {
			runs++
			who := fmt.Sprintf("citizen%d", runs)
			p := h.post(who, "When is the bin collected?")
			h.takePosts(p)
			c := h.inbox()[0].Conversation
			h.net.mu.Lock()
			h.net.sent = nil
			h.net.mu.Unlock()
			var messages []Message
			for n := range rapid.IntRange(1, 3).Draw(r, "answers") {
				words := strings.Repeat(fmt.Sprintf("Words of answer %d. ", n), rapid.IntRange(1, 12).Draw(r, "length"))
				messages = append(messages, h.answer(c, words))
			}
			fates := []fate{goesWell, goesWell, diesBefore, diesAfter, cutBefore, cutAfter, isLimited, answersOdd, isStopped, shutsBefore}
			for range rapid.IntRange(0, 12).Draw(r, "steps") {
				m := rapid.SampledFrom(messages).Draw(r, "message")
				f.run(m.ID, rapid.SampledFrom(fates).Draw(r, "fate"))
				if rapid.Bool().Draw(r, "time passes") {
					h.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, leaseTime + time.Second, 20 * time.Minute}).Draw(r, "time"))
				}
			}
			var want []string
			for _, m := range messages {
				done := h.finish(m.ID)
				if done.State != Sent || !allSent(done.Parts) {
					r.Fatalf("an answer is %s: %s", done.State, done.Trouble)
				}
				for _, part := range done.Parts {
					want = append(want, part.Key)
				}
			}
			h.net.mu.Lock()
			defer h.net.mu.Unlock()
			var got []string
			for _, out := range h.net.sent {
				got = append(got, out.Key)
			}
			if !slices.Equal(got, want) {
				r.Fatalf("the network has\n%v\nwant\n%v", got, want)
			}
			if len(f.broken) > 0 {
				r.Fatal(f.broken)
			}
		})
	})
}

func TestAStoppedProgramHandsItsAnswerBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		f := newFateful(h)
		m := h.answer(h.asked(), "On Tuesday.")
		f.run(m.ID, shutsBefore)
		if back := h.message(m.ID); back.State != Sending || back.Attempts != 0 || back.Trouble != "" || !back.RetryAt.IsZero() {
			t.Errorf("%+v", back)
		}
		h.run(m.ID) // at once: the lease was given back
		h.wantOnceInOrder(h.message(m.ID))
	})
}

func TestOurOwnPostConfirmsWhatACrashLeftOpen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("ann", "When is the bin collected?")
		h.takePosts(first)
		m := h.answer(h.only(), "On Tuesday.")
		newFateful(h).run(m.ID, diesAfter)
		h.takePosts(h.ours(m, first))
		h.wantOnceInOrder(h.message(m.ID))
		if c := h.only(); c.Messages != 2 || h.net.calls != 1 || h.message(m.ID).URL == "" {
			t.Errorf("%d calls, %+v", h.net.calls, c)
		}
	})
}

// ours is an answer as its network shows it to everybody.
func (h *house) ours(m Message, to *network.Post) *network.Post {
	p := h.reply("council", m.Body, to)
	p.Ref, p.FromUs, p.URL = network.Ref("sent-"+m.Parts[0].Key), true, "https://told.example/ours"
	return p
}

func TestACopyThatWasFetchedTooEarlyIsRemoved(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("ann", "When is the bin collected?")
		h.takePosts(first)
		c := h.only()
		m := h.answer(c, "On Tuesday.")
		// On a network whose posts are not named after our keys.
		h.takePosts(h.ours(m, first))
		if c := h.only(); c.Messages != 3 {
			t.Fatalf("there is no copy: %+v", c)
		}
		h.run(m.ID)
		h.wantOnceInOrder(h.message(m.ID))
		now := h.only()
		if list := h.messages(c.ID); len(list) != 2 || now.Messages != 2 || now.LastID != m.ID || h.message(m.ID).Ref == "" {
			t.Errorf("%d messages, %+v", len(list), now)
		}
		if rows, _, err := h.Inbox(t.Context(), Query{View: Everything, OfficerID: h.admin.ID, Words: "tuesday"}); err != nil || len(rows) != 1 {
			t.Errorf("%d found, %v", len(rows), err)
		}
	})
}
