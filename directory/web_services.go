package directory

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// servicesPage is what the list of services shows.
type servicesPage struct {
	all   int
	list  []Service
	teams teams
	form  *web.Form // q, team, words
	tried *trial
}

// trial is how the directory reads what somebody might write.
type trial struct{ service, team, place, area string }

func (d *Directory) showServices(w http.ResponseWriter, r *http.Request) error {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return err
	}
	p := servicesPage{all: len(s.Services())}
	if p.teams, err = d.teams(r); err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	q, owner := text.Fold(p.form.Text("q")), p.form.Value("team")
	for _, service := range s.Services() {
		if strings.Contains(text.Fold(service.Name+"\n"+service.Summary+"\n"+service.Words), q) && (owner == "" || owner == idText(service.TeamID)) {
			p.list = append(p.list, service)
		}
	}
	if words := p.form.Text("words", web.AtMost(5000)); words != "" && p.form.Err() == nil {
		p.tried = s.try(words, p.teams)
	}
	return web.RenderForm(w, r, p.form, servicesView(p))
}

func (s *Snapshot) try(words string, of teams) *trial {
	read := s.Read(words)
	t := &trial{service: s.ServiceName(read.ServiceID), place: read.Place.Label()}
	if read.ServiceID != 0 {
		t.team = of.name(s.OwnerOf(read.ServiceID))
	}
	if area, found := s.AreaOf(words, read.Place.Lat, read.Place.Lon); found {
		t.area = area.Name
	}
	return t
}

// owners are the teams to choose from in the list's filter.
func (p servicesPage) owners() []ui.Option {
	return append([]ui.Option{{Value: "", Label: "Any team"}}, p.teams.options()...)
}

// narrowed reports whether the list is only a part of what there is.
func (p servicesPage) narrowed() bool { return p.form.Value("q") != "" || p.form.Value("team") != "" }

func (d *Directory) addUsualServices(w http.ResponseWriter, r *http.Request) error {
	n, err := d.AddUsualServices(r.Context(), actor(r))
	if err != nil {
		return err
	}
	if n == 0 {
		return web.RedirectWithNotice(w, r, servicesPath, "There are services already. None was added.")
	}
	return web.RedirectWithNotice(w, r, servicesPath, "Added "+web.Count(n, "service", "services")+". The contact centre owns them until you say otherwise.")
}

// servicePage is where one service is entered or changed.
type servicePage struct {
	service Service // the zero one is a new service
	teams   teams
	form    *web.Form
	changed []ui.Difference
}

func (p servicePage) title() string { return cmp.Or(p.service.Name, "Add a service") }

func (p servicePage) path() string {
	if p.service.ID == 0 {
		return servicesPath + "/new"
	}
	return servicePath(p.service.ID)
}

func servicePath(id int64) string { return servicesPath + "/" + url.PathEscape(idText(id)) }

func (d *Directory) showNewService(w http.ResponseWriter, r *http.Request) error {
	p := servicePage{form: web.NewForm("team", "0", "public", "1", "active", "1")}
	var err error
	if p.teams, err = d.teams(r); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, serviceView(p))
}

func (d *Directory) addService(w http.ResponseWriter, r *http.Request) error {
	var p servicePage
	var err error
	if p.teams, err = d.teams(r); err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	if service := p.read(); p.form.Err() == nil {
		service, err := d.AddService(r.Context(), actor(r), service)
		if err == nil {
			return web.RedirectNotice(w, r, servicesPath, web.Notice{Text: "Added " + service.Name + ".", LinkURL: servicePath(service.ID)})
		}
		if !p.form.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, p.form, serviceView(p))
}

// read is what the form says.
func (p servicePage) read() Service {
	f := p.form
	s := p.service
	s.Version, s.LGSL, s.LGIL = f.Version(), 0, 0
	s.Name, s.Summary, s.Words = f.Text("name", web.AtMost(maxName)), f.Text("summary", web.AtMost(maxSummary)), f.Text("words")
	s.TeamID = f.OptionalID("team", "Choose one of the teams shown.")
	s.Public, s.NeedsPlace, s.Active = f.Ticked("public"), f.Ticked("needs_place"), f.Ticked("active")
	if f.Text("lgsl") != "" {
		s.LGSL = f.Int("lgsl", 0, maxListCode, "Enter the number of the Local Government Service List, or leave it empty.")
	}
	if f.Text("lgil") != "" {
		s.LGIL = f.Int("lgil", 0, maxListCode, "Enter the number of the interaction list, or leave it empty.")
	}
	return s
}

// servicePage finds the service that a request is about.
func (d *Directory) servicePage(r *http.Request) (servicePage, error) {
	id, err := pathID(r, errNoService)
	if err != nil {
		return servicePage{}, err
	}
	snapshot, err := d.Snapshot(r.Context())
	if err != nil {
		return servicePage{}, err
	}
	s, found := snapshot.Service(id)
	if !found {
		return servicePage{}, errNoService
	}
	p := servicePage{service: s}
	if p.teams, err = d.teams(r); err != nil {
		return servicePage{}, err
	}
	fields := []string{"name", s.Name, "summary", s.Summary, "words", s.Words, "team", idText(s.TeamID), "lgsl", code(s.LGSL), "lgil", code(s.LGIL)}
	for name, ticked := range map[string]bool{"public": s.Public, "needs_place": s.NeedsPlace, "active": s.Active} {
		if ticked {
			fields = append(fields, name, "1")
		}
	}
	p.form = web.NewForm(fields...)
	return p, nil
}

// code writes a number of a list; 0 is none.
func code(n int64) string {
	if n == 0 {
		return ""
	}
	return idText(n)
}

func (d *Directory) showService(w http.ResponseWriter, r *http.Request) error {
	p, err := d.servicePage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, serviceView(p))
}

func (d *Directory) saveService(w http.ResponseWriter, r *http.Request) error {
	p, err := d.servicePage(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	s := p.read()
	if p.form.Err() == nil {
		err = d.SaveService(r.Context(), actor(r), s)
		if err == nil {
			return web.RedirectNotice(w, r, servicesPath, web.Notice{Text: "Saved " + s.Name + ".", LinkURL: p.path()})
		}
		if !p.form.Take(err) {
			return err
		}
	}
	if was := p.service; fault.Is(err, fault.Conflict) {
		p.changed = []ui.Difference{
			{"Name", was.Name, s.Name}, {"Summary", was.Summary, s.Summary}, {"Words", was.Words, s.Words},
			{"Team", p.teams.name(was.TeamID), p.teams.name(s.TeamID)}, {"LGSL number", code(was.LGSL), code(s.LGSL)},
			{"LGIL number", code(was.LGIL), code(s.LGIL)}, {"On the form", yesNo(was.Public), yesNo(s.Public)},
			{"The form asks where", yesNo(was.NeedsPlace), yesNo(s.NeedsPlace)}, {"In use", yesNo(was.Active), yesNo(s.Active)},
		}
	}
	return web.RenderForm(w, r, p.form, serviceView(p))
}
