package networktest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
)

func postComesIn(t *testing.T, w *world) {
	c := w.connect(t)
	text := words("Bùrn anns an rathad 💧 & \"more\" <b>")
	ref := w.CitizenPosts(t, text)
	events, cursor := w.fetchUntil(t, c, "", fmt.Sprintf("post %q has not come in", ref), func(e []network.Event) bool { return hasPosts(e, ref) })
	p := postOf(events, ref)
	if !strings.Contains(p.Text, text) {
		t.Errorf("the post's text is %q, want %q", p.Text, text)
	}
	if p.Thread != p.Ref || p.ReplyTo != "" {
		t.Errorf("a post that begins a thread has Thread %q and ReplyTo %q", p.Thread, p.ReplyTo)
	}
	if p.FromUs || p.Automatic != "" || !p.EditedAt.IsZero() {
		t.Errorf("a citizen's post is %+v, want neither FromUs nor Automatic nor edited", p)
	}
	if cursor == "" {
		t.Errorf("the cursor after a post is empty: the next fetch would begin again")
	}
	if age := w.now().Sub(p.At).Abs(); age > time.Hour {
		t.Errorf("the post is dated %v, %v from now", p.At, age)
	}
}

func postFetchedAgain(t *testing.T, w *world) {
	c := w.connect(t)
	first := w.received(t, c)
	second, _ := drain(t, w.connect(t), "")
	p := postOf(second, first.Ref)
	if p == nil {
		t.Fatalf("a second connection does not find post %q from the beginning", first.Ref)
	}
	if p.Text != first.Text || p.Author.ID != first.Author.ID || p.Thread != first.Thread || !p.At.Equal(first.At) {
		t.Errorf("the same post came as %+v and then as %+v", first, p)
	}
}

func lostCursor(t *testing.T, w *world) {
	c := w.connect(t)
	a := w.CitizenPosts(t, words("First"))
	_, old := w.fetchUntil(t, c, "", "the first post has not come in", func(e []network.Event) bool { return hasPosts(e, a) })
	b, d := w.CitizenPosts(t, words("Second")), w.CitizenPosts(t, words("Third"))
	both := func(e []network.Event) bool { return hasPosts(e, b, d) }
	w.fetchUntil(t, c, old, "the second and third post have not come in", both)
	// The program died before it could store the cursor.
	_, kept := w.fetchUntil(t, w.connect(t), old, "from the older cursor the second and third post do not come again", both)
	e := w.CitizenPosts(t, words("Fourth"))
	w.fetchUntil(t, w.connect(t), kept, "the fourth post has not come in", func(es []network.Event) bool { return hasPosts(es, e) })
}

func manyPosts(t *testing.T, w *world) {
	refs := make([]network.Ref, w.many())
	for i := range refs {
		refs[i] = w.CitizenPosts(t, words("One of many"))
	}
	c := w.connect(t)
	all := func(e []network.Event) bool { return hasPosts(e, refs...) }
	events, cursor := w.fetchUntil(t, c, "", fmt.Sprintf("not all of %d posts have come in", len(refs)), all)
	times := map[network.Ref]int{}
	for _, e := range events {
		if e.Post != nil {
			times[e.Post.Ref]++
		}
	}
	for _, ref := range refs {
		if times[ref] > 10 {
			t.Errorf("post %q came %d times", ref, times[ref])
		}
	}
	late := w.CitizenPosts(t, words("One more"))
	w.fetchUntil(t, c, cursor, "the post after many has not come in", func(e []network.Event) bool { return hasPosts(e, late) })
}

func strangeCursor(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	for _, cursor := range []network.Cursor{"not a cursor", "-1", "{}", "99999999999999999999", "\x00\xff", network.Cursor(strings.Repeat("9", 5000))} {
		batch, err := timed(t, calm, "Fetch with a strange cursor", func(ctx context.Context) (network.Batch, error) { return c.Fetch(ctx, cursor) })
		if err != nil {
			continue // a clear error skips nothing either
		}
		events := batch.Events
		if batch.More {
			more, _ := drain(t, c, batch.Cursor)
			events = append(events, more...)
		}
		if !hasPosts(events, p.Ref) {
			t.Errorf("from the strange cursor %.20q post %q is skipped", cursor, p.Ref)
		}
	}
}

