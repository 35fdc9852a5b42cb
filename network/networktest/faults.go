package networktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
)

// hurried is the deadline of calls over a broken wire.
const hurried = 1500 * time.Millisecond

// deadlineFor gives a fault time enough to be noticed, and where only the
// deadline ends it no more than needed.
func deadlineFor(f Fault) time.Duration {
	if f.Kind == Hang {
		return hurried
	}
	return 10 * time.Second
}

// expect checks what came of a call over a broken wire.
func (w *world) expect(t *testing.T, what string, f Fault, err error) {
	t.Helper()
	want := f.troubles()
	if err == nil {
		if len(want) > 0 && !f.maySucceed() {
			t.Errorf("%s succeeds although the wire has the fault: %s", what, f)
		}
		return
	}
	var e *network.Error
	if !errors.As(err, &e) {
		return // timed has said so
	}
	if !slices.Contains(want, e.Trouble) {
		t.Errorf("%s is %s (%v), want one of %v", what, e.Trouble, err, want)
	}
	if !e.Temporary() {
		t.Errorf("%s is not temporary: it would not be tried again", what)
	}
	if f.Kind == TooMany {
		if in := e.RetryAt.Sub(w.now()); in < RetryAfter/2 || in > 2*RetryAfter {
			t.Errorf("%s is to be tried again in %v, the network said in %v", what, in.Round(time.Second), RetryAfter)
		}
	}
}

func fetchSurvivesFaults(t *testing.T, w *world) {
	if w.ReadWire == nil {
		doesNotApply(t, "nothing can break between this network and us")
		return
	}
	c := w.connect(t)
	w.received(t, c)
	_, cursor := drain(t, c, "")
	for _, f := range w.ReadWire.Faults() {
		if f.Kind == LoseAnswer {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			for _, connection := range []struct {
				name string
				c    network.Connection
			}{{"used before", c}, {"new", w.connect(t)}} {
				ref := w.CitizenPosts(t, words("In bad weather"))
				w.ReadWire.Break(f)
				batch, err := timed(t, deadlineFor(f), "Fetch", func(ctx context.Context) (network.Batch, error) {
					return connection.c.Fetch(ctx, cursor)
				})
				w.ReadWire.Mend()
				w.expect(t, "Fetch by a connection "+connection.name, f, err)
				if err == nil && batch.Cursor != "" {
					checkBatch(t, batch)
				}
				recovered := cursor
				w.eventually(t, "after the fault the post does not come in", func() bool {
					again, err := timed(t, calm, "Fetch after the fault", func(ctx context.Context) (network.Batch, error) {
						return connection.c.Fetch(ctx, recovered)
					})
					if err != nil {
						return false // what the fault left behind, such as a pause that the network asked for
					}
					recovered = again.Cursor
					return hasPosts(again.Events, ref)
				})
			}
		})
	}
}

func sendSurvivesFaults(t *testing.T, w *world) {
	if w.SendWire == nil {
		doesNotApply(t, "nothing can break between this network and us")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	var texts []string
	for _, f := range w.SendWire.Faults() {
		text := words("Sent in bad weather, " + strings.ReplaceAll(string(f.Kind), " ", "-"))
		texts = append(texts, text)
		t.Run(f.String(), func(t *testing.T) {
			sender := w.connect(t)
			out := w.answer(p, text)
			w.SendWire.Break(f)
			first, err := timed(t, deadlineFor(f), "Send", func(ctx context.Context) (network.Sent, error) { return sender.Send(ctx, out) })
			w.SendWire.Mend()
			w.expect(t, "Send", f, err)
			out.First = false
			var again network.Sent
			w.eventually(t, "after the fault Send does not succeed", func() bool {
				var err error
				again, err = timed(t, calm, "Send after the fault", func(ctx context.Context) (network.Sent, error) { return sender.Send(ctx, out) })
				return err == nil
			})
			if err == nil && again.Ref != first.Ref {
				t.Errorf("sent again, %q became %q", first.Ref, again.Ref)
			}
			w.eventually(t, "the citizen does not see the answer", func() bool { return w.seen(t, text) > 0 })
		})
	}
	last := words("After the storm")
	send(t, c, w.answer(p, last))
	w.eventually(t, "the citizen does not see the last answer", func() bool { return w.seen(t, last) > 0 })
	for _, text := range texts {
		if n := w.seen(t, text); n != 1 {
			t.Errorf("the citizen sees %q %d times, want once", text, n)
		}
	}
}

func checkExplainsFaults(t *testing.T, w *world) {
	if w.ReadWire == nil {
		doesNotApply(t, "nothing can break between this network and us")
		return
	}
	for _, f := range w.ReadWire.Faults() {
		if f.Kind == LoseAnswer {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			c := w.connect(t)
			w.ReadWire.Break(f)
			_, err := timed(t, deadlineFor(f), "Check", func(ctx context.Context) (network.Identity, error) { return c.Check(ctx) })
			w.ReadWire.Mend()
			w.expect(t, "Check", f, err)
		})
	}
}

