package mastodontest

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Dialect is whose server it is like.
type Dialect string

const (
	Mastodon   Dialect = "mastodon"
	GoToSocial Dialect = "gotosocial" // ULIDs, no statuses by the list, WebSockets alone, every sign counts
	Pleroma    Dialect = "pleroma"    // flake ids, no program named, no filter of notifications, every sign counts
)

// Options are what a server is like; the zero value is a good Mastodon.
type Options struct {
	Dialect Dialect
	Domain  string // of the accounts' handles; "burgh.test"
	Now     func() time.Time

	Characters    int  // 500
	NoStreaming   bool // neither WebSockets nor server-sent events
	NoWebSockets  bool
	Old           bool // no /api/v2/instance and no list of statuses (before 4.0)
	NoPKCE        bool
	IgnoreKeys    bool // Idempotency-Key has no effect
	AsyncMedia    int  // how often a file is not ready yet
	PerFiveMinute int  // requests; 0 is as many as one likes
	MaxPage       int  // 80
	StreamAt      string
	TLS           bool // and HTTP/2, as real servers
	// KeepBack keeps back what strangers write in private, as Mastodon does since
	// 4.3 where the account has not changed its policy.
	KeepBack bool
}

// Server is a running server.
type Server struct {
	URL string // "http://127.0.0.1:…"

	t       testing.TB
	options Options
	http    *httptest.Server
	stop    chan struct{}

	mu        sync.Mutex
	accounts  []*Account
	statuses  []*status // in the order of their ids
	notes     []*note
	files     map[string]*file
	tokens    map[string]*token
	apps      map[string]*app
	codes     map[string]*grant
	keys      map[string]*status // Idempotency-Key
	listeners map[*listener]bool
	last      int64 // of the last id
	notified  int64
	requests  int
	window    time.Time
	html      bool
	delay     time.Duration
	late      func() time.Duration
	doubled   bool
	disorder  bool
	calls     map[string]int
}

// New starts a server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Dialect == "" {
		o.Dialect = Mastodon
	}
	if o.Domain == "" {
		o.Domain = "burgh.test"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Characters == 0 {
		o.Characters = 500
	}
	if o.MaxPage == 0 {
		o.MaxPage = 80
	}
	s := &Server{t: t, options: o, stop: make(chan struct{}), files: map[string]*file{}, tokens: map[string]*token{}, apps: map[string]*app{},
		codes: map[string]*grant{}, keys: map[string]*status{}, listeners: map[*listener]bool{}, calls: map[string]int{}}
	s.http = httptest.NewUnstartedServer(s)
	if o.TLS {
		s.http.EnableHTTP2 = true
		s.http.StartTLS()
	} else {
		s.http.Start()
	}
	s.URL = s.http.URL
	t.Cleanup(func() {
		close(s.stop)
		s.http.Close()
	})
	return s
}

// Authorities are those that vouch for a server with TLS.
func (s *Server) Authorities() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.http.Certificate())
	return pool
}

// AnswerHTML makes every answer a page for people.
func (s *Server) AnswerHTML(on bool) { s.locked(func() { s.html = on }) }

// AnswerSlowly makes every answer come later.
func (s *Server) AnswerSlowly(by time.Duration) { s.locked(func() { s.delay = by }) }

// AnswerLate makes the server take a call whole, and do what it says only after
// a while, whatever has become of the caller by then.
func (s *Server) AnswerLate(by func() time.Duration) { s.locked(func() { s.late = by }) }

// Double makes lists hold everything twice, Disorder makes them stand in another
// order than the documentation says.
func (s *Server) Double()   { s.locked(func() { s.doubled = true }) }
func (s *Server) Disorder() { s.locked(func() { s.disorder = true }) }

// Calls is how often a call was made: "POST /api/v1/statuses".
func (s *Server) Calls(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[name]
}

func (s *Server) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// slip notes that a client did what the documentation does not allow.
func (s *Server) slip(format string, args ...any) { s.t.Errorf("against the API: "+format, args...) }

// failure is an answer that is an error.
type failure struct {
	status  int
	message string
}

func (f failure) Error() string { return f.message }

// call is a request on its way to its answer.
type call struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	path   map[string]string
	in     url.Values // query and form
	upload *upload
	token  *token
	who    *Account // whose token it is, nil for an app's
}

// route is what the documentation says of one call.
type route struct {
	method, path string
	scope        string   // "" for public, "app" for any token
	query        []string // parameters in the address
	form         []string // parameters in the body; media in multipart
	multipart    bool
	answer       func(*call) (any, error)
}

