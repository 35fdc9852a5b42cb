package webform_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/web"
)

var schema = []fs.FS{webform.Migrations()}

// house is the form with its pages, served by a real router.
type house struct {
	*webform.Network
	db     *db.DB
	clock  *dbtest.Clock
	hub    *live.Hub
	router *web.Router
	conn   network.Connection
	full   atomic.Bool // nothing more can be kept

	mu       sync.Mutex
	services []webform.Service
	asks     []webform.Question // of service 7
	steps    map[string][]webform.Step
	calls    int
}

const account = 42

// fillable is a store whose disk can be full.
type fillable struct {
	*blob.Disk
	full *atomic.Bool
}

func (f fillable) Put(ctx context.Context, r io.Reader, most int64) (blob.Key, int64, error) {
	if f.full.Load() {
		return "", 0, errFull
	}
	return f.Disk.Put(ctx, r, most)
}

func newHouse(t testing.TB, d *db.DB, clock *dbtest.Clock) *house {
	t.Helper()
	disk, err := blob.NewDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = disk.Close() })
	h := &house{db: d, clock: clock, hub: live.New("test"), steps: map[string][]webform.Step{},
		services: []webform.Service{{ID: 7, Name: "Street lamps", Summary: "Lamps that are out or on all day", NeedsPlace: true}, {ID: 8, Name: "Bins"}}}
	log := slog.New(slog.DiscardHandler)
	h.Network = webform.New(webform.Options{
		DB: d, Hub: h.hub, Blobs: fillable{disk, &h.full}, Photos: blob.NewPhotos(2), Now: clock.Now, Log: log, BaseURL: "https://contact.strathcarron.example/",
		Services: func(context.Context) ([]webform.Service, error) { return h.services, nil },
		Council: func(context.Context) (webform.Council, error) {
			return webform.Council{Name: "Strathcarron Council", Lat: 57.4, Lon: -5.5, Zoom: 10}, nil
		},
		Steps: func(_ context.Context, conversation, _ string) ([]webform.Step, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.steps[conversation], nil
		},
		Questions: func(_ context.Context, service int64, _ string) ([]webform.Question, error) {
			if service != 7 {
				return nil, nil
			}
			return h.asks, nil
		},
		Answers: func(_ context.Context, _ int64, given map[string][]string) (webform.Checked, error) {
			var c webform.Checked
			for _, q := range h.asks {
				for _, v := range given[q.Field] {
					switch {
					case v == "":
					case q.Kind == webform.Number && strings.Trim(v, "0123456789") != "":
						c.Unreadable = append(c.Unreadable, q.Field)
					default:
						c.Answers = append(c.Answers, webform.Answer{Field: q.Field, Question: q.Label, Shown: "as " + v, Value: v})
					}
				}
			}
			return c, nil
		},
		PollEvery: 50 * time.Millisecond,
	})
	h.router, err = web.NewRouter(web.Options{Now: clock.Now, SigningKey: make([]byte, 32), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	h.Routes(h.router)
	h.conn = h.connect(t, nil)
	if _, err := h.conn.Fetch(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) connect(t testing.TB, options map[string]string) network.Connection {
	t.Helper()
	c, err := h.Connect(network.Account{ID: account, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newHouse(t, d, clock)) })
}

// onLite is for tests of pages, in which the engine makes no difference.
func onLite(t testing.TB) *house {
	t.Helper()
	clock := dbtest.NewClock()
	return newHouse(t, dbtest.Open(t, db.SQLite, schema, clock), clock)
}

// page is an answer, read.
type page struct {
	status int
	header http.Header
	raw    string
	root   *html.Node
}

func (h *house) do(t testing.TB, r *http.Request) page {
	t.Helper()
	h.mu.Lock()
	h.calls++
	if r.RemoteAddr == "192.0.2.1:1234" {
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.9:4711", h.calls/250, h.calls%250)
	}
	h.mu.Unlock()
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, r)
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return page{w.Code, w.Header(), w.Body.String(), root}
}

func (h *house) get(t testing.TB, path string) page {
	t.Helper()
	return h.do(t, httptest.NewRequest("GET", path, nil))
}

// upload is a file of a form.
type upload struct {
	name string
	data []byte
}

