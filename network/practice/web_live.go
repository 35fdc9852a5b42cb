package practice

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// eventNew is the live event that a page counts in its "new" bar.
const eventNew = "practice-new"

// watcher is one open page.
type watcher struct {
	practice *Practice
	onlooker
	seq   int64 // what the page shows
	fault Fault
	told  bool // fault is what the page shows
	zone  *time.Location
}

// live keeps a page up to date: threads that it shows are replaced where they
// stand, and new ones are counted, so that nothing moves under the pointer.
// What happened while the browser was away is told first: it says how far it
// has come in Last-Event-ID.
func (p *Practice) live(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	citizen, _ := strconv.ParseInt(q.Get("as"), 10, 64) // nobody sees what is public
	watch := &watcher{practice: p, onlooker: p.onlooker(r.Context(), citizen), zone: web.Location(r.Context())}
	watch.seq, _ = strconv.ParseInt(q.Get("after"), 10, 64) // nonsense is told everything
	if last, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		watch.seq = max(watch.seq, last)
	}
	bell := p.options.Hub.Subscribe(topic)
	defer bell.Close()
	looks := make(chan struct{}, 1)
	looks <- struct{}{}
	ended := make(chan struct{})
	ctx, stop := context.WithCancel(r.Context())
	defer func() {
		stop()
		<-ended
	}()
	go func() {
		defer close(ended)
		again := time.NewTicker(p.options.PollEvery)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-bell.Ring():
			case <-again.C: // other nodes that cannot be heard, and a fault that ended by itself
			}
			select {
			case looks <- struct{}{}:
			default:
			}
		}
	}()
	return web.Stream(w, r, looks, func(ctx context.Context, _ struct{}) ([]web.Event, error) { return watch.look(ctx) })
}

// look tells what is new since the last look.
func (w *watcher) look(ctx context.Context) ([]web.Event, error) {
	moved, err := w.practice.Moved(ctx, w.citizen, w.seq)
	if err != nil {
		return nil, err
	}
	now, err := w.practice.Fault(ctx)
	if err != nil {
		return nil, err
	}
	var events []web.Event
	var parts []templ.Component
	if !w.told || now != w.fault {
		parts = append(parts, faultElsewhere(w.onlooker, now))
		w.fault, w.told = now, true
	}
	for _, thread := range moved.Changed {
		if thread.Number > w.seq && !thread.Posts[0].Mine {
			events = append(events, web.Event{Name: eventNew, Data: string(thread.Ref)})
		}
		parts = append(parts, threadElsewhere(thread, w.onlooker))
	}
	if len(parts) > 0 {
		events = append(events, web.Event{ID: strconv.FormatInt(moved.Seq, 10), Part: w.nowadays(templ.Join(parts...))})
	}
	w.seq = moved.Seq
	return events, nil
}

// nowadays renders a part by the clock of now: that of the request is as old as
// the stream.
func (w *watcher) nowadays(part templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
		return part.Render(ui.WithMoment(ctx, ui.Moment{Now: w.practice.options.Now(), Location: w.zone}), out)
	})
}
