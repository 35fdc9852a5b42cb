package bluesky

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
)

// Signing in with the password is limited to 30 times in five minutes and 300
// in a day. A connection needs it once in weeks; these bounds keep a server that
// behaves strangely from using up what a person needs to sign in.
const (
	signInsAtOnce = 5
	signInsWithin = 10 * time.Minute
	// deniedFor is how long a password that was refused is not tried again.
	deniedFor = 10 * time.Minute
	// renewBefore the end of an access token it is replaced.
	renewBefore = 30 * time.Second
)

// session is what signing in gives; the access token lives for an hour or two,
// the refresh token for weeks, and each use of it replaces both.
type session struct {
	// For says which server, handle and password it was made with.
	For     string `json:"for"`
	DID     string `json:"did"`
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

// signIn keeps the session of a connection.
type signIn struct {
	c       *connection
	mine    string        // what For must be
	turn    chan struct{} // the turn to look at or to change what follows
	current session
	tried   []time.Time // sign-ins with the password
	denied  error       // the last answer to the password, when it was no
	until   time.Time   // denied is given again until then
}

func newSignIn(c *connection) signIn {
	sum := sha256.Sum256([]byte(c.settings.service + "\x00" + c.settings.handle + "\x00" + c.settings.password))
	k := signIn{c: c, mine: hex.EncodeToString(sum[:16]), turn: make(chan struct{}, 1)}
	var kept session
	// What cannot be read, or belongs to another password, is as good as nothing.
	if json.Unmarshal(c.account.Session, &kept) == nil && kept.For == k.mine && validDID(kept.DID) {
		k.current = kept
	}
	return k
}

func validDID(s string) bool {
	_, err := syntax.ParseDID(s)
	return err == nil
}

// get returns a session whose access token is not the stale one.
func (k *signIn) get(ctx context.Context, stale string) (session, error) {
	return k.with(ctx, func() (session, error) {
		if s := k.current; s.Access != "" && s.Access != stale && !k.ends(s.Access) {
			return s, nil
		}
		return k.replace(ctx)
	})
}

// renew returns a session that the server has just confirmed.
func (k *signIn) renew(ctx context.Context) (session, error) {
	return k.with(ctx, func() (session, error) {
		k.denied = nil // an administrator asks
		return k.replace(ctx)
	})
}

// confirm asks the server whether it still knows us, when an answer makes that
// doubtful.
func (k *signIn) confirm(ctx context.Context) error {
	_, err := k.with(ctx, func() (session, error) { return k.replace(ctx) })
	return err
}

func (k *signIn) with(ctx context.Context, f func() (session, error)) (session, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return session{}, k.c.explain("sign in", ctx.Err())
	}
	s, err := f()
	if err != nil {
		return session{}, k.c.explain("sign in", err)
	}
	if known := k.c.account.Self.ID; known != "" && s.DID != known {
		return session{}, trouble(network.Revoked, "The handle @"+k.c.settings.handle+" belongs to another account now. Connect the account again under Settings.", nil)
	}
	return s, nil
}

// replace uses the refresh token, or the password when that is of no use.
func (k *signIn) replace(ctx context.Context) (session, error) {
	if k.current.Refresh != "" {
		s, err := k.ask(ctx, k.current.Refresh, methodRefreshSession, nil)
		if err == nil || !tokenRefused(err) {
			return s, err
		}
	}
	now := k.c.options.Now()
	if k.denied != nil && now.Before(k.until) {
		return session{}, k.denied
	}
	for len(k.tried) > 0 && now.Sub(k.tried[0]) >= signInsWithin {
		k.tried = k.tried[1:]
	}
	if len(k.tried) >= signInsAtOnce {
		return session{}, &network.Error{
			Trouble:  network.Limited,
			Sentence: "Mercat had to sign in to Bluesky too often in a short time and waits a few minutes, so that the account is not locked.",
			RetryAt:  k.tried[0].Add(signInsWithin),
		}
	}
	k.tried = append(k.tried, now)
	s, err := k.ask(ctx, "", methodCreateSession, map[string]string{"identifier": k.c.settings.handle, "password": k.c.settings.password})
	if err != nil {
		err = k.c.explainSignIn(ctx, err)
		if network.TroubleOf(err) == network.Revoked {
			k.denied, k.until = err, now.Add(deniedFor)
		}
	}
	return s, err
}

// ask gets a new session from the server and stores it before anybody uses it.
func (k *signIn) ask(ctx context.Context, token, method string, in any) (session, error) {
	var answer struct {
		AccessJWT  string `json:"accessJwt"`
		RefreshJWT string `json:"refreshJwt"`
		DID        string `json:"did"`
		Active     *bool  `json:"active"`
		Status     string `json:"status"`
	}
	if err := k.c.client.procedure(ctx, token, method, in, &answer); err != nil {
		return session{}, err
	}
	if answer.AccessJWT == "" || answer.RefreshJWT == "" || !validDID(answer.DID) {
		return session{}, &nonsenseError{Method: method, Status: 200, Cause: errors.New("there is no session in it")}
	}
	if answer.Active != nil && !*answer.Active {
		return session{}, k.c.inactive(answer.Status, nil)
	}
	s := session{For: k.mine, DID: answer.DID, Access: answer.AccessJWT, Refresh: answer.RefreshJWT}
	if save := k.c.account.SaveSession; save != nil {
		kept, err := json.Marshal(s)
		if err == nil {
			err = save(ctx, kept)
		}
		if err != nil {
			return session{}, trouble(network.Broken, "Mercat could not store its sign-in to Bluesky, so it does not use it. It will try again.", err)
		}
	}
	k.current = s
	return s, nil
}

// ends reports whether an access token is about to end, as far as it says so.
// Tokens are the server's own affair: what cannot be read is simply tried.
func (k *signIn) ends(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return false
	}
	var said struct {
		Exp int64 `json:"exp"`
	}
	if json.Unmarshal(claims, &said) != nil || said.Exp == 0 {
		return false
	}
	return k.c.options.Now().Add(renewBefore).Unix() >= said.Exp
}
