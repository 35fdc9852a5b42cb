package mastodon_test

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/httpx"
)

// httpClient is what the program would give to the network, but that it may
// connect to this machine.
func httpClient(t testing.TB) *http.Client {
	return clientOf(t, httpx.Options{})
}

func streamClient(t testing.TB) *http.Client {
	return clientOf(t, httpx.Options{Timeout: -1, MaxBody: -1, PerHost: 64})
}

func clientOf(t testing.TB, o httpx.Options) *http.Client {
	o.Guard, o.UserAgent = httpx.Guard{AllowPrivate: true}, "Mercat test"
	c := httpx.New(o)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// keptSession keeps what SaveSession is given, as the program would.
type keptSession struct {
	mu    sync.Mutex
	value []byte
}

func (k *keptSession) save(_ context.Context, b []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.value = bytes.Clone(b)
	return nil
}

func (k *keptSession) get() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Clone(k.value)
}

func connect(t testing.TB, o mastodon.Options, server, token string, kept *keptSession) network.Connection {
	t.Helper()
	account := network.Account{ID: 1, Options: map[string]string{"server": server, "access_token": token}}
	if kept != nil {
		account.Session, account.SaveSession = kept.get(), kept.save
	}
	c, err := mastodon.New(o).Connect(account)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	return c
}

// burgh is a server with a council, which Mercat is connected to, and a citizen.
type burgh struct {
	*mastodontest.Server
	council, ann *mastodontest.Account
	token        string
	options      mastodon.Options
	network.Connection
}

func newBurgh(t testing.TB, o mastodontest.Options, scopes ...string) *burgh {
	t.Helper()
	if scopes == nil {
		scopes = rights
	}
	b := &burgh{Server: mastodontest.New(t, o)}
	b.council, b.ann = b.NewAccount("council"), b.NewAccount("ann@elsewhere.test")
	b.token = b.council.Token(scopes...)
	now := o.Now
	if now == nil {
		now = time.Now
	}
	b.options = mastodon.Options{HTTP: httpClient(t), Stream: streamClient(t), Now: now, MediaPause: time.Millisecond, LookAgain: time.Hour, PollEvery: 50 * time.Millisecond}
	b.Connection = connect(t, b.options, b.URL, b.token, nil)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}
