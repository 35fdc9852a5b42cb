package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/prometheus/client_golang/prometheus"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

func says(text string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, web.DeskLayout(web.Page{Title: text, Current: "/desk"}))
	}
}

func fails(err error) web.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func TestARouteWithoutAccessStopsTheProgram(t *testing.T) {
	b := newBench(t)
	for name, register := range map[string]func(){
		"no access":      func() { b.Handle("GET /a", web.Access{}, says("a")) },
		"no reason":      func() { b.Handle("GET /b", web.Public(""), says("b")) },
		"no roles":       func() { b.Handle("GET /c", web.Roles(), says("c")) },
		"an empty role":  func() { b.Handle("GET /d", web.Roles("officer", ""), says("d")) },
		"no method":      func() { b.Handle("/e", web.Public("test"), says("e")) },
		"no handler":     func() { b.Handle("GET /f", web.Public("test"), nil) },
		"the same twice": func() { b.Handle("GET /g", web.SignedIn(), says("g")); b.Handle("GET /g", web.SignedIn(), says("g")) },
		"no signing key": func() { _, err := web.NewRouter(web.Options{Now: time.Now}); must(err) },
		"no clock":       func() { _, err := web.NewRouter(web.Options{SigningKey: make([]byte, 32)}); must(err) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was registered")
				}
			}()
			register()
		})
	}
	_, err := web.NewRouter(web.Options{Now: time.Now, SigningKey: make([]byte, 32), TrustedOrigins: []string{"nonsense"}})
	if err == nil {
		t.Error("a crooked trusted origin was taken")
	}
}

func TestWhoIsAdmittedIsWhatTheRouteSays(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /public", web.Public("news"), says("public"))
	b.Handle("GET /sign-in", web.SignedOut("signing in"), says("sign in"))
	b.Handle("GET /any", web.SignedIn(), says("any"))
	b.Handle("GET /lead", web.Roles("leader", "administrator"), says("lead"))
	for _, c := range []struct {
		path, role string
		status     int
		location   string
	}{
		{"/public", "", 200, ""},
		{"/public", "reader", 200, ""},
		{"/sign-in", "", 200, ""},
		{"/sign-in", "reader", 303, "/desk"},
		{"/any?x=1&y=a%2Fb", "", 303, "/sign-in?next=" + url.QueryEscape("/any?x=1&y=a%2Fb")},
		{"/any", "reader", 200, ""},
		{"/lead", "", 303, "/sign-in?next=%2Flead"},
		{"/lead", "officer", 403, ""},
		{"/lead", "leader", 200, ""},
		{"/lead", "broken", 500, ""},
		{"/nowhere", "", 404, ""},
	} {
		res := b.do(t, "GET", c.path, "", header{"X-Role": c.role})
		if res.StatusCode != c.status || res.Header.Get("Location") != c.location {
			t.Errorf("GET %s as %q: %d to %q, want %d to %q", c.path, c.role, res.StatusCode, res.Header.Get("Location"), c.status, c.location)
		}
	}
}

func TestRoutesListsEveryRouteWithItsAccess(t *testing.T) {
	b := newBench(t)
	b.Handle("POST /z", web.Roles("officer", "leader"), says("z"))
	b.Handle("GET /a", web.Public("a reason"), says("a"))
	var got []string
	for _, r := range b.Routes() {
		got = append(got, r.Pattern+" | "+r.Access.String())
	}
	want := []string{
		"GET /a | public: a reason",
		"GET /assets/{hash}/{name} | public: style sheets, scripts and fonts",
		"POST /z | roles: officer, leader",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q", got)
	}
}

func TestAWrongMethodIsToldWhichAreRight(t *testing.T) {
	b := newBench(t)
	b.Handle("POST /reply", web.Roles("officer"), says("reply"))
	res := b.do(t, "GET", "/reply", "", nil)
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" {
		t.Errorf("%d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if page := read(t, res); !strings.Contains(page, "Nothing has been changed") {
		t.Errorf("the page does not say what happened: %s", page)
	}
}

