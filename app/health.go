package app

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"mercat.scot/mercat/platform/web"
)

func (a *App) showHealth(w http.ResponseWriter, r *http.Request) error {
	return sayPlain(w, r, http.StatusOK, "alive\n")
}

// showReady says whether requests can be served, and if not, which part is
// missing. It tells nothing else: everybody may ask.
func (a *App) showReady(w http.ResponseWriter, r *http.Request) error {
	missing := a.missing(r.Context())
	if len(missing) > 0 {
		return sayPlain(w, r, http.StatusServiceUnavailable, "not ready: "+strings.Join(missing, ", ")+"\n")
	}
	return sayPlain(w, r, http.StatusOK, "ready\n")
}

func (a *App) missing(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var missing []string
	if steps, err := a.db.Missing(ctx, Migrations()...); err != nil {
		missing = append(missing, "the database does not answer")
	} else if len(steps) > 0 {
		missing = append(missing, "the database is older than the program")
	}
	if lacks := a.room.missing(a.config.Data, a.now()); lacks != "" {
		missing = append(missing, lacks)
	}
	if !a.working.Load() {
		missing = append(missing, "no jobs are run")
	}
	if !a.ready.Load() {
		missing = append(missing, "the program starts or stops")
	}
	return missing
}

func sayPlain(w http.ResponseWriter, r *http.Request, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	return web.Send(w, r, status, []byte(text))
}

// hostOf is the host of an address, with or without a port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}
