package directory_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"mercat.scot/mercat/directory"
)

func TestQuestionsAreAddedMovedRemovedAndBroughtBack(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.seeded()
		added, err := s.AddService(t.Context(), mairi, directory.Service{Name: "Ferries", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		path := fmt.Sprintf("/settings/services/%d", added.ID)
		codes := func() string {
			got, _ := s.now().Service(added.ID)
			var list []string
			for _, a := range got.Attributes {
				list = append(list, a.Code)
			}
			return strings.Join(list, " ")
		}
		version := func() string { got, _ := s.now().Service(added.ID); return fmt.Sprint(got.Version) }
		for _, question := range []string{"Which pier?", "Which day?", "Which pier?"} {
			a := s.send(path+"/questions", url.Values{"version": {version()}, "description": {question}, "datatype": {"string"}, "variable": {"1"}})
			if a.status != 303 {
				t.Fatal(a.status, a.words)
			}
		}
		if codes() != "which-pier which-day which-pier-2" {
			t.Errorf("got %s", codes())
		}
		a := s.send(path+"/questions", url.Values{"version": {version()}, "description": {""}, "datatype": {"singlevaluelist"}, "variable": {"1"}})
		if a.status != 422 || !strings.Contains(a.words, "Enter the question.") || !strings.Contains(a.words, "Enter the answers to choose from") {
			t.Error(a.status, a.words)
		}
		a = s.send(path+"/questions/which-day", url.Values{"version": {version()}, "description": {"Which day?"}, "datatype": {"singlevaluelist"}, "variable": {"1"}, "required": {"1"},
			"values": {"Monday | words: mon | cy: Dydd Llun\nx = Tuesday"}})
		if a.status != 303 {
			t.Fatal(a.status, a.words)
		}
		got, _ := s.now().Service(added.ID)
		if v := got.Attributes[1].Values; len(v) != 2 || v[0] != (directory.Value{Key: "monday", Name: "Monday", Welsh: "Dydd Llun", Words: "mon"}) || v[1].Key != "x" {
			t.Errorf("got %+v", v)
		}
		page := s.get(path + "/questions/which-day")
		if !strings.Contains(page.body, "Monday | words: mon | cy: Dydd Llun\nx = Tuesday") {
			t.Error("the answers are not there to edit")
		}
		s.send(path+"/questions/which-day/move/up", url.Values{"version": {version()}})
		if codes() != "which-day which-pier which-pier-2" {
			t.Errorf("moved: %s", codes())
		}
		s.send(path+"/questions/which-day/move/up", url.Values{"version": {version()}})
		s.send(path+"/questions/which-pier-2/remove", url.Values{"version": {version()}})
		if codes() != "which-day which-pier" {
			t.Errorf("removed: %s", codes())
		}
		s.send(path+"/undo-questions", nil)
		if codes() != "which-day which-pier which-pier-2" {
			t.Errorf("brought back: %s", codes())
		}
		s.send(path+"/questions/which-day/remove", url.Values{"version": {"1"}})
		if codes() != "which-day which-pier which-pier-2" {
			t.Error("an old version removed a question")
		}
		if page := s.get(path); !strings.Contains(page.words, "Must be answered") || !strings.Contains(page.words, "One of a list : Monday, Tuesday") && !strings.Contains(page.words, "One of a list: Monday, Tuesday") {
			t.Error(page.words)
		}
	})
}

// send is post with values.
func (s *site) send(path string, v url.Values) answer {
	s.t.Helper()
	return s.ask("POST", path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

func TestAServiceIsAddedFromTheListWithItsQuestions(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		page := s.get("/settings/services/list?q=abandoned")
		if !strings.Contains(page.words, "Abandoned vehicles") || !strings.Contains(page.words, "reporting (17)") {
			t.Error(page.words)
		}
		if a := s.send("/settings/services/list", url.Values{"lgsl": {"372"}}); a.status != 303 {
			t.Fatal(a.status, a.words)
		}
		got, ok := s.now().ServiceByCode("abandoned-vehicles")
		if !ok || got.LGIL != 17 || len(got.Attributes) < 3 || got.Words == "" || got.Attributes[0].Welsh == "" {
			t.Errorf("got %+v", got)
		}
		if a := s.send("/settings/services/list", url.Values{"lgsl": {"510"}}); a.status != 303 {
			t.Fatal(a.status, a.words)
		}
		if got, ok := s.now().ServiceByCode("allotments"); !ok || got.LGSL != 510 {
			t.Errorf("got %+v", got)
		}
		if a := s.send("/settings/services/list", url.Values{"lgsl": {"9999"}}); a.status != 404 {
			t.Error(a.status)
		}
		if page := s.get("/settings/services/list?q=zzz"); !strings.Contains(page.words, "Nothing in the list fits") {
			t.Error(page.words)
		}
	})
}

func TestHoursPromiseAndAreasAreKeptByTheForm(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		area := s.area("North", "Kirkbrae")
		a := s.send("/settings/services/new", url.Values{"name": {"Ferries"}, "team": {"0"}, "hours-monday": {"9am to 5pm"}, "hours-friday": {"09:00-12:00, 13:00-16:30"},
			"holidays": {"closed"}, "out_of_hours": {"Ring 0300 123"}, "promised_days": {"10"}, "promise": {"Ten days"}, "areas": {fmt.Sprint(area)}, "group": {"Harbours"}})
		if a.status != 303 {
			t.Fatal(a.status, a.words)
		}
		got, _ := s.now().ServiceByCode("ferries")
		if got.Hours.String() != "Mon 09:00-17:00; Fri 09:00-12:00, 13:00-16:30" || got.PromisedDays != 10 || !got.Covers(area) || got.Covers(area+1) || got.Group != "Harbours" {
			t.Errorf("got %+v", got)
		}
		a = s.send("/settings/services/new", url.Values{"name": {"Piers"}, "hours-monday": {"late"}, "promised_days": {"soon"}, "service_code": {"a b"}})
		if a.status != 422 || !strings.Contains(a.words, "cannot be read as opening hours") || !strings.Contains(a.words, "number of working days") {
			t.Error(a.status, a.words)
		}
	})
}
