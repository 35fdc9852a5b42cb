package mastodon_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/network/networktest"
)

// rights are those that Mercat asks for.
var rights = []string{"read", "write:statuses", "write:media"}

// TestConformance holds the adapter to the suite on servers of every kind.
func TestConformance(t *testing.T) {
	for name, o := range map[string]mastodontest.Options{
		"Mastodon":         {},
		"GoToSocial":       {Dialect: mastodontest.GoToSocial, IgnoreKeys: true},
		"Pleroma":          {Dialect: mastodontest.Pleroma, NoWebSockets: true},
		"OldAndUnstreamed": {Old: true, NoStreaming: true, IgnoreKeys: true, MaxPage: 15, AsyncMedia: 2},
	} {
		t.Run(name, func(t *testing.T) { conforms(t, o) })
	}
}

func conforms(t *testing.T, o mastodontest.Options) {
	networktest.Run(t, func(t *testing.T) *networktest.Harness {
		server := mastodontest.New(t, o)
		council, ann := server.NewAccount("council"), server.NewAccount("ann@elsewhere.test")
		token := council.Token(rights...)
		wire := networktest.NewHTTPWire(t, server.URL)
		wire.Sends = func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/statuses")
		}
		options := mastodon.Options{HTTP: httpClient(t), Stream: streamClient(t), Now: time.Now, PageSize: 20, BatchPosts: 25,
			PollEvery: 100 * time.Millisecond, LookAgain: 200 * time.Millisecond, MediaPause: 10 * time.Millisecond}
		kept := &keptSession{}
		return &networktest.Harness{
			Network: mastodon.New(options),
			Connect: func(t *testing.T) network.Connection {
				return connect(t, options, wire.URL(), token, kept)
			},
			ReadWire: wire,
			SendWire: wire,
			CitizenPosts: func(t *testing.T, text string) network.Ref {
				return network.Ref(ann.Post(mastodontest.Draft{Text: "@council@burgh.test " + text}))
			},
			CitizenReplies: func(t *testing.T, to network.Ref, text string) network.Ref {
				return network.Ref(ann.Post(mastodontest.Draft{Text: "@council@burgh.test " + text, ReplyTo: string(to)}))
			},
			CitizenSees: func(t *testing.T) []string {
				var texts []string
				for _, p := range ann.Sees(council) {
					texts = append(texts, p.Text)
				}
				return texts
			},
			CitizenEdits: func(t *testing.T, ref network.Ref, text string) {
				ann.Edit(string(ref), "@council@burgh.test "+text)
			},
			CitizenDeletes: func(t *testing.T, ref network.Ref) { ann.Delete(string(ref)) },
			Revoke:         func(t *testing.T) { council.Revoke() },
			Duplicate:      func(t *testing.T) { server.Double() },
			Reorder:        func(t *testing.T) { server.Disorder() },
			Many:           70,
		}
	})
}
