package staff_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/staff"
)

func TestTeamsAreMadeAndChanged(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		admin, officer := s.as(t, adminEmail, adminWords), s.as(t, o.Email, newWords)
		id := fmt.Sprint(o.ID)
		a := admin.post(t, "/settings/teams/new", "name", " ", "purpose", "Potholes", "members", id, "members", "7")
		a.wants(422, "Enter the team’s name.")
		if ticked := a.all("input", func(n *html.Node) bool { return attr(n, "name") == "members" && hasAttr(n, "checked") }); len(ticked) != 1 {
			t.Errorf("%d people ticked", len(ticked))
		}
		admin.post(t, "/settings/teams/new", "name", "Roads", "members", "7").wants(422, "not there any more")
		admin.post(t, "/settings/teams/new", "name", "contact CENTRE").wants(422, "There is a team of this name already.")
		a = admin.post(t, "/settings/teams/new", "name", "Ffyrdd a chludiant cynaliadwy Llanfairpwllgwyngyll", "purpose", "Potholes", "members", id)
		a.leads("/settings/teams")
		a = admin.follow(t, a)
		a.wants(200, "Added Ffyrdd", "Potholes", "Iain Ruadh", "Add a team")
		path := attr(a.all("a", func(n *html.Node) bool { return strings.HasPrefix(words(n), "Ffyrdd") })[0], "href")

		a = officer.get(t, "/settings/teams")
		a.wants(200, "Ffyrdd", "Iain Ruadh")
		if strings.Contains(a.body, path) || strings.Contains(a.text(), "Add a team") {
			t.Error("who may not change teams is led to it")
		}

		version := admin.get(t, path).value("version")
		admin.post(t, path, "version", version, "name", "Roads", "purpose", "", "contact_centre", "1").leads("/settings/teams")
		admin.get(t, "/settings/teams").wants(200, "Roads Contact centre", "Nobody yet")
		admin.get(t, path).wants(200, "This team is the contact centre")
		a = admin.post(t, path, "version", version, "name", "Highways", "members", id)
		a.wants(409, "changed this meanwhile", "Name : now “Roads”, you entered “Highways”", "People : now nothing, you entered “Iain Ruadh”")
		if a.value("name") != "Highways" {
			t.Error("what was typed is lost")
		}
		// Saving what the form shows takes the mark away from nobody.
		admin.post(t, path, "version", a.value("version"), "name", "Highways", "members", id).leads("/settings/teams")
		r, err := s.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if centre, _ := r.ContactCentre(); centre.Name != "Highways" || len(centre.MemberIDs) != 1 {
			t.Errorf("%+v", centre)
		}
	})
}

func TestAMemberWhoHasLeftCanBeTakenOutOfATeam(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		teams, err := s.Teams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o := s.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers, teams[0].ID)
		if err := s.Deactivate(t.Context(), s.admin.Actor(), o.ID, s.officer(t, o.ID).Version); err != nil {
			t.Fatal(err)
		}
		b := s.as(t, adminEmail, adminWords)
		path := fmt.Sprintf("/settings/teams/%d", teams[0].ID)
		a := b.get(t, path)
		a.wants(200, "Iain Ruadh (deactivated)")
		if list := b.get(t, "/settings/teams"); strings.Contains(list.text(), "Iain Ruadh") {
			t.Error("the list names somebody who has left")
		}
		b.post(t, path, "version", a.value("version"), "name", "Contact centre", "members", fmt.Sprint(s.admin.ID)).leads("/settings/teams")
		if strings.Contains(b.get(t, path).text(), "Iain") {
			t.Error("still offered")
		}
	})
}
