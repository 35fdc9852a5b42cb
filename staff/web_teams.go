package staff

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// teamsPage is what the list of teams shows.
type teamsPage struct {
	roster *Roster
	edits  bool // the viewer may change teams
}

// memberNames are how many names a line of the list has before "and 3 more".
const memberNames = 6

// members are the names of a team's active members, shortened for a list, and
// how many there are.
func (p teamsPage) members(t Team) (names string, count int) {
	var list []string
	for _, o := range p.roster.Officers() {
		if o.Active && t.Has(o.ID) {
			list = append(list, o.Name)
		}
	}
	count = len(list)
	if count > memberNames+1 {
		list = append(list[:memberNames], fmt.Sprintf("and %d more", count-memberNames))
	}
	return strings.Join(list, ", "), count
}

func (s *Service) showTeams(w http.ResponseWriter, r *http.Request) error {
	roster, err := s.Roster(r.Context())
	if err != nil {
		return err
	}
	v := web.MustViewer(r.Context())
	return web.Render(w, r, http.StatusOK, teamsView(teamsPage{roster: roster, edits: Role(v.Role).MayAdminister()}))
}

// teamPage is where one team is entered or changed.
type teamPage struct {
	team    Team // the zero one is a new team
	roster  *Roster
	form    *web.Form
	changed []ui.Difference
}

func (p teamPage) title() string { return cmp.Or(p.team.Name, "Add a team") }

func (p teamPage) path() string {
	if p.team.ID == 0 {
		return teamsPath + "/new"
	}
	return fmt.Sprintf("%s/%d", teamsPath, p.team.ID)
}

// memberOptions are who can be ticked: all who work here, and members who have
// left, so that they can be taken out.
func (p teamPage) memberOptions() []ui.Option {
	var options []ui.Option
	for _, o := range p.roster.Officers() {
		switch {
		case o.Active:
			options = append(options, ui.Option{Value: idText(o.ID), Label: o.Name})
		case p.team.Has(o.ID):
			options = append(options, ui.Option{Value: idText(o.ID), Label: o.Name + " (deactivated)"})
		}
	}
	return options
}

// centre is the name of the team that is the contact centre now.
func (p teamPage) centre() string {
	t, _ := p.roster.ContactCentre()
	return t.Name
}

// readTeam is what the form of a teamPage says.
func (p teamPage) readTeam() Team {
	f := p.form
	return Team{
		ID: p.team.ID, Version: f.Version(),
		Name: f.Text("name"), Purpose: f.Text("purpose"),
		ContactCentre: p.team.ContactCentre || f.Ticked("contact_centre"),
		MemberIDs:     f.IDs("members", "Choose from the people shown."),
	}
}

func (s *Service) showNewTeam(w http.ResponseWriter, r *http.Request) error {
	roster, err := s.Roster(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, teamView(teamPage{roster: roster}))
}

func (s *Service) addTeam(w http.ResponseWriter, r *http.Request) error {
	roster, err := s.Roster(r.Context())
	if err != nil {
		return err
	}
	p := teamPage{roster: roster}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	if team := p.readTeam(); p.form.Err() == nil {
		team, err := s.AddTeam(r.Context(), actor(r), team)
		if err == nil {
			return web.RedirectWithNotice(w, r, teamsPath, "Added "+team.Name+".")
		}
		if !p.form.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, p.form, teamView(p))
}

// team finds the team that a request is about.
func (s *Service) team(r *http.Request) (teamPage, error) {
	id, err := pathID(r, errNoTeam)
	if err != nil {
		return teamPage{}, err
	}
	roster, err := s.Roster(r.Context())
	if err != nil {
		return teamPage{}, err
	}
	t, ok := roster.Team(id)
	if !ok {
		return teamPage{}, errNoTeam
	}
	fields := []string{"name", t.Name, "purpose", t.Purpose}
	for _, member := range t.MemberIDs {
		fields = append(fields, "members", idText(member))
	}
	return teamPage{team: t, roster: roster, form: web.NewForm(fields...)}, nil
}

func (s *Service) showTeam(w http.ResponseWriter, r *http.Request) error {
	p, err := s.team(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, teamView(p))
}

func (s *Service) saveTeam(w http.ResponseWriter, r *http.Request) error {
	p, err := s.team(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	team := p.readTeam()
	if p.form.Err() == nil {
		err = s.EditTeam(r.Context(), actor(r), team)
		if err == nil {
			return web.RedirectNotice(w, r, teamsPath, web.Notice{Text: "Saved " + team.Name + ".", LinkURL: p.path()})
		}
		if !p.form.Take(err) {
			return err
		}
	}
	if fault.Is(err, fault.Conflict) {
		p.changed = []ui.Difference{
			{"Name", p.team.Name, team.Name},
			{"What it does", p.team.Purpose, team.Purpose},
			{"Contact centre", yesNo(p.team.ContactCentre), yesNo(team.ContactCentre)},
			{"People", p.names(p.team.MemberIDs), p.names(team.MemberIDs)},
		}
	}
	return web.RenderForm(w, r, p.form, teamView(p))
}

func (p teamPage) names(ids []int64) string {
	var names []string
	for _, o := range p.roster.Officers() {
		if slices.Contains(ids, o.ID) {
			names = append(names, o.Name)
		}
	}
	return strings.Join(names, ", ")
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
