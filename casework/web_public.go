package casework

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

func (s *Service) publicRoutes(r *web.Router) {
	everybody := web.Public("everybody may see what is open, without personal details")
	r.Handle("GET /reports", everybody, s.showReports)
	r.Handle("GET /reports/points", everybody, s.showPublicPoints)
	r.Handle("GET /reports/feed", everybody, s.showFeed)
	r.Handle("GET /reports/{reference}", everybody, s.showReport)
	r.Handle("POST /reports/{reference}/me-too", web.Public("everybody may say that a report is theirs too"), s.takeMeToo)
	s.outcomeRoutes(r)
	r.Handle("POST /cases/{id}/hide", staff.MayAnswer(), s.hide)
}

// publicFor is how long other programs on the way may keep a public page: a
// flood of readers then costs one reading a minute.
const publicFor = time.Minute

// renderReports sends a public page, which others may keep for a minute unless
// somebody has signed in.
func (s *Service) renderReports(w http.ResponseWriter, r *http.Request, words *reportWords, page templ.Component) error {
	ctx := r.Context()
	if s.Say != nil {
		ctx = ui.WithWords(ctx, func(english string) string { return s.Say(words.code, english) })
	}
	return web.RenderCached(w, r.WithContext(ctx), publicFor, page)
}

// reportsView is the page of what is open.
type reportsView struct {
	*reportWords
	List     []Public
	Form     *web.Form
	Services []ui.Option
	Areas    []ui.Option
	Filtered bool
	Older    string
	Newest   bool
	MapStyle string
	council  directory.Council
	zone     *time.Location
	now      time.Time
}

// query is the filter as part of an address.
func (v reportsView) query(pairs ...string) string {
	for _, name := range []string{"service", "area", "state"} {
		if value := v.Form.Value(name); value != "" && value != "0" {
			pairs = append(pairs, name, value)
		}
	}
	return inLanguage("", v.code, pairs...)
}

func readPublic(form *web.Form) PublicQuery {
	q := PublicQuery{ServiceID: form.OptionalID("service", "Choose a service from the list."), AreaID: form.OptionalID("area", "Choose an area from the list."),
		State: State(form.Value("state")), Before: readKey(form.Value("before"))}
	if !q.State.Valid() || q.State.Ended() {
		q.State = ""
	}
	return q
}

func (s *Service) showReports(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	q := readPublic(form)
	v := reportsView{reportWords: reportsIn(askedLanguage(r, "")), Form: form, Filtered: q.ServiceID != 0 || q.AreaID != 0 || q.State != "", Newest: q.Before.ID == 0,
		zone: web.Location(r.Context()), now: web.Now(r.Context())}
	list, next, err := s.Reports(r.Context(), q)
	if err != nil {
		return err
	}
	snapshot, err := s.Directory.Snapshot(r.Context())
	if err != nil {
		return err
	}
	if v.MapStyle, err = s.mapStyle(r.Context()); err != nil {
		return err
	}
	v.List, v.council = list, snapshot.Council()
	v.Services = []ui.Option{{Value: "0", Label: v.anyService}}
	for _, service := range snapshot.Services() {
		if service.Public && service.Active {
			v.Services = append(v.Services, ui.Option{Value: number(service.ID), Label: service.Name})
		}
	}
	v.Areas = []ui.Option{{Value: "0", Label: v.anyArea}}
	for _, area := range snapshot.Areas() {
		v.Areas = append(v.Areas, ui.Option{Value: number(area.ID), Label: area.Name})
	}
	if next.ID != 0 {
		v.Older = "/reports" + v.query("before", writeKey(next))
	}
	return s.renderReports(w, r, v.reportWords, reportsPage(v))
}

func (v reportsView) states() []ui.Option {
	options := []ui.Option{{Value: "", Label: v.anyState}}
	for _, state := range OpenStates() {
		options = append(options, ui.Option{Value: string(state), Label: spokenIn(v.code).labels[state]})
	}
	return options
}

// reportView is the public page of one report.
type reportView struct {
	*reportWords
	Public
	zone *time.Location
	now  time.Time
	said string
}

func (s *Service) showReport(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Report(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	v := reportView{reportWords: reportsIn(askedLanguage(r, "")), Public: p, zone: web.Location(r.Context()), now: web.Now(r.Context())}
	switch r.URL.Query().Get("done") {
	case "counted":
		v.said = v.meTooThanks
	case "again":
		v.said = v.meTooAgain
	}
	return s.renderReports(w, r, v.reportWords, reportPage(v))
}

func (s *Service) takeMeToo(w http.ResponseWriter, r *http.Request) error {
	words := reportsIn(askedLanguage(r, ""))
	from, now := web.ClientAddr(r), web.Now(r.Context())
	if wait := s.sends.Wait(from, now); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return s.renderCitizen(w, r, http.StatusTooManyRequests, words.pageWords, lostPage(lostView{words.pageWords, words.problem, words.tooMany}))
	}
	s.sends.Spend(from, now)
	reference := r.PathValue("reference")
	again, err := s.MeToo(r.Context(), reference, from)
	if err != nil {
		return err
	}
	done := "counted"
	if again {
		done = "again"
	}
	return web.Redirect(w, r, inLanguage(reportURL(reference), words.code, "done", done))
}

