package webform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// formView is what the page of a form shows.
type formView struct {
	*words
	slug, title, intro string
	services           []Service
	council            Council
	mapStyle           string
	form               *web.Form
	token              string
	files              []file
	service            int64 // that the form is about
	questions          []Question
	first              bool // there are questions to answer before it is sent
}

func (v formView) url() string { return address("/form/"+v.slug, v.Language) }

// address is a path of ours with a query, in which the language is kept.
func address(path string, l language, pairs ...string) string {
	q := url.Values{}
	if l != langEnglish {
		q.Set("lang", string(l))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// addressIn is address with the language said in any case, for the switch.
func addressIn(path string, l language) string {
	return path + "?" + url.Values{"lang": {string(l)}}.Encode()
}

// findForm finds the form at an address.
func (n *Network) findForm(r *http.Request) (knownForm, error) {
	slug := r.PathValue("slug")
	var f knownForm
	var found bool
	if slugForm.MatchString(slug) {
		err := n.o.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			f, found, err = readForm(ctx, tx, slug)
			return err
		})
		if err != nil {
			return knownForm{}, fmt.Errorf("find a form: %w", err)
		}
	}
	if !found {
		return knownForm{}, fault.New(fault.NotFound, "There is no form at this address. If you typed it, check it; if you followed a link, it may be out of date.")
	}
	return f, nil
}

func (n *Network) viewForm(ctx context.Context, f knownForm, words *words) (formView, error) {
	v := formView{words: words, slug: f.slug, title: f.title, intro: f.intro}
	if v.title == "" {
		v.title = words.FormTitle
	}
	if v.intro == "" {
		v.intro = words.FormIntro
	}
	var err error
	if v.services, err = n.o.Services(ctx); err != nil {
		return formView{}, fmt.Errorf("find the services of a form: %w", err)
	}
	if v.council, err = n.o.Council(ctx); err != nil {
		return formView{}, fmt.Errorf("find the council of a form: %w", err)
	}
	if n.o.MapStyle != nil {
		if v.mapStyle, err = n.o.MapStyle(ctx); err != nil {
			return formView{}, fmt.Errorf("find the map of a form: %w", err)
		}
	}
	return v, nil
}

func asked(r *http.Request) *words {
	return in(languageFor(r.URL.Query().Get("lang"), langEnglish))
}

func (n *Network) showForm(w http.ResponseWriter, r *http.Request) error {
	words := asked(r)
	f, err := n.findForm(r)
	if err != nil {
		return err
	}
	v, err := n.viewForm(r.Context(), f, words)
	if err != nil {
		return err
	}
	if !f.open(n.o.Now()) {
		return render(w, r, http.StatusServiceUnavailable, words, closedPage(v))
	}
	v.form, v.token = web.NewForm("about", r.URL.Query().Get("about")), newToken()
	if v, err = n.withQuestions(r, v); err != nil {
		return err
	}
	return render(w, r, http.StatusOK, words, formPage(v))
}

func (n *Network) takeForm(w http.ResponseWriter, r *http.Request) error {
	words := asked(r)
	f, err := n.findForm(r)
	if err != nil {
		return err
	}
	v, err := n.viewForm(r.Context(), f, words)
	if err != nil {
		return err
	}
	slowly(w, n.o.Now())
	wait := n.limits.sends.Wait(web.ClientAddr(r), n.o.Now())
	in, err := n.receive(r, words, wait == 0)
	if err != nil {
		return err
	}
	v.form, v.token, v.files = in.form, in.token, in.files
	if v, err = n.withQuestions(r, v); err != nil {
		return err
	}
	if in.form.Value("language") != "" && in.form.Err() == nil {
		n.limits.sends.Spend(web.ClientAddr(r), n.o.Now())
		in.note()
		return render(w, r, http.StatusOK, words, formPage(v))
	}
	if v.first = v.asksFirst(); v.first && in.form.Err() == nil && wait == 0 {
		n.limits.sends.Spend(web.ClientAddr(r), n.o.Now())
		in.note()
		return render(w, r, http.StatusOK, words, formPage(v))
	}
	answers, err := n.readAnswers(r.Context(), in.form, v.service, v.questions, words)
	if err != nil {
		return err
	}
	s := readSubmission(in.form, v.services, words)
	s.answer(answers)
	if s.usePosition && !s.place.point && s.place.words == "" && needsPlace(v.services, s.service) && !in.placed() {
		in.form.Fail("place", words.ErrPhotoPlace)
	}
	in.note()
	if wait > 0 {
		in.form.Fail("", fmt.Sprintf(words.ErrTooManyF, minutes(wait)))
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return render(w, r, http.StatusTooManyRequests, words, formPage(v))
	}
	n.limits.sends.Spend(web.ClientAddr(r), n.o.Now())
	if !f.open(n.o.Now()) {
		in.form.Fail("", words.ClosedText)
		return render(w, r, http.StatusServiceUnavailable, words, formPage(v))
	}
	if in.form.Err() != nil {
		if in.ours {
			n.limits.sends.GiveBack(web.ClientAddr(r))
		}
		return render(w, r, statusOf(in), words, formPage(v))
	}
	reference, err := n.submit(r.Context(), f.account, in.token, s, in.fileIDs())
	switch {
	case errors.Is(err, errChanged):
		return n.secondThoughts(w, r, reference, in)
	case err != nil:
		n.o.Log.ErrorContext(r.Context(), "a form could not be kept", "reference", web.RequestID(r.Context()), "error", err)
		n.limits.sends.GiveBack(web.ClientAddr(r))
		in.form.Fail("", words.ErrTryAgain)
		return render(w, r, http.StatusServiceUnavailable, words, formPage(v))
	}
	return web.Redirect(w, r, address("/track/"+reference+"/sent", words.Language))
}

func statusOf(in received) int {
	switch {
	case in.tooLarge:
		return http.StatusRequestEntityTooLarge
	case in.ours:
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

func needsPlace(services []Service, id int64) bool {
	for _, s := range services {
		if s.ID == id {
			return s.NeedsPlace
		}
	}
	return false
}

// render sends a page whose components speak its language too.
func render(w http.ResponseWriter, r *http.Request, status int, words *words, page templ.Component) error {
	ctx := context.WithValue(ui.WithWords(r.Context(), words.component), languageKey{}, words.Language)
	return web.Render(w, r.WithContext(ctx), status, page)
}

type languageKey struct{}

// InLanguage is a path of ours in the language of the page that is rendered
// with ctx, for what stands around the page.
func InLanguage(ctx context.Context, path string) string {
	l, ok := ctx.Value(languageKey{}).(language)
	if !ok {
		return path
	}
	return address(path, l)
}

func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// showWaiting shows a photo of a form that was not sent yet to whoever has the
// form's token.
func (n *Network) showWaiting(w http.ResponseWriter, r *http.Request) error {
	gone := fault.New(fault.NotFound, "This photo is no longer here.")
	id, err := strconv.ParseInt(r.PathValue("file"), 10, 64)
	if err != nil || !tokenForm.MatchString(r.PathValue("token")) {
		return gone
	}
	var f file
	err = n.o.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		var found bool
		var err error
		f, found, err = readFile(ctx, tx, id)
		if err == nil && (!found || f.post != 0 || f.formHash != secret.HashToken(r.PathValue("token"))) {
			err = gone
		}
		return err
	})
	if err != nil {
		return err
	}
	web.KeepPrivate(w)
	return n.serve(w, r, f, true)
}
