package desk

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/staff"
)

// asked is a conversation in which an answer is owed.
func (h *house) asked() Conversation {
	h.t.Helper()
	h.takePosts(h.post("ann", "When is the bin collected in Kirkbrae?"))
	return h.only()
}

func (h *house) conversation(id int64) Conversation {
	h.t.Helper()
	var c Conversation
	h.read(func(ctx context.Context, tx *db.Tx) (err error) { c, err = h.ConversationTx(ctx, tx, id); return err })
	return c
}

func (h *house) message(id int64) Message {
	h.t.Helper()
	var m Message
	h.read(func(ctx context.Context, tx *db.Tx) (err error) { m, err = h.ourMessageTx(ctx, tx, id); return err })
	return m
}

func (h *house) read(f func(context.Context, *db.Tx) error) {
	h.t.Helper()
	if err := h.db.Read(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) write(f func(context.Context, *db.Tx) error) {
	h.t.Helper()
	if err := h.db.Write(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
}

// answer replies and lets the undo window pass.
func (h *house) answer(c Conversation, body string) Message {
	h.t.Helper()
	m, err := h.Reply(h.t.Context(), h.admin, Reply{ConversationID: c.ID, Body: body, SeenID: h.conversation(c.ID).LastID})
	if err != nil {
		h.t.Fatal(err)
	}
	h.clock.Advance(UndoWindow)
	return m
}

// run runs the job of a message as the queue would, once.
func (h *house) run(id int64) {
	h.t.Helper()
	if err := h.send(h.t.Context(), id); err != nil {
		h.t.Fatalf("send: %v", err)
	}
}

// crashing runs the job of a message in a process that may die on its way.
func (h *house) crashing(id int64) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.send(h.t.Context(), id)
	}()
	<-done
}

// finish runs a message's job until nothing is left to do, as retries would.
func (h *house) finish(id int64) Message {
	h.t.Helper()
	for range 100 {
		m := h.message(id)
		if m.State != Queued && m.State != Sending {
			return m
		}
		h.clock.Advance(leaseTime)
		if err := h.send(h.t.Context(), id); err != nil && !strings.Contains(err.Error(), "snooze") {
			h.t.Fatal(err)
		}
	}
	h.t.Fatalf("message %d does not end: %+v", id, h.message(id))
	return Message{}
}

// officer adds somebody who may answer.
func (h *house) officer(name string) staff.Officer {
	h.t.Helper()
	first, _, _ := strings.Cut(name, " ")
	o, _, err := h.Staff.AddOfficer(h.t.Context(), h.admin.Actor(), staff.Person{Email: strings.ToLower(first) + "@strathcarron.example", Name: name, Role: staff.Answers}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

func (h *house) notices(officer staff.Officer) []string {
	h.t.Helper()
	list, err := h.Notifications(h.t.Context(), officer.ID, 0, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	var kinds []string
	for _, n := range list {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func wantFault(t *testing.T, err error, kind fault.Kind, words ...string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("got %v, want a fault of kind %s", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(fault.Sentence(err), w) {
			t.Errorf("%q does not say %q", fault.Sentence(err), w)
		}
	}
}

func TestAnAnswerWaitsForTheUndoWindowAndIsSentOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		if err := h.SaveDraft(t.Context(), h.admin.ID, Draft{ConversationID: c.ID, Body: "On Tues"}); err != nil {
			t.Fatal(err)
		}
		m, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: c.LastID})
		if err != nil {
			t.Fatal(err)
		}
		if m.Body != "On Tuesday.\n\n– Mairi" || len(m.Parts) != 1 || m.Visibility != network.Public {
			t.Errorf("%+v", m)
		}
		if d, _ := h.DraftOf(t.Context(), h.admin.ID, c.ID); d.Body != "" {
			t.Errorf("the draft is still there: %+v", d)
		}
		now := h.conversation(c.ID)
		if now.State != Waiting || now.OfficerID != h.admin.ID || !now.DueAt.IsZero() || now.LastID != m.ID || now.Messages != 2 || now.Excerpt == c.Excerpt {
			t.Errorf("%+v", now)
		}
		if err := h.send(t.Context(), m.ID); err == nil || h.net.calls != 0 {
			t.Fatalf("it was sent within the undo window: %v", err)
		}
		h.clock.Advance(UndoWindow)
		h.run(m.ID)
		h.run(m.ID)
		sent := h.message(m.ID)
		if sent.State != Sent || sent.Ref == "" || sent.URL == "" || sent.Parts[0].Ref == "" || h.net.calls != 1 {
			t.Errorf("%d calls, %+v", h.net.calls, sent)
		}
		out := h.net.sent[0]
		if !out.First || out.Text != m.Body || out.To.ID != "id-ann" || out.ReplyTo != "post-1" || out.Thread != "post-1" || out.Conversation != c.Token || !out.At.Equal(m.At) {
			t.Errorf("%+v", out)
		}
		acts := h.acts(Subject(c.ID))
		if !slices.Contains(acts, actQueued) || !slices.Contains(acts, actSent) {
			t.Errorf("record: %v", acts)
		}
		if rows, _, err := h.Inbox(t.Context(), Query{View: Everything, OfficerID: h.admin.ID, Words: "tuesday"}); err != nil || len(rows) != 1 {
			t.Errorf("the answer is not found by its words: %v, %v", rows, err)
		}
	})
}

func TestTheSameFormSentTwiceIsOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		r := Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: c.LastID}
		one, err := h.Reply(t.Context(), h.admin, r)
		if err != nil {
			t.Fatal(err)
		}
		two, err := h.Reply(t.Context(), h.admin, r)
		if err != nil || two.ID != one.ID || h.conversation(c.ID).Messages != 2 {
			t.Errorf("%v, %v", two, err)
		}
	})
}

func TestACrashAtAnyPointSendsNothingTwice(t *testing.T) {
	die := func() error { panicOut(); return nil }
	for name, hook := range map[string]func(n *toldNetwork, once func(func() error) func(network.Outgoing) error){
		"before the network is called": func(n *toldNetwork, once func(func() error) func(network.Outgoing) error) { n.Before = once(die) },
		"after it took the answer":     func(n *toldNetwork, once func(func() error) func(network.Outgoing) error) { n.After = once(die) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				c := h.asked()
				m := h.answer(c, strings.Repeat("Part of a long answer. ", 12))
				for n := range m.Parts {
					left := n
					hook(h.net, func(f func() error) func(network.Outgoing) error {
						return func(network.Outgoing) error {
							if left--; left == -1 {
								return f()
							}
							return nil
						}
					})
					h.crashing(m.ID)
					calls := h.net.calls
					h.run(m.ID) // another worker, at once: the lease keeps it away
					if h.message(m.ID).State == Sending && h.net.calls != calls && left < 0 {
						t.Errorf("part %d: the network was called while another worker may be at it", n)
					}
				}
				h.net.Before, h.net.After = nil, nil
				done := h.finish(m.ID)
				h.wantOnceInOrder(done)
			})
		})
	}
}

// panicOut ends the goroutine as a crash ends the process: nothing after it is
// done.
func panicOut() { runtime.Goexit() }

// wantOnceInOrder checks the network's own log against an answer.
func (h *house) wantOnceInOrder(m Message) {
	h.t.Helper()
	if m.State != Sent {
		h.t.Errorf("it is %s: %s", m.State, m.Trouble)
	}
	var keys, want []string
	for _, out := range h.net.sent {
		if strings.HasPrefix(out.Key, fmt.Sprintf("m%dp", m.ID)) {
			keys = append(keys, out.Key)
		}
	}
	for n, p := range m.Parts {
		want = append(want, p.Key)
		if n > 0 && h.net.byKey(p.Key).ReplyTo != m.Parts[n-1].Ref {
			h.t.Errorf("part %d answers %q", n, h.net.byKey(p.Key).ReplyTo)
		}
	}
	if !slices.Equal(keys, want) {
		h.t.Errorf("the network has %v, want %v", keys, want)
	}
}

func (n *toldNetwork) byKey(key string) network.Outgoing {
	for _, out := range n.sent {
		if out.Key == key {
			return out
		}
	}
	return network.Outgoing{}
}

