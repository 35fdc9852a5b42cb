package mastodon_test

import (
	"context"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/httpx"
)

// waiting runs Wait once and returns what it delivers and how it ends.
func (b *burgh) waiting(t *testing.T, cursor network.Cursor) (delivered chan network.Event, ended chan error, stop context.CancelFunc) {
	t.Helper()
	delivered, ended = make(chan network.Event, 100), make(chan error, 1)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	go func() {
		ended <- b.Connection.(network.Waiter).Wait(ctx, cursor, func(_ context.Context, batch network.Batch) error {
			for _, e := range batch.Events {
				delivered <- e
			}
			return nil
		})
	}()
	return delivered, ended, stop
}

func next(t *testing.T, events chan network.Event) network.Event {
	t.Helper()
	timer := time.NewTimer(5 * time.Second)
	defer timer.Stop()
	select {
	case e := <-events:
		return e
	case <-timer.C:
		t.Fatal("nothing is delivered")
		return network.Event{}
	}
}

// listening waits until the server has an open stream.
func (b *burgh) listening(t *testing.T) {
	t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for b.Listeners() == 0 {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatal("no stream is opened")
		}
	}
}

func TestEditsAndDeletionsComeByTheStream(t *testing.T) {
	for name, o := range map[string]mastodontest.Options{"WebSocket": {}, "ServerSentEvents": {NoWebSockets: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBurgh(t, o)
			b.council.Follows(b.ann)
			ref := b.ann.Post(mastodontest.Draft{Text: "@council first"})
			_, cursor := b.fetch(t, "")
			delivered, ended, stop := b.waiting(t, cursor)
			defer stop()
			b.listening(t)
			b.ann.Post(mastodontest.Draft{Text: "for my followers, not for the council's desk"})
			b.ann.Edit(ref, "@council second")
			if e := next(t, delivered); e.Post == nil || string(e.Post.Ref) != ref || e.Post.Text != "@council second" || e.Post.EditedAt.IsZero() {
				t.Errorf("%+v", e)
			}
			b.ann.Delete(ref)
			if e := next(t, delivered); e.Deleted == nil || string(e.Deleted.Ref) != ref {
				t.Errorf("%+v", e)
			}
			b.ann.Favourites(b.council.Post(mastodontest.Draft{Text: "nothing to answer"}))
			b.ann.Post(mastodontest.Draft{Text: "@council third"})
			if err := <-ended; err != nil {
				t.Errorf("Wait: %v", err)
			}
			if len(delivered) != 0 {
				t.Errorf("%+v was delivered too", <-delivered)
			}
		})
	}
}

// Real servers speak TLS, and HTTP/2 to whoever can; a WebSocket needs HTTP/1.1.
func TestAStreamIsOpenedOverTLSAndHTTP2(t *testing.T) {
	for name, o := range map[string]mastodontest.Options{"WebSocket": {TLS: true}, "ServerSentEvents": {TLS: true, NoWebSockets: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBurgh(t, o)
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			b.options.HTTP = clientOf(t, httpx.Options{RootCAs: b.Authorities()})
			b.options.Stream = clientOf(t, httpx.Options{RootCAs: b.Authorities(), Timeout: -1, MaxBody: -1})
			b.Connection = connect(t, b.options, b.URL, b.token, nil)
			if _, err := b.Check(t.Context()); err != nil {
				t.Fatalf("Check: %v", err)
			}
			b.ann.Post(mastodontest.Draft{Text: "@council first"})
			_, cursor := b.fetch(t, "")
			_, ended, stop := b.waiting(t, cursor)
			defer stop()
			b.listening(t)
			b.ann.Post(mastodontest.Draft{Text: "@council second"})
			if err := <-ended; err != nil {
				t.Errorf("Wait: %v", err)
			}
			if n, m := b.Calls("GET /api/v1/streaming"), b.Calls("GET /api/v1/streaming/user"); n+m != 1 || (m == 1) != o.NoWebSockets {
				t.Errorf("%d WebSockets and %d streams of events were opened", n, m)
			}
		})
	}
}

