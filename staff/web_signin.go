package staff

import (
	"net/http"
	"net/url"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

// signInPage is what the page for signing in shows.
type signInPage struct {
	form  *web.Form
	next  string // a path of this site, or ""
	ended bool   // there was a session, which has ended
}

// action keeps where somebody wanted to go in the address of the form, so that
// whoever has signed in in another tab meanwhile is sent there too.
func (p signInPage) action() string {
	if p.next == "" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(p.next)
}

func nextOf(r *http.Request) string { return web.LocalPath(r.URL.Query().Get("next"), "") }

func (s *Service) showSignIn(w http.ResponseWriter, r *http.Request) error {
	p := signInPage{next: nextOf(r)}
	if web.Cookie(r, sessionCookie) != "" {
		// This page is for people who are signed out, so it is of no use.
		p.ended = true
		web.ClearCookie(r.Context(), w, sessionCookie)
	}
	return web.Render(w, r, http.StatusOK, signInView(p))
}

func (s *Service) signIn(w http.ResponseWriter, r *http.Request) error {
	p := signInPage{next: nextOf(r)}
	var err error
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	token, err := s.SignIn(r.Context(), p.form.Text("email"), p.form.Exact("password"), from(r))
	switch {
	case err == nil:
		return s.begin(w, r, token, p.next)
	case p.form.Take(err):
		return web.Render(w, r, http.StatusUnprocessableEntity, signInView(p))
	case fault.Is(err, fault.TooMany):
		p.form.Fail("", fault.Sentence(err))
		w.Header().Set("Retry-After", "60")
		return web.Render(w, r, http.StatusTooManyRequests, signInView(p))
	}
	return err
}

func (s *Service) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.SignOut(r.Context(), web.Cookie(r, sessionCookie)); err != nil {
		return err
	}
	web.ClearCookie(r.Context(), w, sessionCookie)
	return web.RedirectWithNotice(w, r, "/sign-in", "You are signed out.")
}