// body writes a form as a browser does: fields first, then files.
func body(t testing.TB, fields url.Values, uploads ...upload) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, name := range sorted(fields) {
		for _, v := range fields[name] {
			if err := m.WriteField(name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, u := range uploads {
		part, err := m.CreateFormFile("photos", u.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(u.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, m.FormDataContentType()
}

func sorted(v url.Values) []string {
	var names []string
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (h *house) post(t testing.TB, path string, fields url.Values, uploads ...upload) page {
	t.Helper()
	b, contentType := body(t, fields, uploads...)
	r := httptest.NewRequest("POST", path, b)
	r.Header.Set("Content-Type", contentType)
	return h.do(t, r)
}

// fill opens a form and returns its fields as a browser would send them, with
// some of them filled in.
func (h *house) fill(t testing.TB, path string, pairs ...string) url.Values {
	t.Helper()
	return with(h.get(t, path).fields(), pairs...)
}

func with(fields url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	return fields
}

// send fills in the contact form, sends it and returns the long reference.
func (h *house) send(t testing.TB, pairs ...string) string {
	t.Helper()
	p := h.post(t, "/form/contact", h.fill(t, "/form/contact", append([]string{"about", "question"}, pairs...)...))
	return p.sentTo(t)
}

// sentTo is the long reference in the address to which a form led.
func (p page) sentTo(t testing.TB) string {
	t.Helper()
	if p.status != http.StatusSeeOther {
		t.Fatalf("the form was answered with %d:\n%s", p.status, p.text("main"))
	}
	reference, ok := strings.CutPrefix(p.header.Get("Location"), "/track/")
	reference, _, _ = strings.Cut(reference, "/sent")
	if !ok {
		t.Fatalf("the form led to %q", p.header.Get("Location"))
	}
	return reference
}

// all returns every element for which f holds.
func (p page) all(f func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && f(n) {
			list = append(list, n)
		}
	}
	return list
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
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func (p page) byID(id string) *html.Node {
	list := p.all(func(n *html.Node) bool { return attr(n, "id") == id })
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// text is the text of the first element of a tag.
func (p page) text(tag string) string {
	list := p.all(func(n *html.Node) bool { return n.Data == tag })
	if len(list) == 0 {
		return ""
	}
	return textOf(list[0])
}

// problems are the sentences of the error summary.
func (p page) problems() []string {
	var list []string
	for _, box := range p.all(func(n *html.Node) bool { return has(n, "data-error-summary") }) {
		for li := range box.Descendants() {
			if li.Type == html.ElementNode && li.Data == "li" {
				list = append(list, textOf(li))
			}
		}
	}
	return list
}

func (p page) hasProblem(part string) bool {
	return slices.ContainsFunc(p.problems(), func(s string) bool { return strings.Contains(s, part) })
}

// fields are what a browser would send of the page's form.
func (p page) fields() url.Values {
	v := url.Values{}
	for _, n := range p.all(func(n *html.Node) bool { return has(n, "name") }) {
		switch name := attr(n, "name"); n.Data {
		case "textarea":
			v.Add(name, textOf(n))
		case "select":
			for o := range n.Descendants() {
				if o.Data == "option" && has(o, "selected") {
					v.Add(name, attr(o, "value"))
				}
			}
		case "input":
			switch attr(n, "type") {
			case "file", "submit":
			case "checkbox", "radio":
				if has(n, "checked") {
					v.Add(name, attr(n, "value"))
				}
			default:
				v.Add(name, attr(n, "value"))
			}
		}
	}
	return v
}

// messages are those on a private page in a direction.
func (p page) messages(direction string) []*html.Node {
	return p.all(func(n *html.Node) bool { return attr(n, "data-direction") == direction })
}

// incoming fetches everything that came through the form.
func (h *house) incoming(t testing.TB) []network.Post {
	t.Helper()
	var posts []network.Post
	for cursor := network.Cursor(""); ; {
		batch, err := h.conn.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch.Events {
			posts = append(posts, *e.Post)
		}
		if cursor = batch.Cursor; !batch.More {
			return posts
		}
	}
}

// only is the one post that came through the form.
func (h *house) only(t testing.TB) network.Post {
	t.Helper()
	posts := h.incoming(t)
	if len(posts) != 1 {
		t.Fatalf("%d posts came in, want one", len(posts))
	}
	return posts[0]
}
