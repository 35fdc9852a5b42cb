package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/platform/fault"
)

const (
	heartbeat     = 25 * time.Second // proxies close what is silent for 30 to 60 seconds
	streamAge     = 10 * time.Minute // then the browser connects again, and is authenticated again
	streamWrite   = 10 * time.Second // a browser that does not take an event for so long has gone
	streamsEach   = 12               // open streams of one person
	streamRetryMS = 2000
)

// Event is one message to a browser. One without a Name is swapped into the
// element that has hx-sse:connect; one with a Name is a DOM event on it, with
// Data as its detail.
type Event struct {
	ID   string // "" is none
	Name string
	Data string
	Part templ.Component // rendered in place of Data when set
}

// Stream answers with server-sent events until the browser goes, the program
// stops, ten minutes have passed or source is closed. For each thing from
// source, events makes what the browser is told, which may be nothing. Nothing
// is queued here: while an event is being made or written, source waits, so
// give it a bounded source that drops what the page can do without.
//
// The route needs the option Live.
func Stream[T any](w http.ResponseWriter, r *http.Request, source <-chan T, events func(context.Context, T) ([]Event, error)) error {
	q := requestOf(r.Context())
	if q.router != nil {
		release, err := q.router.takeStream(q.viewer)
		if err != nil {
			return err
		}
		defer release()
	}
	ctx, cancel := context.WithTimeout(r.Context(), streamAge)
	defer cancel()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := &sse{w: w, control: http.NewResponseController(w)}
	if err := out.control.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("lift the write deadline of a live stream: %w", err)
	}
	if err := out.write(fmt.Appendf(nil, "retry: %d\n: open\n\n", streamRetryMS)); err != nil {
		return nil // gone before it began
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-q.stopping():
			return nil
		case <-beat.C:
			if err := out.write([]byte(": still here\n\n")); err != nil {
				return nil
			}
		case item, open := <-source:
			if !open {
				return nil
			}
			list, err := events(ctx, item)
			if err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return fmt.Errorf("make live event: %w", err)
			}
			for _, e := range list {
				frame, err := e.frame(ctx)
				if err != nil {
					return fmt.Errorf("render live event: %w", err)
				}
				if err := out.write(frame); err != nil {
					return nil
				}
			}
		}
	}
}

func (q *request) stopping() <-chan struct{} {
	if q.router == nil {
		return nil
	}
	return q.router.options.Stopping.Done()
}

// sse writes with a deadline for each event, so that a browser that stopped
// reading does not hold the goroutine.
type sse struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *sse) write(frame []byte) error {
	stuck := time.AfterFunc(streamWrite, func() {
		// A deadline long past ends the write that waits. Where it cannot be
		// set, the server's own limits do.
		_ = s.control.SetWriteDeadline(time.Unix(1, 0))
	})
	defer stuck.Stop()
	if _, err := s.w.Write(frame); err != nil {
		return err
	}
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

func (e Event) frame(ctx context.Context) ([]byte, error) {
	data := e.Data
	if e.Part != nil {
		var part bytes.Buffer
		if err := e.Part.Render(ctx, &part); err != nil {
			return nil, err
		}
		data = part.String()
	}
	var b bytes.Buffer
	if e.ID != "" {
		fmt.Fprintf(&b, "id: %s\n", oneLine(e.ID))
	}
	if e.Name != "" {
		fmt.Fprintf(&b, "event: %s\n", oneLine(e.Name))
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n"), "\n") {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == 0 {
			return ' '
		}
		return r
	}, s)
}

// headCount counts open streams by person.
type headCount struct {
	mu   sync.Mutex
	open map[int64]int
}

func (rt *Router) takeStream(v *Viewer) (release func(), err error) {
	if rt.streams.Add(1) > int64(rt.options.MaxStreams) {
		rt.streams.Add(-1)
		return nil, fault.New(fault.Down, "Too many pages are open to be kept up to date. This page still works; reload it to see what is new.")
	}
	if v == nil {
		return func() { rt.streams.Add(-1) }, nil
	}
	c := &rt.perHead
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = make(map[int64]int)
	}
	if c.open[v.ID] >= streamsEach {
		rt.streams.Add(-1)
		return nil, fault.New(fault.TooMany, "You have too many pages open to keep this one up to date. Close some, then reload it.")
	}
	c.open[v.ID]++
	return func() {
		rt.streams.Add(-1)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open[v.ID]--; c.open[v.ID] == 0 {
			delete(c.open, v.ID)
		}
	}, nil
}
