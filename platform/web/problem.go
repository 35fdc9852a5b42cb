package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

var errCrossSite = fault.New(fault.Forbidden, "This was sent from another website, so it was refused. Nothing has been changed. Open the page here and send it again.")

// statusGone is what nginx calls 499: the browser closed the connection. It is
// seen only by the log and the metrics.
const statusGone = 499

// retryAfter is in how many seconds to come back after too many tries.
const retryAfter = "60"

// problemTime is how long an error page may take.
const problemTime = 5 * time.Second

// problem is what an error page or an error fragment says.
type problem struct {
	Title     string // what sort of trouble
	What      string // what happened, and what was kept
	Next      string // what to do, when What does not say it
	Fields    fault.Fields
	Reference string // leads to the cause in the log
}

// statusOf is the only place where a kind of error becomes an HTTP status.
func statusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.SignIn:
		return http.StatusUnauthorized
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Gone:
		return http.StatusGone
	case fault.Down:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

func titleOf(kind fault.Kind) string {
	switch kind {
	case fault.Invalid:
		return "There is a problem with what was sent"
	case fault.NotFound:
		return "Page not found"
	case fault.Forbidden:
		return "You cannot do this"
	case fault.SignIn:
		return "Sign in first"
	case fault.Conflict:
		return "Somebody else was quicker"
	case fault.TooLarge:
		return "That is too large"
	case fault.TooMany:
		return "Too many tries"
	case fault.Gone:
		return "This has been removed"
	case fault.Down:
		return "Something that we need does not answer"
	default:
		return "Something went wrong"
	}
}

// fail answers with an error. It is the one adapter from errors to pages.
func (rt *Router) fail(w http.ResponseWriter, r *http.Request, err error) {
	q := requestOf(r.Context())
	if out, ok := w.(*response); ok && out.status != 0 {
		// Too late for a page: cut the connection, so that nobody takes half
		// an answer for a whole one.
		rt.log(r, "request failed after the answer began", err)
		panic(http.ErrAbortHandler)
	}
	if errors.Is(err, context.Canceled) && errors.Is(r.Context().Err(), context.Canceled) {
		// Whoever asked has gone: there is nobody to tell, and nothing broke.
		w.WriteHeader(statusGone)
		return
	}
	err = translate(r, err)
	kind := fault.Of(err)
	if kind == "" || errors.Unwrap(err) != nil {
		rt.log(r, "request failed", err)
	}
	if kind == fault.TooMany && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	if q.machine {
		rt.tell(w, r, ProblemOf(r.Context(), err))
		return
	}
	if kind == fault.SignIn && !IsFragment(r) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		http.Redirect(w, r, rt.options.SignInPath+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	p := problem{Title: titleOf(kind), What: fault.Sentence(err)}
	var fields fault.Fields
	if errors.As(err, &fields) {
		p.Fields = fields
	}
	switch kind {
	case "":
		p.What = "This is a fault of ours, not of yours. What you sent was not saved."
		p.Next = "Go back: what you typed should still be there. Try again in a minute. If it happens again, give this reference to your administrator."
		p.Reference = q.id
	case fault.SignIn:
		p.Next = "To keep what you typed, sign in in a new tab, then come back here and send it again."
	}
	rt.problem(w, r, statusOf(kind), p)
}

// translate gives the errors of net/http and context the kind they deserve.
func translate(r *http.Request, err error) error {
	if fault.Of(err) != "" {
		return err
	}
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return fault.Newf(fault.TooLarge, "What you sent is larger than the %s that this page takes. Nothing was saved. Send less, or a smaller file.", Bytes(tooLong.Limit)).Because(err)
	case errors.Is(err, context.DeadlineExceeded) && errors.Is(r.Context().Err(), context.DeadlineExceeded):
		return fault.New(fault.Down, "This took too long and was stopped. Nothing was saved. Try again in a minute.").Because(err)
	case db.Full(err):
		return fault.New(fault.Down, "The disk of our server is full, so what you sent was not saved. Keep it, and try again later.").Because(err)
	case db.Unwell(err):
		return fault.New(fault.Down, "Our database does not answer at the moment, so what you sent was probably not saved. Wait a minute, look whether it is there, and send it again if not.").Because(err)
	}
	return err
}

// log writes the cause. It never has the query string or form values.
func (rt *Router) log(r *http.Request, message string, err error) {
	level := slog.LevelError
	if fault.Of(err) != "" || errors.Is(r.Context().Err(), context.Canceled) {
		level = slog.LevelWarn // the person was told, or has gone
	}
	q := requestOf(r.Context())
	rt.options.Log.LogAttrs(r.Context(), level, message,
		slog.String("reference", q.id), slog.String("route", q.pattern), slog.String("error", err.Error()))
}

// problem sends a page, or a fragment that goes to the #problem region of the
// layout instead of the place for which the fragment was meant.
func (rt *Router) problem(w http.ResponseWriter, r *http.Request, status int, p problem) {
	q := requestOf(r.Context())
	q.failing = true
	// The request's own time may be what ran out.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), problemTime)
	defer cancel()
	r = r.WithContext(ctx)
	var err error
	if IsFragment(r) {
		w.Header().Set("HX-Retarget", "#problem")
		w.Header().Set("HX-Reswap", "innerHTML")
		w.Header().Set("HX-Push-Url", "false")
		err = Fragment(w, r, status, problemFragment(p))
	} else {
		err = Render(w, r, status, problemPage(p))
	}
	if err != nil {
		rt.log(r, "error page failed", err)
		http.Error(w, p.Title+". "+p.What+" Reference: "+q.id, status)
	}
}
