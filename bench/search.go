package bench

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// Search asks for the first page of what was found, newest first, for a word in
// every second message, a rare one, and two that stand together in some.
func Search(ctx context.Context, o Options) (r Result, err error) {
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
	s, err := serve(ctx, o, f.Config)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	rest := s.atRest(ctx, o)
	b, err := o.signedIn(ctx, s.address)
	if err != nil {
		return Result{}, err
	}
	r = Result{Bench: "search", Engine: g.engine, Size: o.Size}
	for _, one := range []struct{ name, words string }{
		{"word_in_half", halfWord}, {"rare_word", rareWord}, {"two_words", twoWords}, {"frequent_with_rare", halfWord + " " + rareWord},
		{"phrase", `"blocked and the water"`}, {"word_of_nobody", "achnagarve"},
	} {
		path := "/desk?view=all&q=" + url.QueryEscape(one.words)
		page, _, err := b.get(ctx, path, false)
		if err != nil {
			return Result{}, err
		}
		times, err := b.time(ctx, path)
		if err != nil {
			return Result{}, err
		}
		r.add(one.name+"_p50", percentile(times, 0.5), "ms")
		r.add(one.name+"_p99", percentile(times, 0.99), "ms").AtMost = aimOfSearch
		r.add(one.name+"_rows", float64(strings.Count(page, `id="row-`)), "rows")
		o.Log.Info("measured", "search", one.name)
	}
	r.addMemory(s, rest)
	r.Seconds = rounded(o.since(began))
	return r, nil
}
