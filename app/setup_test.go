package app

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// requestFrom asks for the first page as somebody would who has come a certain
// way.
func (b *browser) requestFrom(t *testing.T, path, host string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return b.do(request)
}

func TestOnlyThisMachineMaySetUpWithoutTheCode(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	b := r.browser(t)
	b.requestFrom(t, "/set-up", "").want(t, http.StatusOK, "Set up Mercat")
	b.requestFrom(t, "/set-up", "localhost:8080").want(t, http.StatusOK)
	for name, a := range map[string]answer{
		"through a proxy":              b.requestFrom(t, "/set-up", "", "X-Forwarded-For", "203.0.113.7"),
		"through another proxy":        b.requestFrom(t, "/set-up", "", "Forwarded", "for=203.0.113.7"),
		"under another name":           b.requestFrom(t, "/set-up", "mercat.example.org"),
		"with a wrong code":            b.requestFrom(t, "/set-up?code=AAAA", "mercat.example.org"),
		"with an address that rebinds": b.requestFrom(t, "/set-up", "127.0.0.1.example.org"),
	} {
		if a.status != http.StatusForbidden || !strings.Contains(a.body, "that Mercat printed") {
			t.Errorf("%s: %d %s", name, a.status, visible(a.body))
		}
	}
	b.requestFrom(t, "/set-up?code="+r.setup.code, "mercat.example.org").want(t, http.StatusOK, r.setup.code)
}

func TestTheCodeIsPrintedWhenOthersCanReachTheFirstPage(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"behind a web server":   func(c *Config) { c.BaseURL = "https://mercat.example.org" },
		"with a proxy":          func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} },
		"on every address":      func(c *Config) { c.Listen = "0.0.0.0:0" },
		"on every IPv6 address": func(c *Config) { c.Listen = "[::]:0" },
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t, "sqlite")
			change(&c)
			r := start(t, c)
			u, err := url.Parse(r.url)
			if err != nil || u.Path != "/set-up" || len(u.Query().Get("code")) < 20 {
				t.Fatalf("printed %q", r.url)
			}
			if r.setup.admits(&http.Request{RemoteAddr: "127.0.0.1:1", Host: "127.0.0.1"}, "") {
				t.Error("this machine is let in without the code, and a proxy is this machine")
			}
		})
	}
}

func TestTheCodeIsTheSameAfterARestart(t *testing.T) {
	c := testConfig(t, "sqlite")
	r := start(t, c)
	code := r.setup.code
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if again := start(t, c); again.setup.code != code {
		t.Error("it changed")
	}
	other := start(t, testConfig(t, "sqlite"))
	if other.setup.code == code {
		t.Error("two installations have the same code")
	}
}

func TestOfTwoNodesTheSecondSeesThatTheFirstWasSetUp(t *testing.T) {
	c := testConfig(t, "postgres")
	first := start(t, c)
	c.Data, c.Node, c.KeyFile = t.TempDir(), 1, first.config.KeyFile
	second := start(t, c)
	second.browser(t).get("/").leads(t, "/set-up")
	first.setUp(t)
	second.browser(t).get("/").want(t, http.StatusOK, "Strathcarron Council")
}

func TestTheFirstPageSaysAllThatIsWrongAtOnce(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	r.browser(t).post("/set-up", "council", strings.Repeat("x", 101), "name", "", "email", "nope", "password", "short", "start", "empty").
		want(t, http.StatusUnprocessableEntity, "Use 100 characters or fewer", "Enter an email address", "Choose a password of 12 characters")
}