func TestAFaultBecomesAPageWithItsStatusAndSentence(t *testing.T) {
	for kind, status := range map[fault.Kind]int{
		fault.Invalid: 422, fault.NotFound: 404, fault.Forbidden: 403, fault.Conflict: 409,
		fault.TooLarge: 413, fault.TooMany: 429, fault.Gone: 410, fault.Down: 503,
	} {
		t.Run(string(kind), func(t *testing.T) {
			b := newBench(t)
			b.Handle("GET /x", web.Public("test"), fails(fmt.Errorf("assign 7: %w", fault.New(kind, "Somebody <b>moved</b> it."))))
			res := b.do(t, "GET", "/x", "", nil)
			page := read(t, res)
			if res.StatusCode != status {
				t.Errorf("status %d, want %d", res.StatusCode, status)
			}
			if !strings.Contains(page, "Somebody &lt;b&gt;moved&lt;/b&gt; it.") || !strings.Contains(page, "<h1") {
				t.Errorf("page: %s", page)
			}
			if kind == fault.TooMany && res.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
}

func TestAFaultOfAFragmentGoesToTheProblemRegion(t *testing.T) {
	b := newBench(t)
	b.Handle("POST /x", web.SignedIn(), fails(fault.New(fault.Conflict, "Someone else has answered this already.")))
	res := b.do(t, "POST", "/x", "", header{"X-Role": "officer", "HX-Request": "true"})
	page := read(t, res)
	if res.StatusCode != 409 || res.Header.Get("HX-Retarget") != "#problem" || res.Header.Get("HX-Reswap") != "innerHTML" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if strings.Contains(page, "<html") || !strings.Contains(page, "Someone else has answered this already.") {
		t.Errorf("fragment: %s", page)
	}
	res = b.do(t, "POST", "/x", "", header{"HX-Request": "true"})
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Location") != "" {
		t.Errorf("a fragment of somebody signed out: %d to %q, want 401", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestAnUnknownErrorIsAPageWithTheReferenceThatTheLogHas(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /x/{id}", web.SignedIn(), fails(errors.New("no such column: secret_detail")))
	res := b.do(t, "GET", "/x/morag@example.org?q=Morag+Macpherson", "", header{"X-Role": "officer"})
	page, log := read(t, res), b.log.String()
	reference := res.Header.Get("X-Request-Id")
	if res.StatusCode != 500 || reference == "" || !strings.Contains(page, reference) || strings.Contains(page, "secret_detail") {
		t.Errorf("%d, reference %q, page: %s", res.StatusCode, reference, page)
	}
	if !strings.Contains(log, reference) || !strings.Contains(log, "secret_detail") || !strings.Contains(log, "GET /x/{id}") {
		t.Errorf("log: %s", log)
	}
	for _, private := range []string{"Morag", "morag", "Ailsa"} {
		if strings.Contains(log, private) {
			t.Errorf("the log has personal data (%s): %s", private, log)
		}
	}
}

func TestAPanicIsAPageWithAReference(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /x", web.Public("test"), func(http.ResponseWriter, *http.Request) error { panic("index out of range") })
	res := b.do(t, "GET", "/x", "", nil)
	if page := read(t, res); res.StatusCode != 500 || !strings.Contains(page, res.Header.Get("X-Request-Id")) {
		t.Errorf("%d: %s", res.StatusCode, page)
	}
	if !strings.Contains(b.log.String(), "index out of range") {
		t.Errorf("log: %s", b.log.String())
	}
}

func TestTheErrorPageNeedsNotTheSite(t *testing.T) {
	b := newBench(t, func(o *web.Options) {
		o.Site = func(context.Context) (web.Site, error) { return web.Site{}, errors.New("database is down") }
	})
	b.Handle("GET /x", web.SignedIn(), says("x"))
	res := b.do(t, "GET", "/x", "", header{"X-Role": "officer"})
	if page := read(t, res); res.StatusCode != 500 || !strings.Contains(page, "Something went wrong") {
		t.Errorf("%d: %s", res.StatusCode, page)
	}
}

func TestAFailureWhileRenderingSendsNoHalfPage(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /x", web.Public("test"), func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "the first half")
			must(err)
			return errors.New("the second half failed")
		}))
	})
	res := b.do(t, "GET", "/x", "", nil)
	if page := read(t, res); res.StatusCode != 500 || strings.Contains(page, "first half") {
		t.Errorf("%d: %s", res.StatusCode, page)
	}
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	done := 0
	b := newBench(t)
	count := func(w http.ResponseWriter, r *http.Request) error { done++; return web.Redirect(w, r, "/desk") }
	b.Handle("POST /close", web.SignedIn(), count)
	b.Handle("POST /open311/requests.json", web.Public("by key"), count, web.FromAnySite("callers send a key"))
	for _, c := range []struct {
		path   string
		from   header
		status int
	}{
		{"/close", header{"Sec-Fetch-Site": "cross-site"}, 403},
		{"/close", header{"Sec-Fetch-Site": "same-site"}, 403},
		{"/close", header{"Origin": "https://evil.example"}, 403},
		{"/close", header{"Sec-Fetch-Site": "same-origin"}, 303},
		{"/close", header{}, 303},
		{"/open311/requests.json", header{"Sec-Fetch-Site": "cross-site"}, 303},
	} {
		c.from["X-Role"] = "officer"
		before := done
		res := b.do(t, "POST", c.path, "a=b", c.from)
		if res.StatusCode != c.status || (done > before) != (c.status == 303) {
			t.Errorf("%s with %v: %d, handled %t", c.path, c.from, res.StatusCode, done > before)
		}
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	b := newBench(t, func(o *web.Options) {
		o.Secure = true
		o.TileOrigins = []string{"https://tiles.example.org"}
	})
	b.Handle("GET /x", web.Public("test"), says("x"))
	wanted := header{
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security":  "max-age=31536000; includeSubDomains",
	}
	for _, path := range []string{"/x", "/nowhere", web.Asset("desk.css")} {
		h := b.do(t, "GET", path, "", nil).Header
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "connect-src 'self' https://tiles.example.org;"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy lacks %q: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy is unsafe: %s", path, csp)
		}
		for name, want := range wanted {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
	}
}

func TestABodyOverTheLimitIsRefusedWithASentence(t *testing.T) {
	b := newBench(t)
	take := func(w http.ResponseWriter, r *http.Request) error {
		_, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		return web.Redirect(w, r, "/done")
	}
	b.Handle("POST /small", web.Public("test"), take)
	b.Handle("POST /large", web.Public("test"), take, web.MaxBody(4<<20))
	body := "text=" + strings.Repeat("a", 2<<20)
	if res := b.do(t, "POST", "/small", body, nil); res.StatusCode != 413 || !strings.Contains(read(t, res), "1 MB") {
		t.Errorf("small: %d", res.StatusCode)
	}
	if res := b.do(t, "POST", "/large", body, nil); res.StatusCode != 303 {
		t.Errorf("large: %d", res.StatusCode)
	}
}

func TestAHandlerThatTakesTooLongIsStopped(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /slow", web.Public("test"), func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return fmt.Errorf("query: %w", r.Context().Err())
	}, web.Deadline(time.Millisecond))
	if res := b.do(t, "GET", "/slow", "", nil); res.StatusCode != 503 || !strings.Contains(read(t, res), "<p class=\"govuk-body\">This took too long") {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestABrowserThatWentAwayIsNoFault(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.Handle("GET /x", web.Public("test"), func(_ http.ResponseWriter, r *http.Request) error {
		cancel()
		return fmt.Errorf("query: %w", r.Context().Err())
	})
	b.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/x", nil))
	if log := b.log.String(); strings.Contains(log, "ERROR") || !strings.Contains(log, "status=499") {
		t.Errorf("log: %s", log)
	}
}

func TestRequestsAreMeasuredByRouteAndNotByPath(t *testing.T) {
	metrics := prometheus.NewRegistry()
	b := newBench(t, func(o *web.Options) { o.Metrics = metrics })
	b.Handle("GET /people/{id}", web.Public("test"), says("x"))
	b.do(t, "GET", "/people/42", "", nil)
	b.do(t, "GET", "/nowhere/at/all", "", nil)
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(families)
	if !strings.Contains(text, "GET /people/{id}") || strings.Contains(text, "/people/42") || strings.Contains(text, "/nowhere") {
		t.Errorf("metrics: %s", text)
	}
}

func TestTheAddressIsTheLastThatNoProxyOfOursWrote(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	var got netip.Addr
	b.Handle("GET /x", web.Public("test"), func(_ http.ResponseWriter, r *http.Request) error {
		got = web.ClientAddr(r)
		return nil
	})
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:99", "203.0.113.9", "192.0.2.1"}, // a stranger's header is not believed
		{"10.0.0.1:99", "198.51.100.4, 203.0.113.9", "203.0.113.9"},
		{"10.0.0.1:99", "203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"10.0.0.1:99", "rubbish", "10.0.0.1"},
		{"[::ffff:192.0.2.1]:99", "", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/x", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		b.ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != c.want {
			t.Errorf("from %s with %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestTheNavigationHasOnlyWhatTheViewerMaySee(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /desk", web.SignedIn(), says("Inbox"))
	officer := read(t, b.do(t, "GET", "/desk", "", header{"X-Role": "officer"}))
	admin := read(t, b.do(t, "GET", "/desk", "", header{"X-Role": "administrator"}))
	if strings.Contains(officer, "/settings") || !strings.Contains(admin, "/settings") {
		t.Error("the navigation does not follow the roles")
	}
	page := parse(t, officer)
	if got := find(page, "title"); text(got) != "Inbox – Strathmarn Council" {
		t.Errorf("title %q", text(got))
	}
	if got := find(page, "html"); attr(got, "lang") != "en-GB" || attr(got, "data-theme") != "dark" || attr(got, "data-keys") != "on" {
		t.Errorf("html: %v", got.Attr)
	}
}

func TestWhoMayUseAPatternCanBeAsked(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /x", web.Roles("officer"), says("x"))
	officer := &web.Viewer{Role: "officer"}
	if !b.Access("GET /x").Admits(officer) || b.Access("GET /x").Admits(nil) || b.Access("POST /x").Admits(officer) || b.Access("GET /y").Admits(officer) {
		t.Error("the answer is not that of the route")
	}
}