func revoked(t *testing.T, w *world) {
	if w.Revoke == nil {
		doesNotApply(t, "the harness has no Revoke")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	w.Revoke(t)
	for _, connection := range []struct {
		name string
		c    network.Connection
	}{{"used before", c}, {"new", w.connect(t)}} {
		calls := map[string]func(context.Context) (struct{}, error){
			"Check": func(ctx context.Context) (struct{}, error) {
				_, err := connection.c.Check(ctx)
				return struct{}{}, err
			},
			"Fetch": func(ctx context.Context) (struct{}, error) {
				_, err := connection.c.Fetch(ctx, "")
				return struct{}{}, err
			},
			"Send": func(ctx context.Context) (struct{}, error) {
				_, err := connection.c.Send(ctx, w.answer(p, words("Nobody may say this")))
				return struct{}{}, err
			},
		}
		for name, call := range calls {
			w.eventually(t, fmt.Sprintf("%s by a connection %s does not say that the sign-in was revoked", name, connection.name), func() bool {
				_, err := timed(t, calm, name, call)
				if err == nil {
					t.Errorf("%s by a connection %s succeeds without a valid sign-in", name, connection.name)
					return true
				}
				// A connection that was cut may notice only that at first.
				return network.TroubleOf(err) == network.Revoked
			})
		}
	}
}

func endedContext(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls := map[string]func() error{
		"Check": func() error { _, err := c.Check(ctx); return err },
		"Fetch": func() error { _, err := c.Fetch(ctx, ""); return err },
		"Send":  func() error { _, err := c.Send(ctx, w.answer(p, words("Too late"))); return err },
	}
	for name, call := range calls {
		start := time.Now()
		err := call()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %v although its context had ended", name, took)
		}
		if err == nil {
			t.Errorf("%s succeeds although its context had ended", name)
			continue
		}
		checkError(t, name+" with an ended context", err)
		if got := network.TroubleOf(err); got != network.Unreachable {
			t.Errorf("%s with an ended context is %s, want unreachable", name, got)
		}
	}
}

func sideBySide(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	text := words("Side by side")
	calls := []func(context.Context) error{
		func(ctx context.Context) error { _, err := c.Check(ctx); return err },
		func(ctx context.Context) error { _, err := c.Fetch(ctx, ""); return err },
		func(ctx context.Context) error { _, err := c.Fetch(ctx, ""); return err },
		func(ctx context.Context) error { _, err := c.Send(ctx, w.answer(p, text)); return err },
		func(ctx context.Context) error { _, err := c.Send(ctx, w.answer(p, text)); return err },
	}
	ctx, cancel := context.WithTimeout(t.Context(), calm)
	defer cancel()
	var all sync.WaitGroup
	for _, call := range calls {
		all.Go(func() {
			if err := call(ctx); err != nil {
				t.Errorf("a call beside others: %v", err)
			}
		})
	}
	all.Wait()
	w.eventually(t, "the citizen does not see both answers", func() bool { return w.seen(t, text) == 2 })
}

func closeEnds(t *testing.T, w *world) {
	before := goroutines("")
	c := w.Connect(t)
	pkg := packageOf(c)
	p := w.received(t, c)
	send(t, c, w.answer(p, words("Before it closes")))
	ended := make(chan struct{})
	if waiter, ok := c.(network.Waiter); ok {
		_, cursor := drain(t, c, "")
		ctx, cancel := context.WithTimeout(t.Context(), calm)
		defer cancel()
		go func() {
			defer close(ended)
			// Being closed may well be an error to Wait; that it ends is what counts.
			_ = waiter.Wait(ctx, cursor, func(context.Context, network.Batch) error { return nil })
		}()
	} else {
		close(ended)
	}
	closeInTime(t, c)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Errorf("Wait has not returned 5 s after Close")
	}
	closeInTime(t, c) // closing twice is allowed
	var left map[string]string
	w.eventually(t, "goroutines of the closed connection are left", func() bool {
		left = goroutines(pkg)
		for id := range before {
			delete(left, id)
		}
		if len(left) > 0 && testing.Verbose() {
			for _, stack := range left {
				t.Log(stack)
				break
			}
		}
		return len(left) == 0
	})
}

// packageOf is the path of the package that made a connection.
func packageOf(c network.Connection) string {
	typ := reflect.TypeOf(c)
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	return typ.PkgPath()
}

var goroutineHead = regexp.MustCompile(`^goroutine (\d+) `)

// goroutines returns the stacks, by id, of those goroutines in which a function
// of the package, tests excepted, has a part. The empty package is all of them.
func goroutines(pkg string) map[string]string {
	buffer := make([]byte, 4<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	found := map[string]string{}
	for stack := range strings.SplitSeq(string(buffer), "\n\n") {
		head := goroutineHead.FindStringSubmatch(stack)
		if head == nil || strings.Contains(stack, "testing.tRunner(") {
			continue
		}
		if pkg == "" || hasFrame(stack, pkg) {
			found[head[1]] = stack
		}
	}
	return found
}

func hasFrame(stack, pkg string) bool {
	lines := strings.Split(stack, "\n")
	for i := 1; i+1 < len(lines); i += 2 {
		function := strings.TrimPrefix(lines[i], "created by ")
		if strings.HasPrefix(function, pkg+".") && !strings.Contains(lines[i+1], "_test.go:") {
			return true
		}
	}
	return false
}
