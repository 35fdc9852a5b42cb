package staff_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

func TestEveryFailureToSignInSoundsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		left := h.add(t, "left@strathmarn.example", "Gone Away", staff.Answers)
		if err := h.Deactivate(t.Context(), h.admin.Actor(), left.ID, left.Version); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.AddOfficer(t.Context(), h.admin.Actor(), staff.Person{Email: "new@strathmarn.example", Name: "New One", Role: staff.Reader}, nil); err != nil {
			t.Fatal(err)
		}
		said := map[string]bool{}
		try := func(email, password string) {
			token, err := h.SignIn(t.Context(), email, password, office)
			if err == nil || token != "" || fault.Of(err) != fault.Invalid {
				t.Errorf("%s: %q, %v", email, token, err)
			}
			said[fault.Sentence(err)] = true
		}
		try(adminEmail, "wrong words entirely")
		try("nobody@strathmarn.example", adminWords)
		try("left@strathmarn.example", newWords)
		try("new@strathmarn.example", "")
		try("", "")
		try(adminEmail, strings.Repeat("x", 100_000))
		try(strings.Repeat("x", 100_000), adminWords)
		for range 10 {
			try(adminEmail, "wrong words entirely")
		}
		if len(said) != 1 {
			t.Errorf("sentences: %v", said)
		}
	})
}

func TestAfterSeveralFailuresTheRightPasswordMustWaitToo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for range 5 {
			if _, err := h.SignIn(t.Context(), adminEmail, "wrong words entirely", office); err == nil {
				t.Fatal("signed in")
			}
		}
		if _, err := h.SignIn(t.Context(), adminEmail, adminWords, office); err == nil {
			t.Error("no wait after five failures")
		}
		h.clock.Advance(2 * time.Second)
		h.signIn(t, adminEmail, adminWords)
		h.signIn(t, adminEmail, adminWords)
	})
}

func TestGuessesSideBySideAllCount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if _, err := h.SignIn(t.Context(), adminEmail, "wrong words entirely", office); err == nil {
					t.Error("signed in")
				}
			})
		}
		all.Wait()
		if _, err := h.SignIn(t.Context(), adminEmail, adminWords, office); err == nil {
			t.Error("guesses side by side were not counted")
		}
	})
}

func TestWhoGuessesKeepsNobodyOutOfABrowserThatTheyKnow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		desk, stranger := office, office
		desk.Browser, stranger.Browser = "the browser at the desk", "a browser of somebody else"
		in := func(from staff.From, email, password string) bool {
			t.Helper()
			_, err := h.SignIn(t.Context(), email, password, from)
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return err == nil
		}
		if !in(desk, adminEmail, adminWords) {
			t.Fatal("not signed in")
		}
		for range 150 { // more than an address has
			in(stranger, adminEmail, "wrong words entirely")
		}
		if in(stranger, adminEmail, adminWords) {
			t.Error("guesses were not held up")
		}
		if !in(desk, adminEmail, adminWords) {
			t.Error("somebody who guesses keeps the owner out")
		}
		if in(desk, other.Email, newWords) {
			t.Error("the browser counts as known for somebody who never signed in there")
		}

		// Guesses in the known browser count too, by themselves.
		for range 5 {
			in(desk, adminEmail, "wrong words entirely")
		}
		if in(desk, adminEmail, adminWords) {
			t.Error("guesses in a known browser were not held up")
		}
		h.clock.Advance(10 * time.Minute)
		if !in(desk, adminEmail, adminWords) {
			t.Fatal("still held up")
		}

		// Signing out everywhere makes every browser a stranger.
		if err := h.SignOutEverywhere(t.Context(), h.admin); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			in(stranger, adminEmail, "wrong words entirely")
		}
		if in(desk, adminEmail, adminWords) {
			t.Error("a browser stayed known")
		}
	})
}

func TestABrowserIsForgottenAfterHalfAYear(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		desk := office
		desk.Browser = "the browser at the desk"
		if _, err := h.SignIn(t.Context(), adminEmail, adminWords, desk); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			days  time.Duration
			known bool
		}{{179, true}, {181, false}} {
			h.clock.Advance(step.days * 24 * time.Hour)
			for range 6 {
				if _, err := h.SignIn(t.Context(), adminEmail, "wrong words entirely", office); err == nil {
					t.Fatal("signed in")
				}
			}
			if _, err := h.SignIn(t.Context(), adminEmail, adminWords, desk); (err == nil) != step.known {
				t.Errorf("after %d days: %v", step.days, err)
			}
		}
	})
}

func TestASessionEndsWhenIdleOrOld(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.signIn(t, adminEmail, adminWords)
		h.clock.Advance(11 * time.Hour)
		if !h.in(t, token) {
			t.Fatal("ended after 11 hours")
		}
		h.clock.Advance(11 * time.Hour)
		if !h.in(t, token) {
			t.Fatal("use did not keep it alive")
		}
		h.clock.Advance(12 * time.Hour)
		if h.in(t, token) {
			t.Error("lives after 12 idle hours")
		}
		token = h.signIn(t, adminEmail, adminWords)
		for range 14 * 3 {
			h.clock.Advance(8 * time.Hour)
			h.in(t, token)
		}
		if h.in(t, token) {
			t.Error("lives after 14 days of use")
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, two := h.signIn(t, adminEmail, adminWords), h.signIn(t, adminEmail, adminWords)
		list, err := h.Sessions(t.Context(), h.admin.ID)
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		if list[0].Agent != "Firefox on Linux" || list[0].Address != "192.0.2.0/24" {
			t.Errorf("%+v", list[0])
		}
		in, _, err := h.BySession(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		other := h.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		if err := h.EndSession(t.Context(), other, in.Session.ID); err != nil || !h.in(t, one) {
			t.Errorf("another officer ended it: %v", err)
		}
		if err := h.EndSession(t.Context(), h.admin, in.Session.ID); err != nil || h.in(t, one) || !h.in(t, two) {
			t.Errorf("end one: %v", err)
		}
		if err := h.SignOutEverywhere(t.Context(), h.admin); err != nil || h.in(t, two) {
			t.Errorf("everywhere: %v", err)
		}
		three := h.signIn(t, adminEmail, adminWords)
		if err := h.SignOut(t.Context(), three); err != nil || h.in(t, three) {
			t.Errorf("sign out: %v", err)
		}
		for range 25 {
			h.signIn(t, adminEmail, adminWords)
		}
		if list, err = h.Sessions(t.Context(), h.admin.ID); err != nil || len(list) != 20 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
	})
}
