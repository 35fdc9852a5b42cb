package staff_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/staff"
)

const longName = "Angharad Gwenllian Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"

// shownLink is the path of the link that a page shows.
func (a answer) shownLink() string {
	a.t.Helper()
	for _, n := range a.all("input", nil) {
		if attr(n, "id") == "link" {
			u, err := url.Parse(attr(n, "value"))
			if err != nil || u.Scheme+"://"+u.Host != "https://mercat.example" {
				a.t.Errorf("link %q, %v", attr(n, "value"), err)
			}
			return u.Path
		}
	}
	a.t.Fatalf("no link: %s", a.text())
	return ""
}

func TestAnInvitationBringsSomebodyIn(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		admin := s.as(t, adminEmail, adminWords)
		teams, err := s.Teams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		centre := fmt.Sprint(teams[0].ID)
		a := admin.get(t, "/settings/people/new")
		a.wants(200, "Add a person")
		wrong := admin.post(t, "/settings/people/new", "name", longName, "email", "angharad@", "role", "", "teams", centre)
		wrong.wants(422, "Error: Add a person", "Enter an email address", "Choose what this person may do.")
		if wrong.value("name") != longName || wrong.value("email") != "angharad@" {
			t.Errorf("not kept: %q %q", wrong.value("name"), wrong.value("email"))
		}
		if ticked := wrong.all("input", func(n *html.Node) bool { return attr(n, "name") == "teams" && hasAttr(n, "checked") }); len(ticked) != 1 {
			t.Errorf("%d teams ticked", len(ticked))
		}
		a = admin.post(t, "/settings/people/new", "name", longName, "email", "Angharad@strathmarn.example", "role", "officer", "teams", centre)
		a.wants(200, "can be invited now", "It is shown only now, and works once, until Wednesday")
		link := a.shownLink()
		if cache := a.header.Get("Cache-Control"); cache != "no-store" {
			t.Errorf("the link may be kept by caches: %q", cache)
		}
		admin.get(t, "/settings/people").wants(200, longName, "angharad@strathmarn.example", "Contact centre", "Invited")

		b := s.browser(t)
		a = b.get(t, link)
		a.wants(200, "Welcome, Angharad.", "12 characters or more")
		if a.value("email") != "angharad@strathmarn.example" || attr(a.field("password"), "autocomplete") != "new-password" {
			t.Errorf("%s", a.body)
		}
		b.get(t, link).wants(200) // looking does not use it up
		a = b.post(t, link, "password", "short")
		a.wants(422, "Choose a password of 12 characters or more.")
		if a.value("password") != "" || len(a.cookie) != 0 {
			t.Error("the password came back, or somebody was signed in")
		}
		a = b.post(t, link, "password", newWords)
		a.leads("/desk")
		b.get(t, "/account").wants(200, longName, "Your password is set, and you are signed in.")

		other := s.browser(t)
		for _, a := range []answer{other.get(t, link), other.post(t, link, "password", "another lantern words")} {
			a.wants(410, "This link no longer works", "has been used")
			if strings.Contains(a.text(), "Angharad") {
				t.Errorf("says whose it was: %s", a.text())
			}
		}
		other.get(t, "/password/"+strings.Repeat("x", 5000)).wants(410)
		s.as(t, "angharad@strathmarn.example", newWords)
		if strings.Contains(s.log.String(), strings.TrimPrefix(link, "/password/")) {
			t.Error("the log has the token")
		}
	})
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func TestALinkOpenedInSomebodyElsesBrowserSaysSoAndSignsThemOut(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		link, err := s.ResetLink(t.Context(), s.admin.Actor(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		admin := s.as(t, adminEmail, adminWords)
		admin.get(t, link.Path()).wants(200, "This link is for Iain Ruadh", "Mairi Nic Dhòmhnaill is signed in")
		admin.post(t, link.Path(), "password", "velvet anchor biscuit").leads("/desk")
		admin.get(t, "/desk").wants(200, "Desk of Iain Ruadh")
		if list, err := s.Sessions(t.Context(), s.admin.ID); err != nil || len(list) != 0 {
			t.Errorf("the administrator's session is left: %v, %v", list, err)
		}
	})
}

func TestAPasswordThatIsSetStaysSetWhenSigningInMustWait(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		link, err := s.ResetLink(t.Context(), s.admin.Actor(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		b := s.browser(t)
		for i := range 100 { // as many tries as one network address has
			b.post(t, "/sign-in", "email", fmt.Sprintf("nobody%d@strathmarn.example", i), "password", "x")
		}
		a := b.post(t, link.Path(), "password", "velvet anchor biscuit")
		a.leads("/sign-in")
		b.follow(t, a).wants(200, "Your password is set. Sign in with it.")
		s.clock.Advance(10 * time.Minute)
		s.as(t, o.Email, "velvet anchor biscuit")
	})
}

