package networktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"mercat.scot/mercat/network"
)

// Run holds an adapter to everything that package network promises. Open makes
// a new world; it is called once per check.
func Run(t *testing.T, open func(t *testing.T) *Harness) {
	checks := []struct {
		name  string
		check func(*testing.T, *world)
	}{
		{"TheDescriptionIsSane", descriptionIsSane},
		{"TextsAreSplitIntoPartsThatFit", textsAreSplit},
		{"AnEmptyFormIsRefusedWithoutAnyIO", emptyFormIsRefused},
		{"ACheckNamesTheAccountAndIsNotSeen", checkNamesTheAccount},

		{"APostComesIn", postComesIn},
		{"APostFetchedAgainHasTheSameRef", postFetchedAgain},
		{"ACursorThatWasLostSkipsNothing", lostCursor},
		{"MoreThanOneBatchComesInWhole", manyPosts},
		{"AStrangeCursorSkipsNothing", strangeCursor},
		{"AReplyBelongsToItsThread", replyInThread},
		{"AnEditComesIn", editComesIn},
		{"ADeletionComesIn", deletionComesIn},
		{"DuplicatesAndDisorderLoseNothing", duplicatesAndDisorder},
		{"WaitReturnsWhenSomethingIsNew", waitReturnsOnNews},
		{"WaitReturnsWhenItsContextEnds", waitReturnsOnEnd},

		{"AnAnswerIsSeen", answerIsSeen},
		{"AnAnswerSentTwiceIsSeenOnce", answerSentTwice},
		{"AnAnswerSentAgainAfterARestartIsSeenOnce", answerSentAfterRestart},
		{"TheSameWordsUnderTwoKeysAreTwoAnswers", sameWordsTwoKeys},
		{"AnAnswerWithAPictureIsSeenOnce", answerWithPicture},
		{"OurOwnAnswerIsNotTakenForACitizens", ownAnswerIsOurs},
		{"AnAnswerThatIsTooLongIsRefused", tooLong},
		{"AnAnswerTakenBackIsGone", takenBack},
		{"AThreadHoldsThePost", threadHoldsPost},

		{"FetchSurvivesFaults", fetchSurvivesFaults},
		{"SendSurvivesFaultsAndDoublesNothing", sendSurvivesFaults},
		{"CheckExplainsFaults", checkExplainsFaults},
		{"ARevokedSignInSaysSo", revoked},
		{"AContextThatHasEndedEndsTheCall", endedContext},
		{"CallsSideBySideDoNotDisturbEachOther", sideBySide},
		{"CloseEndsWhatIsGoingOn", closeEnds},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			c.check(t, &world{Harness: open(t)})
		})
	}
}

// world is a Harness with what the checks have in common.
type world struct{ *Harness }

// connect makes a connection that is closed when the test ends.
func (w *world) connect(t *testing.T) network.Connection {
	t.Helper()
	c := w.Connect(t)
	t.Cleanup(func() { closeInTime(t, c) })
	return c
}

func closeInTime(t *testing.T, c network.Connection) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- c.Close() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Close: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Errorf("Close has not returned after 10 s")
	}
}

// doesNotApply says why a check has nothing to check here. It is no skipping:
// a network without edits is not one whose edits were left untested.
func doesNotApply(t *testing.T, why string) {
	t.Helper()
	t.Logf("does not apply: %s", why)
}

var marks atomic.Int64

// words makes a text that no other text contains.
func words(start string) string {
	return fmt.Sprintf("%s %06dq.", start, marks.Add(1))
}

// key makes an Outgoing.Key that was never used.
func key() string { return fmt.Sprintf("k%d%d", time.Now().UnixNano(), marks.Add(1)) }

// timed gives a call its deadline and checks that it is obeyed.
func timed[T any](t *testing.T, limit time.Duration, what string, f func(context.Context) (T, error)) (T, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	start := time.Now()
	out, err := f(ctx)
	if took := time.Since(start); took > limit+2*time.Second {
		t.Errorf("%s took %v, its deadline was %v", what, took.Round(time.Millisecond), limit)
	}
	if err != nil {
		checkError(t, what, err)
	}
	return out, err
}

// calm is the deadline of calls that nothing disturbs.
const calm = 30 * time.Second

