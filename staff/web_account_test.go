package staff_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/staff"
)

func TestAnOfficerChangesTheirOwnAccount(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "sian@strathmarn.example", longName, staff.Reader)
		b := s.as(t, o.Email, newWords)
		a := b.get(t, "/account")
		a.wants(200, "sian@strathmarn.example", "Read only.", "Teams None yet", "This one")
		if attr(a.all("html", nil)[0], "data-keys") != "on" {
			t.Error("single keys are off at first")
		}
		version := a.value("version")
		a = b.post(t, "/account", "version", version, "name", " ", "first_name", "Siân", "theme", "sepia", "signature", strings.Repeat("x", 121))
		a.wants(422, "Enter a name.", "Choose how Mercat looks", "Use 120 characters or fewer. There are 121.")
		if a.value("first_name") != "Siân" {
			t.Error("what was typed is lost")
		}
		b.post(t, "/account", "version", version, "name", longName, "first_name", "Siân", "theme", "dark", "signature", "Siân, Roads").leads("/account")
		a = b.get(t, "/account")
		a.wants(200, "Saved.")
		if h := a.all("html", nil)[0]; attr(h, "data-keys") != "off" || attr(h, "data-theme") != "dark" || a.value("signature") != "Siân, Roads" {
			t.Errorf("html %v", h.Attr)
		}
		a = b.post(t, "/account", "version", version, "name", "Siân", "theme", "light", "single_keys", "1")
		a.wants(409, "changed this meanwhile", "Looks : now “Dark”, you entered “Light”", "Single keys : now “off”, you entered “on”")
		b.post(t, "/account", "version", a.value("version"), "name", "Siân", "theme", "light", "single_keys", "1").leads("/account")
	})
}

func TestNobodyChangesTheirRoleThroughTheirAccount(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Reader)
		b := s.as(t, o.Email, newWords)
		b.post(t, "/account", "version", b.get(t, "/account").value("version"), "name", "Iain", "theme", "auto", "role", "administrator", "email", "other@strathmarn.example", "id", fmt.Sprint(s.admin.ID)).leads("/account")
		if now := s.officer(t, o.ID); now.Role != staff.Reader || now.Email != o.Email || now.Name != "Iain" {
			t.Errorf("%+v", now)
		}
	})
}

func TestAChangedPasswordEndsOtherSessions(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		here, there := s.as(t, adminEmail, adminWords), s.as(t, adminEmail, adminWords)
		a := here.post(t, "/account/password", "current", "", "password", "")
		a.wants(422, "Enter your current password.", "Enter the new password.")
		here.post(t, "/account/password", "current", "wrong words entirely", "password", newWords).wants(422, "This is not your current password")
		a = here.post(t, "/account/password", "current", adminWords, "password", "password1234")
		a.wants(422, "guessed first")
		if a.value("current") != "" || a.value("password") != "" {
			t.Error("a password came back")
		}
		here.post(t, "/account/password", "current", adminWords, "password", newWords).leads("/account")
		here.get(t, "/account").wants(200, "Password changed.")
		there.get(t, "/account").leads("/sign-in?next=%2Faccount")
		s.as(t, adminEmail, newWords)
	})
}

func TestSessionsAreEndedFromTheAccountPage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		other := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		theirs := s.as(t, other.Email, newWords)
		here := s.browser(t)
		here.header.Set("User-Agent", office.Agent)
		here.post(t, "/sign-in", "email", adminEmail, "password", adminWords).leads("/desk")
		there := s.as(t, adminEmail, adminWords)
		a := here.get(t, "/account")
		a.wants(200, "Firefox on Linux This one", "127.0.0.0/24")
		forms := a.all("form", func(n *html.Node) bool { return strings.HasSuffix(attr(n, "action"), "/end") })
		if len(forms) != 2 {
			t.Fatalf("%d sessions", len(forms))
		}
		var mine, far string
		for _, f := range forms {
			if strings.Contains(words(f), "Sign out") {
				mine = attr(f, "action")
			} else {
				far = attr(f, "action")
			}
		}
		theirs.post(t, far).leads("/account#sessions") // of somebody else: nothing happens
		there.get(t, "/desk").wants(200)
		here.post(t, far).leads("/account#sessions")
		there.get(t, "/desk").leads("/sign-in?next=%2Fdesk")
		here.post(t, far).leads("/account#sessions")
		a = here.post(t, mine)
		a.leads("/sign-in")
		here.get(t, "/desk").leads("/sign-in?next=%2Fdesk")

		there = s.as(t, adminEmail, adminWords)
		here = s.as(t, adminEmail, adminWords)
		a = here.post(t, "/account/sign-out-everywhere")
		a.leads("/sign-in")
		here.follow(t, a).wants(200, "You are signed out everywhere.")
		there.get(t, "/desk").leads("/sign-in?next=%2Fdesk")
		theirs.get(t, "/desk").wants(200)
	})
}

func TestABrowserThatIsKnownStaysSoAfterSigningOut(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		known, stranger := s.browser(t), s.browser(t)
		in := func(b *browser, password string) answer {
			return b.post(t, "/sign-in", "email", adminEmail, "password", password)
		}
		c := in(known, adminWords).cookie["browser"]
		if c == nil || !c.HttpOnly || c.MaxAge < 100*24*3600 || len(c.Value) < 16 {
			t.Fatalf("cookie %+v", c)
		}
		if a := known.post(t, "/sign-out"); a.cookie["browser"] != nil {
			t.Error("signing out takes the browser's token away")
		}
		for range 8 {
			in(stranger, "wrong words entirely").wants(422)
		}
		in(stranger, adminWords).wants(422, "That did not work.")
		again := in(known, adminWords)
		again.leads("/desk")
		if again.cookie["browser"].Value != c.Value {
			t.Error("the browser got another token")
		}
	})
}
