package contact

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// logView is the form on which a contact is written down.
type logView struct {
	form     *web.Form
	found    whoView
	services []ui.Option
}

// whoView is who it could have been.
type whoView struct {
	s       *Service
	typed   string
	list    []person.Found
	with    int64  // the person whom the form began with, 0 for none
	chosen  string // of the radios
	problem string
}

// nobody is the choice of somebody who is not on record.
const nobody = "0"

func (s *Service) showLog(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	with := query.OptionalID("person", "")
	back := web.LocalPath(query.Value("back"), cameFrom(r))
	form := web.NewForm("key", secret.Token(16), "back", back, "channel", string(phone.Call), "outcome", string(phone.Owed), "with", number(with), "service", "0")
	return s.renderLog(w, r, http.StatusOK, form)
}

// cameFrom is the page of this site from which somebody comes.
func cameFrom(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || strings.HasPrefix(from.Path, "/contacts") {
		return "/desk"
	}
	return web.LocalPath(from.RequestURI(), "/desk")
}

func (s *Service) renderLog(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	who, err := s.who(r, form)
	if err != nil {
		return err
	}
	snapshot, err := s.Directory.Snapshot(r.Context())
	if err != nil {
		return err
	}
	v := logView{form: form, found: who, services: []ui.Option{{Value: "0", Label: "As the words say"}}}
	for _, service := range snapshot.Services() {
		if service.Active {
			v.services = append(v.services, ui.Option{Value: number(service.ID), Label: service.Name})
		}
	}
	return web.Render(w, r, status, logPage(v))
}

// who finds whom the form could mean.
func (s *Service) who(r *http.Request, form *web.Form) (whoView, error) {
	v := whoView{s: s, typed: strings.TrimSpace(form.Value("who")), chosen: form.Value("person"), problem: form.Problem("person")}
	v.with, _ = strconv.ParseInt(form.Value("with"), 10, 64) // a form without it begins with nobody
	if v.with > 0 {
		one, err := s.one(r.Context(), v.with)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, one)
		if v.typed == "" {
			v.chosen = cmp.Or(v.chosen, number(one.Person.ID))
		}
	}
	found, err := s.Find(r.Context(), v.typed)
	if err != nil {
		return v, err
	}
	exact := 0
	for _, f := range found {
		if f.Exact {
			exact++
		}
		if len(v.list) == 0 || v.list[0].Person.ID != f.Person.ID {
			v.list = append(v.list, f)
		}
	}
	if v.chosen == "" && exact == 1 {
		v.chosen = number(found[0].Person.ID)
	}
	return v, nil
}

// suggest answers with whom the form could mean, while somebody types.
func (s *Service) suggest(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !web.IsFragment(r) {
		return web.Redirect(w, r, LogPath)
	}
	who, err := s.who(r, web.NewForm("who", query.Value("who"), "with", query.Value("with")))
	if err != nil {
		return err
	}
	who.chosen = cmp.Or(who.chosen, nobody)
	return web.Fragment(w, r, http.StatusOK, whoFound(who))
}

// readEntry reads the form.
func readEntry(r *http.Request, form *web.Form) Entry {
	var e Entry
	e.Key = form.Value("key")
	e.Words, e.Told = form.Text("words"), form.Text("told")
	e.Channel, e.Outcome = phone.Channel(form.Value("channel")), phone.Outcome(form.Value("outcome"))
	e.ByUs = form.Ticked("by_us")
	e.At = form.Moment("at", web.Location(r.Context()), "Enter when it was, or leave it empty for now.")
	if form.Value("minutes") != "" {
		e.Lasted = time.Duration(form.Int("minutes", 0, 24*60, "Enter how many minutes it took, at most a day.")) * time.Minute
	}
	e.PersonID = form.OptionalID("person", "Choose who it was.")
	e.ServiceID = form.OptionalID("service", "Choose a service from the list.")
	e.PhoneNumber, e.Email = form.Text("phone", web.AtMost(40)), form.Text("email", web.AtMost(254))
	if e.PersonID == 0 {
		switch who := form.Text("who", web.AtMost(200)); {
		case person.Number(who) != "":
			e.PhoneNumber = cmp.Or(e.PhoneNumber, who)
		case strings.Contains(who, "@") && !strings.HasPrefix(who, "@"):
			e.Email = cmp.Or(e.Email, who)
		default:
			e.Name = who
		}
	}
	if len(e.Key) < 16 || len(e.Key) > 64 {
		form.Fail("", "This form is not complete. Send it once more.")
	}
	return e
}

func (s *Service) log(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r.Context())
	if err != nil {
		return err
	}
	e := readEntry(r, form)
	if form.Value("person") == "" && form.Err() == nil {
		if err := s.offer(r, form); err != nil {
			return err
		}
	}
	if form.Err() == nil {
		c, err := s.Log(r.Context(), by, e)
		if err == nil {
			return web.RedirectNotice(w, r, after(e, c.ID, form.Value("back")), loggedNotice(e, c.ID))
		}
		if !form.Take(err) {
			return err
		}
	}
	return s.renderLog(w, r, http.StatusUnprocessableEntity, refilled(form))
}

// offer asks once who it was, when somebody on record could be meant and nobody
// was offered yet: the form was sent at once, or without a script. A form that
// comes again is not asked.
func (s *Service) offer(r *http.Request, form *web.Form) error {
	again, err := s.Phone.Logged(r.Context(), form.Value("key"))
	if err != nil || again {
		return err
	}
	who, err := s.who(r, form)
	if err == nil && len(who.list) > 0 {
		form.Fail("person", "Is it one of these? Choose, then write it down.")
	}
	return err
}

// refilled is the form once more, with a key of its own when the one that it had
// was used.
func refilled(form *web.Form) *web.Form {
	if form.Problem("") == phone.Used {
		form.Set("key", secret.Token(16))
	}
	return form
}

// after is where one goes on: to the case that is to be made, or back to where
// one was.
func after(e Entry, conversation int64, back string) string {
	if e.Outcome == phone.MadeCase {
		return "/cases/new?conversation=" + number(conversation)
	}
	return web.LocalPath(back, "/desk")
}

func loggedNotice(e Entry, conversation int64) web.Notice {
	n := web.Notice{Text: e.Channel.Label() + " written down. It waits for an answer.", LinkURL: deskURL(conversation), LinkLabel: "Show it"}
	switch e.Outcome {
	case phone.Answered:
		n.Text = e.Channel.Label() + " written down and closed: answered at once."
	case phone.MadeCase:
		n.Text = e.Channel.Label() + " written down. Now make the case."
	}
	return n
}
