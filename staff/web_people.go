package staff

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// peoplePageSize is how many people stand on one page of the list.
const peoplePageSize = 100

// Which people the list shows.
const (
	showHere    = ""        // who works here, invited or not
	showInvited = "invited" // who has not chosen a password yet
	showLeft    = "left"    // who has been deactivated
)

// peopleFilter is what the list's address asks for.
type peopleFilter struct {
	show  string
	words string
	team  int64
	from  int64 // the first of the page; 0 is the beginning
}

func readPeopleFilter(r *http.Request) (peopleFilter, error) {
	form, err := web.ReadForm(r)
	if err != nil {
		return peopleFilter{}, err
	}
	f := peopleFilter{show: form.Value("show"), words: form.Text("q"), team: form.OptionalID("team", "team"), from: form.OptionalID("from", "from")}
	if f.show != showInvited && f.show != showLeft {
		f.show = showHere
	}
	f.words, _ = text.CleanLine(f.words, maxName)
	return f, nil
}

// url is the address of the list with this filter.
func (f peopleFilter) url() string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	set("show", f.show)
	set("q", f.words)
	set("team", strconv.FormatInt(f.team, 10))
	set("from", strconv.FormatInt(f.from, 10))
	if len(q) == 0 {
		return peoplePath
	}
	return peoplePath + "?" + q.Encode()
}

func (f peopleFilter) with(change func(*peopleFilter)) peopleFilter {
	f.from = 0
	change(&f)
	return f
}

// narrow reports whether the filter leaves people out of a tab.
func (f peopleFilter) narrow() bool { return f.words != "" || f.team != 0 }

func (f peopleFilter) shows(o Officer) bool {
	switch f.show {
	case showInvited:
		return o.Active && o.Invited
	case showLeft:
		return !o.Active
	}
	return o.Active
}

func (f peopleFilter) fits(o Officer, teams []int64) bool {
	if f.team != 0 && !slices.Contains(teams, f.team) {
		return false
	}
	hay := text.Fold(o.Name + " " + o.FirstName + " " + o.Email)
	for _, word := range strings.Fields(text.Fold(f.words)) {
		if !strings.Contains(hay, word) {
			return false
		}
	}
	return true
}

// peoplePage is what the list of people shows.
type peoplePage struct {
	filter peopleFilter
	people []Officer
	found  int
	counts map[string]int // by what show can be
	roster *Roster
	newer  string
	older  string
}

func (s *Service) showPeople(w http.ResponseWriter, r *http.Request) error {
	f, err := readPeopleFilter(r)
	if err != nil {
		return err
	}
	roster, err := s.Roster(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, peopleView(listPeople(roster, f)))
}

func listPeople(roster *Roster, f peopleFilter) peoplePage {
	p := peoplePage{filter: f, roster: roster, counts: map[string]int{}}
	var found []Officer
	for _, o := range roster.Officers() {
		if !f.fits(o, roster.TeamsOf(o.ID)) {
			continue
		}
		for _, show := range []string{showHere, showInvited, showLeft} {
			if (peopleFilter{show: show}).shows(o) {
				p.counts[show]++
			}
		}
		if f.shows(o) {
			found = append(found, o)
		}
	}
	p.found = len(found)
	at := max(0, slices.IndexFunc(found, func(o Officer) bool { return o.ID == f.from }))
	p.people = found[at:min(at+peoplePageSize, len(found))]
	if at > 0 {
		p.newer = f.with(func(f *peopleFilter) { f.from = found[max(0, at-peoplePageSize)].ID }).url()
	}
	if at+peoplePageSize < len(found) {
		p.older = f.with(func(f *peopleFilter) { f.from = found[at+peoplePageSize].ID }).url()
	}
	return p
}

func (p peoplePage) tabs() ui.Tabs {
	tab := func(label, show string) ui.Tab {
		return ui.Tab{Label: label, URL: p.filter.with(func(f *peopleFilter) { f.show = show }).url(), Current: p.filter.show == show, Count: p.counts[show]}
	}
	return ui.Tabs{Label: "People", Items: []ui.Tab{tab("Working here", showHere), tab("Invited", showInvited), tab("Deactivated", showLeft)}}
}

func (p peoplePage) teamOptions() []ui.Option {
	options := []ui.Option{{Value: "0", Label: "All teams"}}
	for _, t := range p.roster.Teams() {
		options = append(options, ui.Option{Value: idText(t.ID), Label: t.Name})
	}
	return options
}

// personPage is where one person is entered or changed.
type personPage struct {
	officer Officer // the zero one is somebody new
	self    bool    // it is the administrator's own entry
	teams   []Team
	form    *web.Form
	changed []ui.Difference
}

func (p personPage) title() string { return cmp.Or(p.officer.Name, "Add a person") }

func (p personPage) path(act string) string {
	if p.officer.ID == 0 {
		return peoplePath + "/new"
	}
	return fmt.Sprintf("%s/%d%s", peoplePath, p.officer.ID, act)
}

func (p personPage) teamOptions() []ui.Option {
	var options []ui.Option
	for _, t := range p.teams {
		options = append(options, ui.Option{Value: idText(t.ID), Label: t.Name})
	}
	return options
}

func roleOptions() []ui.Option {
	var options []ui.Option
	for _, r := range Roles() {
		options = append(options, ui.Option{Value: string(r), Label: r.Label(), Hint: r.Explains()})
	}
	return options
}

