package directory

import (
	"cmp"
	"net/http"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// areasPage is what the list of areas shows.
type areasPage struct {
	snapshot *Snapshot
	teams    teams
}

func (d *Directory) showAreas(w http.ResponseWriter, r *http.Request) error {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return err
	}
	p := areasPage{snapshot: s}
	if p.teams, err = d.teams(r); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, areasView(p))
}

// unknown are the places of an area that the gazetteer has no entry for. They
// are recognised in a text, but not by a position.
func (s *Snapshot) unknown(a Area) []string {
	var list []string
	for _, name := range splitList(a.Places) {
		if name = strings.TrimSpace(name); name != "" && !s.places.knows(name) {
			list = append(list, name)
		}
	}
	return list
}

// areaPage is where one area is entered or changed.
type areaPage struct {
	area     Area // the zero one is a new area
	snapshot *Snapshot
	teams    teams
	form     *web.Form
	changed  []ui.Difference
}

func (p areaPage) title() string { return cmp.Or(p.area.Name, "Add an area") }

func (p areaPage) path() string {
	if p.area.ID == 0 {
		return areasPath + "/new"
	}
	return areaPath(p.area.ID)
}

func areaPath(id int64) string { return areasPath + "/" + idText(id) }

// newAreaPage is the page of an area that is not there yet.
func (d *Directory) newAreaPage(r *http.Request) (areaPage, error) {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return areaPage{}, err
	}
	p := areaPage{snapshot: s, form: web.NewForm("team", "0")}
	p.teams, err = d.teams(r)
	return p, err
}

// areaPage finds the area that a request is about.
func (d *Directory) areaPage(r *http.Request) (areaPage, error) {
	id, err := pathID(r, errNoArea)
	if err != nil {
		return areaPage{}, err
	}
	p, err := d.newAreaPage(r)
	if err != nil {
		return areaPage{}, err
	}
	for _, a := range p.snapshot.Areas() {
		if a.ID == id {
			p.area = a
			p.form = web.NewForm("name", a.Name, "places", a.Places, "team", idText(a.TeamID))
			return p, nil
		}
	}
	return areaPage{}, errNoArea
}

// read is what the form says.
func (p areaPage) read() Area {
	f := p.form
	return Area{ID: p.area.ID, Version: f.Version(), Name: f.Text("name", web.AtMost(maxName)), Places: f.Text("places"), TeamID: f.OptionalID("team", "Choose one of the teams shown.")}
}

func (d *Directory) showNewArea(w http.ResponseWriter, r *http.Request) error {
	p, err := d.newAreaPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, areaView(p))
}

func (d *Directory) addArea(w http.ResponseWriter, r *http.Request) error {
	p, err := d.newAreaPage(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	if a := p.read(); p.form.Err() == nil {
		a, err := d.AddArea(r.Context(), actor(r), a)
		if err == nil {
			return web.RedirectNotice(w, r, areasPath, web.Notice{Text: "Added " + a.Name + ".", LinkURL: areaPath(a.ID)})
		}
		if !p.form.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, p.form, areaView(p))
}

func (d *Directory) showArea(w http.ResponseWriter, r *http.Request) error {
	p, err := d.areaPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, areaView(p))
}

func (d *Directory) saveArea(w http.ResponseWriter, r *http.Request) error {
	p, err := d.areaPage(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	a := p.read()
	if p.form.Err() == nil {
		err = d.SaveArea(r.Context(), actor(r), a)
		if err == nil {
			return web.RedirectNotice(w, r, areasPath, web.Notice{Text: "Saved " + a.Name + ".", LinkURL: p.path()})
		}
		if !p.form.Take(err) {
			return err
		}
	}
	if fault.Is(err, fault.Conflict) {
		p.changed = []ui.Difference{{"Name", p.area.Name, a.Name}, {"Places", p.area.Places, a.Places},
			{"Team", p.teams.name(p.area.TeamID), p.teams.name(a.TeamID)}}
	}
	return web.RenderForm(w, r, p.form, areaView(p))
}

func (d *Directory) deleteArea(w http.ResponseWriter, r *http.Request) error {
	p, err := d.areaPage(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	a, err := d.DeleteArea(r.Context(), actor(r), p.area.ID, f.Version())
	if fault.Is(err, fault.Conflict) {
		p.form.Take(err)
		return web.RenderForm(w, r, p.form, areaView(p))
	}
	if err != nil {
		return err
	}
	return web.RedirectNotice(w, r, areasPath, web.Notice{Text: "Deleted " + a.Name + ".", UndoURL: areaPath(a.ID) + "/restore"})
}

func (d *Directory) restoreArea(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, errNoArea)
	if err != nil {
		return err
	}
	a, err := d.RestoreArea(r.Context(), actor(r), id)
	if err != nil {
		return err
	}
	return web.RedirectNotice(w, r, areasPath, web.Notice{Text: a.Name + " is back.", LinkURL: areaPath(a.ID)})
}
