package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/staff"
)

const (
	adminEmail    = "mairi@strathcarron.example"
	adminPassword = "harled walls and crow steps"
)

// testConfig is a fresh Mercat on an engine, on a port of its own.
func testConfig(t *testing.T, engine db.Engine) Config {
	t.Helper()
	c := Config{Log: logOf(t), Listen: "127.0.0.1:0", Data: t.TempDir(), PasswordCost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}, Twice: true}
	if engine == db.Postgres {
		c.DB = dbtest.DSN(t, engine, Migrations())
	}
	return c
}

// logOf keeps what goes wrong, and shows it when the test fails.
func logOf(t *testing.T) *slog.Logger {
	t.Helper()
	kept := &keptLog{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log:\n%s", kept.text.String())
		}
	})
	return NewLog(kept, "text", slog.LevelWarn)
}

type keptLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (k *keptLog) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.text.Len() > 20_000 {
		return len(b), nil
	}
	return k.text.Write(b)
}

// each runs f on both engines.
func each(t *testing.T, f func(t *testing.T, c Config)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, testConfig(t, engine)) })
	}
}

// running is a whole Mercat that serves.
type running struct {
	*App
	url  string
	stop func() error // in order; may be called twice
}

func start(t *testing.T, c Config) *running {
	t.Helper()
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(at string) { address <- at }) }()
	r := &running{App: a}
	var result error
	stopped := false
	r.stop = func() error {
		cancel()
		if !stopped {
			stopped = true
			select {
			case result = <-ended:
			case <-time.After(stopWithin + 20*time.Second):
				result = errors.New("it did not stop")
			}
		}
		return result
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	select {
	case r.url = <-address:
	case err := <-ended:
		t.Fatal(err)
	case <-time.After(time.Minute):
		t.Fatal("it was not ready within a minute")
	}
	return r
}

// browser keeps cookies and follows no redirect.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (r *running) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: r.url, http: &http.Client{
		Jar:           jar,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came back.
type answer struct {
	status int
	to     string // where it leads
	body   string
	header http.Header
}

func (b *browser) send(method, path string, form url.Values) answer {
	b.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(request)
}

func (b *browser) do(request *http.Request) answer {
	b.t.Helper()
	response, err := b.http.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, to: response.Header.Get("Location"), header: response.Header}
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		text, err := io.ReadAll(response.Body)
		if err != nil {
			b.t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
		}
		a.body = string(text)
	}
	return a
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.send(http.MethodGet, path, nil) }

func (b *browser) post(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

// want fails the test unless the answer has a status.
func (a answer) want(t *testing.T, status int, has ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d (to %q), not %d: %s", a.status, a.to, status, visible(a.body))
	}
	for _, text := range has {
		if !strings.Contains(a.body, text) {
			t.Errorf("the page lacks %q: %s", text, visible(a.body))
		}
	}
	return a
}

func (a answer) leads(t *testing.T, to string) {
	t.Helper()
	if a.status != http.StatusSeeOther || a.to != to {
		t.Fatalf("status %d to %q, not to %q: %s", a.status, a.to, to, visible(a.body))
	}
}

// visible is what a page says behind its head, without its marks, short enough
// for a log.
func visible(page string) string {
	if _, main, ok := strings.Cut(page, "<main"); ok {
		page = "<main" + main
	}
	words := strings.Join(strings.Fields(marks.ReplaceAllString(page, " ")), " ")
	return words[:min(len(words), 800)]
}

var marks = regexp.MustCompile(`<[^>]*>`)

// setUp makes the council, and returns its administrator's browser.
func (r *running) setUp(t *testing.T) *browser {
	t.Helper()
	b := r.browser(t)
	b.post("/set-up", "council", "Strathcarron Council", "name", "Mairi Galbraith", "email", adminEmail,
		"password", adminPassword, "start", "empty").leads(t, home)
	return b
}

// as signs somebody new with a role in, and returns their browser.
func (r *running) as(t *testing.T, role staff.Role) *browser {
	t.Helper()
	if role == staff.Administrator {
		b := r.browser(t)
		b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
		return b
	}
	email := fmt.Sprintf("%s-%d@strathcarron.example", role, r.db.NewID())
	_, link, err := r.staff.AddOfficer(t.Context(), operator(), staff.Person{Email: email, Name: "Somebody " + string(role), Role: role}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.staff.ChoosePassword(t.Context(), link.Token, adminPassword); err != nil {
		t.Fatal(err)
	}
	b := r.browser(t)
	b.post("/sign-in", "email", email, "password", adminPassword).leads(t, home)
	return b
}
