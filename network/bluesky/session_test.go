package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
)

func TestALimitIsObeyedBeforeItIsBroken(t *testing.T) {
	s, now := newScripted(t), newClock()
	reset := now.now().Add(200 * time.Second)
	s.on(methodNotifications, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("RateLimit-Limit", "3000")
		w.Header().Set("RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
		w.Header().Set("RateLimit-Policy", "3000;w=300")
		say(w, 200, map[string]any{"notifications": []any{}})
	})
	c := s.connect(now.now, nil)
	if _, err := c.Fetch(t.Context(), ""); err != nil {
		t.Fatalf("Fetch with the last of the limit: %v", err)
	}
	s.called()
	_, err := c.Fetch(t.Context(), "")
	var e *network.Error
	if !errors.As(err, &e) || e.Trouble != network.Limited || !e.RetryAt.Equal(reset) {
		t.Errorf("Fetch with nothing left of the limit: %v, want limited until %v", err, reset)
	}
	if calls := s.called(); len(calls) != 0 {
		t.Errorf("it asked all the same: %v", calls)
	}
	now.forward(201 * time.Second)
	if _, err := c.Fetch(t.Context(), ""); err != nil {
		t.Errorf("Fetch after the limit was reset: %v", err)
	}
}

func TestARefusalForTheLimitSaysWhenToComeBack(t *testing.T) {
	for name, header := range map[string]http.Header{
		"by Retry-After":     {"Retry-After": {"90"}},
		"by RateLimit-Reset": {"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {strconv.FormatInt(newClock().now().Add(90*time.Second).Unix(), 10)}},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := newScripted(t), newClock()
			s.on(methodNotifications, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range header {
					w.Header()[k] = v
				}
				no(w, 429, "RateLimitExceeded")
			})
			c := s.connect(now.now, nil)
			_, err := c.Fetch(t.Context(), "")
			var e *network.Error
			if !errors.As(err, &e) || e.Trouble != network.Limited || !e.RetryAt.Equal(now.now().Add(90*time.Second)) {
				t.Errorf("Fetch: %v (again at %v), want limited for 90 s", err, e.RetryAt)
			}
		})
	}
}

func TestTheSessionIsStoredBeforeItIsUsed(t *testing.T) {
	s, now := newScripted(t), newClock()
	var stored, used []string
	s.on(methodNotifications, func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		used = append(used, token)
		if !slices.Contains(stored, token) {
			t.Errorf("the token %q is used and was not stored", token)
		}
		if token == "access" {
			no(w, 400, "ExpiredToken")
			return
		}
		say(w, 200, map[string]any{"notifications": []any{}})
	})
	c := s.connect(now.now, func(_ *Options, a *network.Account) {
		a.SaveSession = func(_ context.Context, b []byte) error {
			var kept session
			if err := json.Unmarshal(b, &kept); err != nil {
				t.Error(err)
			}
			stored = append(stored, kept.Access)
			return nil
		}
	})
	if _, err := c.Fetch(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if want := []string{"access", "access2"}; !slices.Equal(stored, want) || !slices.Equal(used, want) {
		t.Errorf("stored %q and used %q, want both %q", stored, used, want)
	}
	if got := s.called(); !slices.Equal(got, []string{"createSession", "listNotifications", "refreshSession", "listNotifications", "listRecords"}) {
		t.Errorf("called %q", got)
	}
}

func TestASessionThatCannotBeStoredIsNotUsed(t *testing.T) {
	s, now := newScripted(t), newClock()
	full := errors.New("the disk is full")
	c := s.connect(now.now, func(_ *Options, a *network.Account) {
		a.SaveSession = func(context.Context, []byte) error { return full }
	})
	_, err := c.Fetch(t.Context(), "")
	if network.TroubleOf(err) != network.Broken || !errors.Is(err, full) {
		t.Errorf("Fetch: %v, want broken for the disk", err)
	}
	if n := s.count("listNotifications"); n != 0 {
		t.Errorf("the session was used %d times", n)
	}
}

