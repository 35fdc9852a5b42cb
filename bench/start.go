package bench

import (
	"context"
	"errors"
	"time"
)

// starts is how often a server is started to see how long it takes.
const starts = 5

// Start starts a server on a full council and asks whether it is ready, from the
// moment at which the process begins.
func Start(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(1_000_000)
	began := o.Now()
	g, err := newGround(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	f, err := fullCouncil(ctx, g, conversations, o.Size)
	if err != nil {
		return Result{}, err
	}
	r = Result{Bench: "start", Engine: g.engine, Size: o.Size}
	var times []time.Duration
	for i := range starts {
		took, err := startOnce(ctx, o, f, func(s *server) {
			if i == starts-1 {
				r.addMemory(s, s.atRest(ctx, o))
			}
		})
		if err != nil {
			return Result{}, err
		}
		times = append(times, took)
	}
	r.add("ready_p50", percentile(times, 0.5), "ms")
	r.add("ready_slowest", percentile(times, 1), "ms").AtMost = 1000
	r.Seconds = rounded(o.since(began))
	return r, nil
}

func startOnce(ctx context.Context, o Options, f full, look func(*server)) (took time.Duration, err error) {
	began := o.Now()
	s, err := serve(ctx, o, f.Config)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	b, err := o.browser(s.address)
	if err != nil {
		return 0, err
	}
	if _, _, err := b.get(ctx, "/readyz", false); err != nil {
		return 0, err
	}
	took = o.Now().Sub(began)
	look(s)
	return took, nil
}