func TestOneStreamServesManyWaits(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	b.ann.Post(mastodontest.Draft{Text: "@council first"})
	_, cursor := b.fetch(t, "")
	for range 5 {
		_, ended, stop := b.waiting(t, cursor)
		b.listening(t)
		b.ann.Post(mastodontest.Draft{Text: "@council next"})
		if err := <-ended; err != nil {
			t.Fatalf("Wait: %v", err)
		}
		stop()
		_, cursor = b.fetch(t, cursor)
	}
	if n := b.Calls("GET /api/v1/streaming"); n != 1 {
		t.Errorf("%d streams were opened, want 1", n)
	}
}

func TestAStreamThatBreaksSaysSoAndIsOpenedAgain(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	b.ann.Post(mastodontest.Draft{Text: "@council first"})
	_, cursor := b.fetch(t, "")
	_, ended, stop := b.waiting(t, cursor)
	defer stop()
	b.listening(t)
	b.CutStreams()
	if err := <-ended; network.TroubleOf(err) != network.Unreachable {
		t.Errorf("Wait: %v, want unreachable", err)
	}
	_, ended, stop = b.waiting(t, cursor)
	defer stop()
	b.listening(t)
	b.ann.Post(mastodontest.Draft{Text: "@council second"})
	if err := <-ended; err != nil {
		t.Errorf("Wait: %v", err)
	}
}

func TestWhatCameBeforeTheStreamWasOpenRings(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	b.ann.Post(mastodontest.Draft{Text: "@council first"})
	_, cursor := b.fetch(t, "")
	b.ann.Post(mastodontest.Draft{Text: "@council second"})
	_, ended, stop := b.waiting(t, cursor)
	defer stop()
	if err := <-ended; err != nil {
		t.Errorf("Wait: %v", err)
	}
}

func TestEditsAreFoundWhileWaitingWhereTheStreamDoesNotTell(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.options.LookAgain = 20 * time.Millisecond
	b.Connection = connect(t, b.options, b.URL, b.token, nil)
	ref := b.ann.Post(mastodontest.Draft{Text: "@council first"})
	_, cursor := b.fetch(t, "")
	delivered, ended, stop := b.waiting(t, cursor)
	b.listening(t)
	b.ann.Edit(ref, "@council second")
	if e := next(t, delivered); e.Post == nil || e.Post.Text != "@council second" {
		t.Errorf("%+v", e)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Wait: %v", err)
	}
	if n := len(delivered); n != 0 {
		t.Errorf("the edit was delivered %d times more", n)
	}
}

func TestWhatStrangersWriteInPrivateComesInThoughItDoesNotRing(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{KeepBack: true})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.options.LookAgain = 20 * time.Millisecond
	b.Connection = connect(t, b.options, b.URL, b.token, nil)
	b.ann.Post(mastodontest.Draft{Text: "@council in public"})
	_, cursor := b.fetch(t, "")
	_, ended, stop := b.waiting(t, cursor)
	defer stop()
	b.listening(t)
	ref := b.ann.Post(mastodontest.Draft{Text: "@council in confidence", Visibility: "direct"})
	if err := <-ended; err != nil {
		t.Errorf("Wait: %v", err)
	}
	if events, _ := b.fetch(t, cursor); postWith(events, ref) == nil {
		t.Errorf("it has not come in: %+v", events)
	}
}

func TestWithoutAStreamWaitReturnsWhenItIsTimeToPoll(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{NoStreaming: true})
	b.ann.Post(mastodontest.Draft{Text: "@council first"})
	_, cursor := b.fetch(t, "")
	for range 3 {
		_, ended, stop := b.waiting(t, cursor)
		if err := <-ended; err != nil {
			t.Errorf("Wait: %v", err)
		}
		stop()
	}
}