func (s *Server) routes() []route {
	page := []string{"max_id", "since_id", "min_id", "limit"}
	with := func(more ...string) []string { return append(slices.Clone(page), more...) }
	status := []string{"status", "media_ids[]", "poll[options][]", "poll[expires_in]", "poll[multiple]", "poll[hide_totals]", "in_reply_to_id",
		"sensitive", "spoiler_text", "visibility", "language", "scheduled_at"}
	media := []string{"file", "thumbnail", "description", "focus"}
	notes := with("types[]", "exclude_types[]", "account_id")
	if !s.options.Old && s.options.Dialect == Mastodon {
		notes = append(notes, "include_filtered") // 4.3
	}
	list := []route{
		{method: "GET", path: "/api/v1/instance", answer: (*call).instance1},
		{method: "GET", path: "/.well-known/oauth-authorization-server", answer: (*call).metadata},
		{method: "POST", path: "/api/v1/apps", form: []string{"client_name", "redirect_uris", "redirect_uris[]", "scopes", "website"}, answer: (*call).register},
		{method: "GET", path: "/api/v1/apps/verify_credentials", scope: "app", answer: (*call).verifyApp},
		{method: "GET", path: "/oauth/authorize", query: []string{"response_type", "client_id", "redirect_uri", "scope", "state", "force_login", "lang", "code_challenge", "code_challenge_method"}, answer: (*call).authorize},
		{method: "POST", path: "/oauth/token", form: []string{"grant_type", "code", "client_id", "client_secret", "redirect_uri", "scope", "code_verifier"}, answer: (*call).exchange},
		{method: "POST", path: "/oauth/revoke", form: []string{"client_id", "client_secret", "token"}, answer: (*call).revoke},
		{method: "GET", path: "/api/v1/accounts/verify_credentials", scope: "read:accounts", answer: (*call).verify},
		{method: "GET", path: "/api/v1/accounts/relationships", scope: "read:follows", query: []string{"id[]", "with_suspended"}, answer: (*call).relationships},
		{method: "GET", path: "/api/v1/accounts/:id/statuses", scope: "read:statuses", query: with("only_media", "exclude_replies", "exclude_reblogs", "pinned", "tagged"), answer: (*call).statusesOf},
		{method: "GET", path: "/api/v1/notifications", scope: "read:notifications", query: notes, answer: (*call).notifications},
		{method: "POST", path: "/api/v1/statuses", scope: "write:statuses", form: status, answer: (*call).publish},
		{method: "GET", path: "/api/v1/statuses/:id", scope: "read:statuses", answer: (*call).show},
		{method: "PUT", path: "/api/v1/statuses/:id", scope: "write:statuses", form: []string{"status", "spoiler_text", "sensitive", "language", "media_ids[]"}, answer: (*call).edit},
		{method: "DELETE", path: "/api/v1/statuses/:id", scope: "write:statuses", query: []string{"delete_media"}, answer: (*call).remove},
		{method: "GET", path: "/api/v1/statuses/:id/context", scope: "read:statuses", answer: (*call).context},
		{method: "POST", path: "/api/v1/media", scope: "write:media", form: media, multipart: true, answer: (*call).uploadMedia},
		{method: "POST", path: "/api/v2/media", scope: "write:media", form: media, multipart: true, answer: (*call).uploadMedia},
		{method: "GET", path: "/api/v1/media/:id", scope: "write:media", answer: (*call).showMedia},
	}
	if !s.options.Old {
		list = append(list, route{method: "GET", path: "/api/v2/instance", answer: (*call).instance2})
	}
	if !s.options.Old && s.options.Dialect == Mastodon {
		list = append(list, route{method: "GET", path: "/api/v1/statuses", scope: "read:statuses", query: []string{"id[]"}, answer: (*call).many})
	}
	if !s.options.NoStreaming {
		list = append(list, route{method: "GET", path: "/api/v1/streaming/health", answer: (*call).health})
		if !s.options.NoWebSockets {
			list = append(list, route{method: "GET", path: "/api/v1/streaming", scope: "read:statuses", query: []string{"stream", "list", "tag", "access_token"}, answer: (*call).socket})
		}
		if s.options.Dialect != GoToSocial {
			list = append(list,
				route{method: "GET", path: "/api/v1/streaming/user", scope: "read:statuses", answer: (*call).events},
				route{method: "GET", path: "/api/v1/streaming/user/notification", scope: "read:notifications", answer: (*call).events})
		}
	}
	return list
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	html, delay, late := s.html, s.delay, time.Duration(0)
	if s.late != nil {
		late = s.late()
	}
	s.mu.Unlock()
	if late > 0 {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // it never came whole
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		timer := time.NewTimer(late)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.stop:
		}
	}
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-s.stop:
		}
	}
	if html {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>We are down for maintenance</title>") // the client may have gone
		return
	}
	if s.limited(w) {
		writeJSON(w, http.StatusTooManyRequests, map[string]any{"error": "Too many requests"})
		return
	}
	answer, err := s.serve(w, r)
	var f failure
	switch {
	case answer == done:
	case err == nil:
		writeJSON(w, statusOf(w, http.StatusOK), answer)
	default:
		f, _ = err.(failure)
		if f.status == 0 {
			f = failure{http.StatusInternalServerError, err.Error()}
		}
		writeJSON(w, f.status, map[string]any{"error": f.message})
	}
}

