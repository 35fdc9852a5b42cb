package web

import (
	"context"
	"net/http"
	"time"
)

// SetCookie sends a cookie that scripts cannot read and other sites' forms do
// not carry. Over https its name gets the __Host- prefix, which forbids other
// hosts of the same domain to set it. A zero age lasts until the browser closes.
func SetCookie(ctx context.Context, w http.ResponseWriter, name, value string, age time.Duration) {
	c := newCookie(ctx, name)
	c.Value = value
	if age > 0 {
		c.MaxAge = int(age.Seconds())
	}
	http.SetCookie(w, c)
}

// ClearCookie removes a cookie set by SetCookie.
func ClearCookie(ctx context.Context, w http.ResponseWriter, name string) {
	c := newCookie(ctx, name)
	c.MaxAge = -1
	http.SetCookie(w, c)
}

// Cookie returns the value of a cookie set by SetCookie, or "".
func Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r.Context(), name))
	if err != nil { // the only error is that there is none
		return ""
	}
	return c.Value
}

func newCookie(ctx context.Context, name string) *http.Cookie {
	return &http.Cookie{
		Name:     cookieName(ctx, name),
		Path:     "/",
		HttpOnly: true,
		Secure:   requestOf(ctx).secure(),
		SameSite: http.SameSiteLaxMode,
	}
}

func cookieName(ctx context.Context, name string) string {
	if requestOf(ctx).secure() {
		return "__Host-" + name
	}
	return name
}
