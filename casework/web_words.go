package casework

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

func (s *Service) wordsRoutes(r *web.Router) {
	r.Handle("GET /settings/words", staff.MayLead(), s.showWords)
	r.Handle("GET /settings/words/{occasion}", staff.MayLead(), s.showWording)
	r.Handle("POST /settings/words/{occasion}", staff.MayLead(), s.saveWording)
	r.Handle("POST /settings/words/nearness", staff.MayLead(), s.saveNearness)
}

// wordsView is the list of occasions.
type wordsView struct {
	Names     names
	Form      *web.Form
	ServiceID int64
	Wordings  Wordings
	Nearness  Nearness
}

// wordsURL is the page of an occasion's words.
func wordsURL(o Occasion, service int64, reason Reason) string {
	q := url.Values{}
	if service != 0 {
		q.Set("service", number(service))
	}
	if reason != Unknown {
		q.Set("reason", string(reason))
	}
	path := "/settings/words"
	if o != "" {
		path += "/" + string(o)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// ours reports whether the council has words of its own for an occasion of the
// service that is shown.
func (v wordsView) ours(o Occasion, reason Reason) bool {
	return slices.ContainsFunc(v.Wordings, func(w Wording) bool { return w.ServiceID == v.ServiceID && w.Occasion == o && w.Reason == reason })
}

// says are the words for an occasion as they are now, with marks.
func (v wordsView) says(language string, o Occasion, reason Reason) string {
	return v.Wordings.raw(v.ServiceID, language, o, reason)
}

func (s *Service) wordsView(r *http.Request, form *web.Form) (v wordsView, err error) {
	v.Form, v.ServiceID = form, form.OptionalID("service", "Choose a service from the list.")
	if err := form.Err(); err != nil {
		return v, err
	}
	if v.Names, err = s.namesOf(r.Context()); err != nil {
		return v, err
	}
	if _, known := v.Names.services[v.ServiceID]; v.ServiceID != 0 && !known {
		return v, fault.New(fault.NotFound, "This service is not there any more.")
	}
	if v.Nearness, err = s.NearnessOf(r.Context(), v.ServiceID); err != nil {
		return v, err
	}
	v.Wordings, err = s.WordsOf(r.Context(), v.ServiceID)
	return v, err
}

func (s *Service) showWords(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.wordsView(r, form)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, wordsPage(v))
}

func (v wordsView) serviceOptions() []ui.Option {
	options := append([]ui.Option(nil), v.Names.options...)
	options[0].Label = "Every service"
	return options
}

// wordingView is the page of one occasion.
type wordingView struct {
	wordsView
	Occasion Occasion
	Reason   Reason
	Preview  bool
	zone     *time.Location
	now      time.Time
}

func (s *Service) wordingView(r *http.Request, form *web.Form) (wordingView, error) {
	v := wordingView{Occasion: Occasion(r.PathValue("occasion")), Reason: Reason(form.Value("reason")), zone: web.Location(r.Context()), now: web.Now(r.Context())}
	if !slices.Contains(Occasions(), v.Occasion) || v.Reason != Unknown && !slices.Contains(v.Occasion.reasons(), v.Reason) {
		return v, fault.New(fault.NotFound, "There is no such occasion.")
	}
	var err error
	v.wordsView, err = s.wordsView(r, form)
	return v, err
}

func (s *Service) showWording(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.wordingView(r, form)
	if err != nil {
		return err
	}
	pairs := []string{"service", number(v.ServiceID), "reason", string(v.Reason)}
	for _, language := range Languages() {
		pairs = append(pairs, "text-"+language, v.says(language, v.Occasion, v.Reason))
	}
	v.Form, v.Preview = web.NewForm(pairs...), true
	return web.Render(w, r, http.StatusOK, wordingPage(v))
}

func (s *Service) saveWording(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.wordingView(r, form)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	act := form.Value("act")
	var list []Wording
	for _, language := range Languages() {
		one := Wording{ServiceID: v.ServiceID, Language: language, Occasion: v.Occasion, Reason: v.Reason, Text: form.Text("text-"+language, web.AtMost(maxSay))}
		// What is said without it needs no words of its own.
		if act == "reset" || one.Text == v.Wordings.without(one.key()).raw(v.ServiceID, language, v.Occasion, v.Reason) {
			one.Text = ""
		}
		if _, err := one.Clean(); err != nil && !form.Take(err) {
			return err
		}
		list = append(list, one)
	}
	if act == "preview" || form.Err() != nil {
		v.Form, v.Preview = form, true
		return web.RenderForm(w, r, form, wordingPage(v))
	}
	if err := s.SetWords(r.Context(), by, list); err != nil {
		return err
	}
	text := "Saved. This is said from now on."
	if act == "reset" {
		text = "The usual words are back."
	}
	return web.RedirectWithNotice(w, r, wordsURL("", v.ServiceID, Unknown), text)
}

// sample is what a citizen would read, of a case that is made up.
func (v wordingView) sample(language string) string {
	m := Saying{Reference: "MC-7K3F-92QX", Whose: "Scottish Water", At: v.now.AddDate(0, 0, 7).In(v.zone)}
	words := m.fill(v.Form.Value("text-" + language))
	expected := expectedIn(language, v.now.AddDate(0, 0, 12), v.now.AddDate(0, 0, 29), v.zone)
	return strings.NewReplacer(markExpected, expected, markLink, "https://contact.council.example/case/MC-…").Replace(words)
}

func (s *Service) saveNearness(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.wordsView(r, form)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	n := Nearness{ServiceID: v.ServiceID, Metres: form.Int("metres", 1, maxMetres, "Enter a distance from 1 to 2,000 metres."), Days: form.Int("days", 0, maxDays, "Enter a number of days from 0 to 730.")}
	if form.Err() != nil {
		return web.RenderForm(w, r, form, wordsPage(v))
	}
	if err := s.SetNearness(r.Context(), by, n); err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, wordsURL("", v.ServiceID, Unknown), "Saved.")
}

// nearnessValue is what was typed, or what holds.
func (v wordsView) nearnessValue(name string, holds int64) string {
	if v.Form.Problem(name) != "" {
		return v.Form.Value(name)
	}
	return number(holds)
}
