package desk

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// site is a house with its pages, behind a real Router.
type site struct {
	*house
	router *web.Router
	log    bytes.Buffer
}

func eachSite(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	each(t, func(t *testing.T, h *house) {
		s := &site{house: h}
		// Whoever the header names is signed in: signing in is staff's, and is
		// tested there.
		viewer := func(r *http.Request) (*web.Viewer, error) {
			roster, err := h.Staff.Roster(r.Context())
			if err != nil {
				return nil, err
			}
			o, ok := roster.ByEmail(r.Header.Get("X-As"))
			if !ok {
				return nil, nil
			}
			return &web.Viewer{ID: o.ID, Name: o.Name, Role: string(o.Role), TeamIDs: roster.TeamsOf(o.ID), SingleKeys: true}, nil
		}
		router, err := web.NewRouter(web.Options{Now: h.clock.Now, Authenticator: web.AuthenticatorFunc(viewer), SigningKey: bytes.Repeat([]byte{7}, 32),
			Log:  slog.New(slog.NewTextHandler(&s.log, nil)),
			Site: func(context.Context) (web.Site, error) { return web.Site{Council: "Strathcarron Council"}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		h.Routes(router)
		s.router = router
		f(t, s)
	})
}

// browser asks as somebody.
type browser struct {
	site     *site
	t        *testing.T
	email    string
	fragment bool
}

func (s *site) as(t *testing.T, o staff.Officer) browser {
	return browser{site: s, t: t, email: o.Email}
}

// htmx asks for parts of pages.
func (b browser) htmx() browser {
	b.fragment = true
	return b
}

type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
	page   *html.Node
}

func (b browser) get(path string) answer { return b.do("GET", path, nil) }

func (b browser) post(path string, pairs ...string) answer {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

func (b browser) do(method, path string, form url.Values) answer {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.ask(r)
}

// following goes where an answer leads, with the notice that it left.
func (b browser) following(a answer) answer {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), "GET", a.header.Get("Location"), http.NoBody)
	r.Header.Set("Cookie", a.header.Get("Set-Cookie"))
	return b.ask(r)
}

func (b browser) ask(r *http.Request) answer {
	b.t.Helper()
	r.Header.Set("X-As", b.email)
	if b.fragment {
		r.Header.Set("HX-Request", "true")
	}
	w := httptest.NewRecorder()
	b.site.router.ServeHTTP(w, r)
	a := answer{t: b.t, status: w.Code, header: w.Header(), body: w.Body.String()}
	var err error
	if a.page, err = html.Parse(strings.NewReader(a.body)); err != nil {
		b.t.Fatal(err)
	}
	if w.Code == http.StatusInternalServerError {
		b.t.Fatalf("%s %s failed: %s", r.Method, r.URL.Path, b.site.log.String())
	}
	return a
}

// want checks the status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, words(a.page))
	}
	return a
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// all are the elements that fit.
func (a answer) all(fits func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for n := range a.page.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			list = append(list, n)
		}
	}
	return list
}

// field is the first field of a name.
func (a answer) field(name string) *html.Node {
	a.t.Helper()
	list := a.all(func(n *html.Node) bool {
		return attr(n, "name") == name && (n.Data == "input" || n.Data == "textarea" || n.Data == "select")
	})
	if len(list) == 0 {
		a.t.Fatalf("there is no field %q", name)
	}
	return list[0]
}

// words are what a reader sees of an element, with single spaces.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// rows are the titles of the list.
func (a answer) rows() []string {
	var list []string
	for _, n := range a.all(func(n *html.Node) bool { return has(n, "data-row") }) {
		for d := range n.Descendants() {
			if d.Data == "bdi" {
				list = append(list, words(d))
				break
			}
		}
	}
	return list
}

func (a answer) says(sentences ...string) answer {
	a.t.Helper()
	all := words(a.page)
	for _, s := range sentences {
		if !strings.Contains(all, s) {
			a.t.Errorf("the page does not say %q: %s", s, all)
		}
	}
	return a
}

func (a answer) silent(sentences ...string) answer {
	a.t.Helper()
	all := words(a.page)
	for _, s := range sentences {
		if strings.Contains(all, s) {
			a.t.Errorf("the page says %q", s)
		}
	}
	return a
}