func replyInThread(t *testing.T, w *world) {
	if w.CitizenReplies == nil {
		doesNotApply(t, "the harness has no CitizenReplies")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	text := words("We are on it")
	out := w.answer(p, text)
	out.Conversation = "k3f92qxt7m"
	sent := send(t, c, out)
	w.eventually(t, "the citizen does not see the answer", func() bool { return w.seen(t, text) > 0 })
	ref := w.CitizenReplies(t, sent.Ref, words("Thank you"))
	events, _ := w.fetchUntil(t, c, "", "the citizen's reply has not come in", func(e []network.Event) bool { return hasPosts(e, ref) })
	reply := postOf(events, ref)
	related := reply.Conversation == out.Conversation || reply.ReplyTo == sent.Ref || slices.Contains(reply.References, sent.Ref)
	if !related || (reply.Thread != p.Thread && reply.Conversation != out.Conversation) {
		t.Errorf("the reply has ReplyTo %q, Thread %q, References %q, Conversation %q; want it to answer %q in thread %q",
			reply.ReplyTo, reply.Thread, reply.References, reply.Conversation, sent.Ref, p.Thread)
	}
	if sent.Thread != p.Thread {
		t.Errorf("the answer's thread is %q, want that of the post, %q", sent.Thread, p.Thread)
	}
}

// hears collects what Fetch and, where there is one, Wait bring from cursor on
// until found.
func (w *world) hears(t *testing.T, c network.Connection, cursor network.Cursor, what string, act func(), found func([]network.Event) bool) {
	t.Helper()
	waiter, ok := c.(network.Waiter)
	if !ok {
		act()
		w.fetchUntil(t, c, cursor, what, found)
		return
	}
	heard := make(chan network.Batch)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			err := waiter.Wait(ctx, cursor, func(ctx context.Context, b network.Batch) error {
				select {
				case heard <- b:
				case <-ctx.Done():
				}
				return nil
			})
			if err != nil {
				return // polling goes on below
			}
			pause(ctx, 10*time.Millisecond)
		}
	}()
	defer func() {
		stop()
		<-ended
	}()
	act()
	var events []network.Event
	w.eventually(t, what, func() bool {
		for more := true; more; {
			select {
			case b := <-heard:
				if b.Cursor != "" {
					t.Errorf("Wait delivered a batch with cursor %q, want none", b.Cursor)
				}
				checkBatch(t, b)
				events = append(events, b.Events...)
			default:
				more = false
			}
		}
		var fetched []network.Event
		fetched, cursor = drain(t, c, cursor)
		events = append(events, fetched...)
		return found(events)
	})
}

func editComesIn(t *testing.T, w *world) {
	if w.CitizenEdits == nil {
		doesNotApply(t, "the harness has no CitizenEdits")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	_, cursor := drain(t, c, "")
	text := words("It is the second lamp, not the first")
	w.hears(t, c, cursor, "the edit has not come in", func() { w.CitizenEdits(t, p.Ref, text) }, func(events []network.Event) bool {
		edited := postOf(events, p.Ref)
		return edited != nil && strings.Contains(edited.Text, text) && edited.EditedAt.After(edited.At.Add(-time.Second)) && !edited.EditedAt.IsZero()
	})
}

func deletionComesIn(t *testing.T, w *world) {
	if w.CitizenDeletes == nil {
		doesNotApply(t, "the harness has no CitizenDeletes")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	_, cursor := drain(t, c, "")
	w.hears(t, c, cursor, "the deletion has not come in", func() { w.CitizenDeletes(t, p.Ref) }, func(events []network.Event) bool {
		return slices.ContainsFunc(events, func(e network.Event) bool { return e.Deleted != nil && e.Deleted.Ref == p.Ref })
	})
}

func duplicatesAndDisorder(t *testing.T, w *world) {
	if w.Duplicate == nil && w.Reorder == nil {
		doesNotApply(t, "the harness has neither Duplicate nor Reorder")
		return
	}
	c := w.connect(t)
	w.received(t, c)
	_, cursor := drain(t, c, "")
	if w.Duplicate != nil {
		w.Duplicate(t)
	}
	if w.Reorder != nil {
		w.Reorder(t)
	}
	for round := range 3 {
		var refs []network.Ref
		for range 7 {
			refs = append(refs, w.CitizenPosts(t, words("Again and out of order")))
		}
		_, cursor = w.fetchUntil(t, c, cursor, fmt.Sprintf("not all posts of round %d have come in", round), func(e []network.Event) bool { return hasPosts(e, refs...) })
	}
}

func waitReturnsOnNews(t *testing.T, w *world) {
	c := w.connect(t)
	waiter, ok := c.(network.Waiter)
	if !ok {
		doesNotApply(t, "the connection is no Waiter")
		return
	}
	w.received(t, c)
	_, cursor := drain(t, c, "")
	ctx, cancel := context.WithTimeout(t.Context(), calm)
	defer cancel()
	woken := make(chan error, 1)
	delivered := make(chan network.Batch, 100)
	go func() {
		woken <- waiter.Wait(ctx, cursor, func(_ context.Context, b network.Batch) error {
			delivered <- b
			return nil
		})
	}()
	ref := w.CitizenPosts(t, words("Is anybody there"))
	deadline := time.NewTimer(w.patience())
	defer deadline.Stop()
	select {
	case err := <-woken:
		if err != nil {
			t.Fatalf("Wait: %v", err)
		}
	case b := <-delivered:
		if postOf(b.Events, ref) == nil {
			t.Fatalf("Wait delivered %d events, and not the post", len(b.Events))
		}
		return
	case <-deadline.C:
		t.Fatalf("Wait has not returned %v after a new post", w.patience())
	}
	w.fetchUntil(t, c, cursor, "the post that Wait returned for has not come in", func(e []network.Event) bool { return hasPosts(e, ref) })
}

func waitReturnsOnEnd(t *testing.T, w *world) {
	c := w.connect(t)
	waiter, ok := c.(network.Waiter)
	if !ok {
		doesNotApply(t, "the connection is no Waiter")
		return
	}
	_, cursor := drain(t, c, "")
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 500 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		start := time.Now()
		err := waiter.Wait(ctx, cursor, func(context.Context, network.Batch) error { return nil })
		took := time.Since(start)
		cancel()
		if err != nil {
			t.Errorf("Wait returned %v at the end of its context, want nil", err)
		}
		if took > after+2*time.Second {
			t.Errorf("Wait returned %v after the end of its context", took-after)
		}
	}
}