func TestAKeptSessionIsUsedAgainOnlyForItsOwnPassword(t *testing.T) {
	s, now := newScripted(t), newClock()
	var kept []byte
	keep := func(_ *Options, a *network.Account) {
		a.Session = kept
		a.SaveSession = func(_ context.Context, b []byte) error { kept = b; return nil }
	}
	if _, err := s.connect(now.now, keep).Fetch(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	s.called()
	if _, err := s.connect(now.now, keep).Fetch(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if n := s.count("createSession"); n != 0 {
		t.Errorf("signed in %d times with a session at hand", n)
	}
	other := func(o *Options, a *network.Account) {
		keep(o, a)
		a.Options["app_password"] = "eeee-ffff-gggg-hhhh"
	}
	if _, err := s.connect(now.now, other).Fetch(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if n := s.count("createSession"); n != 1 {
		t.Errorf("signed in %d times with a new password, want once", n)
	}
}

func TestARefusedPasswordIsNotTriedAgainAndAgain(t *testing.T) {
	s, now := newScripted(t), newClock()
	s.on(methodCreateSession, func(w http.ResponseWriter, _ *http.Request) { no(w, 401, "AuthenticationRequired") })
	c := s.connect(now.now, nil)
	for range 5 {
		if _, err := c.Fetch(t.Context(), ""); network.TroubleOf(err) != network.Revoked {
			t.Errorf("Fetch: %v, want revoked", err)
		}
		now.forward(time.Minute)
	}
	if n := s.count("createSession"); n != 1 {
		t.Errorf("the password was tried %d times, want once", n)
	}
	if _, err := c.Check(t.Context()); network.TroubleOf(err) != network.Revoked {
		t.Errorf("Check: %v, want revoked", err)
	}
	if n := s.count("createSession"); n != 2 {
		t.Errorf("the password was tried %d times after Check, want twice", n)
	}
}

func TestAServerThatForgetsSessionsIsNotSignedInToWithoutEnd(t *testing.T) {
	s, now := newScripted(t), newClock()
	expired := func(w http.ResponseWriter, _ *http.Request) { no(w, 400, "ExpiredToken") }
	s.on(methodNotifications, expired)
	s.on(methodRefreshSession, expired)
	c := s.connect(now.now, nil)
	for range 20 {
		_, err := c.Fetch(t.Context(), "")
		if err == nil {
			t.Fatal("Fetch succeeds without a session")
		}
		now.forward(15 * time.Second)
	}
	if n := s.count("createSession"); n > signInsAtOnce {
		t.Errorf("signed in %d times in five minutes, want %d at most", n, signInsAtOnce)
	}
	if _, err := c.Fetch(t.Context(), ""); network.TroubleOf(err) != network.Limited {
		t.Errorf("Fetch: %v, want limited by ourselves", err)
	}
}

func TestTheHandleOfAnotherAccountIsNoticed(t *testing.T) {
	s, now := newScripted(t), newClock()
	c := s.connect(now.now, func(_ *Options, a *network.Account) { a.Self.ID = annDID })
	if _, err := c.Send(t.Context(), network.Outgoing{Key: "k", At: now.now(), Text: "Hello", Visibility: network.Public}); network.TroubleOf(err) != network.Revoked {
		t.Errorf("Send: %v, want revoked", err)
	}
	if got := s.called(); !slices.Equal(got, []string{"createSession"}) {
		t.Errorf("called %q, want nothing after the sign-in", got)
	}
}

func TestEveryRefusalOfTheSignInIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		error   string
		trouble network.Trouble
		says    string
	}{
		"wrong password":     {401, "AuthenticationRequired", network.Revoked, "does not accept the handle @council.example"},
		"code by email":      {401, "AuthFactorTokenRequired", network.Revoked, "Make an app password"},
		"suspended":          {401, "AccountTakedown", network.Revoked, "has been suspended"},
		"deactivated":        {401, "AccountDeactivated", network.Revoked, "deactivated by its owner"},
		"too often":          {429, "RateLimitExceeded", network.Limited, "too often"},
		"trouble":            {500, "InternalServerError", network.Broken, "trouble of its own"},
		"no PDS behind it":   {404, "XRPCNotSupported", network.Broken, "Check the server’s address"},
		"upstream":           {502, "UpstreamFailure", network.Broken, "trouble of its own"},
		"an unknown refusal": {400, "SomethingNew", network.Revoked, "does not accept"},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := newScripted(t), newClock()
			s.on(methodCreateSession, func(w http.ResponseWriter, _ *http.Request) { no(w, c.status, c.error) })
			_, err := s.connect(now.now, nil).Check(t.Context())
			var e *network.Error
			if !errors.As(err, &e) || e.Trouble != c.trouble || !strings.Contains(e.Sentence, c.says) {
				t.Errorf("Check: %v, want %s with %q", err, c.trouble, c.says)
			}
		})
	}
}

func TestAnInactiveAccountIsNoticedAtTheSignIn(t *testing.T) {
	s, now := newScripted(t), newClock()
	s.on(methodCreateSession, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"accessJwt": "a", "refreshJwt": "b", "did": ourDID, "active": false, "status": "deactivated"})
	})
	if _, err := s.connect(now.now, nil).Check(t.Context()); network.TroubleOf(err) != network.Revoked || !strings.Contains(err.Error(), "deactivated") {
		t.Errorf("Check: %v, want revoked", err)
	}
}

func TestAPasswordThatIsNoAppPasswordIsMentionedWhenItFails(t *testing.T) {
	s, now := newScripted(t), newClock()
	s.on(methodCreateSession, func(w http.ResponseWriter, _ *http.Request) { no(w, 401, "AuthenticationRequired") })
	c := s.connect(now.now, func(_ *Options, a *network.Account) { a.Options["app_password"] = "correct horse battery" })
	if _, err := c.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not look like an app password") {
		t.Errorf("Check: %v", err)
	}
}

func TestAnAccountThatTheAppViewHasNotHeardOfIsConnected(t *testing.T) {
	s := newScripted(t)
	s.on(methodGetProfile, func(w http.ResponseWriter, _ *http.Request) {
		say(w, 400, map[string]string{"error": "InvalidRequest", "message": "Profile not found"})
	})
	who, err := s.connect(newClock().now, nil).Check(t.Context())
	if err != nil || who.ID != ourDID || who.Handle != "@council.example" {
		t.Errorf("Check just after the account was made: %+v, %v", who, err)
	}
	s.on(methodGetProfile, func(w http.ResponseWriter, _ *http.Request) { no(w, 400, "InvalidRequest") })
	if _, err := s.connect(newClock().now, nil).Check(t.Context()); err == nil {
		t.Error("another refusal passes for an account that is new")
	}
}