func TestPeopleAreFoundByNameTeamAndState(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		roads, err := s.AddTeam(t.Context(), s.admin.Actor(), staff.Team{Name: "Roads"})
		if err != nil {
			t.Fatal(err)
		}
		s.add(t, "sian@strathmarn.example", "Siân Llŷr", staff.Answers, roads.ID)
		left := s.add(t, "left@strathmarn.example", "Gone Away", staff.Reader)
		if err := s.Deactivate(t.Context(), s.admin.Actor(), left.ID, left.Version); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.AddOfficer(t.Context(), s.admin.Actor(), staff.Person{Email: "new@strathmarn.example", Name: "New One", Role: staff.Reader}, nil); err != nil {
			t.Fatal(err)
		}
		b := s.as(t, adminEmail, adminWords)
		for query, want := range map[string]string{
			"":                              "Mairi Nic Dhòmhnaill, New One, Siân Llŷr",
			"?show=invited":                 "New One",
			"?show=left":                    "Gone Away",
			"?show=rubbish":                 "Mairi Nic Dhòmhnaill, New One, Siân Llŷr",
			"?q=sian+LLYR":                  "Siân Llŷr",
			"?q=new%40":                     "New One",
			"?q=strathmarn&show=left":       "Gone Away",
			"?team=" + fmt.Sprint(roads.ID): "Siân Llŷr",
			"?team=1":                       "",
			"?team=x&from=y":                "Mairi Nic Dhòmhnaill, New One, Siân Llŷr",
			"?q=nobody+at+all":              "",
		} {
			a := b.get(t, "/settings/people"+query)
			a.wants(200)
			var names []string
			for _, n := range a.all("a", func(n *html.Node) bool { return n.Parent.Data == "th" }) {
				names = append(names, words(n))
			}
			if got := strings.Join(names, ", "); got != want {
				t.Errorf("%q: %q, want %q", query, got, want)
			}
			if want == "" {
				a.wants(200, "Nobody here fits")
			}
		}
	})
}

func TestWhoEditsAPersonSecondSeesWhatChanged(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		path := fmt.Sprintf("/settings/people/%d", o.ID)
		one, two := s.as(t, adminEmail, adminWords), s.as(t, adminEmail, adminWords)
		version := one.get(t, path).value("version")
		a := one.post(t, path, "version", version, "name", "Iain Ruadh", "first_name", "Iain", "email", o.Email, "role", "leader")
		a.leads("/settings/people")
		one.follow(t, a).wants(200, "Saved Iain Ruadh.")
		a = two.post(t, path, "version", version, "name", "Iain Bàn", "first_name", "Iain", "email", o.Email, "role", "officer")
		a.wants(409, "Mairi Nic Dhòmhnaill changed this meanwhile (role)", "Role : now “Team leader”, you entered “Officer”", "Name : now “Iain Ruadh”, you entered “Iain Bàn”")
		if a.value("name") != "Iain Bàn" || a.value("version") == version {
			t.Errorf("name %q, version %q", a.value("name"), a.value("version"))
		}
		two.post(t, path, "version", a.value("version"), "name", "Iain Bàn", "first_name", "Iain", "email", o.Email, "role", "leader").leads("/settings/people")
		if now := s.officer(t, o.ID); now.Name != "Iain Bàn" || now.Role != staff.Leader {
			t.Errorf("%+v", now)
		}
	})
}

func TestDeactivatingIsUndoneFromTheNotice(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		path := fmt.Sprintf("/settings/people/%d", o.ID)
		theirs, admin := s.as(t, o.Email, newWords), s.as(t, adminEmail, adminWords)
		a := admin.post(t, path+"/deactivate", "version", "0")
		a.wants(409, "meanwhile")
		a = admin.post(t, path+"/deactivate", "version", admin.get(t, path).value("version"))
		a.leads("/settings/people")
		theirs.get(t, "/desk").leads("/sign-in?next=%2Fdesk")
		a = admin.follow(t, a)
		a.wants(200, "Iain Ruadh has been deactivated and is signed out.")
		undo := a.all("form", func(n *html.Node) bool { return strings.HasSuffix(attr(n, "action"), "/reactivate") })
		if len(undo) != 1 {
			t.Fatalf("no undo: %s", a.body)
		}
		admin.get(t, path).wants(200, "They cannot sign in.")
		admin.post(t, path+"/link").wants(422, "has been deactivated")
		a = admin.post(t, attr(undo[0], "action"), "version", a.value("version"))
		a.leads(path)
		admin.follow(t, a).wants(200, "Iain Ruadh can sign in again.")
		s.as(t, o.Email, newWords)
	})
}

func TestAdministratorsDoNotLockThemselvesOut(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Administrator)
		path := fmt.Sprintf("/settings/people/%d", s.admin.ID)
		b := s.as(t, adminEmail, adminWords)
		a := b.get(t, path)
		a.wants(200, "To change your own role, ask another administrator.", "You cannot deactivate yourself.")
		if a.field("role") != nil {
			t.Error("one's own role can be chosen")
		}
		b.post(t, path+"/deactivate", "version", a.value("version")).wants(422, "You cannot deactivate yourself.")
		b.post(t, path, "version", a.value("version"), "name", "Mairi", "email", adminEmail, "role", "reader").leads("/settings/people")
		if now := s.officer(t, s.admin.ID); now.Role != staff.Administrator || !now.Active || now.Name != "Mairi" {
			t.Errorf("%+v", now)
		}
	})
}
