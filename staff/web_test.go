package staff_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// site is a house with its pages, behind a real Router on a real server.
type site struct {
	*house
	url    string
	secure bool
	router *web.Router
	log    *bytes.Buffer
}

// eachSite runs f on both engines.
func eachSite(t *testing.T, f func(t *testing.T, s *site), change ...func(*web.Options)) {
	t.Helper()
	each(t, func(t *testing.T, h *house) {
		s := &site{house: h, log: &bytes.Buffer{}}
		o := web.Options{
			Now: h.clock.Now, Authenticator: h.Service, Keys: h.CheckKey, SignInPath: "/sign-in", SigningKey: bytes.Repeat([]byte{7}, 32),
			Log: slog.New(slog.NewTextHandler(s.log, nil)),
			Site: func(context.Context) (web.Site, error) {
				return web.Site{Council: "Strathmarn Council", SignOutURL: "/sign-out"}, nil
			},
		}
		for _, f := range change {
			f(&o)
		}
		s.secure = o.Secure
		router, err := web.NewRouter(o)
		if err != nil {
			t.Fatal(err)
		}
		h.Routes(router)
		router.Handle("GET /desk", web.SignedIn(), func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, "<h1>Desk of "+html.EscapeString(web.MustViewer(r.Context()).Name)+"</h1>")
			return err
		})
		s.router = router
		server := httptest.NewServer(router)
		t.Cleanup(server.Close)
		s.url = server.URL
		f(t, s)
	})
}

// browser keeps cookies and follows no redirects.
type browser struct {
	site   *site
	client *http.Client
	header http.Header
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, http.Header{}}
}

// as is a browser in which somebody is signed in.
func (s *site) as(t *testing.T, email, password string) *browser {
	t.Helper()
	b := s.browser(t)
	if a := b.post(t, "/sign-in", "email", email, "password", password); a.status != 303 {
		t.Fatalf("sign in as %s: %d %s", email, a.status, a.text())
	}
	return b
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	to     string // of a redirect
	header http.Header
	cookie map[string]*http.Cookie
	body   string
	page   *html.Node
}

func (b *browser) get(t *testing.T, path string) answer {
	t.Helper()
	return b.do(t, "GET", path, nil)
}

// post sends a form of names and values in pairs.
func (b *browser) post(t *testing.T, path string, pairs ...string) answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(t, "POST", path, form)
}

func (b *browser) do(t *testing.T, method, path string, form url.Values) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	res, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{t: t, status: res.StatusCode, to: res.Header.Get("Location"), header: res.Header, cookie: map[string]*http.Cookie{}, body: string(body)}
	for _, c := range res.Cookies() {
		a.cookie[c.Name] = c
	}
	if a.page, err = html.Parse(bytes.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	return a
}

// follow is the page that a redirect leads to.
func (b *browser) follow(t *testing.T, a answer) answer {
	t.Helper()
	if a.status != 303 {
		t.Fatalf("no redirect: %d %s", a.status, a.text())
	}
	return b.get(t, a.to)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// all are the elements of a tag for which the condition holds.
func (a answer) all(tag string, is func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for d := range a.page.Descendants() {
		if d.Type == html.ElementNode && d.Data == tag && (is == nil || is(d)) {
			list = append(list, d)
		}
	}
	return list
}

func (a answer) text() string { return words(a.page) }

func (a answer) heading() string {
	if list := a.all("h1", nil); len(list) == 1 {
		return words(list[0])
	}
	return ""
}

// field is the input, text area or select of a name, and nil when there is none.
func (a answer) field(name string) *html.Node {
	for _, tag := range []string{"input", "textarea", "select"} {
		if list := a.all(tag, func(n *html.Node) bool { return attr(n, "name") == name }); len(list) > 0 {
			return list[0]
		}
	}
	return nil
}

func (a answer) value(name string) string {
	a.t.Helper()
	n := a.field(name)
	if n == nil {
		a.t.Fatalf("the page has no field %q: %s", name, a.text())
	}
	if n.Data == "textarea" {
		return words(n)
	}
	return attr(n, "value")
}

func (a answer) wants(status int, sentences ...string) {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("status %d, want %d: %s", a.status, status, a.text())
	}
	for _, s := range sentences {
		if !strings.Contains(a.text(), s) {
			a.t.Errorf("the page lacks %q: %s", s, a.text())
		}
	}
}

func (a answer) leads(to string) {
	a.t.Helper()
	if a.status != 303 || a.to != to {
		a.t.Errorf("%d to %q, want 303 to %q: %s", a.status, a.to, to, a.text())
	}
}

func TestSigningInLeadsToWhereOneWantedToBe(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.browser(t)
		a := b.get(t, "/desk?view=mine&q=a%26b")
		a.leads("/sign-in?next=%2Fdesk%3Fview%3Dmine%26q%3Da%2526b")
		a = b.follow(t, a)
		a.wants(200)
		if a.heading() != "Sign in" || attr(a.all("html", nil)[0], "class") != "m-plain-page" {
			t.Errorf("page: %s", a.body)
		}
		action := attr(a.all("form", nil)[0], "action")
		b.post(t, action, "email", " MAIRI@strathmarn.example ", "password", adminWords).leads("/desk?view=mine&q=a%26b")
		b.get(t, "/desk").wants(200, "Desk of Mairi Nic Dhòmhnaill")
		// The page in another tab, which was not reloaded.
		b.post(t, action, "email", adminEmail, "password", "wrong").leads("/desk?view=mine&q=a%26b")
		b.get(t, "/sign-in").leads("/desk")
	})
}

