package desk

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

func asFields(err error) (fault.Fields, bool) {
	var fields fault.Fields
	if errors.As(err, &fields) {
		return fields, len(fields) > 0
	}
	var one *fault.Error
	if errors.As(err, &one) && one.Field != "" {
		return fault.Fields{one}, true
	}
	return nil, false
}

// ruleLine is a rule in the list, with the names of what it is about.
type ruleLine struct {
	Rule
	When  []string // "Words: pothole, crater"
	Team  string
	First bool
	Last  bool
}

// rulesView is the page of rules.
type rulesView struct {
	Lines   []ruleLine
	May     bool
	Form    *web.Form // of trying out
	Tried   bool
	Team    string
	Why     string
	Options []ui.Option // accounts
}

func (s *Service) showRules(w http.ResponseWriter, r *http.Request) error {
	rules, err := s.Rules(r.Context())
	if err != nil {
		return err
	}
	roster, err := s.Staff.Roster(r.Context())
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := rulesView{May: staff.Role(web.MustViewer(r.Context()).Role).MayLead(), Form: form}
	names, err := s.namesOf(r)
	if err != nil {
		return err
	}
	v.Options = names.accountOptions("Any account")
	for i, rule := range rules {
		line := ruleLine{Rule: rule, When: names.when(rule), First: i == 0, Last: i == len(rules)-1}
		if team, ok := roster.Team(rule.TeamID); ok {
			line.Team = team.Name
		}
		v.Lines = append(v.Lines, line)
	}
	if words := form.Text("words", web.AtMost(5_000)); words != "" && form.Err() == nil {
		team, why, err := s.Fits(r.Context(), form.OptionalID("account", "Choose an account from the list."), words)
		if err != nil {
			return err
		}
		v.Tried, v.Why = true, why
		if t, ok := roster.Team(team); ok {
			v.Team = t.Name
		}
	}
	return web.Render(w, r, http.StatusOK, rulesPage(v))
}

// ruleNames turns ids into what people call them.
type ruleNames struct {
	accounts []Account
	services []ui.Option
	byID     map[int64]string
}

func (s *Service) namesOf(r *http.Request) (ruleNames, error) {
	n := ruleNames{byID: map[int64]string{}}
	var err error
	if n.accounts, err = s.Accounts(r.Context()); err != nil {
		return n, err
	}
	snapshot, err := s.Directory.Snapshot(r.Context())
	if err != nil {
		return n, err
	}
	n.services = []ui.Option{{Value: "0", Label: "Any service"}}
	for _, service := range snapshot.Services() {
		n.byID[service.ID] = service.Name
		if service.Active {
			n.services = append(n.services, ui.Option{Value: strconv.FormatInt(service.ID, 10), Label: service.Name})
		}
	}
	return n, nil
}

func (n ruleNames) accountOptions(none string) []ui.Option {
	options := []ui.Option{{Value: "0", Label: none}}
	for _, a := range n.accounts {
		options = append(options, ui.Option{Value: strconv.FormatInt(a.ID, 10), Label: a.Name})
	}
	return options
}

func (n ruleNames) when(r Rule) []string {
	var list []string
	for _, a := range n.accounts {
		if a.ID == r.AccountID {
			list = append(list, "Account: "+a.Name)
		}
	}
	if r.ServiceID != 0 {
		list = append(list, "Service: "+n.byID[r.ServiceID])
	}
	if r.Language != "" {
		list = append(list, "Language: "+languageName(r.Language))
	}
	if r.Words != "" {
		list = append(list, "Words: "+r.Words)
	}
	if r.Place != "" {
		list = append(list, "Place: "+r.Place)
	}
	return list
}

// languages are those that rules offer; others can come through an import.
func languages() []ui.Option {
	return []ui.Option{{Value: "", Label: "Any language"}, {Value: "en", Label: "English"}, {Value: "gd", Label: "Gaelic"}, {Value: "sco", Label: "Scots"},
		{Value: "cy", Label: "Welsh"}, {Value: "pl", Label: "Polish"}, {Value: "ur", Label: "Urdu"}, {Value: "pa", Label: "Punjabi"},
		{Value: "zh", Label: "Chinese"}, {Value: "ar", Label: "Arabic"}, {Value: "uk", Label: "Ukrainian"}, {Value: "ro", Label: "Romanian"}, {Value: "bn", Label: "Bengali"}}
}

