package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/web"
)

var monday = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// bench is a Router with its log, and requests by somebody with the role in the
// header X-Role.
type bench struct {
	*web.Router
	log bytes.Buffer
}

func newBench(t *testing.T, change ...func(*web.Options)) *bench {
	t.Helper()
	b := &bench{}
	o := web.Options{
		Now:        func() time.Time { return monday },
		SigningKey: bytes.Repeat([]byte{7}, 32),
		Log:        slog.New(slog.NewTextHandler(&b.log, nil)),
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Council: "Strathmarn Council", SignOutURL: "/sign-out", Nav: []web.NavItem{
				{Label: "Desk", URL: "/desk"},
				{Label: "Settings", URL: "/settings", Roles: []string{"administrator"}},
			}}, nil
		},
		Authenticator: web.AuthenticatorFunc(func(r *http.Request) (*web.Viewer, error) {
			switch role := r.Header.Get("X-Role"); role {
			case "":
				return nil, nil
			case "broken":
				return nil, errors.New("session store: disk is full")
			default:
				return &web.Viewer{ID: 7, Name: "Ailsa Drummond", Role: role, SingleKeys: true, Theme: "dark"}, nil
			}
		}),
	}
	for _, f := range change {
		f(&o)
	}
	rt, err := web.NewRouter(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Router = rt
	return b
}

type header map[string]string

func (b *bench) do(t *testing.T, method, target, body string, h header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range h {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func each(n *html.Node, f func(*html.Node)) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			f(d)
		}
	}
}

func find(n *html.Node, tag string) *html.Node {
	var found *html.Node
	each(n, func(d *html.Node) {
		if found == nil && d.Data == tag {
			found = d
		}
	})
	if found == nil {
		return &html.Node{}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
