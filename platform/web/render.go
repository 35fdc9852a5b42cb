package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// IsFragment reports whether htmx asks for a part of a page. A boosted link or
// the back button asks for a whole one.
func IsFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" &&
		r.Header.Get("HX-Boosted") != "true" &&
		r.Header.Get("HX-History-Restore-Request") != "true"
}

// Render sends a whole page. It is rendered to the end before the first byte is
// sent, so an error in it can still become an error page.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	ctx := takeNotices(w, r)
	return send(ctx, w, r, status, page)
}

// RenderForm is Render for a page that shows f, with the status of what is wrong
// with it, if anything.
func RenderForm(w http.ResponseWriter, r *http.Request, f *Form, page templ.Component) error {
	status := http.StatusOK
	if problems := f.Problems(); len(problems) > 0 {
		status = statusOf(problems[0].Kind)
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", retryAfter)
	}
	return Render(w, r, status, page)
}

// Fragment sends a part of a page. Notices that wait for a redirect are left
// for the next whole page.
func Fragment(w http.ResponseWriter, r *http.Request, status int, part templ.Component) error {
	return send(r.Context(), w, r, status, part)
}

// FragmentWithNotice is Fragment plus a notice that appears in the notices
// region of the layout.
func FragmentWithNotice(w http.ResponseWriter, r *http.Request, part templ.Component, n Notice) error {
	return send(r.Context(), w, r, http.StatusOK, templ.Join(part, noticeElsewhere(n)))
}

func send(ctx context.Context, w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var page bytes.Buffer
	if err := c.Render(ctx, &page); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	if h.Get("Cache-Control") == "" {
		// Pages show what the record says now, to whoever is signed in now.
		h.Set("Cache-Control", "no-store")
	}
	h.Add("Vary", "HX-Request")
	return Send(w, r, status, page.Bytes())
}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// Send writes a body whose Content-Type is already set, compressed when the
// browser takes it and it is worth it.
func Send(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if len(body) > 1400 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		zipped, err := zip(body)
		if err != nil {
			return fmt.Errorf("compress: %w", err)
		}
		h.Set("Content-Encoding", "gzip")
		body = zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// Whoever went away before the end needs no error page.
	_, _ = w.Write(body)
	return nil
}

func zip(body []byte) ([]byte, error) {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	var out bytes.Buffer
	out.Grow(len(body) / 3)
	z.Reset(&out)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// RenderCached is Render of a page that is the same for everybody who has not
// signed in: those on the way may keep it for a time, and whoever has it already
// is told so. For people who have signed in, and where a notice waits, it is
// Render.
func RenderCached(w http.ResponseWriter, r *http.Request, keep time.Duration, page templ.Component) error {
	ctx := takeNotices(w, r)
	if _, signedIn := ViewerOf(ctx); signedIn || len(requestOf(ctx).notices) > 0 {
		return send(ctx, w, r, http.StatusOK, page)
	}
	var body bytes.Buffer
	if err := page.Render(ctx, &body); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Cookie")
	w.Header().Add("Vary", "HX-Request")
	return SendCached(w, r, keep, body.Bytes())
}

// SendCached is Send with an ETag made of the body, for what others may keep for
// a time: 304 to whoever has it already.
func SendCached(w http.ResponseWriter, r *http.Request, keep time.Duration, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"` // weak: compressed or not, it is the same
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(keep.Seconds())))
	for _, had := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if had = strings.TrimSpace(had); had == tag || had == "*" {
			h.Add("Vary", "Accept-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return Send(w, r, http.StatusOK, body)
}