func idText(id int64) string { return strconv.FormatInt(id, 10) }

// readPerson is what the form of a personPage says.
func (p personPage) readPerson() (Person, []int64) {
	f := p.form
	person := Person{
		Email: f.Text("email"), Name: f.Text("name"), FirstName: f.Text("first_name"), Role: p.officer.Role,
	}
	if !p.self {
		person.Role = Role(f.Value("role"))
	}
	return person, f.IDs("teams", "Choose from the teams shown.")
}

func (s *Service) showNewPerson(w http.ResponseWriter, r *http.Request) error {
	teams, err := s.Teams(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, personView(personPage{teams: teams, form: web.NewForm("role", string(Answers))}))
}

func (s *Service) addPerson(w http.ResponseWriter, r *http.Request) error {
	teams, err := s.Teams(r.Context())
	if err != nil {
		return err
	}
	p := personPage{teams: teams}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	person, in := p.readPerson()
	if p.form.Err() == nil {
		officer, link, err := s.AddOfficer(r.Context(), actor(r), person, in)
		if err == nil {
			return s.showLink(w, r, officer, link)
		}
		if !p.form.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, p.form, personView(p))
}

// linkPage shows a link, for the only time.
type linkPage struct {
	officer Officer
	link    Link
	url     string
}

// showLink answers the POST that made a link with a page instead of a redirect:
// the link is kept nowhere, so there is nothing that another request could show.
func (s *Service) showLink(w http.ResponseWriter, r *http.Request, officer Officer, link Link) error {
	return web.Render(w, r, http.StatusOK, linkView(linkPage{officer, link, s.address(r, link.Path())}))
}

// person finds whose page a request is about.
func (s *Service) person(r *http.Request) (personPage, error) {
	id, err := pathID(r, errNoOfficer)
	if err != nil {
		return personPage{}, err
	}
	roster, err := s.Roster(r.Context())
	if err != nil {
		return personPage{}, err
	}
	o, ok := roster.Officer(id)
	if !ok {
		return personPage{}, errNoOfficer
	}
	p := personPage{officer: o, teams: roster.Teams(), self: o.ID == web.MustViewer(r.Context()).ID}
	fields := []string{"email", o.Email, "name", o.Name, "first_name", o.FirstName, "role", string(o.Role)}
	for _, team := range roster.TeamsOf(id) {
		fields = append(fields, "teams", idText(team))
	}
	p.form = web.NewForm(fields...)
	return p, nil
}

func (s *Service) showPerson(w http.ResponseWriter, r *http.Request) error {
	p, err := s.person(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, personView(p))
}

func (s *Service) savePerson(w http.ResponseWriter, r *http.Request) error {
	p, err := s.person(r)
	if err != nil {
		return err
	}
	was := p.form
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	person, in := p.readPerson()
	if p.form.Err() == nil {
		err = s.EditOfficer(r.Context(), actor(r), p.officer.ID, p.form.Version(), person, in)
		if err == nil {
			return web.RedirectNotice(w, r, peoplePath, web.Notice{Text: "Saved " + person.Name + ".", LinkURL: p.path("")})
		}
		if !p.form.Take(err) {
			return err
		}
	}
	if fault.Is(err, fault.Conflict) {
		o := p.officer
		p.changed = []ui.Difference{
			{"Name", o.Name, person.Name},
			{"First name", o.FirstName, person.FirstName},
			{"Email address", o.Email, person.Email},
			{"Role", o.Role.Label(), person.Role.Label()},
			{"Teams", teamNames(p.teams, was.IDs("teams", "")), teamNames(p.teams, in)},
		}
	}
	return web.RenderForm(w, r, p.form, personView(p))
}

func (s *Service) deactivatePerson(w http.ResponseWriter, r *http.Request) error {
	return s.setPerson(w, r, false)
}

func (s *Service) reactivatePerson(w http.ResponseWriter, r *http.Request) error {
	return s.setPerson(w, r, true)
}

func (s *Service) setPerson(w http.ResponseWriter, r *http.Request, active bool) error {
	p, err := s.person(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	switch {
	case active:
		err = s.Reactivate(r.Context(), actor(r), p.officer.ID, form.Version())
	case p.self:
		err = fault.New(fault.Invalid, "You cannot deactivate yourself. Ask another administrator to do it.")
	default:
		err = s.Deactivate(r.Context(), actor(r), p.officer.ID, form.Version())
	}
	switch {
	case err == nil:
	case p.form.Take(err):
		return web.RenderForm(w, r, p.form, personView(p))
	default:
		return err
	}
	if active {
		return web.RedirectWithNotice(w, r, p.path(""), p.officer.Name+" can sign in again.")
	}
	now, err := s.Officer(r.Context(), p.officer.ID)
	if err != nil {
		return err
	}
	return web.RedirectNotice(w, r, peoplePath, web.Notice{
		Text: now.Name + " has been deactivated and is signed out.", UndoURL: p.path("/reactivate"), Undo: map[string]string{"version": idText(now.Version)},
	})
}

func (s *Service) linkPerson(w http.ResponseWriter, r *http.Request) error {
	p, err := s.person(r)
	if err != nil {
		return err
	}
	link, err := s.ResetLink(r.Context(), actor(r), p.officer.ID)
	switch {
	case err == nil:
		return s.showLink(w, r, p.officer, link)
	case p.form.Take(err):
		return web.RenderForm(w, r, p.form, personView(p))
	}
	return err
}