func fetch(t *testing.T, c network.Connection, cursor network.Cursor) network.Batch {
	t.Helper()
	batch, err := timed(t, calm, "Fetch", func(ctx context.Context) (network.Batch, error) { return c.Fetch(ctx, cursor) })
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	checkBatch(t, batch)
	return batch
}

// drain fetches from cursor until there is no more.
func drain(t *testing.T, c network.Connection, cursor network.Cursor) ([]network.Event, network.Cursor) {
	t.Helper()
	var events []network.Event
	for range 200 {
		batch := fetch(t, c, cursor)
		events = append(events, batch.Events...)
		if !batch.More {
			return events, batch.Cursor
		}
		if batch.Cursor == cursor && len(batch.Events) == 0 {
			t.Fatalf("Fetch says More but neither moves its cursor %q nor returns events", cursor)
		}
		cursor = batch.Cursor
	}
	t.Fatalf("Fetch says More for ever")
	return nil, ""
}

// fetchUntil fetches on from cursor until found says so, and returns all that
// came.
func (w *world) fetchUntil(t *testing.T, c network.Connection, cursor network.Cursor, what string, found func([]network.Event) bool) ([]network.Event, network.Cursor) {
	t.Helper()
	var events []network.Event
	w.eventually(t, what, func() bool {
		var more []network.Event
		more, cursor = drain(t, c, cursor)
		events = append(events, more...)
		return found(events)
	})
	return events, cursor
}

// eventually asks again until f holds.
func (w *world) eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.NewTimer(w.patience())
	defer deadline.Stop()
	again := time.NewTicker(25 * time.Millisecond)
	defer again.Stop()
	for !f() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("after %v: %s", w.patience(), what)
		}
	}
}

func postOf(events []network.Event, ref network.Ref) *network.Post {
	for i := len(events) - 1; i >= 0; i-- {
		if p := events[i].Post; p != nil && p.Ref == ref {
			return p
		}
	}
	return nil
}

func hasPosts(events []network.Event, refs ...network.Ref) bool {
	return !slices.ContainsFunc(refs, func(ref network.Ref) bool { return postOf(events, ref) == nil })
}

// received makes the citizen post and returns the post as it came in.
func (w *world) received(t *testing.T, c network.Connection) *network.Post {
	t.Helper()
	ref := w.CitizenPosts(t, words("The lamp in Tolbooth Wynd is out"))
	events, _ := w.fetchUntil(t, c, "", fmt.Sprintf("post %q has not come in", ref), func(e []network.Event) bool { return hasPosts(e, ref) })
	return postOf(events, ref)
}

// answer is an answer to a post as the desk would send it.
func (w *world) answer(to *network.Post, text string) network.Outgoing {
	compose := w.Network.Describe().Compose
	out := network.Outgoing{
		Key:     key(),
		First:   true,
		At:      w.now().UTC().Truncate(time.Microsecond),
		To:      to.Author,
		ReplyTo: to.Ref, Thread: to.Thread,
		References: append(slices.Clone(to.References), to.Ref),
		Visibility: visibilityFor(compose, to.Visibility),
		Text:       text, Language: "en",
	}
	if compose.Subject {
		out.Subject = w.Subject
	}
	return out
}

func visibilityFor(c network.Compose, to network.Visibility) network.Visibility {
	allowed := c.Visibilities
	if c.ReplyVisibility != nil {
		if narrowed := c.ReplyVisibility(to); len(narrowed) > 0 {
			allowed = narrowed
		}
	}
	if slices.Contains(allowed, to) || len(allowed) == 0 {
		return to
	}
	return allowed[0]
}

func send(t *testing.T, c network.Connection, out network.Outgoing) network.Sent {
	t.Helper()
	sent, err := timed(t, calm, "Send", func(ctx context.Context) (network.Sent, error) { return c.Send(ctx, out) })
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	if sent.Ref == "" || sent.Thread == "" {
		t.Fatalf("Send returned %+v, want a Ref and a Thread", sent)
	}
	return sent
}

// seen counts the posts of ours that the citizen sees and that hold text.
func (w *world) seen(t *testing.T, text string) int {
	t.Helper()
	n := 0
	for _, s := range w.CitizenSees(t) {
		if strings.Contains(s, text) {
			n++
		}
	}
	return n
}

