package contact

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// PeoplePath is where people are found.
const PeoplePath = "/people"

func (s *Service) routesPeople(r *web.Router) {
	r.Handle("GET /people", staff.AnyRole(), s.showPeople)
	r.Handle("GET /people/{id}", staff.AnyRole(), s.showPerson)
	r.Handle("POST /people/{id}/facts", staff.MayAnswer(), s.addFact)
	r.Handle("POST /people/{id}/facts/change", staff.MayAnswer(), s.changeFact)
	r.Handle("POST /people/{id}/facts/remove", staff.MayAnswer(), s.removeFact)
	r.Handle("POST /people/{id}/unjoin", staff.MayAnswer(), s.unjoin)
}

// peopleView is the page on which somebody is looked for.
type peopleView struct {
	s     *Service
	typed string
	list  []person.Found
}

func (s *Service) showPeople(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := peopleView{s: s, typed: strings.TrimSpace(query.Value("q"))}
	if v.list, err = s.Find(r.Context(), v.typed); err != nil {
		return err
	}
	if web.IsFragment(r) {
		return web.Fragment(w, r, http.StatusOK, peopleFound(v))
	}
	return web.Render(w, r, http.StatusOK, peoplePage(v))
}

// personView is the contact record of a person.
type personView struct {
	Record
	s         *Service
	query     Query
	form      *web.Form
	mayAnswer bool
	zone      *time.Location
}

func (s *Service) showPerson(w http.ResponseWriter, r *http.Request) error {
	return s.renderPerson(w, r, http.StatusOK, nil)
}

func (s *Service) renderPerson(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	q := Query{PersonID: id, Network: network.Kind(r.URL.Query().Get("channel")), Before: keyOf(r.URL.Query().Get("before"))}
	rec, err := s.Record(r.Context(), q)
	if err != nil {
		return err
	}
	if rec.Person.ID != id {
		return web.Redirect(w, r, personURL(rec.Person.ID))
	}
	viewer := web.MustViewer(r.Context())
	return web.Render(w, r, status, personPage(personView{Record: rec, s: s, query: q, form: form, mayAnswer: staff.MayAnswer().Admits(&viewer), zone: web.Location(r.Context())}))
}

// keyOf reads a place in the order of contacts; what is none is the beginning.
func keyOf(written string) desk.Key {
	at, id, _ := strings.Cut(written, ".")
	sorted, err := strconv.ParseInt(at, 36, 64)
	last, wrong := strconv.ParseInt(id, 36, 64)
	if err != nil || wrong != nil || sorted <= 0 || last <= 0 {
		return desk.Key{}
	}
	return desk.Key{Sorted: db.Time(sorted), ID: last}
}

func written(k desk.Key) string {
	return strconv.FormatInt(db.Micros(k.Sorted), 36) + "." + strconv.FormatInt(k.ID, 36)
}

// url is the page of the record with a channel, from a place on.
func (v personView) url(channel network.Kind, before desk.Key) string {
	q := url.Values{}
	if channel != "" {
		q.Set("channel", string(channel))
	}
	if before != (desk.Key{}) {
		q.Set("before", written(before))
	}
	if len(q) == 0 {
		return personURL(v.Person.ID)
	}
	return personURL(v.Person.ID) + "?" + q.Encode()
}

// tabs are the channels, the person's own.
func (v personView) tabs() ui.Tabs {
	t := ui.Tabs{Label: "Contacts by channel", Items: []ui.Tab{{Label: "All channels", URL: v.url("", desk.Key{}), Current: v.query.Network == ""}}}
	for _, kind := range v.channels() {
		t.Items = append(t.Items, ui.Tab{Label: v.s.networkName(kind), URL: v.url(kind, desk.Key{}), Current: v.query.Network == kind})
	}
	return t
}

// how says on which channel a contact was.
func (v personView) how(c Contact) string {
	if c.Log == nil {
		return v.s.networkName(c.Network)
	}
	how := c.Log.Channel.Label()
	if c.Log.ByUs {
		how += ", from us"
	}
	if n := int(c.Log.Lasted.Minutes()); n > 0 {
		how += ", " + ui.Count(n, "minute", "minutes")
	}
	return how
}

