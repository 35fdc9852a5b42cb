package web

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"mercat.scot/mercat/platform/web/ui"
)

// request is what the Router knows about the request that it is answering.
type request struct {
	router  *Router
	id      string
	pattern string
	viewer  *Viewer
	machine bool // a program asks, by a key: errors are no pages
	live    bool // its answer lasts as long as the page is open
	notices []Notice
	failing bool // an error page is being made
	began   time.Time
}

type requestKey struct{}

// requestOf never returns nil, so that handlers and pages can be tested without
// a Router.
func requestOf(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{}
}

func (q *request) secure() bool { return q.router != nil && q.router.options.Secure }

// RequestID is the reference under which the log knows this request.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Now is when the request began.
func Now(ctx context.Context) time.Time { return ui.MomentOf(ctx).Now }

// Location is the time zone of the council.
func Location(ctx context.Context) *time.Location { return ui.MomentOf(ctx).Location }

// newRequestID is short enough to be read out over the telephone.
func newRequestID() string { return rand.Text()[:10] }

// ClientAddr is where the request came from: the last address that a proxy of
// ours did not write. It is for rate limits, not for the record.
func ClientAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{} // a Unix socket, or a test
	}
	addr = addr.Unmap()
	rt := requestOf(r.Context()).router
	if rt == nil {
		return addr
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && rt.isProxy(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	return addr
}

func (rt *Router) isProxy(addr netip.Addr) bool {
	for _, p := range rt.options.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// Origin is how the browser that asks reaches us, "https://mercat.example", for
// links that are passed on.
func Origin(r *http.Request) string {
	if r.TLS != nil || requestOf(r.Context()).secure() {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// LocalPath returns next when it is a path on this site, and otherwise fallback.
// It keeps a crafted link from sending people elsewhere after signing in.
func LocalPath(next, fallback string) string {
	if len(next) < 1 || len(next) > 2000 || next[0] != '/' {
		return fallback
	}
	// Browsers take a backslash for a slash, and leave out some control
	// characters before they look.
	if strings.HasPrefix(next, "//") || strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return fallback
	}
	return next
}

// KeepPrivate keeps a page that a secret address opens out of caches, search
// engines and other sites' logs.
func KeepPrivate(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Cache-Control", "no-store")
}
