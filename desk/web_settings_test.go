package desk

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestTheFormOfAnAccountSpeaksOfItsOwnNetwork(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, s.admin)
		b.get("/settings/accounts/new?network="+string(toldKind)).want(http.StatusOK).
			says("Name of the account", "such as “Roads, Told”.").silent("Bluesky")
		b.post("/settings/accounts", "network", string(toldKind), "name", "", "option_password", "open sesame").want(http.StatusUnprocessableEntity).
			says("so that people can tell it from others, such as “Roads, Told”.").silent("Bluesky")
	})
}

func TestWhatIsTooLongIsSaidAndNotCut(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, s.admin)
		roads, _ := s.team("Roads", "iain@strathcarron.example", "Iain Ruadh")
		team := id(roads.ID)
		b.post("/settings/rules", "name", strings.Repeat("n", maxRuleName+1), "words", "bin", "team", team).want(http.StatusUnprocessableEntity).
			says("Use 80 characters or fewer. There are 81.")
		b.post("/settings/rules", "name", "Bins", "words", strings.Repeat("w", maxRuleWords+1), "team", team).want(http.StatusUnprocessableEntity).
			says("Use 2,000 characters or fewer. There are 2,001.")
		s.takePosts(s.post("ann", "The bin."), s.post("annie", "The same bin."))
		list := s.inbox()
		b.post(pathTo(list[0].ID, "join"), "other", id(list[1].PersonID), "join_reason", strings.Repeat("r", maxReason+1)).want(http.StatusUnprocessableEntity).
			says("Use 500 characters or fewer. There are 501.")
	})
}

func TestADeletedRuleComesBackToWhereItWas(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, s.admin)
		roads, _ := s.team("Roads", "iain@strathcarron.example", "Iain Ruadh")
		team := id(roads.ID)
		for _, name := range []string{"First", "Second", "Third"} {
			b.post("/settings/rules", "name", name, "words", "bin", "team", team, "active", "1").want(http.StatusSeeOther)
		}
		names := func() (list []string) {
			rules, err := s.Rules(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rules {
				list = append(list, r.Name)
			}
			return list
		}
		rules, err := s.Rules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first := rules[0]
		gone := b.post("/settings/rules/"+id(first.ID)+"/delete", "version", id(first.Version)).want(http.StatusSeeOther)
		if got := names(); !slices.Equal(got, []string{"Second", "Third"}) {
			t.Fatalf("after it was deleted the rules are %v", got)
		}
		page := b.following(gone)
		var pairs []string
		for _, name := range []string{"name", "words", "team", "active", "position"} {
			pairs = append(pairs, name, attr(page.field(name), "value"))
		}
		b.post("/settings/rules", pairs...).want(http.StatusSeeOther)
		if got := names(); !slices.Equal(got, []string{"First", "Second", "Third"}) {
			t.Errorf("after it was brought back the rules are %v", got)
		}
	})
}

func TestAJoinIsUndoneFromItsNotice(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, s.admin)
		s.takePosts(s.post("ann", "The bin."), s.post("annie", "The same bin."))
		one, other := s.inbox()[0], s.inbox()[1]
		done := b.htmx().post(pathTo(one.ID, "join"), "other", id(other.PersonID), "join_reason", "Same address").want(http.StatusOK)
		b.htmx().post(pathTo(one.ID, "undo"), "number", attr(done.field("number"), "value")).want(http.StatusOK)
		if list := s.inbox(); list[0].PersonID == list[1].PersonID {
			t.Error("they are still one person")
		}
		b.post(pathTo(one.ID, "join"), "other", id(other.PersonID), "join_reason", "Same address").want(http.StatusSeeOther)
		b.open(one.Conversation).says("was joined by " + s.admin.Name + " just now because: Same address")
	})
}
