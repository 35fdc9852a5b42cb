//go:build linux

package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"mercat.scot/mercat/network/mastodon/mastodontest"
)

// weather is the way between Mercat and a server.
type weather struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

func newWeather(t *testing.T, listen, server string) *weather {
	t.Helper()
	quiet := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &weather{t: t, proxy: toxiproxy.NewProxy(quiet, "weather", listen, server)}
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.proxy.Stop)
	return w
}

// leadsTo makes the proxy lead to another server.
func (w *weather) leadsTo(server string) {
	w.t.Helper()
	w.proxy.Stop()
	w.proxy.Upstream = server
	if err := w.proxy.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// toxic is one kind of bad weather; stream is whose bytes it touches.
type toxic struct {
	kind, stream string
	measures     map[string]int64
}

// storms are the kinds of bad weather: connections that are slow, cut off after
// some bytes of a question or of an answer, reset, or never answered, and a
// server that nobody reaches.
func storm(r *rand.Rand) (name string, toxics []toxic) {
	up, down := "upstream", "downstream"
	switch r.IntN(9) {
	case 0:
		return "slow", []toxic{{"latency", down, map[string]int64{"latency": 300, "jitter": 250}}, {"latency", up, map[string]int64{"latency": 200, "jitter": 150}}}
	case 1:
		return "half an answer", []toxic{{"limit_data", down, map[string]int64{"bytes": r.Int64N(1500)}}}
	case 2:
		return "half a question", []toxic{{"limit_data", up, map[string]int64{"bytes": r.Int64N(700)}}}
	case 3:
		return "reset after the question", []toxic{{"reset_peer", down, map[string]int64{"timeout": r.Int64N(300)}}}
	case 4:
		return "reset before the question", []toxic{{"reset_peer", up, map[string]int64{"timeout": r.Int64N(100)}}}
	case 5:
		return "never an answer", []toxic{{"timeout", down, map[string]int64{"timeout": 0}}}
	case 6:
		return "a few bytes at a time", []toxic{{"slicer", down, map[string]int64{"average_size": 40, "size_variation": 30, "delay": 2000}}, {"slicer", up, map[string]int64{"average_size": 20, "size_variation": 10, "delay": 1000}}}
	case 7:
		return "a thin line", []toxic{{"bandwidth", down, map[string]int64{"rate": 4}}}
	}
	return "nobody there", nil
}

// blows makes a storm for a while, then it is calm.
func (w *weather) blows(r *rand.Rand, seen map[string]int) {
	name, toxics := storm(r)
	seen[name]++
	if toxics == nil {
		w.proxy.Stop()
	}
	for i, one := range toxics {
		text, err := json.Marshal(map[string]any{"name": fmt.Sprint(one.kind, i), "type": one.kind, "stream": one.stream, "toxicity": 1.0, "attributes": one.measures})
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(string(text))); err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
	}
	time.Sleep(between(r, 200*time.Millisecond, 900*time.Millisecond))
	if toxics == nil {
		if err := w.proxy.Start(); err != nil {
			w.t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	w.proxy.Toxics.ResetToxics(ctx)
	time.Sleep(between(r, 50*time.Millisecond, 400*time.Millisecond))
}

// TestABrokenLineToTheNetworkLosesNothingAndDoublesNothing puts a proxy between
// Mercat and its server that cuts, delays, halves and resets, all the time.
func TestABrokenLineToTheNetworkLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	storms := max(20, number(t, "KILLS", 20))
	engines(t, func(t *testing.T, m *mercat) {
		r := chance(t)
		listen := freePort(t)
		n := newTown(m, mastodontest.Options{IgnoreKeys: true, StreamAt: "http://" + listen})
		server, err := url.Parse(n.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		w := newWeather(t, listen, server.Host)
		admin := m.council(m.start(), "http://"+listen, n.token)
		for i, name := range []string{"ann", "bob", "cat"} {
			n.posts(name, 400*time.Millisecond, r.Uint64()+uint64(i))
		}
		n.answers(admin, "Mairi", 300*time.Millisecond, r.Uint64())
		time.Sleep(5 * time.Second) // so that there is something to send in the storms
		seen := map[string]int{}
		for range storms {
			w.blows(r, seen)
			m.lives()
		}
		n.quiet()
		t.Logf("storms: %v", seen)
		d := m.look()
		n.settles(d, atRest)
		n.balances(d)
	})
}
