package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web/ui"
)

// ServeHTTP answers every request to Mercat.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := rt.options.Now()
	q := &request{router: rt, id: newRequestID(), began: now}
	ctx := context.WithValue(r.Context(), requestKey{}, q)
	ctx = ui.WithMoment(ctx, ui.Moment{Now: now, Location: rt.options.Location})
	r = r.WithContext(ctx)
	out := &response{ResponseWriter: w}
	rt.securityHeaders(out.Header(), q.id)

	defer rt.account(r, q, out)
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		rt.fail(out, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}()

	if _, pattern := rt.mux.Handler(r); pattern == "" {
		rt.unmatched(out, r)
		return
	}
	rt.mux.ServeHTTP(out, r)
}

// unmatched asks the mux whether another method would have matched.
func (rt *Router) unmatched(w http.ResponseWriter, r *http.Request) {
	q := requestOf(r.Context())
	q.pattern = "(none)"
	probe := &discard{header: http.Header{}}
	rt.mux.ServeHTTP(probe, r)
	if viewer, err := rt.options.Authenticator.Viewer(r); err == nil {
		// Only the look of the page depends on it; when it cannot be found
		// out, the page looks as for nobody.
		q.viewer = viewer
		r = r.WithContext(WithViewer(r.Context(), viewer))
	}
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		rt.problem(w, r, http.StatusMethodNotAllowed, problem{
			Title: "That cannot be done here",
			What:  "This address does not take what your browser sent. Nothing has been changed.",
			Next:  "Go back to the page before and try again from there.",
		})
		return
	}
	rt.fail(w, r, fault.New(fault.NotFound, "There is nothing at this address. If you typed it, check it; if you followed a link, it may be out of date."))
}

// account writes one line and one measurement for each request. Neither has the
// path, the query or who it was: a route pattern is all that is needed to find
// what is slow or broken, and the reference leads to the cause.
func (rt *Router) account(r *http.Request, q *request, out *response) {
	status := out.statusOr(http.StatusOK)
	took := rt.options.Now().Sub(q.began)
	if rt.seconds != nil && !q.live {
		rt.seconds.WithLabelValues(q.pattern, strconv.Itoa(status)).Observe(took.Seconds())
	}
	level := slog.LevelInfo
	if strings.HasPrefix(r.URL.Path, "/assets/") {
		level = slog.LevelDebug
	}
	rt.options.Log.LogAttrs(r.Context(), level, "request",
		slog.String("reference", q.id), slog.String("route", q.pattern), slog.String("method", knownMethod(r.Method)),
		slog.Int("status", status), slog.Int64("bytes", out.bytes), slog.Duration("took", took))
}

func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// securityHeaders lets a page use only what we serve ourselves, and nobody else
// frame it. There are no inline scripts or styles anywhere.
func (rt *Router) securityHeaders(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", rt.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if rt.options.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

func policy(tileOrigins []string) string {
	tiles := ""
	if len(tileOrigins) > 0 {
		tiles = " " + strings.Join(tileOrigins, " ")
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' data: blob:" + tiles,
		"media-src 'self'",
		"font-src 'self'",
		"connect-src 'self'" + tiles,
		"worker-src 'self'",
		"manifest-src 'self'",
		"form-action 'self'",
		"frame-ancestors 'none'",
		"base-uri 'none'",
	}, "; ")
}

// response remembers what was sent.
type response struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (o *response) WriteHeader(status int) {
	if o.status == 0 && status >= 200 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *response) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(b)
	o.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (o *response) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *response) statusOr(none int) int {
	if o.status == 0 {
		return none
	}
	return o.status
}

// discard takes an answer of which only the status is wanted.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(s int)   { d.status = s }
func (d *discard) Write(b []byte) (int, error) {
	if d.status == 0 {
		d.status = http.StatusOK
	}
	return len(b), nil
}
