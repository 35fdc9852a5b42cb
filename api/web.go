package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

const (
	settingsPath = "/settings"
	hooksPath    = "/settings/webhooks"
	logRows      = 50
)

// Routes registers what this room serves.
func (s *Service) Routes(r *web.Router) error {
	admin := staff.MayAdminister()
	r.Handle("GET /settings/webhooks", admin, s.showHooks)
	r.Handle("GET /settings/webhooks/new", admin, s.showNewHook)
	r.Handle("POST /settings/webhooks/new", admin, s.addHook)
	r.Handle("GET /settings/webhooks/{id}", admin, s.showHook)
	r.Handle("POST /settings/webhooks/{id}", admin, s.saveHook)
	r.Handle("POST /settings/webhooks/{id}/pause", admin, s.pauseHook)
	r.Handle("POST /settings/webhooks/{id}/resume", admin, s.resumeHook)
	r.Handle("POST /settings/webhooks/{id}/end", admin, s.endHook)
	r.Handle("POST /settings/webhooks/{id}/rotate", admin, s.rotateHook)
	r.Handle("POST /settings/webhooks/{id}/test", admin, s.testHook)
	r.Handle("GET /settings/webhooks/{id}/log", admin, s.showLog)
	r.Handle("POST /settings/webhooks/{id}/log", admin, s.replaySince)
	r.Handle("GET /settings/webhooks/{id}/log/{number}", admin, s.showDelivery)
	r.Handle("POST /settings/webhooks/{id}/log/{number}", admin, s.replayOne)
	s.csvRoutes(r)
	return s.apiRoutes(r)
}

// officer is who asks.
func officer(r *http.Request) staff.Officer {
	v := web.MustViewer(r.Context())
	return staff.Officer{ID: v.ID, Name: v.Name}
}

func pathNumber(r *http.Request, name string, none *fault.Error) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0, none
	}
	return n, nil
}

func (e Endpoint) path(to string) string { return fmt.Sprintf("%s/%d%s", hooksPath, e.ID, to) }

func (s *Service) showHooks(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Endpoints(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, hooksView(list))
}

// hookPage is where an endpoint is entered, changed and looked after.
type hookPage struct {
	endpoint Endpoint // the zero one is new
	counts   map[DeliveryState]int64
	form     *web.Form
	secret   string // to be shown, once
	now      time.Time
}

func (p hookPage) title() string {
	if p.endpoint.ID == 0 {
		return "Add a webhook"
	}
	return p.endpoint.Name
}

func (p hookPage) path() string {
	if p.endpoint.ID == 0 {
		return hooksPath + "/new"
	}
	return p.endpoint.path("")
}

func kindOptions() []ui.Option {
	var options []ui.Option
	for _, k := range Kinds() {
		options = append(options, ui.Option{Value: string(k), Label: string(k), Hint: k.Explains()})
	}
	return options
}

func (p hookPage) read() Endpoint {
	e := Endpoint{ID: p.endpoint.ID, Version: p.form.Version(), Name: p.form.Text("name"), URL: p.form.Text("url"), Words: p.form.Ticked("words")}
	for _, k := range p.form.Values("kinds") {
		e.Kinds = append(e.Kinds, Kind(k))
	}
	return e
}

func (s *Service) showNewHook(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, hookView(hookPage{form: web.NewForm("kinds", string(CaseOpened), "kinds", string(CaseMoved), "kinds", string(CaseEnded))}))
}

func (s *Service) addHook(w http.ResponseWriter, r *http.Request) error {
	var p hookPage
	var err error
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	e, secret, err := s.AddEndpoint(r.Context(), officer(r), p.read())
	if err == nil {
		p.endpoint, p.secret = e, secret
		w.Header().Set("Cache-Control", "no-store")
		return web.Render(w, r, http.StatusOK, secretView(p))
	}
	if !p.form.Take(err) {
		return err
	}
	return web.RenderForm(w, r, p.form, hookView(p))
}

// hook finds the endpoint that a request is about.
func (s *Service) hook(r *http.Request) (hookPage, error) {
	id, err := pathNumber(r, "id", errNoEndpoint)
	if err != nil {
		return hookPage{}, err
	}
	e, counts, err := s.Endpoint(r.Context(), id)
	if err != nil {
		return hookPage{}, err
	}
	fields := []string{"name", e.Name, "url", e.URL}
	for _, k := range e.Kinds {
		fields = append(fields, "kinds", string(k))
	}
	if e.Words {
		fields = append(fields, "words", "on")
	}
	return hookPage{endpoint: e, counts: counts, form: web.NewForm(fields...), now: web.Now(r.Context())}, nil
}

func (s *Service) showHook(w http.ResponseWriter, r *http.Request) error {
	p, err := s.hook(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, hookView(p))
}