func TestAFailureKeepsTheAddressTypedAndSaysOneThing(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		left := s.add(t, "left@strathmarn.example", "Gone Away", staff.Answers)
		if err := s.Deactivate(t.Context(), s.admin.Actor(), left.ID, left.Version); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.AddOfficer(t.Context(), s.admin.Actor(), staff.Person{Email: "new@strathmarn.example", Name: "New One", Role: staff.Reader}, nil); err != nil {
			t.Fatal(err)
		}
		said := map[string]int{}
		for _, email := range []string{adminEmail, "nobody@strathmarn.example", "left@strathmarn.example", "new@strathmarn.example", "not an address", ""} {
			for range 8 { // the last of them are not even heard
				b := s.browser(t)
				a := b.post(t, "/sign-in?next=%2Fdesk%3Fview%3Dmine", "email", email, "password", "wrong words entirely")
				a.wants(422, "Error: Sign in – Strathmarn Council")
				if a.value("email") != email || a.value("password") != "" || len(a.cookie) != 0 {
					t.Errorf("%q: email %q, password %q, cookies %v", email, a.value("email"), a.value("password"), a.cookie)
				}
				// But for the address that they typed, the page is the same for all.
				said[strings.Replace(a.body, ` value="`+email+`"`, ` value=""`, 1)]++
				if attr(a.all("form", nil)[0], "action") != "/sign-in?next=%2Fdesk%3Fview%3Dmine" {
					t.Errorf("the way on is lost: %s", a.body)
				}
			}
		}
		if len(said) != 1 {
			t.Errorf("%d different pages", len(said))
		}
		if strings.Contains(s.log.String(), "@strathmarn") {
			t.Errorf("the log has addresses: %s", s.log)
		}
	})
}

func TestNextNeverLeadsToAnotherSite(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		for _, next := range []string{
			"https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n//evil.example",
			"javascript:alert(1)", "data:text/html,x", "desk", "", " /desk", "/\x00//evil.example", "http:/evil.example", "/\x7f/x",
			"/sign-in", "/sign-in?next=//evil.example", "/sign-out", "/password/abc", "/", "/" + strings.Repeat("x", 2001),
		} {
			b := s.browser(t)
			page := b.get(t, "/sign-in?next="+url.QueryEscape(next))
			page.wants(200)
			action := attr(page.all("form", nil)[0], "action")
			for _, target := range []string{action, "/sign-in?next=" + url.QueryEscape(next)} {
				b := s.browser(t)
				b.post(t, target, "email", adminEmail, "password", adminWords, "next", "https://evil.example/").leads("/desk")
			}
		}
	})
}

func TestASessionIsNewAtEverySignInAndHiddenFromScripts(t *testing.T) {
	for _, secure := range []bool{false, true} {
		eachSite(t, func(t *testing.T, s *site) {
			name := map[bool]string{false: "session", true: "__Host-session"}[secure]
			b := s.browser(t)
			b.header.Set("Cookie", name+"=chosen-by-somebody-else")
			first := b.post(t, "/sign-in", "email", adminEmail, "password", adminWords).cookie[name]
			if first == nil || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Secure != secure || first.Path != "/" || first.Domain != "" {
				t.Fatalf("cookie %+v", first)
			}
			second := b.post(t, "/sign-in", "email", adminEmail, "password", adminWords).cookie[name]
			if first.Value == second.Value || strings.Contains(first.Value, "chosen") || len(first.Value) < 32 {
				t.Errorf("tokens %q, %q", first.Value, second.Value)
			}
			if in := s.in(t, "chosen-by-somebody-else"); in {
				t.Error("a token that somebody else chose is a session")
			}
			// Over https the name without the prefix counts for nothing.
			if secure {
				b := s.browser(t)
				b.header.Set("Cookie", "session="+first.Value)
				b.get(t, "/desk").leads("/sign-in?next=%2Fdesk")
			}
		}, func(o *web.Options) { o.Secure = secure })
	}
}

func TestASessionEndedElsewhereLeadsToSigningInAndBack(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, adminEmail, adminWords)
		if err := s.SignOutEverywhere(t.Context(), s.admin); err != nil {
			t.Fatal(err)
		}
		a := b.get(t, "/desk?c=7")
		a.leads("/sign-in?next=%2Fdesk%3Fc%3D7")
		a = b.follow(t, a)
		a.wants(200, "Your session has ended")
		if c := a.cookie["session"]; c == nil || c.MaxAge >= 0 {
			t.Errorf("the dead cookie stays: %v", c)
		}
		b.post(t, attr(a.all("form", nil)[0], "action"), "email", adminEmail, "password", adminWords).leads("/desk?c=7")
		if strings.Contains(b.get(t, "/sign-in").text(), "has ended") {
			t.Error("still said after signing in")
		}
	})
}

func TestSigningOutEndsTheSession(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.browser(t)
		token := b.post(t, "/sign-in", "email", adminEmail, "password", adminWords).cookie["session"].Value
		a := b.post(t, "/sign-out")
		a.leads("/sign-in")
		if c := a.cookie["session"]; c == nil || c.MaxAge >= 0 || s.in(t, token) {
			t.Errorf("cookie %v, in %t", c, s.in(t, token))
		}
		b.follow(t, a).wants(200, "You are signed out.")
		b.post(t, "/sign-out").leads("/sign-in")
		b.get(t, "/sign-out").wants(405)
	})
}
