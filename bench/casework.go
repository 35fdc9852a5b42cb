package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/casework"
)

// What is aimed at with two million cases.
const (
	aimOfNearby   = 10  // ms
	aimOfMap      = 100 // ms
	aimOfMapBytes = 200 // kB
	aimOfRequests = 30  // ms
)

// Casework asks a council full of cases for a case, lists of them, the map of
// what is open, what other programs ask, and what is near a place; and makes
// cases of reports beside the plainest of commits.
func Casework(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(2_000_000)
	began := o.Now()
	g, err := newGround(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	f, err := fullCouncil(ctx, g, cases, o.Size)
	if err != nil {
		return Result{}, fmt.Errorf("make a council full of cases: %w", err)
	}
	r = Result{Bench: "casework", Engine: g.engine, Size: o.Size}
	if f.made > 0 {
		r.add("seeding", f.made, "s")
		r.add("seeded", float64(o.Size)/f.made, "cases/s")
	}
	if err := importing(ctx, g, &r); err != nil {
		return Result{}, fmt.Errorf("import a list of requests: %w", err)
	}
	r.estimating(o)
	ids, token, codes, err := caseworkInside(ctx, o, f.Config, &r)
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
	if err := r.addPages(ctx, b, o.caseworkPages(ids)); err != nil {
		return Result{}, err
	}
	if err := r.posting(ctx, b, f.Config, token, codes); err != nil {
		return Result{}, fmt.Errorf("send requests in: %w", err)
	}
	r.addMemory(s, rest)
	r.Seconds = rounded(o.since(began))
	return r, nil
}

// measured is a kind of page of which the time is told, and what is aimed at.
type measured struct {
	name  string
	most  float64 // ms; 0 for no aim
	bytes float64 // kB; 0 where size does not matter
	paths []string
}

func (r *Result) addPages(ctx context.Context, b *browser, list []measured) error {
	for _, one := range list {
		page, took, err := b.get(ctx, one.paths[0], false)
		if err != nil {
			return err
		}
		times, err := b.time(ctx, one.paths...)
		if err != nil {
			return err
		}
		r.add(one.name+"_p50", percentile(times, 0.5), "ms")
		r.add(one.name+"_p99", percentile(times, 0.99), "ms").AtMost = one.most
		if one.bytes > 0 {
			r.add(one.name+"_first", float64(took.Microseconds())/1000, "ms")
			r.add(one.name+"_size", float64(len(page))/1000, "kB").AtMost = one.bytes
		}
		b.o.Log.Info("measured", "page", one.name)
	}
	return nil
}

// caseworkPages are the pages that are measured.
func (o Options) caseworkPages(ids []int64) []measured {
	var pages []string
	for _, id := range ids {
		pages = append(pages, fmt.Sprintf("/cases/%d", id))
	}
	const quarter = "?bbox=-3.36,56.09,-3.24,56.15&zoom=13"
	return []measured{
		{"case", aimOfPage, 0, pages},
		{"queue_team", aimOfPage, 0, []string{"/cases"}},
		{"queue_open", aimOfPage, 0, []string{"/cases?view=open"}},
		{"queue_late", aimOfPage, 0, []string{"/cases?view=open&late=on"}},
		{"list_all", aimOfPage, 0, []string{"/cases?view=all"}},
		{"list_done", aimOfPage, 0, []string{"/cases?view=all&state=done"}},
		{"list_state", aimOfPage, 0, []string{"/cases?view=open&state=received&sort=changed"}},
		{"search", aimOfSearch, 0, []string{"/cases?view=all&q=pothole"}},
		{"board", 0, 0, []string{"/cases/board"}},
		{"flow", 0, 0, []string{"/cases/flow"}},
		{"public_list", aimOfPage, 0, []string{"/reports"}},
		{"outcomes", aimOfPage, 0, []string{"/outcomes"}},
		{"map_town", aimOfMap, aimOfMapBytes, []string{"/reports/points?bbox=-3.6,55.9,-2.9,56.4&zoom=10"}},
		{"map_quarter", aimOfMap, aimOfMapBytes, []string{"/reports/points" + quarter}},
		{"map_street", aimOfMap, aimOfMapBytes, []string{"/reports/points?bbox=-3.31,56.115,-3.29,56.125&zoom=16"}},
		{"map_closest", aimOfMap, aimOfMapBytes, []string{"/reports/points?bbox=-3.6,55.9,-2.9,56.4&zoom=20"}},
		{"map_desk", aimOfMap, aimOfMapBytes, []string{"/cases/map/points" + quarter + "&view=open"}},
		{"open311_near", aimOfRequests, 0, o.requestsNear("json", "&page_size=50")},
		{"open311_near_open", aimOfRequests, 0, o.requestsNear("xml", "&page_size=50&status=open")},
		{"open311_near_thousand", 0, 0, o.requestsNear("json", "")},
		{"open311_newest", aimOfRequests, 0, []string{"/open311/v2/requests.json?page_size=50"}},
	}
}

// requestsNear are lists of Open311 of a place and a time: half a kilometre
// around a point in the town, 30 days at some time of the two years.
func (o Options) requestsNear(format, more string) []string {
	r := rand.New(rand.NewPCG(9, 9))
	var paths []string
	for range 100 {
		lat, lon := spot(r)
		from := o.Now().Add(-seedYears + time.Duration(r.Int64N(int64(seedYears-31*24*time.Hour)))).UTC()
		q := url.Values{"lat": {fmt.Sprintf("%.5f", lat)}, "long": {fmt.Sprintf("%.5f", lon)}, "radius": {"500"},
			"start_date": {from.Format(time.RFC3339)}, "end_date": {from.Add(30 * 24 * time.Hour).Format(time.RFC3339)}}
		paths = append(paths, "/open311/v2/requests."+format+"?"+q.Encode()+more)
	}
	return paths
}

// caseworkInside measures what no page shows alone, and returns the ids of some
// cases, half of them of conversations, and by which key and for which services
// requests can be sent in.
func caseworkInside(ctx context.Context, o Options, c app.Config, r *Result) (ids []int64, token string, codes []string, err error) {
	a, err := app.Open(ctx, c)
	if err != nil {
		return nil, "", nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	snapshot, err := a.Rooms().Directory.Snapshot(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	var services []int64
	for _, one := range snapshot.Services() {
		services = append(services, one.ID)
	}
	if ids, err = someCases(ctx, a.DB()); err != nil {
		return nil, "", nil, err
	}
	if err := nearby(ctx, o, a, services, r); err != nil {
		return nil, "", nil, err
	}
	if err := reporting(ctx, o, a, services, r); err != nil {
		return nil, "", nil, err
	}
	token, codes, err = programKey(ctx, a)
	return ids, token, codes, err
}

// nearby looks for what is near a place, of one service.
func nearby(ctx context.Context, o Options, a *app.App, services []int64, r *Result) error {
	var times []time.Duration
	random, say := rand.New(rand.NewPCG(3, 3)), newSpeaker(3)
	for range o.asked() {
		lat, lon := spot(random)
		// The first are the ones with most cases.
		service := services[min(random.IntN(len(services)), random.IntN(len(services)), random.IntN(len(services)))]
		p := casework.Place{ServiceID: service, Lat: lat, Lon: lon, Words: say.complaint()}
		asked := o.Now()
		if _, err := a.Rooms().Casework.Nearby(ctx, p); err != nil {
			return err
		}
		times = append(times, o.Now().Sub(asked))
	}
	r.add("nearby_p50", percentile(times, 0.5), "ms")
	r.add("nearby_p99", percentile(times, 0.99), "ms").AtMost = aimOfNearby
	return nil
}
