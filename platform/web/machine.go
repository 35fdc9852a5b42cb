package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// KeyChecker says whether the key that a request brings is good for a scope, and
// returns the request's context with whose key it is.
//
// Errors: fault.SignIn, fault.Forbidden, fault.TooMany.
type KeyChecker func(r *http.Request, scope string) (context.Context, error)

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is an error as programs read it (RFC 9457, "Problem Details for HTTP
// APIs").
type Problem struct {
	Type     string        `json:"type,omitempty"` // absent is "about:blank": the status says it all
	Title    string        `json:"title"`
	Status   int           `json:"status"`
	Detail   string        `json:"detail"`
	Instance string        `json:"instance,omitempty"` // leads to the cause in the log
	Errors   []ProblemItem `json:"errors,omitempty"`
}

// ProblemItem is what is wrong with one part of what was sent.
type ProblemItem struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty"` // "body.place.lat"
}

// Error makes a Problem an error.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

// ProblemOf is an error as a Problem. What is not meant for people is a 500 that
// names only the reference under which the log has the cause.
func ProblemOf(ctx context.Context, err error) Problem {
	kind := fault.Of(err)
	status := statusOf(kind)
	p := Problem{Title: http.StatusText(status), Status: status, Detail: fault.Sentence(err), Instance: "urn:mercat:request:" + RequestID(ctx)}
	if kind == "" {
		p.Detail = "This is a fault of ours. What you sent was not saved. The instance leads an administrator to the cause."
	}
	for _, f := range fieldsOf(err) {
		p.Errors = append(p.Errors, ProblemItem{Message: f.Sentence, Location: f.Field})
	}
	return p
}

func fieldsOf(err error) fault.Fields {
	var fields fault.Fields
	var one *fault.Error
	switch {
	case errors.As(err, &fields):
		return fields
	case errors.As(err, &one) && one.Field != "":
		return fault.Fields{one}
	}
	return nil
}

// tell answers a program with a problem.
func (rt *Router) tell(w http.ResponseWriter, r *http.Request, p Problem) {
	body, err := json.Marshal(p)
	if err != nil { // it holds strings and numbers
		rt.log(r, "problem failed", err)
	}
	w.Header().Set("Content-Type", ProblemType)
	w.Header().Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	if _, err := w.Write(append(body, '\n')); err != nil {
		rt.log(r, "problem not sent", err)
	}
}

// admitKey finds out whose key it is and whether it may. There is no check of
// the origin: browsers add no key by themselves.
func (rt *Router) admitKey(r *http.Request, route Route) error {
	if rt.options.Keys == nil {
		return fault.New(fault.SignIn, "No API key is good here.")
	}
	ctx, err := rt.options.Keys(r, route.Access.reason)
	if err != nil {
		return err
	}
	*r = *r.WithContext(ctx)
	return nil
}

// Bearer is the token that a request brings in its Authorization header
// (RFC 6750), or "".
func Bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
