//go:build linux

package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network/mastodon/mastodontest"
)

const (
	adminEmail    = "mairi@strathcarron.example"
	adminPassword = "harled walls and crow steps"
)

// visitor is a browser without scripts. It does not give up: a request that
// broke off is sent again until it is answered, as people and browsers do.
type visitor struct {
	t    *testing.T
	base string
	from string // the address that a web server in front would name
	http *http.Client
	odd  func(what string) // told of answers that nobody should get
}

func (m *mercat) visitor(from string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		m.t.Fatal(err)
	}
	return &visitor{t: m.t, base: "http://" + m.listen, from: from, http: &http.Client{
		Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is what came back.
type page struct {
	status   int
	to, body string
}

// once sends a request once.
func (v *visitor) once(ctx context.Context, method, path string, form url.Values) (page, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, v.base+path, body)
	if err != nil {
		return page{}, err
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Forwarded-For", v.from)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	p, err := v.answer(r)
	if err != nil {
		return page{}, err
	}
	if p.status >= 500 && v.odd != nil {
		v.odd(fmt.Sprintf("%s %s: %d %s", method, path, p.status, words(p.body)))
	}
	return p, nil
}

// answer sends a request and reads its answer whole.
func (v *visitor) answer(r *http.Request) (page, error) {
	response, err := v.http.Do(r)
	if err != nil {
		return page{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return page{}, err
	}
	return page{status: response.StatusCode, to: response.Header.Get("Location"), body: string(text)}, nil
}

// send sends a request until it is answered, or ctx ends.
func (v *visitor) send(ctx context.Context, method, path string, form url.Values) (page, error) {
	for {
		p, err := v.once(ctx, method, path, form)
		if err == nil && p.status < 500 {
			return p, nil
		}
		select {
		case <-ctx.Done():
			return page{}, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// must is send for what has to succeed.
func (v *visitor) must(method, path string, status int, pairs ...string) page {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	defer cancel()
	var form url.Values
	if method == http.MethodPost {
		form = url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
	}
	p, err := v.send(ctx, method, path, form)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	if p.status != status {
		v.t.Fatalf("%s %s: status %d to %q, not %d: %s", method, path, p.status, p.to, status, words(p.body))
	}
	return p
}

var marks = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`)

// words is what a page says.
func words(page string) string {
	if _, main, ok := strings.Cut(page, "<main"); ok {
		page = "<main" + main
	}
	text := strings.Join(strings.Fields(marks.ReplaceAllString(page, " ")), " ")
	return text[:min(len(text), 600)]
}

// council makes the council of a Mercat that was just started, with an account
// on a Mastodon server, and returns the administrator.
func (m *mercat) council(printed, server, token string) *visitor {
	m.t.Helper()
	at, err := url.Parse(printed)
	if err != nil {
		m.t.Fatal(err)
	}
	admin := m.visitor("192.0.2.1")
	admin.must(http.MethodPost, "/set-up", http.StatusSeeOther, "code", at.Query().Get("code"), "council", "Strathcarron Council",
		"name", "Mairi Galbraith", "email", adminEmail, "password", adminPassword, "start", "empty")
	if server != "" {
		admin.must(http.MethodPost, "/settings/accounts", http.StatusSeeOther, "network", "mastodon", "name", "Strathcarron on Mastodon",
			"sign_replies", "", "option_server", server, "option_access_token", token)
	}
	return admin
}

// town is everybody who writes and answers, with what each of them remembers.
type town struct {
	m       *mercat
	network string               // on which people write
	server  *mastodontest.Server // of Mastodon
	ours    *mastodontest.Account
	token   string

	pardons func(what string) bool // what people may be told; nil: nothing odd

	mu       sync.Mutex
	posted   map[string]string // on the network: id to words
	formed   []string          // words that the web form has taken
	answered []string          // words that the desk has taken
	odd      []string
	pardoned int
	all      sync.WaitGroup
	stop     context.CancelFunc
	ctx      context.Context
}

// rights are those that Mercat asks for.
var rights = []string{"read", "write:statuses", "write:media"}

func newTown(m *mercat, o mastodontest.Options) *town {
	s := mastodontest.New(m.t, o)
	n := townOn(m, "mastodon")
	n.server, n.ours = s, s.NewAccount("council")
	n.token = n.ours.Token(rights...)
	return n
}

// townOn is a town whose people write on a network.
func townOn(m *mercat, network string) *town {
	n := &town{m: m, network: network, posted: map[string]string{}}
	n.ctx, n.stop = context.WithCancel(context.WithoutCancel(m.t.Context()))
	m.t.Cleanup(n.quiet)
	return n
}

// quiet makes everybody finish and go home.
func (n *town) quiet() {
	n.stop()
	n.all.Wait()
}

// oddly keeps what a visitor should not have been told.
func (n *town) oddly(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.pardons != nil && n.pardons(what) {
		n.pardoned++
		return
	}
	if len(n.odd) < 20 {
		n.odd = append(n.odd, what)
	}
}

// every does something again and again, with a pause of about that.
func (n *town) every(pause time.Duration, seed uint64, do func(r *rand.Rand, i int)) {
	r := rand.New(rand.NewPCG(seed, 1))
	n.all.Go(func() {
		for i := 0; n.ctx.Err() == nil; i++ {
			do(r, i)
			select {
			case <-n.ctx.Done():
			case <-time.After(between(r, pause/2, pause*3/2)):
			}
		}
	})
}

// posts makes a citizen write on Mastodon.
func (n *town) posts(name string, pause time.Duration, seed uint64) {
	who := n.server.NewAccount(name + "@elsewhere.test")
	var before []string
	n.every(pause, seed, func(r *rand.Rand, i int) {
		text := fmt.Sprintf("There is a pothole in the Kirk Wynd, says %s for the %dth time.", name, i)
		d := mastodontest.Draft{Text: "@council@burgh.test " + text}
		if len(before) > 0 && r.IntN(4) == 0 {
			d.ReplyTo = before[r.IntN(len(before))]
		}
		id := who.Post(d)
		n.mu.Lock()
		n.posted[id] = text
		n.mu.Unlock()
		before = append(before, id)
	})
}

const tokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// writes makes a citizen write with the web form.
func (n *town) writes(name string, pause time.Duration, seed uint64) {
	v := n.m.visitor("")
	v.odd = n.oddly
	n.every(pause, seed, func(r *rand.Rand, i int) {
		token := make([]byte, 22)
		for k := range token {
			token[k] = tokenLetters[r.IntN(len(tokenLetters))]
		}
		v.from = fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256)) // one address may not send so many
		text := fmt.Sprintf("When is the library open, asks %s for the %dth time.", name, i)
		// A form that was begun is finished, also after the others went home.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(n.ctx), time.Minute)
		defer cancel()
		p, err := v.send(ctx, http.MethodPost, "/form/contact", url.Values{"form": {string(token)}, "about": {"question"}, "message": {text}, "name": {name}})
		if err != nil {
			n.oddly(fmt.Sprintf("the form was never answered: %v", err))
			return
		}
		if p.status != http.StatusSeeOther {
			n.oddly(fmt.Sprintf("the form was not taken: %d %s", p.status, words(p.body)))
			return
		}
		n.mu.Lock()
		n.formed = append(n.formed, text)
		n.mu.Unlock()
	})
}

var (
	rowForm  = regexp.MustCompile(`/desk/(\d+)\b`)
	seenForm = regexp.MustCompile(`name="seen" value="(\d+)"`)
)

// answers makes an officer answer what nobody has answered.
func (n *town) answers(v *visitor, name string, pause time.Duration, seed uint64) {
	v.odd = n.oddly
	n.every(pause, seed, func(r *rand.Rand, i int) {
		list, err := v.send(n.ctx, http.MethodGet, "/desk?view=unassigned", nil)
		if err != nil {
			return
		}
		var ids []string
		for _, found := range rowForm.FindAllStringSubmatch(list.body, -1) {
			if !slices.Contains(ids, found[1]) {
				ids = append(ids, found[1])
			}
		}
		if len(ids) == 0 {
			return
		}
		id := ids[r.IntN(len(ids))]
		open, err := v.send(n.ctx, http.MethodGet, "/desk/"+id, nil)
		if err != nil {
			return
		}
		seen := seenForm.FindStringSubmatch(open.body)
		if seen == nil {
			n.oddly("a conversation has no box to answer in: " + words(open.body))
			return
		}
		text := fmt.Sprintf("We look at it today, says %s in answer %d.", name, i)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(n.ctx), time.Minute)
		defer cancel()
		p, err := v.send(ctx, http.MethodPost, "/desk/"+id+"/reply", url.Values{"body": {text}, "seen": {seen[1]}})
		switch {
		case err != nil:
			n.oddly(fmt.Sprintf("an answer was never taken: %v", err))
		case p.status == http.StatusSeeOther:
			n.mu.Lock()
			n.answered = append(n.answered, text)
			n.mu.Unlock()
		case p.status != http.StatusConflict: // a colleague was first, or the citizen wrote more
			n.oddly(fmt.Sprintf("an answer was refused: %d %s", p.status, words(p.body)))
		}
	})
}

// eventually waits until it is so. What happens in between is done by another
// process, on which nothing here can wait.
func eventually(t *testing.T, within time.Duration, so func() (bool, string)) error {
	t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		ok, how := so()
		if ok {
			return nil
		}
		if time.Now().After(end) {
			return errors.New(how)
		}
	}
}
