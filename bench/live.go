package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

const (
	liveOfficers = 500
	lookers      = 5 // of them look at the list
	livePerTick  = 20 * time.Millisecond
	writers      = 8               // browsers that write on the network
	lateAfter    = 5 * time.Second // a message that is not there then is missed
)

// Live writes on the practice network of a server, 50 messages a second over
// HTTP, while 500 officers have the desk open. It measures from the moment at
// which a message is sent to the network's server: until the news is at each of
// the 500 browsers, and until the message's row is in the list of those that ask
// for it when the news comes.
//
// The page's own script waits a moment before it asks, so that a flood does not
// make it ask all the time; that is not in these figures.
func Live(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(3_000)
	began := o.Now()
	g, err := newGround(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	c, err := g.council(ctx, "council")
	if err != nil {
		return Result{}, err
	}
	officers := min(liveOfficers, max(o.Size, lookers)) // a small run is a trial
	tokens, err := openDesks(ctx, c, officers)
	if err != nil {
		return Result{}, err
	}
	s, err := serve(ctx, o, c)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	rest := s.atRest(ctx, o)
	w := newWatch(o, s.address)
	if err := w.open(ctx, tokens); err != nil {
		return Result{}, err
	}
	o.Log.Info("desks are open", "officers", officers)
	err = errors.Join(w.write(ctx, o), w.close())
	if err != nil {
		return Result{}, err
	}
	r = Result{Bench: "live", Engine: g.engine, Size: o.Size}
	w.report(&r)
	r.add("officers", float64(officers), "")
	r.addMemory(s, rest)
	r.Seconds = rounded(o.since(began))
	return r, nil
}

// openDesks sets a council up with officers who are signed in, and returns the
// tokens of their sessions.
func openDesks(ctx context.Context, c app.Config, n int) (tokens []string, err error) {
	a, err := app.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := setUp(ctx, a); err != nil {
		return nil, err
	}
	s := a.Rooms().Staff
	for i := range n {
		email := fmt.Sprintf("officer%d@benchmark.example", i)
		_, link, err := s.AddOfficer(ctx, operator(), staff.Person{Email: email, Name: name(i), Role: staff.Answers}, nil)
		if err != nil {
			return nil, err
		}
		if _, err := s.ChoosePassword(ctx, link.Token, adminPassword); err != nil {
			return nil, err
		}
		token, err := s.SignIn(ctx, email, adminPassword, staff.From{Agent: "benchmark"})
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// watch is what is seen of the messages, by number.
type watch struct {
	o       Options
	address string
	streams []*stream

	mu   sync.Mutex
	sent []time.Time
	rows []time.Duration // from sent to the row, of each looker and message
	seen int             // messages that each looker has seen, together
	took []time.Duration // until the network's server had it
}

func newWatch(o Options, address string) *watch {
	return &watch{o: o, address: address, sent: make([]time.Time, o.Size)}
}

// write says all messages on the practice network, at a steady pace whatever
// becomes of them, and waits until they are seen.
func (w *watch) write(ctx context.Context, o Options) error {
	var people []*browser
	for range writers {
		b, err := o.signedIn(ctx, w.address)
		if err != nil {
			return err
		}
		people = append(people, b)
	}
	if err := people[0].post(ctx, "/practice/citizens", url.Values{"name": {"Ailsa Benchmark"}, "about": {"Lives in " + villages[0]}}); err != nil {
		return err
	}
	as, err := citizenOf(ctx, people[0])
	if err != nil {
		return err
	}
	speaker := newSpeaker(5)
	jobs, failed := make(chan int), make(chan error, writers)
	texts := make([]string, o.Size)
	for i := range texts {
		texts[i] = mark(i) + " " + speaker.complaint()
		texts[i] = texts[i][:min(len(texts[i]), 400)]
	}
	var all sync.WaitGroup
	for _, b := range people {
		all.Go(func() {
			for i := range jobs {
				began := o.Now()
				w.mu.Lock()
				w.sent[i] = began
				w.mu.Unlock()
				err := b.post(ctx, "/practice/posts", url.Values{"as": {as}, "text": {texts[i]}, "reach": {"public"}, "key": {fmt.Sprintf("benchmark%d", i)}})
				if err != nil {
					failed <- err
					return
				}
				w.mu.Lock()
				w.took = append(w.took, o.Now().Sub(began))
				w.mu.Unlock()
			}
		})
	}
	err = w.pace(ctx, o.Size, jobs, failed)
	close(jobs)
	all.Wait()
	if err == nil && len(failed) > 0 {
		err = <-failed
	}
	if err != nil {
		return err
	}
	return w.settle(ctx)
}

// pace gives one message to the writers each tick.
func (w *watch) pace(ctx context.Context, n int, jobs chan<- int, failed <-chan error) error {
	tick := time.NewTicker(livePerTick)
	defer tick.Stop()
	for i := range n {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-tick.C:
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case jobs <- i:
		}
	}
	return nil
}

// settle waits until every looker has seen every message, but not for long.
func (w *watch) settle(ctx context.Context) error {
	for deadline := w.o.Now().Add(lateAfter); w.o.Now().Before(deadline); {
		w.mu.Lock()
		done := w.seen == len(w.sent)*lookers
		w.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// mark is the word by which a message is known again.
func mark(i int) string { return "M" + strconv.Itoa(1_000_000+i) }

func (w *watch) report(r *Result) {
	news := []time.Duration{}
	for _, s := range w.streams {
		news = append(news, s.newsAfter(w.sent)...)
	}
	missed := len(w.sent)*lookers - w.seen
	for range missed {
		w.rows = append(w.rows, lateAfter)
	}
	r.add("row_p50", percentile(w.rows, 0.5), "ms")
	r.add("row_p99", percentile(w.rows, 0.99), "ms").AtMost = 1000
	r.add("news_p50", percentile(news, 0.5), "ms")
	r.add("news_p99", percentile(news, 0.99), "ms").AtMost = 1000
	r.add("network_p99", percentile(w.took, 0.99), "ms")
	r.add("rows_missed", float64(missed), "rows")
	events := 0
	for _, s := range w.streams {
		events += len(s.news)
	}
	r.add("events_per_browser", float64(events)/float64(max(len(w.streams), 1)), "")
	span := 1.0
	if n := len(w.sent); n > 1 {
		span = w.sent[n-1].Sub(w.sent[0]).Seconds()
	}
	r.add("messages_per_second", float64(len(w.sent)-1)/max(span, 0.001), "messages/s")
}

var errNoCitizen = fault.New(fault.NotFound, "The practice network has no citizen to write as.")
