package bench

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"time"

	"mercat.scot/mercat/desk"
)

// What is aimed at in a council of a million conversations, in milliseconds.
const (
	aimOfPage   = 25
	aimOfSearch = 100
	aimOfGrowth = 1.5
	farPage     = 1000 // the page far down a list
)

// Inbox asks a server of its own for whole pages over HTTP: every saved view,
// its first and its thousandth page (or its last, where it has fewer), and the
// page of a conversation. It does the same in a council a tenth of the size, to
// see whether pages grow slower with the council.
func Inbox(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(1_000_000)
	began := o.Now()
	g, err := newGround(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	r = Result{Bench: "inbox", Engine: g.engine, Size: o.Size}
	var typical [2]map[string]float64
	for i, size := range []int{max(o.Size/10, 1), o.Size} {
		var one Result
		if typical[i], one, err = inboxOf(ctx, g, size); err != nil {
			return Result{}, err
		}
		if size == o.Size {
			r.Figures = append(r.Figures, one.Figures...)
		}
	}
	growth := 0.0
	for page, ms := range typical[1] {
		growth = max(growth, ms/max(typical[0][page], 0.1))
	}
	r.add("growth_times_ten", growth, "").AtMost = aimOfGrowth
	r.Seconds = rounded(o.since(began))
	return r, nil
}

// inboxOf measures the pages of a council of a size. It returns what each page
// usually takes, in milliseconds.
func inboxOf(ctx context.Context, g *ground, size int) (typical map[string]float64, r Result, err error) {
	f, err := fullCouncil(ctx, g, conversations, size)
	if err != nil {
		return nil, r, err
	}
	s, err := serve(ctx, g.o, f.Config)
	if err != nil {
		return nil, r, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	rest := s.atRest(ctx, g.o)
	b, err := g.o.signedIn(ctx, s.address)
	if err != nil {
		return nil, r, err
	}
	typical = map[string]float64{}
	note := func(page string, times []time.Duration) {
		typical[page] = percentile(times, 0.5)
		r.add(page+"_p50", percentile(times, 0.5), "ms")
		r.add(page+"_p99", percentile(times, 0.99), "ms").AtMost = aimOfPage
	}
	var open []string // conversations
	for _, view := range []desk.View{desk.Mine, desk.MyTeams, desk.Unassigned, desk.OnCitizen, desk.Late, desk.Aside, desk.Everything} {
		path := "/desk?view=" + string(view)
		times, err := b.time(ctx, path)
		if err != nil {
			return nil, r, err
		}
		note(string(view)+"_first", times)
		far, number, some, err := b.walk(ctx, path)
		if err != nil {
			return nil, r, err
		}
		open = append(open, some...)
		if times, err = b.time(ctx, far); err != nil {
			return nil, r, err
		}
		note(string(view)+"_far", times)
		r.add(string(view)+"_far_is_page", float64(number), "")
		g.o.Log.Info("measured", "view", view, "pages", number)
	}
	if len(open) == 0 {
		return nil, r, errors.New("no page shows a conversation")
	}
	times, err := b.time(ctx, open...)
	if err != nil {
		return nil, r, err
	}
	note("conversation", times)
	r.addMemory(s, rest)
	return typical, r, nil
}

var (
	nextLink = regexp.MustCompile(`hx-get="(/desk\?[^"]*after=[^"]*)"`)
	openLink = regexp.MustCompile(`hx-get="(/desk/[0-9]+\?[^"]*)"`)
)

// walk follows a list page after page, as somebody who scrolls, to its
// thousandth page or its last. It returns that page's address and number, and
// conversations from along the way.
func (b *browser) walk(ctx context.Context, path string) (far string, number int, open []string, err error) {
	far, number = path, 1
	for {
		page, _, err := b.get(ctx, far, number > 1)
		if err != nil {
			return "", 0, nil, fmt.Errorf("page %d: %w", number, err)
		}
		if some := openLink.FindStringSubmatch(page); some != nil && len(open) < 100 {
			open = append(open, html.UnescapeString(some[1]))
		}
		next := nextLink.FindStringSubmatch(page)
		if next == nil || number == farPage {
			return far, number, slices.Compact(open), nil
		}
		far, number = html.UnescapeString(next[1]), number+1
	}
}
