package bluesky

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/httpx"
)

// scripted is a server that answers as a test says, for what a real one cannot
// be brought to do: limits, faults, clocks.
type scripted struct {
	t       *testing.T
	address string

	mu      sync.Mutex
	answers map[string]func(w http.ResponseWriter, r *http.Request)
	calls   []string // "createSession", in order
}

func newScripted(t *testing.T) *scripted {
	s := &scripted{t: t, answers: map[string]func(http.ResponseWriter, *http.Request){}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = server.URL
	s.on(methodCreateSession, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"accessJwt": "access", "refreshJwt": "refresh", "did": ourDID})
	})
	s.on(methodRefreshSession, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"accessJwt": "access2", "refreshJwt": "refresh2", "did": ourDID})
	})
	s.on(methodGetProfile, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"did": ourDID, "handle": "council.example"})
	})
	s.on(methodNotifications, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"notifications": []any{}})
	})
	s.on(methodListRecords, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"records": []any{}})
	})
	return s
}

const (
	ourDID = "did:plc:council000000000000000000"
	annDID = "did:plc:ann000000000000000000000"
)

func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func no(w http.ResponseWriter, status int, name string) {
	say(w, status, map[string]string{"error": name, "message": "said so"})
}

func (s *scripted) on(method string, answer func(http.ResponseWriter, *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[method] = answer
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/xrpc/")
	s.mu.Lock()
	s.calls = append(s.calls, method[strings.LastIndex(method, ".")+1:])
	answer := s.answers[method]
	s.mu.Unlock()
	if answer == nil {
		no(w, 501, "MethodNotImplemented")
		return
	}
	answer(w, r)
}

// called returns the calls since the last time.
func (s *scripted) called() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *scripted) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if c == method {
			n++
		}
	}
	return n
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (s *scripted) connect(now func() time.Time, change func(*Options, *network.Account)) *connection {
	s.t.Helper()
	client := httpx.New(httpx.Options{Guard: httpx.Guard{AllowPrivate: true}})
	s.t.Cleanup(client.CloseIdleConnections)
	o := Options{HTTP: client, Now: now}
	a := network.Account{ID: 1, Options: map[string]string{"handle": "council.example", "app_password": "aaaa-bbbb-cccc-dddd", "service": s.address}}
	if change != nil {
		change(&o, &a)
	}
	c, err := New(o).Connect(a)
	if err != nil {
		s.t.Fatalf("Connect: %v", err)
	}
	s.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			s.t.Errorf("Close: %v", err)
		}
	})
	return c.(*connection)
}
