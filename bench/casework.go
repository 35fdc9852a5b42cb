package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/casework"
)

// What is aimed at with two million cases.
const (
	aimOfNearby   = 10  // ms
	aimOfMap      = 100 // ms
	aimOfMapBytes = 200 // kB
)

// Casework asks a council full of cases for a case, lists of them, the map of
// what is open, and what is near a place.
func Casework(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(2_000_000)
	began := o.Now()
	g, err := newGround(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	c, err := g.council(ctx, "cases")
	if err != nil {
		return Result{}, err
	}
	r = Result{Bench: "casework", Engine: g.engine, Size: o.Size}
	ids, err := casesIn(ctx, o, c, &r)
	if err != nil {
		return Result{}, fmt.Errorf("make a council full of cases: %w", err)
	}
	s, err := serve(ctx, o, c)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	rest := s.atRest(ctx, o)
	b, err := o.signedIn(ctx, s.address)
	if err != nil {
		return Result{}, err
	}
	var pages []string
	for _, id := range ids {
		pages = append(pages, fmt.Sprintf("/cases/%d", id))
	}
	for _, one := range []struct {
		name  string
		most  float64
		paths []string
	}{
		{"case", aimOfPage, pages},
		{"list_open", aimOfPage, []string{"/cases?state=received"}},
		{"list_all", aimOfPage, []string{"/cases"}},
		{"public_list", aimOfPage, []string{"/reports"}},
		{"map_town", aimOfMap, []string{"/reports/points?bbox=-3.6,55.9,-2.9,56.4&zoom=10"}},
		{"map_quarter", aimOfMap, []string{"/reports/points?bbox=-3.36,56.09,-3.24,56.15&zoom=13"}},
		{"map_street", aimOfMap, []string{"/reports/points?bbox=-3.31,56.115,-3.29,56.125&zoom=16"}},
	} {
		page, _, err := b.get(ctx, one.paths[0], false)
		if err != nil {
			return Result{}, err
		}
		times, err := b.time(ctx, one.paths...)
		if err != nil {
			return Result{}, err
		}
		r.add(one.name+"_p50", percentile(times, 0.5), "ms")
		r.add(one.name+"_p99", percentile(times, 0.99), "ms").AtMost = one.most
		if one.most == aimOfMap {
			r.add(one.name+"_size", float64(len(page))/1000, "kB").AtMost = aimOfMapBytes
		}
		o.Log.Info("measured", "page", one.name)
	}
	r.addMemory(s, rest)
	r.Seconds = rounded(o.since(began))
	return r, nil
}

// casesIn fills the council, and measures what no page shows alone: what is near
// a place.
func casesIn(ctx context.Context, o Options, c app.Config, r *Result) (ids []int64, err error) {
	a, err := app.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := setUp(ctx, a); err != nil {
		return nil, err
	}
	snapshot, err := a.Rooms().Directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var services []int64
	for _, one := range snapshot.Services() {
		services = append(services, one.ID)
	}
	began := o.Now()
	if ids, err = seedCases(ctx, a.DB(), o, services); err != nil {
		return nil, err
	}
	r.add("seeded", float64(o.Size)/o.since(began), "cases/s")
	o.Log.Info("cases are there", "cases", o.Size)
	var times []time.Duration
	random, say := rand.New(rand.NewPCG(3, 3)), newSpeaker(3)
	for range o.asked() {
		p := casework.Place{ServiceID: services[random.IntN(len(services))], Lat: townLat + random.NormFloat64()/150, Lon: townLon + random.NormFloat64()/80, Words: say.complaint()}
		asked := o.Now()
		if _, err := a.Rooms().Casework.Nearby(ctx, p); err != nil {
			return nil, err
		}
		times = append(times, o.Now().Sub(asked))
	}
	r.add("nearby_p50", percentile(times, 0.5), "ms")
	r.add("nearby_p99", percentile(times, 0.99), "ms").AtMost = aimOfNearby
	return ids, nil
}
