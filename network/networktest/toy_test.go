package networktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/networktest"
)

// toyPost is a post on the toy network, a list of posts behind two requests.
type toyPost struct {
	N       int
	Key     string
	By      string
	Text    string
	ReplyTo string
	Thread  string
	At      time.Time
}

type toyServer struct {
	mu      sync.Mutex
	posts   []toyPost
	revoked bool
	changed chan struct{}
}

func (s *toyServer) add(p toyPost) toyPost {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.posts {
		if p.Key != "" && old.Key == p.Key {
			return old
		}
	}
	p.N = len(s.posts) + 1
	p.At = time.Now().UTC()
	if p.Thread == "" {
		p.Thread = strconv.Itoa(p.N)
	}
	s.posts = append(s.posts, p)
	close(s.changed)
	s.changed = make(chan struct{})
	return p
}

func (s *toyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	revoked := s.revoked
	s.mu.Unlock()
	if revoked {
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/me":
		_ = json.NewEncoder(w).Encode("council")
	case "/post":
		var p toyPost
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(s.add(p))
	case "/wait", "/posts":
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		s.mu.Lock()
		changed := s.changed
		found := s.posts[min(after, len(s.posts)):]
		s.mu.Unlock()
		if r.URL.Path == "/wait" && len(found) == 0 {
			select {
			case <-changed:
			case <-r.Context().Done():
			}
		}
		_ = json.NewEncoder(w).Encode(found[:min(len(found), 50)])
	}
}

// toy is an adapter that does what it must, but for its flaw.
type toy struct {
	url   string
	flaw  string
	ctx   context.Context
	stop  context.CancelFunc
	mu    sync.Mutex // guards calls against Close
	calls sync.WaitGroup
}

type toyNetwork struct{}

func (toyNetwork) Connect(network.Account) (network.Connection, error) { return &toy{}, nil }

func (toyNetwork) Describe() network.Description {
	public := []network.Visibility{network.Public}
	return network.Description{
		Kind: "toy", Name: "Toy", Summary: "A network for tests.", PollEvery: time.Second,
		Compose: network.Compose{
			Count: func(s string) int { return len(s) }, Split: func(s string) []string { return []string{s} },
			Visibilities: public, ReplyVisibility: func(to network.Visibility) []network.Visibility {
				if to == network.Direct {
					return nil // nothing is private here, so nothing private is answered
				}
				return public
			},
			DeleteSays: "Nothing can be taken back here.",
		},
	}
}

func trouble(kind network.Trouble, sentence string, cause error) error {
	return &network.Error{Trouble: kind, Sentence: sentence, Cause: cause}
}

func (c *toy) do(ctx context.Context, path string, in, out any) error {
	c.mu.Lock()
	if c.ctx.Err() != nil {
		c.mu.Unlock()
		return trouble(network.Unreachable, "The connection has been closed.", c.ctx.Err())
	}
	c.calls.Add(1)
	c.mu.Unlock()
	defer c.calls.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	if c.flaw == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		method = http.MethodPost
		body, _ = json.Marshal(in)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return trouble(network.Refused, "The address makes no sense.", err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return trouble(network.Unreachable, "The toy network does not answer. We try again.", err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		limited := &network.Error{Trouble: network.Limited, Sentence: "The toy network asks us to wait."}
		if c.flaw != "hasty" {
			limited.RetryAt = time.Now().Add(time.Duration(seconds) * time.Second)
		}
		return limited
	case response.StatusCode == http.StatusUnauthorized:
		return trouble(network.Revoked, "The sign-in no longer works. Connect the account again.", nil)
	case response.StatusCode != http.StatusOK:
		return trouble(network.Broken, "The toy network has a fault of its own. We try again.", nil)
	}
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		sentence := "The toy network gave an answer that makes no sense. We try again."
		if c.flaw == "technical" {
			sentence = err.Error()
		}
		return trouble(network.Broken, sentence, err)
	}
	return nil
}

func (c *toy) Check(ctx context.Context) (network.Identity, error) {
	var id string
	err := c.do(ctx, "/me", nil, &id)
	return network.Identity{ID: id}, err
}

func (c *toy) Fetch(ctx context.Context, cursor network.Cursor) (network.Batch, error) {
	after, err := strconv.Atoi(string(cursor))
	if err != nil || after < 0 || after > 1<<30 {
		after = 0
	}
	var found []toyPost
	if err := c.do(ctx, fmt.Sprintf("/posts?after=%d", after), nil, &found); err != nil {
		return network.Batch{}, err
	}
	b := network.Batch{More: len(found) == 50}
	for i, p := range found {
		after = p.N
		if p.By == "council" || (c.flaw == "skips" && i == 49) {
			continue
		}
		b.Events = append(b.Events, network.Event{Post: &network.Post{
			Ref: network.Ref(strconv.Itoa(p.N)), ReplyTo: network.Ref(p.ReplyTo), Thread: network.Ref(p.Thread),
			Author: network.Identity{ID: p.By}, Visibility: network.Public, Text: p.Text, At: p.At,
		}})
	}
	b.Cursor = network.Cursor(strconv.Itoa(after))
	return b, nil
}

func (c *toy) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	p := toyPost{Key: out.Key, By: "council", Text: out.Text, ReplyTo: string(out.ReplyTo), Thread: string(out.Thread)}
	if c.flaw == "doubles" {
		p.Key = ""
	}
	if err := c.do(ctx, "/post", p, &p); err != nil {
		return network.Sent{}, err
	}
	return network.Sent{Ref: network.Ref(strconv.Itoa(p.N)), Thread: network.Ref(p.Thread)}, nil
}

func (c *toy) Wait(ctx context.Context, cursor network.Cursor, _ func(context.Context, network.Batch) error) error {
	var found []toyPost
	err := c.do(ctx, "/wait?after="+string(cursor), nil, &found)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (c *toy) Close() error {
	c.mu.Lock()
	c.stop()
	c.mu.Unlock()
	c.calls.Wait()
	return nil
}

func openToy(flaw string) func(t *testing.T) *networktest.Harness {
	return func(t *testing.T) *networktest.Harness {
		s := &toyServer{changed: make(chan struct{})}
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		wire := networktest.NewHTTPWire(t, server.URL)
		wire.Sends = func(r *http.Request) bool { return r.URL.Path == "/post" }
		return &networktest.Harness{
			Network: toyNetwork{},
			Connect: func(t *testing.T) network.Connection {
				c := &toy{url: wire.URL(), flaw: flaw}
				c.ctx, c.stop = context.WithCancel(context.Background())
				return c
			},
			ReadWire: wire, SendWire: wire,
			CitizenPosts: func(t *testing.T, text string) network.Ref {
				return network.Ref(strconv.Itoa(s.add(toyPost{By: "ann", Text: text}).N))
			},
			CitizenReplies: func(t *testing.T, to network.Ref, text string) network.Ref {
				s.mu.Lock()
				n, _ := strconv.Atoi(string(to))
				thread := s.posts[n-1].Thread
				s.mu.Unlock()
				return network.Ref(strconv.Itoa(s.add(toyPost{By: "ann", Text: text, ReplyTo: string(to), Thread: thread}).N))
			},
			CitizenSees: func(t *testing.T) []string {
				s.mu.Lock()
				defer s.mu.Unlock()
				var texts []string
				for _, p := range s.posts {
					if p.By == "council" {
						texts = append(texts, p.Text)
					}
				}
				return texts
			},
			Revoke: func(t *testing.T) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.revoked = true
			},
			Patience: 3 * time.Second,
		}
	}
}
