package directory

import (
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Where this room's pages are.
const (
	councilPath  = "/settings/council"
	servicesPath = "/settings/services"
	areasPath    = "/settings/areas"
	placesPath   = "/settings/places"
)

const (
	// maxTable is how large a table of places may be, in bytes.
	maxTable = 16 << 20
	// importTime is for a large table over a slow line, on a busy machine.
	importTime = 10 * time.Minute
)

// Routes registers the pages of this room.
func (d *Directory) Routes(r *web.Router) {
	r.Handle("GET /settings/council", staff.MayAdminister(), d.showCouncil)
	r.Handle("POST /settings/council", staff.MayAdminister(), d.saveCouncil)

	r.Handle("GET /settings/services", staff.MayLead(), d.showServices)
	r.Handle("POST /settings/services/usual", staff.MayLead(), d.addUsualServices)
	r.Handle("GET /settings/services/new", staff.MayLead(), d.showNewService)
	r.Handle("POST /settings/services/new", staff.MayLead(), d.addService)
	r.Handle("GET /settings/services/services.csv", staff.MayLead(), d.exportServices)
	r.Handle("GET /settings/services/services.json", staff.MayLead(), d.exportServices)
	r.Handle("GET /settings/services/import", staff.MayLead(), d.showTransfer)
	r.Handle("POST /settings/services/import", staff.MayLead(), d.importServices, web.MaxBody(maxServicesFile+1<<20))
	r.Handle("GET /settings/services/list", staff.MayLead(), d.showList)
	r.Handle("POST /settings/services/list", staff.MayLead(), d.addListed)
	r.Handle("GET /settings/services/{id}/questions", staff.MayLead(), d.showQuestion)
	r.Handle("POST /settings/services/{id}/questions", staff.MayLead(), d.saveQuestion)
	r.Handle("GET /settings/services/{id}/questions/{code}", staff.MayLead(), d.showQuestion)
	r.Handle("POST /settings/services/{id}/questions/{code}", staff.MayLead(), d.saveQuestion)
	r.Handle("POST /settings/services/{id}/questions/{code}/move/{way}", staff.MayLead(), d.changeQuestion(d.moveQuestion))
	r.Handle("POST /settings/services/{id}/questions/{code}/remove", staff.MayLead(), d.changeQuestion(d.removeQuestion))
	r.Handle("POST /settings/services/{id}/usual-questions", staff.MayLead(), d.changeQuestion(d.usualQuestions))
	r.Handle("POST /settings/services/{id}/undo-questions", staff.MayLead(), d.undoQuestions)
	r.Handle("GET /settings/services/{id}", staff.MayLead(), d.showService)
	r.Handle("POST /settings/services/{id}", staff.MayLead(), d.saveService)

	r.Handle("GET /settings/areas", staff.MayLead(), d.showAreas)
	r.Handle("GET /settings/areas/new", staff.MayLead(), d.showNewArea)
	r.Handle("POST /settings/areas/new", staff.MayLead(), d.addArea)
	r.Handle("GET /settings/areas/{id}", staff.MayLead(), d.showArea)
	r.Handle("POST /settings/areas/{id}", staff.MayLead(), d.saveArea)
	r.Handle("POST /settings/areas/{id}/delete", staff.MayLead(), d.deleteArea)
	r.Handle("POST /settings/areas/{id}/restore", staff.MayLead(), d.restoreArea)

	r.Handle("GET /settings/places", staff.MayLead(), d.showPlaces)
	r.Handle("GET /settings/places/suggest", staff.AnyRole(), d.suggestPlaces)
	r.Handle("POST /settings/places/new", staff.MayLead(), d.addPlace)
	r.Handle("POST /settings/places/import", staff.MayLead(), d.importPlaces, web.MaxBody(maxTable+1<<20), web.Deadline(importTime))
	r.Handle("POST /settings/places/imports/{id}/undo", staff.MayLead(), d.undoImport)
}

func settingsLink() web.Link { return web.Link{Label: "Settings", URL: "/settings"} }

// actor is who does what a request asks for, as the record names them.
func actor(r *http.Request) record.Actor {
	v := web.MustViewer(r.Context())
	return staff.Officer{ID: v.ID, Name: v.Name}.Actor()
}

// pathID is the id in a route's {id}. What is no number is no such thing.
func pathID(r *http.Request, none *fault.Error) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, none
	}
	return id, nil
}

func idText(id int64) string { return strconv.FormatInt(id, 10) }

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// teams are the teams that can own something.
type teams struct{ roster *staff.Roster }

func (d *Directory) teams(r *http.Request) (teams, error) {
	roster, err := d.Staff.Roster(r.Context())
	return teams{roster}, err
}

// name is a team's name; what no team owns is the contact centre's.
func (t teams) name(id int64) string {
	if team, found := t.roster.Team(id); found {
		return team.Name
	}
	if centre, found := t.roster.ContactCentre(); found {
		return centre.Name
	}
	return "Contact centre"
}

// options begin with the contact centre, whichever team that is.
func (t teams) options() []ui.Option {
	label := "The contact centre"
	if centre, found := t.roster.ContactCentre(); found && centre.Name != "Contact centre" {
		label += ", now " + centre.Name
	}
	options := []ui.Option{{Value: "0", Label: label}}
	for _, team := range t.roster.Teams() {
		if !team.ContactCentre {
			options = append(options, ui.Option{Value: idText(team.ID), Label: team.Name})
		}
	}
	return options
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