func (s *Service) saveHook(w http.ResponseWriter, r *http.Request) error {
	p, err := s.hook(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	e, err := s.EditEndpoint(r.Context(), officer(r), p.read())
	if err == nil {
		return web.RedirectWithNotice(w, r, e.path(""), "Saved "+e.Name+".")
	}
	if !p.form.Take(err) {
		return err
	}
	return web.RenderForm(w, r, p.form, hookView(p))
}

// act does one thing to an endpoint that a form with its version asks for.
func (s *Service) act(w http.ResponseWriter, r *http.Request, f func(by staff.Officer, id, version int64) (Endpoint, error), to, says string) error {
	id, err := pathNumber(r, "id", errNoEndpoint)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	e, err := f(officer(r), id, form.Version())
	if err != nil {
		return err
	}
	if to == "" {
		to = e.path("")
	}
	return web.RedirectWithNotice(w, r, to, e.Name+" "+says)
}

func (s *Service) pauseHook(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, id, version int64) (Endpoint, error) {
		return s.Pause(r.Context(), by, id, version)
	}, "", "is paused. Events wait for it.")
}

func (s *Service) resumeHook(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, id, version int64) (Endpoint, error) {
		return s.Resume(r.Context(), by, id, version)
	}, "", "is told again, beginning with what has waited.")
}

func (s *Service) endHook(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, id, version int64) (Endpoint, error) {
		return s.End(r.Context(), by, id, version)
	}, hooksPath, "is told nothing more.")
}

func (s *Service) rotateHook(w http.ResponseWriter, r *http.Request) error {
	p, err := s.hook(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if p.endpoint, p.secret, err = s.RotateSecret(r.Context(), officer(r), p.endpoint.ID, form.Version()); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, secretView(p))
}

func (s *Service) testHook(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r, "id", errNoEndpoint)
	if err != nil {
		return err
	}
	d, err := s.SendTest(r.Context(), officer(r), id)
	if err != nil {
		return err
	}
	to := Endpoint{ID: id}.path("/log/" + strconv.FormatInt(d.Event.Number, 10))
	if d.State == Delivered {
		return web.RedirectWithNotice(w, r, to, "The test event has arrived.")
	}
	return web.RedirectWithNotice(w, r, to, "The test event was not taken. "+d.Trouble)
}

// logPage is what an endpoint was told.
type logPage struct {
	endpoint Endpoint
	counts   map[DeliveryState]int64
	state    DeliveryState
	list     []Delivery
	older    string
	form     *web.Form
}

func (p logPage) url(state DeliveryState, before int64) string {
	url := p.endpoint.path("/log")
	query := ""
	if state != "" {
		query = "?state=" + string(state)
	}
	if before != 0 {
		if query == "" {
			query = "?"
		} else {
			query += "&"
		}
		query += "before=" + strconv.FormatInt(before, 10)
	}
	return url + query
}

func (p logPage) tabs() ui.Tabs {
	tabs := ui.Tabs{Label: "Events by what became of them"}
	for _, t := range []struct {
		state DeliveryState
		label string
	}{{"", "All"}, {Waiting, "Waiting"}, {Delivered, "Delivered"}, {GivenUp, "Given up"}} {
		tabs.Items = append(tabs.Items, ui.Tab{Label: t.label, URL: p.url(t.state, 0), Current: p.state == t.state})
	}
	return tabs
}

func (s *Service) log(r *http.Request) (logPage, error) {
	hook, err := s.hook(r)
	if err != nil {
		return logPage{}, err
	}
	p := logPage{endpoint: hook.endpoint, counts: hook.counts, form: web.NewForm()}
	switch state := DeliveryState(r.URL.Query().Get("state")); state {
	case Waiting, Delivered, GivenUp:
		p.state = state
	}
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	if p.list, err = s.Deliveries(r.Context(), p.endpoint.ID, before, p.state, logRows+1); err != nil {
		return logPage{}, err
	}
	if len(p.list) > logRows {
		p.list = p.list[:logRows]
		p.older = p.url(p.state, p.list[logRows-1].Event.Number)
	}
	return p, nil
}

func (s *Service) showLog(w http.ResponseWriter, r *http.Request) error {
	p, err := s.log(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, logView(p))
}

func (s *Service) replaySince(w http.ResponseWriter, r *http.Request) error {
	p, err := s.log(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	since := p.form.Moment("since", web.Location(r.Context()), "Enter a day and time, such as 24 11 2026 at 18:00.")
	if p.form.Err() == nil {
		n, err := s.ReplaySince(r.Context(), officer(r), p.endpoint.ID, since)
		if err == nil {
			return web.RedirectWithNotice(w, r, p.endpoint.path("/log"), web.Count(n, "event is", "events are")+" sent again.")
		}
		if !p.form.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, p.form, logView(p))
}

// deliveryPage is one event on its way to an endpoint.
type deliveryPage struct {
	endpoint Endpoint
	Delivery
	body string
}

func (s *Service) showDelivery(w http.ResponseWriter, r *http.Request) error {
	hook, err := s.hook(r)
	if err != nil {
		return err
	}
	n, err := pathNumber(r, "number", errNoDelivery)
	if err != nil {
		return err
	}
	p := deliveryPage{endpoint: hook.endpoint}
	if p.Delivery, err = s.Delivery(r.Context(), hook.endpoint.ID, n); err != nil {
		return err
	}
	if p.body, err = s.Body(r.Context(), hook.endpoint, p.Event); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deliveryView(p))
}

func (s *Service) replayOne(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r, "id", errNoEndpoint)
	if err != nil {
		return err
	}
	n, err := pathNumber(r, "number", errNoDelivery)
	if err != nil {
		return err
	}
	if err := s.Replay(r.Context(), officer(r), id, n); err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, Endpoint{ID: id}.path("/log"), "The event is sent again, under the same id.")
}
