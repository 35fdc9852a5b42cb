package casework

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

func (s *Service) citizenRoutes(r *web.Router) {
	holder := web.Public("whoever has the long reference is the citizen whose case it is")
	// The reference identifies the caller and no cookie does; browsers send no
	// origin from these pages, for their Referrer-Policy is no-referrer.
	keyed := web.FromAnySite("the long reference in the address identifies the caller")
	large := []web.RouteOption{web.MaxBody(maxUpload), web.Deadline(10 * time.Minute), keyed}
	r.Handle("GET /case/{track}", holder, s.showTracked)
	r.Handle("POST /case/{track}", holder, s.takeMore, large...)
	r.Handle("GET /case/{track}/photo/{n}", holder, s.showTrackedPhoto)
	r.Handle("GET /case/{track}/fixed", holder, s.showFixed)
	r.Handle("POST /case/{track}/fixed", holder, s.takeVerdict, large...)
	r.Handle("POST /case/{track}/answers", holder, s.takeAnswers, keyed)
	r.Handle("POST /case/{track}/news", holder, s.switchNews, keyed)
	r.Handle("POST /cases/{id}/not-meant", staff.MayAnswer(), s.notMeant)
	s.joinRoutes(r)
	s.publicRoutes(r)
	s.wordsRoutes(r)
}

func trackURL(track string) string { return "/case/" + track }

func fixedURL(track string) string { return "/case/" + track + "/fixed" }