func languageName(code string) string {
	for _, o := range languages() {
		if o.Value == code {
			return o.Label
		}
	}
	return code
}

// ruleView is the page of one rule.
type ruleView struct {
	ID       int64
	Name     string
	Form     *web.Form
	Teams    []ui.Option
	Accounts []ui.Option
	Services []ui.Option
}

func (s *Service) ruleView(r *http.Request, rule Rule, form *web.Form) (ruleView, error) {
	v := ruleView{ID: rule.ID, Name: rule.Name, Form: form}
	names, err := s.namesOf(r)
	if err != nil {
		return v, err
	}
	v.Accounts, v.Services = names.accountOptions("Any account"), names.services
	v.Teams, err = s.teamOptions(r, "Choose a team")
	return v, err
}

func (s *Service) showNewRule(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ruleView(r, Rule{}, web.NewForm("active", "1"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, rulePage(v))
}

func readRuleForm(form *web.Form, id int64) Rule {
	return Rule{ID: id, Name: form.Text("name", web.AtMost(maxRuleName)), AccountID: form.OptionalID("account", "Choose an account from the list."),
		ServiceID: form.OptionalID("service", "Choose a service from the list."), Language: form.Text("language"),
		Words: form.Text("words", web.AtMost(maxRuleWords)), Place: form.Text("place", web.AtMost(maxRuleWords)), TeamID: form.OptionalID("team", "Choose a team from the list."),
		Active: form.Ticked("active"), Version: form.Version()}
}

func (s *Service) addRule(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	rule := readRuleForm(form, 0)
	if form.Value("position") != "" { // of a rule that was deleted
		rule.Position = form.Int("position", 1, math.MaxInt32, "Add the rule anew: its place among the others is not known.")
	}
	if form.Err() == nil {
		if _, err = s.AddRule(r.Context(), by.Actor(), rule); err == nil {
			return web.RedirectWithNotice(w, r, "/settings/rules", "Added the rule "+rule.Name+". It applies to what comes in from now on.")
		}
		if !form.Take(err) {
			return err
		}
	}
	v, err := s.ruleView(r, Rule{}, form)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, rulePage(v))
}

func (s *Service) showRule(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	rule, err := s.Rule(r.Context(), id)
	if err != nil {
		return err
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	pairs := []string{"name", rule.Name, "account", number(rule.AccountID), "service", number(rule.ServiceID), "language", rule.Language,
		"words", rule.Words, "place", rule.Place, "team", number(rule.TeamID), "version", number(rule.Version)}
	if rule.Active {
		pairs = append(pairs, "active", "1")
	}
	v, err := s.ruleView(r, rule, web.NewForm(pairs...))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, rulePage(v))
}

func (s *Service) editRule(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	rule := readRuleForm(form, id)
	if form.Err() == nil {
		if err = s.EditRule(r.Context(), by.Actor(), rule); err == nil {
			return web.RedirectWithNotice(w, r, "/settings/rules", "Saved the rule "+rule.Name+".")
		}
		if !form.Take(err) {
			return err
		}
	}
	v, err := s.ruleView(r, rule, form)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, rulePage(v))
}

func (s *Service) moveRule(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	step := 1
	if form.Value("step") == "up" {
		step = -1
	}
	if err := s.MoveRule(r.Context(), by.Actor(), id, step); err != nil {
		return err
	}
	return web.Redirect(w, r, "/settings/rules")
}

func (s *Service) deleteRule(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	rule, err := s.Rule(r.Context(), id)
	if err != nil {
		return err
	}
	if err := s.DeleteRule(r.Context(), by.Actor(), id, form.Version()); err != nil {
		return err
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	undo := map[string]string{"name": rule.Name, "account": number(rule.AccountID), "service": number(rule.ServiceID), "language": rule.Language,
		"words": rule.Words, "place": rule.Place, "team": number(rule.TeamID), "position": number(rule.Position)}
	if rule.Active {
		undo["active"] = "1"
	}
	return web.RedirectNotice(w, r, "/settings/rules", web.Notice{Text: "Deleted the rule " + rule.Name + ". What it sent stays where it is.",
		UndoURL: "/settings/rules", UndoLabel: "Add it again", Undo: undo})
}
