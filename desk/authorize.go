package desk

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// A sign-in on a network's own server (network.Authorizer): the administrator's
// browser goes there and comes back. What is to be known then it carries itself,
// sealed, in a cookie of its own: so it is only good in the browser in which it
// began, on every node, for a quarter of an hour, and nothing is left of one that
// is not finished.
const (
	authorizeCookie = "authorize"
	authorizeTime   = 15 * time.Minute
	maxAuthorize    = 3500 // signs; browsers keep no cookie above 4,096
)

// authorizing is what is kept of a sign-in that has begun.
type authorizing struct {
	Account NewAccount `json:"account"` // as entered, without secrets
	ID      int64      `json:"id,omitempty"`
	Version int64      `json:"version,omitempty"` // of an account that is changed
	Officer int64      `json:"officer"`
	Until   time.Time  `json:"until"`
	Pending []byte     `json:"pending"`
}

func sealedForAuthorize(officer int64) string { return fmt.Sprintf("authorize:%d", officer) }

// authorize begins a sign-in for an account that is being entered; id is 0 for a
// new one. It returns what the browser has to keep.
//
// Errors: fault.Fields for what is wrong with the form; otherwise a fault with
// the network's own sentence.
func (s *Service) authorize(ctx context.Context, officer, id, version int64, n NewAccount, redirect string) (a network.Authorization, kept string, err error) {
	net, d, err := s.networkOf(n.Network)
	if err != nil {
		return a, "", err
	}
	by, ok := net.(network.Authorizer)
	if !ok {
		return a, "", fault.Newf(fault.Invalid, "One cannot sign in for Mercat on %s. Enter what the form asks for.", d.Name)
	}
	if err := s.notForDemonstration(ctx, d); err != nil {
		return a, "", err
	}
	if n.Name == "" {
		return a, "", fault.Fields{fault.Field("name", "Give the account a name, so that people can tell it from others, such as "+exampleName(d)+".")}
	}
	open, _ := split(d, n.Options)
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if a, err = by.Authorize(ctx, open, redirect); err != nil {
		return a, "", forPeople(err)
	}
	n.Options = open
	plain, err := json.Marshal(authorizing{Account: n, ID: id, Version: version, Officer: officer, Until: s.Now().Add(authorizeTime), Pending: a.Pending})
	if err != nil {
		return a, "", fmt.Errorf("write a sign-in: %w", err)
	}
	sealed, err := s.Box.Seal(plain, sealedForAuthorize(officer))
	if err != nil {
		return a, "", fmt.Errorf("seal a sign-in: %w", err)
	}
	if kept = base64.RawURLEncoding.EncodeToString(sealed); len(kept) > maxAuthorize {
		return a, "", fault.New(fault.Invalid, "What was entered is too long to sign in with. Shorten the account’s name.")
	}
	return a, kept, nil
}

var errNotBegun = fault.New(fault.Invalid, "This sign-in was not begun in this browser, or more than a quarter of an hour ago. Begin again under Settings, Accounts.")

// authorized finishes a sign-in: it opens what the browser kept and returns the
// account as entered, with what was lacking.
//
// Errors: fault.Invalid for a sign-in that is not of this officer and browser or
// is too old; fault.Down with the network's own sentence, and then the account is
// as it was entered.
func (s *Service) authorized(ctx context.Context, officer int64, kept string, back url.Values) (authorizing, error) {
	var begun authorizing
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil || kept == "" {
		return begun, errNotBegun
	}
	plain, err := s.Box.Open(sealed, sealedForAuthorize(officer))
	if err != nil {
		return begun, errNotBegun.Because(err)
	}
	if err := json.Unmarshal(plain, &begun); err != nil {
		return begun, fmt.Errorf("read a sign-in: %w", err)
	}
	if begun.Officer != officer || s.Now().After(begun.Until) {
		return begun, errNotBegun
	}
	net, _, err := s.networkOf(begun.Account.Network)
	if err != nil {
		return begun, err
	}
	by, ok := net.(network.Authorizer)
	if !ok {
		return begun, errNotBegun
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	options, err := by.Finish(ctx, begun.Pending, back)
	if err != nil {
		return begun, forPeople(err)
	}
	if begun.Account.Options == nil {
		begun.Account.Options = map[string]string{}
	}
	maps.Copy(begun.Account.Options, options)
	return begun, nil
}