// inLanguage is a path of the pages for citizens in a language, with more of a
// query.
func inLanguage(path, code string, pairs ...string) string {
	q := url.Values{}
	if code != inEnglish {
		q.Set("lang", code)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// askedLanguage is that of ?lang=, or otherwise.
func askedLanguage(r *http.Request, otherwise string) string {
	if asked := r.URL.Query().Get("lang"); slices.Contains(Languages(), asked) {
		return asked
	}
	return languageOf(otherwise)
}

// trackedView is the private page of a case.
type trackedView struct {
	Tracked
	*pageWords
	now    time.Time
	zone   *time.Location
	form   *web.Form
	token  string
	done   string // what was just done, in a sentence
	takes  bool   // photos are taken
	honest Honest
}

func (v trackedView) url(pairs ...string) string {
	return inLanguage(trackURL(v.Track), v.code, pairs...)
}

// findTracked finds the case that the reference in the address opens. A wrong one
// is answered here, and done is true.
func (s *Service) findTracked(w http.ResponseWriter, r *http.Request) (t Tracked, done bool, err error) {
	web.KeepPrivate(w)
	words := pagesIn(askedLanguage(r, ""))
	from, now := web.ClientAddr(r), web.Now(r.Context())
	if wait := s.guesses.Wait(from, now); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return t, true, s.renderCitizen(w, r, http.StatusTooManyRequests, words, lostPage(lostView{words, words.lostTitle, words.tooMany}))
	}
	reference, err := secret.ParseReference(r.PathValue("track"))
	if err != nil || len(reference) < longReference {
		s.guesses.Spend(from, now)
		return t, true, s.renderCitizen(w, r, http.StatusNotFound, words, lostPage(lostView{words, words.wrongTitle, words.wrongText}))
	}
	t, err = s.Track(r.Context(), reference)
	if fault.Is(err, fault.NotFound) {
		s.guesses.Spend(from, now)
		return t, true, s.renderCitizen(w, r, http.StatusNotFound, words, lostPage(lostView{words, words.lostTitle, words.lostText}))
	}
	return t, err != nil, err
}

// longReference is the least length of a reference that opens a page: the short
// one is no key to anything.
const longReference = 20

func (s *Service) trackedView(r *http.Request, t Tracked) trackedView {
	return trackedView{Tracked: t, pageWords: pagesIn(askedLanguage(r, t.Language)), now: web.Now(r.Context()), zone: web.Location(r.Context()),
		form: web.NewForm(), token: secret.Token(16), takes: s.Photos != nil, honest: s.Honest}
}

func (s *Service) showTracked(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	v := s.trackedView(r, t)
	switch r.URL.Query().Get("done") {
	case "more":
		v.done = v.sent
	case "answers":
		v.done = v.answersSent
	case string(SaysFixed):
		v.done = v.thanksFixed
	case string(SaysUnfixed):
		v.done = v.thanksUnfixed
	case "news-off":
		v.done = v.newsStopped
	case "news-on":
		v.done = v.newsStarted
	}
	return s.renderCitizen(w, r, http.StatusOK, v.pageWords, trackedPage(v))
}

func (s *Service) showTrackedPhoto(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	p, ok := numbered(t.Photos, r.PathValue("n"))
	if !ok {
		return errNoPage
	}
	return s.Desk.ShowPicture(w, r, p.MediaID, r.URL.Query().Has("thumb"))
}

// takeMore takes what the citizen adds.
func (s *Service) takeMore(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	v := s.trackedView(r, t)
	in, err := s.receive(w, r, v.pageWords)
	if err != nil {
		return err
	}
	if in.form.Err() == nil && in.empty() {
		in.form.Fail("message", v.errWords)
	}
	if in.form.Err() == nil {
		err := s.TellMore(r.Context(), t.Track, in.addition(v.code, v.now))
		if err == nil {
			return web.Redirect(w, r, v.url("done", "more"))
		}
		if !in.form.Take(err) {
			return err
		}
	}
	return s.again(w, r, v, in, trackedPage)
}

func (s *Service) showFixed(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	v := s.trackedView(r, t)
	return s.renderCitizen(w, r, http.StatusOK, v.pageWords, fixedPage(v))
}

// takeVerdict takes the answer to whether it is fixed. Only a POST counts, so
// that programs which open every link in a message answer nothing. The words and
// photos go first: should the program end between, the same form says it again.
func (s *Service) takeVerdict(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	v := s.trackedView(r, t)
	in, err := s.receive(w, r, v.pageWords)
	if err != nil {
		return err
	}
	verdict := Verdict(in.form.Value("answer"))
	if in.form.Err() == nil && verdict == SaysUnfixed && !in.empty() && t.ConversationID != 0 {
		if err := s.TellMore(r.Context(), t.Track, in.addition(v.code, v.now)); err != nil && !in.form.Take(err) {
			return err
		}
	}
	if in.form.Err() == nil {
		_, err := s.Judge(r.Context(), t.Track, verdict, in.words)
		switch {
		case err == nil:
			return web.Redirect(w, r, v.url("done", string(verdict)))
		case errors.Is(err, errLate):
			return web.Redirect(w, r, v.url()+"#more")
		case errors.Is(err, errNotClosed):
			in.form.Fail("", v.notClosed)
		case !in.form.Take(err):
			return err
		}
	}
	return s.again(w, r, v, in, fixedPage)
}

func (s *Service) switchNews(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	quiet := form.Value("news") == "off"
	if err := s.SetQuiet(r.Context(), t.Track, quiet); err != nil {
		return err
	}
	v := s.trackedView(r, t)
	if quiet {
		return web.Redirect(w, r, v.url("done", "news-off"))
	}
	return web.Redirect(w, r, v.url("done", "news-on"))
}

// again shows a page with what was wrong with its form and what was typed.
func (s *Service) again(w http.ResponseWriter, r *http.Request, v trackedView, in received, page func(trackedView) templ.Component) error {
	v.form, v.token = in.form, in.key
	status := in.status
	if status == 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.renderCitizen(w, r, status, v.pageWords, page(v))
}

// renderCitizen sends a page for citizens with its frame in the page's language.
func (s *Service) renderCitizen(w http.ResponseWriter, r *http.Request, status int, words *pageWords, page templ.Component) error {
	ctx := r.Context()
	if s.Say != nil {
		ctx = ui.WithWords(ctx, func(english string) string { return s.Say(words.code, english) })
	}
	return web.Render(w, r.WithContext(ctx), status, page)
}

// addition is what came in as the desk keeps it.
func (in received) addition(language string, now time.Time) desk.Addition {
	return desk.Addition{Key: in.key, Text: in.words, Language: language, Media: in.photos, At: now}
}

func (in received) empty() bool { return in.words == "" && len(in.photos) == 0 }

// received is a form of a citizen as it came.
type received struct {
	form   *web.Form
	key    string
	words  string
	photos []network.Media
	status int // when it is not that of a wrong form
}

// notMeant takes back what was read from a citizen's message.
func (s *Service) notMeant(w http.ResponseWriter, r *http.Request) error {
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
	feedback := form.ID("feedback", "This cannot be taken back any more.")
	if err := form.Err(); err != nil {
		return err
	}
	c, told, err := s.NotMeant(r.Context(), by, id, feedback)
	if err != nil {
		return err
	}
	text := "Taken back. Case " + c.Reference + " is " + strings.ToLower(c.State.Label()) + "."
	if told {
		text += " The citizen had been told already: write to them what is true now."
	}
	return web.RedirectWithNotice(w, r, backTo(form, id), text)
}