func (c Contact) icon() string {
	switch {
	case c.Log != nil && c.Log.Channel == phone.Visit:
		return "person"
	case c.Log != nil && c.Log.Channel == phone.Letter:
		return "mail"
	}
	switch c.Network {
	case phone.Kind:
		return "phone"
	case "email":
		return "mail"
	case "webform":
		return "edit"
	}
	return "chat"
}

// endOf is the end of a day, so that "until the 27th" keeps the 27th.
func endOf(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return day.AddDate(0, 0, 1)
}

// keepFact does something to a fact of a person and goes back to the person.
func (s *Service) keepFact(w http.ResponseWriter, r *http.Request, done string, keep func(ctx context.Context, tx *db.Tx, by record.Actor, f person.Fact) error) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r.Context())
	if err != nil {
		return err
	}
	f := person.Fact{ID: form.OptionalID("fact", "Choose which one."), PersonID: id, Version: form.Version(), Kind: person.FactKind(form.Value("kind")), Value: form.Text("value"),
		Source: form.Text("source"), Purpose: form.Text("purpose"), Until: endOf(form.Date("until", web.Location(r.Context()), "Enter a day, or leave it empty."))}
	if err = form.Err(); err == nil {
		err = s.DB.Write(r.Context(), func(ctx context.Context, tx *db.Tx) error { return keep(ctx, tx, by.Actor(), f) })
		if err == nil {
			return web.RedirectWithNotice(w, r, personURL(id), done)
		}
	} else {
		return s.renderPerson(w, r, http.StatusUnprocessableEntity, form)
	}
	if !form.Take(err) {
		return err
	}
	return s.renderPerson(w, r, http.StatusUnprocessableEntity, form)
}

func (s *Service) addFact(w http.ResponseWriter, r *http.Request) error {
	return s.keepFact(w, r, "Added.", func(ctx context.Context, tx *db.Tx, by record.Actor, f person.Fact) error {
		_, err := s.People.AddFactTx(ctx, tx, by, f)
		return err
	})
}

func (s *Service) changeFact(w http.ResponseWriter, r *http.Request) error {
	return s.keepFact(w, r, "Corrected.", func(ctx context.Context, tx *db.Tx, by record.Actor, f person.Fact) error {
		_, err := s.People.ChangeFactTx(ctx, tx, by, f)
		return err
	})
}

func (s *Service) removeFact(w http.ResponseWriter, r *http.Request) error {
	return s.keepFact(w, r, "Removed. Mercat does not keep it any more.", func(ctx context.Context, tx *db.Tx, by record.Actor, f person.Fact) error {
		_, err := s.People.RemoveFactTx(ctx, tx, by, f.ID, f.Version)
		return err
	})
}

func (s *Service) unjoin(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r.Context())
	if err != nil {
		return err
	}
	join := form.ID("join", "Choose what to part.")
	if err := form.Err(); err != nil {
		return fault.New(fault.Invalid, "Choose what to part.")
	}
	done, err := s.Desk.UndoJoin(r.Context(), by, join)
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, personURL(id), done.Sentence)
}

// until says when a fact is removed.
func (v personView) until(f person.Fact) string {
	if f.Until.IsZero() {
		return "No end is set."
	}
	return "Kept until " + f.Until.Add(-time.Second).In(v.zone).Format("2 January 2006") + "."
}

// wrong reports whether the form that was sent, of this fact or ("") of a new
// one, has something wrong in it.
func (v personView) wrong(fact string) bool {
	return v.form.Err() != nil && v.form.Value("fact") == fact
}

// typedFor is what was typed into the form of a fact that is shown again.
func (v personView) typedFor(f person.Fact, field string) string {
	id := ""
	if f.ID != 0 {
		id = number(f.ID)
	}
	if !v.wrong(id) {
		return ""
	}
	return v.form.Value(field)
}

// untilDay is the last day of a fact, as a box of type date has it.
func (v personView) untilDay(f person.Fact) string {
	if typed := v.typedFor(f, "until"); typed != "" || f.Until.IsZero() {
		return typed
	}
	return f.Until.Add(-time.Second).In(v.zone).Format(time.DateOnly)
}
