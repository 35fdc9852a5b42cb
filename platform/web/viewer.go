package web

import (
	"context"
	"net/http"
)

// Viewer is the person who is signed in, as far as pages need to know.
type Viewer struct {
	ID         int64
	Name       string
	Email      string
	Role       string
	TeamIDs    []int64
	SingleKeys bool   // single-key shortcuts are on (WCAG 2.1.4 asks for the switch)
	Theme      string // "", "light" or "dark"; "" follows the device
	Locale     string // BCP 47, "" is the council's
}

// Authenticator says who sends a request. A nil Viewer without an error is
// nobody; an error means that it could not be found out, and the request fails.
type Authenticator interface {
	Viewer(r *http.Request) (*Viewer, error)
}

// AuthenticatorFunc is an Authenticator in one function.
type AuthenticatorFunc func(r *http.Request) (*Viewer, error)

// Viewer calls f.
func (f AuthenticatorFunc) Viewer(r *http.Request) (*Viewer, error) { return f(r) }

type viewerKey struct{}

// WithViewer is for tests of handlers and pages; the Router does it for requests.
func WithViewer(ctx context.Context, v *Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerOf returns who is signed in, if anybody is.
func ViewerOf(ctx context.Context) (Viewer, bool) {
	v, _ := ctx.Value(viewerKey{}).(*Viewer)
	if v == nil {
		return Viewer{}, false
	}
	return *v, true
}

// MustViewer is ViewerOf for routes that admit only people who are signed in.
// It panics when there is nobody: the route has the wrong Access.
func MustViewer(ctx context.Context) Viewer {
	v, ok := ViewerOf(ctx)
	if !ok {
		panic("web: MustViewer on a route that admits people who are not signed in")
	}
	return v
}
