package staff

import (
	"context"
	"testing"

	"mercat.scot/mercat/platform/fault"
)

func TestAFloodOfPasswordsWaitsInABoundedQueue(t *testing.T) {
	h, err := newHasher(Cost{MemoryKiB: 64, Passes: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	var leave []func()
	for range hashing {
		out, err := h.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, waiting)
	for range waiting {
		go func() {
			_, err := h.enter(ctx)
			ended <- err
		}()
	}
	for len(h.queue) < cap(h.queue) { // until all of them stand in the queue
		select {
		case err := <-ended:
			t.Fatalf("did not wait: %v", err)
		default:
		}
	}
	if _, err := h.enter(t.Context()); !fault.Is(err, fault.TooMany) {
		t.Errorf("one too many: %v", err)
	}
	cancel() // they gave up
	for range waiting {
		if err := <-ended; err == nil || fault.Of(err) != "" {
			t.Errorf("gave up: %v", err)
		}
	}
	leave[0]()
	out, err := h.enter(t.Context())
	if err != nil {
		t.Fatalf("nobody waits, and still: %v", err)
	}
	out()
	for _, out := range leave[1:] {
		out()
	}
	if len(h.queue) != 0 || len(h.slots) != 0 {
		t.Errorf("%d in the queue, %d in slots", len(h.queue), len(h.slots))
	}
}