// showPublicPoints answers what is on a part of the public map.
func (s *Service) showPublicPoints(w http.ResponseWriter, r *http.Request) error {
	v, err := ReadMapView(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	q := readPublic(form)
	v.ServiceID, v.AreaID, v.State = q.ServiceID, q.AreaID, q.State
	snapshot, err := s.Directory.Snapshot(r.Context())
	if err != nil {
		return err
	}
	v.Services = map[int64]bool{}
	for _, service := range snapshot.Services() {
		v.Services[service.ID] = service.Public && service.Active
	}
	list, err := s.Clusters(r.Context(), v, true)
	if err != nil {
		return err
	}
	references, err := s.referencesOf(r.Context(), list)
	if err != nil {
		return err
	}
	words := reportsIn(askedLanguage(r, ""))
	features := make([]object, 0, len(list))
	for _, c := range list {
		p := object{"count": c.Count}
		if c.Count == 1 {
			p["service"], p["state"] = snapshot.ServiceName(c.ServiceID), spokenIn(words.code).labels[c.State]
			p["url"] = inLanguage(reportURL(references[c.CaseID]), words.code)
		}
		features = append(features, object{"type": "Feature", "properties": p,
			"geometry": object{"type": "Point", "coordinates": []float64{roundPublic(c.Lon), roundPublic(c.Lat)}}})
	}
	body, err := json.Marshal(object{"type": "FeatureCollection", "features": features})
	if err != nil {
		return fmt.Errorf("write the reports on the map: %w", err)
	}
	w.Header().Set("Content-Type", "application/geo+json")
	return web.SendCached(w, r, publicFor, body)
}

// atomFeed is a feed as RFC 4287 has it.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Link    atomLink    `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Title     string   `xml:"title"`
	ID        string   `xml:"id"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary"`
}

// showFeed is the list as an Atom feed: of everything, a service or an area.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	q := readPublic(form)
	list, _, err := s.Reports(r.Context(), q)
	if err != nil {
		return err
	}
	snapshot, err := s.Directory.Snapshot(r.Context())
	if err != nil {
		return err
	}
	words, base := reportsIn(askedLanguage(r, "")), s.BaseURL
	if base == "" {
		base = web.Origin(r)
	}
	v := reportsView{reportWords: words, Form: form}
	f := atomFeed{Title: words.title + " – " + snapshot.Council().Name, ID: base + "/reports/feed" + v.query(), Author: atomAuthor{snapshot.Council().Name},
		Link: atomLink{Rel: "alternate", Href: base + "/reports" + v.query()}, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339)}
	for _, p := range list {
		updated := p.ChangedAt.UTC().Format(time.RFC3339)
		f.Updated = max(f.Updated, updated)
		f.Entries = append(f.Entries, atomEntry{Title: p.title(), ID: base + reportURL(p.Reference), Link: atomLink{Href: base + inLanguage(reportURL(p.Reference), words.code)},
			Published: p.CreatedAt.UTC().Format(time.RFC3339), Updated: updated, Summary: spokenIn(words.code).labels[p.State]})
	}
	body, err := xml.Marshal(f)
	if err != nil {
		return fmt.Errorf("write the feed of reports: %w", err)
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	return web.SendCached(w, r, publicFor, append([]byte(xml.Header), body...))
}

// title is a report in a line.
func (p Public) title() string { return p.Service + placeAfter(p.Place) }

// hide keeps a case off public pages, or shows it there again.
func (s *Service) hide(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	hidden := form.Value("hide") == "1"
	c, err := s.SetHidden(r.Context(), by, id, form.Version(), hidden)
	if err != nil {
		return err
	}
	text := "Case " + c.Reference + " is shown on public pages, without personal details."
	if hidden {
		text = "Case " + c.Reference + " is kept off public pages."
	}
	return web.RedirectWithNotice(w, r, caseURL(id), text)
}

// referencesOf are the references of the marks that stand for one case.
func (s *Service) referencesOf(ctx context.Context, list []Cluster) (map[int64]string, error) {
	var ids []int64
	for _, c := range list {
		if c.Count == 1 {
			ids = append(ids, c.CaseID)
		}
	}
	return s.references(ctx, ids)
}
