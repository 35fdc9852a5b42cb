package bluesky_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/network/networktest"
)

func TestConformance(t *testing.T) {
	n := startedNetwork(t)
	networktest.Run(t, func(t *testing.T) *networktest.Harness {
		council, ann := n.newPerson(t, "council"), n.newPerson(t, "ann")
		wire := networktest.NewHTTPWire(t, n.PDS)
		wire.Sends = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "putRecord") }
		kept := &keptSession{}
		o := bluesky.Options{HTTP: httpClient(t), Now: time.Now, PollEvery: 50 * time.Millisecond, PageSize: 10, BatchPosts: 15}
		return &networktest.Harness{
			Network:  bluesky.New(o),
			Connect:  func(t *testing.T) network.Connection { return council.connect(t, o, wire.URL(), kept) },
			ReadWire: wire,
			SendWire: wire,
			CitizenPosts: func(t *testing.T, text string) network.Ref {
				return network.Ref(ann.writesTo(t, council, text, nil).URI)
			},
			CitizenReplies: func(t *testing.T, to network.Ref, text string) network.Ref {
				return network.Ref(ann.replies(t, to, text).URI)
			},
			CitizenSees:    func(t *testing.T) []string { return ann.seesTexts(t, council) },
			CitizenDeletes: func(t *testing.T, ref network.Ref) { ann.deletes(t, string(ref)) },
			Revoke:         func(t *testing.T) { council.takeDown(t) },
			Many:           50,
		}
	})
}
