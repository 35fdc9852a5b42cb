package bluesky_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/network/networktest"
)

func TestConformance(t *testing.T) {
	n := startedNetwork(t)
	networktest.Run(t, func(t *testing.T) *networktest.Harness {
		people := sync.OnceValues(func() (council, ann *person) { return n.newPerson(t, "council"), n.newPerson(t, "ann") })
		wire := networktest.NewHTTPWire(t, n.PDS)
		wire.Sends = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "putRecord") }
		kept := &keptSession{}
		o := bluesky.Options{HTTP: httpClient(t), Now: time.Now, PageSize: 25, BatchPosts: 15}
		return &networktest.Harness{
			Network: bluesky.New(o),
			Connect: func(t *testing.T) network.Connection {
				council, _ := people()
				return council.connect(t, o, wire.URL(), kept)
			},
			ReadWire: wire,
			SendWire: wire,
			CitizenPosts: func(t *testing.T, text string) network.Ref {
				council, ann := people()
				posted := ann.writesTo(t, council, text, nil)
				n.settled(t)
				return network.Ref(posted.URI)
			},
			CitizenReplies: func(t *testing.T, to network.Ref, text string) network.Ref {
				_, ann := people()
				replied := ann.replies(t, to, text)
				n.settled(t)
				return network.Ref(replied.URI)
			},
			CitizenSees: func(t *testing.T) []string {
				council, ann := people()
				n.settled(t)
				return ann.seesTexts(t, council)
			},
			CitizenDeletes: func(t *testing.T, ref network.Ref) {
				_, ann := people()
				ann.deletes(t, string(ref))
				n.settled(t)
			},
			Revoke: func(t *testing.T) {
				council, _ := people()
				council.takeDown(t)
			},
			Many: 40,
		}
	})
}
