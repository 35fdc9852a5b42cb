package mastodon_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/network/networktest"
	"mercat.scot/mercat/platform/text"
)

// realServer is what MERCAT_TEST_MASTODON names: a file that says which accounts
// of a real server to try the adapter with. Both publish a few hundred posts: take
// accounts that are there for it, on a server without tight limits.
type realServer struct {
	Server       string `json:"server"`        // "https://…"
	CouncilToken string `json:"council_token"` // read, write:statuses, write:media
	CitizenToken string `json:"citizen_token"` // read, write
}

// TestConformanceThroughTheAPIAlone is the suite with a citizen who uses nothing
// but the API: on the strict server or, if MERCAT_TEST_MASTODON names one, on a
// real one.
func TestConformanceThroughTheAPIAlone(t *testing.T) {
	networktest.Run(t, func(t *testing.T) *networktest.Harness {
		where, patience := accountsFor(t)
		ann := &citizen{server: where.Server, token: where.CitizenToken}
		council := (&citizen{server: where.Server, token: where.CouncilToken}).self(t)
		h := &networktest.Harness{Patience: patience, Many: 45}
		address := where.Server
		if strings.HasPrefix(address, "http://") { // a wire cannot stand in an encrypted way
			wire := networktest.NewHTTPWire(t, where.Server)
			wire.Sends = func(r *http.Request) bool {
				return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/statuses")
			}
			address, h.ReadWire, h.SendWire = wire.URL(), wire, wire
		}
		o := mastodon.Options{HTTP: httpClient(t), Stream: streamClient(t), Now: time.Now, PageSize: 20, BatchPosts: 20, LookAgain: time.Second}
		kept := &keptSession{}
		h.Network = mastodon.New(o)
		h.Connect = func(t *testing.T) network.Connection { return connect(t, o, address, where.CouncilToken, kept) }
		h.CitizenPosts = func(t *testing.T, words string) network.Ref {
			return ann.publishes(t, "@"+council.Acct+" "+words, "")
		}
		h.CitizenReplies = func(t *testing.T, to network.Ref, words string) network.Ref {
			return ann.publishes(t, "@"+council.Acct+" "+words, to)
		}
		h.CitizenSees = func(t *testing.T) []string { return ann.sees(t, council.ID) }
		h.CitizenEdits = func(t *testing.T, ref network.Ref, words string) {
			ann.call(t, http.MethodPut, "/api/v1/statuses/"+string(ref), url.Values{"status": {"@" + council.Acct + " " + words}}, nil)
		}
		h.CitizenDeletes = func(t *testing.T, ref network.Ref) {
			ann.call(t, http.MethodDelete, "/api/v1/statuses/"+string(ref), nil, nil)
		}
		return h
	})
}

func accountsFor(t *testing.T) (realServer, time.Duration) {
	t.Helper()
	path := os.Getenv("MERCAT_TEST_MASTODON")
	if path == "" {
		server := mastodontest.New(t, mastodontest.Options{})
		council, ann := server.NewAccount("council"), server.NewAccount("ann")
		return realServer{server.URL, council.Token(rights...), ann.Token("read", "write")}, 10 * time.Second
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r realServer
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return r, time.Minute
}

// citizen is somebody who uses the API.
type citizen struct{ server, token string }

type self struct {
	ID   string `json:"id"`
	Acct string `json:"acct"`
}

func (c *citizen) self(t *testing.T) (who self) {
	t.Helper()
	c.call(t, http.MethodGet, "/api/v1/accounts/verify_credentials", nil, &who)
	return who
}

func (c *citizen) call(t *testing.T, method, path string, in url.Values, out any) {
	t.Helper()
	address, body := c.server+path, io.Reader(nil)
	if method == http.MethodGet && len(in) > 0 {
		address += "?" + in.Encode()
	} else if in != nil {
		body = strings.NewReader(in.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %v %s", method, path, response.Status, err, b)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

func (c *citizen) publishes(t *testing.T, words string, to network.Ref) network.Ref {
	t.Helper()
	form := url.Values{"status": {words}, "visibility": {"public"}}
	if to != "" {
		form.Set("in_reply_to_id", string(to))
	}
	var made struct {
		ID network.Ref `json:"id"`
	}
	c.call(t, http.MethodPost, "/api/v1/statuses", form, &made)
	return made.ID
}

// sees returns the texts of an account's newest posts.
func (c *citizen) sees(t *testing.T, author string) []string {
	t.Helper()
	var texts []string
	query := url.Values{"limit": {"40"}}
	for range 5 {
		var page []struct {
			ID      string `json:"id"`
			Content string `json:"content"`
		}
		c.call(t, http.MethodGet, "/api/v1/accounts/"+author+"/statuses", query, &page)
		for _, p := range page {
			texts = append(texts, text.HTMLToText(p.Content))
		}
		if len(page) == 0 {
			break
		}
		query.Set("max_id", page[len(page)-1].ID)
	}
	return texts
}