func TestTwoWorkersAtOnceCallTheNetworkOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		inside, goOn := make(chan struct{}), make(chan struct{})
		h.net.Before = func(network.Outgoing) error { close(inside); <-goOn; return nil }
		first := make(chan error, 1)
		go func() { first <- h.send(t.Context(), m.ID) }()
		<-inside
		for range 5 {
			h.run(m.ID)
		}
		close(goOn)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		if h.net.calls != 1 || h.message(m.ID).State != Sent {
			t.Errorf("%d calls, %s", h.net.calls, h.message(m.ID).State)
		}
	})
}

func TestAWorkerThatIsTooLateStillNotesWhatTheNetworkTook(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		inside, goOn := make(chan struct{}), make(chan struct{})
		var late atomic.Bool
		h.net.Before = func(network.Outgoing) error {
			if late.CompareAndSwap(false, true) {
				close(inside)
				<-goOn
			}
			return nil
		}
		first := make(chan error, 1)
		go func() { first <- h.send(t.Context(), m.ID) }()
		<-inside
		h.clock.Advance(leaseTime + time.Second)
		h.sends(h.boots(jobs.Run{}), m.ID) // the rescue, by another node
		close(goOn)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		h.wantOnceInOrder(h.message(m.ID))
		if n := countActs(h.acts(Subject(m.ConversationID)), actSent); n != 1 {
			t.Errorf("it was noted as sent %d times", n)
		}
	})
}

func countActs(acts []string, act string) int {
	n := 0
	for _, a := range acts {
		if a == act {
			n++
		}
	}
	return n
}

func failing(trouble network.Trouble, sentence string) func(network.Outgoing) error {
	return func(network.Outgoing) error { return &network.Error{Trouble: trouble, Sentence: sentence} }
}

func TestAnAnswerWaitsForANetworkThatIsDownAndSaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		h.net.Before = failing(network.Unreachable, "Told cannot be reached.")
		h.run(m.ID)
		waits := h.message(m.ID)
		if waits.State != Sending || waits.Trouble != "Told cannot be reached." || waits.Attempts != 1 || !waits.RetryAt.Equal(h.clock.Now().Add(retryPause(0))) {
			t.Errorf("%+v", waits)
		}
		calls := h.net.calls
		if err := h.send(t.Context(), m.ID); err == nil || h.net.calls != calls {
			t.Errorf("it was tried again at once: %v", err)
		}
		h.net.Before = nil
		h.clock.Advance(retryPause(0))
		h.run(m.ID)
		h.wantOnceInOrder(h.message(m.ID))
		if m := h.message(m.ID); m.Trouble != "" || !m.RetryAt.IsZero() || m.Attempts != 0 {
			t.Errorf("%+v", m)
		}
	})
}

func TestTheNetworksPauseIsObeyedByAllAnswersOfTheAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		until := h.clock.Now().Add(40 * time.Minute)
		h.net.Before = func(network.Outgoing) error {
			return &network.Error{Trouble: network.Limited, Sentence: "Told wants a pause.", RetryAt: until}
		}
		h.run(m.ID)
		if got := h.message(m.ID).RetryAt; !got.Equal(until) {
			t.Errorf("again at %s, want %s", got, until)
		}
		h.takePosts(h.post("bob", "And in Balnamoor?"))
		var other Conversation
		for _, row := range h.inbox() {
			if row.ID != m.ConversationID {
				other = row.Conversation
			}
		}
		n := h.answer(other, "On Wednesday.")
		calls := h.net.calls
		h.run(n.ID)
		if w := h.message(n.ID); h.net.calls != calls || w.State != Queued || w.Trouble != "Told wants a pause." || !w.RetryAt.Equal(until) {
			t.Errorf("%d calls, %+v", h.net.calls, w)
		}
		h.net.Before = nil
		h.clock.Advance(40 * time.Minute)
		h.run(m.ID)
		h.run(n.ID)
		h.wantOnceInOrder(h.message(m.ID))
		h.wantOnceInOrder(h.message(n.ID))
	})
}