// seenOnce waits until the citizen sees text, sends one more answer, waits for
// that one too, and only then counts: a second copy would have arrived by then.
func (w *world) seenOnce(t *testing.T, c network.Connection, to *network.Post, text string) {
	t.Helper()
	w.eventually(t, fmt.Sprintf("the citizen does not see %q", text), func() bool { return w.seen(t, text) > 0 })
	last := words("That was all")
	send(t, c, w.answer(to, last))
	w.eventually(t, "the citizen does not see the answer sent afterwards", func() bool { return w.seen(t, last) > 0 })
	if n := w.seen(t, text); n != 1 {
		t.Errorf("the citizen sees %q %d times, want once", text, n)
	}
}

// technical are words that have no place in a sentence for people.
var technical = []string{
	"EOF", "dial tcp", "read tcp", "context ", "deadline", "json:", "invalid character", "goroutine", "%!", "0x", "nil",
	"strconv", "net/http", "unmarshal", "x509", "status code", "127.0.0.1:", "://127.", "panic",
}

// checkError checks that an error is one that adapters may return.
func checkError(t *testing.T, what string, err error) {
	t.Helper()
	var e *network.Error
	if !errors.As(err, &e) {
		t.Errorf("%s returned %T (%v), want a *network.Error", what, err, err)
		return
	}
	switch e.Trouble {
	case network.Unreachable, network.Refused, network.Revoked, network.Limited, network.Broken, network.Missing:
	default:
		t.Errorf("%s returned trouble %q, which there is not", what, e.Trouble)
	}
	checkSentence(t, what, e.Sentence)
}

// checkSentence checks that a sentence is one for people.
func checkSentence(t *testing.T, what, s string) {
	t.Helper()
	switch {
	case s == "":
		t.Errorf("%s has no sentence for people", what)
		return
	case !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, ".”"), len(s) > 600, strings.ContainsAny(s, "\n\r\t!"):
		t.Errorf("%s says %q, want sentences that end with a full stop, on one line, not too long, without exclamation marks", what, s)
	}
	if first := []rune(s)[0]; unicode.IsLower(first) {
		t.Errorf("%s says %q, want a capital letter at the start", what, s)
	}
	if strings.Contains(s, "'") {
		t.Errorf("%s says %q, want curly apostrophes", what, s)
	}
	for _, word := range technical {
		if strings.Contains(s, word) {
			t.Errorf("%s says %q: %q means nothing to an officer", what, s, word)
		}
	}
}

// checkBatch checks what is true of every batch.
func checkBatch(t *testing.T, b network.Batch) {
	t.Helper()
	if len(b.Events) > 500 {
		t.Errorf("a batch has %d events, want a few hundred at most", len(b.Events))
	}
	for _, e := range b.Events {
		set := 0
		if p := e.Post; p != nil {
			set++
			checkPost(t, p)
		}
		if d := e.Deleted; d != nil {
			set++
			if d.Ref == "" || d.At.IsZero() {
				t.Errorf("deletion %+v has no Ref or no time", *d)
			}
		}
		if r := e.Receipt; r != nil {
			set++
			if r.Of == "" {
				t.Errorf("receipt %+v is of nothing", *r)
			}
			if r.Failed {
				checkSentence(t, "a receipt", r.Sentence)
			}
		}
		if set != 1 {
			t.Errorf("an event has %d of its fields set, want exactly one", set)
		}
	}
}

func checkPost(t *testing.T, p *network.Post) {
	t.Helper()
	switch {
	case p.Ref == "" || p.Thread == "":
		t.Errorf("post %q has Thread %q, want both set", p.Ref, p.Thread)
	case p.Author.ID == "":
		t.Errorf("post %q has an author without ID", p.Ref)
	case !slices.Contains(visibilities, p.Visibility):
		t.Errorf("post %q has visibility %q, which there is not", p.Ref, p.Visibility)
	case p.At.IsZero():
		t.Errorf("post %q has no time", p.Ref)
	case p.ReplyTo == p.Ref:
		t.Errorf("post %q answers itself", p.Ref)
	}
	for _, n := range p.Notices {
		if n.Code == "" {
			t.Errorf("a notice of post %q has no code", p.Ref)
		}
		checkSentence(t, "notice "+n.Code, n.Sentence)
	}
}

var visibilities = []network.Visibility{network.Public, network.Unlisted, network.Followers, network.Direct}
