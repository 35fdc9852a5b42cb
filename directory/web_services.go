package directory

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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
	areas   []Area
	usual   bool // there are usual questions for it
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
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return err
	}
	p.areas = s.Areas()
	if p.teams, err = d.teams(r); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, serviceView(p))
}

func (d *Directory) addService(w http.ResponseWriter, r *http.Request) error {
	var p servicePage
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return err
	}
	p.areas = s.Areas()
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
	p.readStandard(&s)
	return s
}

// readStandard reads where and when a service is given, and how soon.
func (p servicePage) readStandard(s *Service) {
	f := p.form
	s.Code, s.Group, s.Keywords = f.Text("service_code"), f.Text("group", web.AtMost(maxName)), f.Text("keywords")
	s.AreaIDs = f.IDs("areas", "Choose from the areas shown.")
	s.Hours.Holidays, s.Hours.OutOfHours = f.Value("holidays"), f.Text("out_of_hours", web.AtMost(maxSummary))
	for _, day := range weekdays {
		spans, err := readDay(f.Text(dayField(day)))
		if err != nil {
			f.Fail(dayField(day), fault.Sentence(err))
		}
		s.Hours.Week[day] = spans
	}
	s.PromisedDays = 0
	if f.Text("promised_days") != "" {
		s.PromisedDays = int(f.Int("promised_days", 0, maxPromised, "Enter the number of working days, at most 730, or leave it empty."))
	}
	s.Promise = f.Text("promise", web.AtMost(maxSummary))
}

func dayField(d time.Weekday) string { return "hours-" + strings.ToLower(d.String()) }

// standardFields are what readStandard reads.
func (s Service) standardFields() []string {
	fields := []string{"service_code", s.Code, "group", s.Group, "keywords", s.Keywords, "holidays", s.Hours.Holidays, "out_of_hours", s.Hours.OutOfHours,
		"promised_days", code(int64(s.PromisedDays)), "promise", s.Promise}
	for _, id := range s.AreaIDs {
		fields = append(fields, "areas", idText(id))
	}
	for _, day := range weekdays {
		fields = append(fields, dayField(day), s.Hours.Day(day))
	}
	return fields
}

func holidayOptions() []ui.Option {
	return []ui.Option{{Value: "", Label: "Not said"}, {Value: HolidaysClosed, Label: "Closed"}, {Value: HolidaysAsUsual, Label: "Open as on other days"}}
}

func (p servicePage) areaOptions() []ui.Option {
	var options []ui.Option
	for _, a := range p.areas {
		options = append(options, ui.Option{Value: idText(a.ID), Label: a.Name})
	}
	return options
}

// areaNames are the names of areas, parted by commas.
func (p servicePage) areaNames(ids []int64) string {
	var names []string
	for _, a := range p.areas {
		if slices.Contains(ids, a.ID) {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, ", ")
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
	p := servicePage{service: s, areas: snapshot.Areas()}
	usual, err := seed()
	if err != nil {
		return servicePage{}, err
	}
	one, ok := usualFor(usual, s)
	p.usual = ok && len(one.Attributes) > 0
	if p.teams, err = d.teams(r); err != nil {
		return servicePage{}, err
	}
	fields := []string{"name", s.Name, "summary", s.Summary, "words", s.Words, "team", idText(s.TeamID), "lgsl", code(s.LGSL), "lgil", code(s.LGIL)}
	fields = append(fields, s.standardFields()...)
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
			{"Code", was.Code, s.Code}, {"Group", was.Group, s.Group}, {"Keywords", was.Keywords, s.Keywords}, {"Given in", p.areaNames(was.AreaIDs), p.areaNames(s.AreaIDs)},
			{"Opening hours", was.Hours.String(), s.Hours.String()}, {"Bank holidays", was.Hours.Holidays, s.Hours.Holidays}, {"Out of hours", was.Hours.OutOfHours, s.Hours.OutOfHours},
			{"Promised working days", code(int64(was.PromisedDays)), code(int64(s.PromisedDays))}, {"Promise", was.Promise, s.Promise},
		}
	}
	return web.RenderForm(w, r, p.form, serviceView(p))
}