func TestARefusedAnswerFailsAtOnceAndNothingIsLost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		m := h.answer(c, "On Tuesday.")
		h.net.Before = failing(network.Refused, "Told does not take this.")
		h.run(m.ID)
		lost := h.message(m.ID)
		if lost.State != Failed || lost.Trouble != "Told does not take this." || lost.Body == "" {
			t.Errorf("%+v", lost)
		}
		if now := h.conversation(c.ID); now.State != Open || now.DueAt.IsZero() {
			t.Errorf("no answer is owed: %+v", now.Handling)
		}
		if got := h.notices(h.admin); !slices.Equal(got, []string{noticeFailed}) {
			t.Errorf("notifications: %v", got)
		}
		h.net.Before = nil
		if err := h.Retry(t.Context(), h.admin, m.ID); err != nil {
			t.Fatal(err)
		}
		h.wantOnceInOrder(h.finish(m.ID))
		if now := h.conversation(c.ID); now.State != Waiting {
			t.Errorf("%+v", now.Handling)
		}
		wantFault(t, h.Retry(t.Context(), h.admin, m.ID), fault.Conflict)
	})
}

func TestAnAnswerIsGivenUpAfterThreeDays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		h.net.Before = failing(network.Unreachable, "Told cannot be reached.")
		h.run(m.ID)
		h.clock.Advance(giveUpAfter)
		h.run(m.ID)
		if lost := h.message(m.ID); lost.State != Failed || !strings.Contains(lost.Trouble, "three days") {
			t.Errorf("%+v", lost)
		}
		if got := h.notices(h.admin); !slices.Equal(got, []string{noticeFailed}) {
			t.Errorf("notifications: %v", got)
		}
	})
}

func TestOnlyTheRestIsSentWhenTheSecondPartFailed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), strings.Repeat("Part of a long answer. ", 12))
		if len(m.Parts) < 3 || !strings.HasSuffix(m.Parts[0].Body, fmt.Sprintf(" 1/%d", len(m.Parts))) {
			t.Fatalf("%+v", m.Parts)
		}
		h.net.Before = func(out network.Outgoing) error {
			if out.Key == m.Parts[1].Key {
				return &network.Error{Trouble: network.Refused, Sentence: "Told does not take this."}
			}
			return nil
		}
		lost := h.finish(m.ID)
		if lost.State != Failed || !strings.HasPrefix(lost.Trouble, fmt.Sprintf("1 of %d parts", len(m.Parts))) {
			t.Errorf("%+v", lost)
		}
		if _, err := h.StopSending(t.Context(), h.admin, m.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("half an answer was stopped: %v", err)
		}
		h.net.Before = nil
		if err := h.Retry(t.Context(), h.admin, m.ID); err != nil {
			t.Fatal(err)
		}
		h.wantOnceInOrder(h.finish(m.ID))
	})
}

func TestALaterAnswerWaitsForTheEarlierOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		one := h.answer(c, "On Tuesday.")
		two := h.answer(c, "At seven.")
		h.net.Before = failing(network.Unreachable, "Told cannot be reached.")
		h.run(one.ID)
		h.net.Before = nil
		h.run(two.ID)
		if h.message(two.ID).State != Queued || len(h.net.sent) != 0 {
			t.Fatalf("the later answer went first: %+v", h.message(two.ID))
		}
		h.clock.Advance(retryPause(0))
		h.run(one.ID)
		h.run(two.ID)
		if len(h.net.sent) != 2 || h.net.sent[0].Key != one.Parts[0].Key {
			t.Errorf("%+v", h.net.sent)
		}
	})
}

func TestAPausedAccountSendsNothingUntilItIsResumed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		if err := h.PauseAccount(t.Context(), h.admin.Actor(), h.account.ID, h.account.Version); err != nil {
			t.Fatal(err)
		}
		h.run(m.ID)
		if w := h.message(m.ID); w.State != Queued || !strings.Contains(w.Trouble, "paused") || w.RetryAt.IsZero() || h.net.calls != 0 {
			t.Errorf("%+v", w)
		}
		if err := h.ResumeAccount(t.Context(), h.admin.Actor(), h.account.ID, h.account.Version+1); err != nil {
			t.Fatal(err)
		}
		h.run(m.ID)
		h.wantOnceInOrder(h.message(m.ID))
	})
}
