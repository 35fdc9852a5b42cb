// Package networktest is the suite that every adapter passes, faults included.
//
// An adapter's test makes a Harness, which is a small world: the network's
// server (a real one, or one that follows its documentation to the letter), the
// council's account on it, and a citizen with an account of their own. Run asks
// for a new world for each check, connects to it through a Wire that can be
// broken, and holds the adapter to what package network promises:
//
//	func TestConformance(t *testing.T) {
//		networktest.Run(t, func(t *testing.T) *networktest.Harness {
//			server := newServer(t)
//			wire := networktest.NewHTTPWire(t, server.URL)
//			wire.Sends = func(r *http.Request) bool { return r.URL.Path == "/post" }
//			return &networktest.Harness{
//				Network:      thing.New(thing.Options{…}),
//				Connect:      func(t *testing.T) network.Connection { … wire.URL() … },
//				ReadWire:     wire,
//				SendWire:     wire,
//				CitizenPosts: func(t *testing.T, text string) network.Ref { … },
//				CitizenSees:  func(t *testing.T) []string { … },
//			}
//		})
//	}
//
// Hooks that are nil make their checks not apply, and the test output says which
// and why. Nothing here sleeps: what takes time is asked for again until
// Harness.Patience has passed.
package networktest
