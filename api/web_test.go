package api

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is a browser in which the administrator is signed in.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

func (h *house) browser() *browser {
	h.t.Helper()
	server := httptest.NewServer(h.router)
	h.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	must(h.t, err)
	b := &browser{h.t, server.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if status, body, _ := b.post("/sign-in", "email", h.admin.Email, "password", "heather kettle orbit"); status != 303 {
		h.t.Fatalf("sign in: %d %s", status, body)
	}
	return b
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	a, err := b.client.Get(b.url + path)
	must(b.t, err)
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	must(b.t, err)
	return a.StatusCode, string(body)
}

func (b *browser) post(path string, pairs ...string) (int, string, string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	a, err := b.client.PostForm(b.url+path, form)
	must(b.t, err)
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	must(b.t, err)
	return a.StatusCode, string(body), a.Header.Get("Location")
}

func (b *browser) shows(path string, words ...string) string {
	b.t.Helper()
	status, body := b.get(path)
	for _, w := range words {
		if status != 200 || !strings.Contains(body, w) {
			b.t.Errorf("GET %s: %d without %q", path, status, w)
		}
	}
	return body
}

func TestAnAdministratorLooksAfterAWebhookInTheBrowser(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		b := h.browser()
		b.shows("/settings/webhooks", "No program is told yet")
		b.shows("/settings/webhooks/new", "case.opened", "Send also what people wrote")
		if status, body, _ := b.post("/settings/webhooks/new", "name", "CRM", "url", "crm"); status != 422 || !strings.Contains(body, "begins with https://") || !strings.Contains(body, "Choose of what it is told") {
			t.Errorf("%d", status)
		}
		status, body, _ := b.post("/settings/webhooks/new", "name", "Lagan CRM", "url", r.URL, "kinds", "message.received")
		if status != 200 || !regexp.MustCompile(`whsec_[A-Za-z0-9+/=]{40,}`).MatchString(body) {
			t.Fatalf("%d", status)
		}
		path := regexp.MustCompile(`/settings/webhooks/\d+`).FindString(b.shows("/settings/webhooks", "Lagan CRM", "Active"))
		_, _, to := b.post(path + "/test")
		b.shows(to, "webhook.test", "Delivered", "webhook-id")
		h.hears("The street lamp is out")
		list, err := h.Endpoints(t.Context())
		must(t, err)
		r.does(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<b>down</b>", 500) })
		h.delivers(list[0])
		b.shows(path, "It has failed 1 time in a row")
		log := b.shows(path+"/log", "message.received", "status 500", "Waiting")
		one := regexp.MustCompile(path + `/log/\d+`).FindString(log)
		b.shows(one, "&lt;b&gt;down", "&#34;sequence&#34;: 2")
		b.shows(path+"/log?state=delivered", "webhook.test")
		b.shows(path+"/log?state=given_up", "Nothing here")
		r.does(nil)
		if status, _, _ := b.post(one); status != 303 {
			t.Errorf("replay: %d", status)
		}
		h.delivers(list[0])
		b.shows(one, "Delivered")
		if status, body, _ := b.post(path+"/log", "since", "tomorrow"); status != 422 || !strings.Contains(body, "Enter a day and time") {
			t.Errorf("since: %d", status)
		}
		since := h.clock.Now().Add(-time.Hour).Format("2006-01-02T15:04")
		if status, _, _ := b.post(path+"/log", "since", since); status != 303 {
			t.Errorf("since: %d", status)
		}
		if status, body, _ := b.post(path+"/rotate", "version", "1"); status != 200 || !strings.Contains(body, "whsec_") {
			t.Errorf("rotate: %d", status)
		}
		for _, act := range []string{"/pause", "/resume", "/end"} {
			version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(b.shows(path, "Lagan CRM"))[1]
			if status, body, _ := b.post(path+act, "version", version); status != 303 {
				t.Errorf("%s: %d %s", act, status, body)
			}
		}
		if status, _ := b.get(path); status != 404 {
			t.Errorf("an ended webhook: %d", status)
		}
	})
}