// done is the answer of a call that has written its own.
var done any = struct{ written bool }{true}

// statusHeader carries the status of a good answer that is not 200.
const statusHeader = "X-Test-Status"

func statusOf(w http.ResponseWriter, usual int) int {
	if n, err := strconv.Atoi(w.Header().Get(statusHeader)); err == nil {
		w.Header().Del(statusHeader)
		return n
	}
	return usual
}

func writeJSON(w http.ResponseWriter, code int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // the answers are made of maps and strings
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client may have gone
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	path := strings.TrimRight(r.URL.Path, "/") // as Rails does
	others := false
	for _, one := range s.routes() {
		values, ok := match(one.path, path)
		if !ok {
			continue
		}
		if one.method != r.Method {
			others = true
			continue
		}
		s.locked(func() { s.calls[one.method+" "+one.path]++ })
		c := &call{s: s, w: w, r: r, path: values}
		if err := c.read(one); err != nil {
			return nil, err
		}
		s.mu.Lock()
		err := c.authenticate(one.scope)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		return one.answer(c)
	}
	if others && !s.known(path) {
		s.slip("%s %s: there is no such method here", r.Method, path)
		return nil, failure{http.StatusMethodNotAllowed, "Method Not Allowed"}
	}
	if !others && !s.known(path) {
		s.slip("%s %s: there is no such call", r.Method, path)
	}
	return nil, failure{http.StatusNotFound, "Not Found"}
}

// known are calls that clients may try although this server lacks them.
func (s *Server) known(path string) bool {
	return strings.HasPrefix(path, "/api/v1/streaming") || path == "/api/v2/instance" || path == "/api/v1/statuses"
}

func match(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	values := map[string]string{}
	for i := range want {
		if strings.HasPrefix(want[i], ":") {
			// What stands here as a word is a call of its own.
			if have[i] == "" || have[i] == "relationships" || have[i] == "verify_credentials" {
				return nil, false
			}
			values[want[i][1:]] = have[i]
		} else if want[i] != have[i] {
			return nil, false
		}
	}
	return values, true
}

// read reads the parameters and refuses those that the call does not have.
func (c *call) read(r route) error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		c.s.slip("%s: the query makes no sense: %v", r.path, err)
		return failure{http.StatusBadRequest, "Bad Request"}
	}
	c.in = url.Values{}
	take := func(from url.Values, allowed []string, where string) error {
		for name, values := range from {
			if !slices.Contains(allowed, name) {
				c.s.slip("%s %s has no parameter %q in its %s", r.method, r.path, name, where)
				return failure{http.StatusBadRequest, "Unknown parameter " + name}
			}
			if len(values) > 1 && !strings.HasSuffix(name, "[]") {
				c.s.slip("%s %s: %q is given more than once", r.method, r.path, name)
			}
			c.in[name] = values
		}
		return nil
	}
	if err := take(query, r.query, "query"); err != nil {
		return err
	}
	if r.method != http.MethodPost && r.method != http.MethodPut {
		return nil
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "multipart/form-data" && r.multipart:
		form, up, err := readUpload(c.r)
		if err != nil {
			return failure{http.StatusBadRequest, "Bad Request"}
		}
		c.upload = up
		return take(form, r.form, "body")
	case err == nil && kind == "application/x-www-form-urlencoded":
		if err := c.r.ParseForm(); err != nil {
			return failure{http.StatusBadRequest, "Bad Request"}
		}
		return take(c.r.PostForm, r.form, "body")
	case c.r.ContentLength == 0:
		return nil
	}
	c.s.slip("%s %s: a body of type %q", r.method, r.path, c.r.Header.Get("Content-Type"))
	return failure{http.StatusUnsupportedMediaType, "Unsupported Media Type"}
}

// limited counts a request, and tells the limits.
func (s *Server) limited(w http.ResponseWriter) bool {
	const period = 5 * time.Minute
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	if now.Sub(s.window) >= period {
		s.window, s.requests = now, 0
	}
	s.requests++
	most := s.options.PerFiveMinute
	if most == 0 {
		most = 1_000_000
	}
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(most))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(0, most-s.requests)))
	w.Header().Set("X-RateLimit-Reset", s.window.Add(period).UTC().Format("2006-01-02T15:04:05.000000Z"))
	return s.requests > most
}

func (c *call) health() (any, error) {
	_, err := fmt.Fprint(c.w, "OK")
	return done, err
}
