package staff

import (
	"errors"
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
	err = s.Enter(w, r, p.form.Text("email"), p.form.Exact("password"), p.next)
	if p.form.Take(err) {
		return web.RenderForm(w, r, p.form, signInView(p))
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

// passwordPage is what the page behind a link shows.
type passwordPage struct {
	officer Officer
	link    Link
	form    *web.Form
	other   string // who is signed in in this browser, when it is somebody else
}

func (s *Service) showPassword(w http.ResponseWriter, r *http.Request) error {
	p, err := s.openPassword(r)
	if err != nil {
		return linkProblem(w, r, err)
	}
	return web.Render(w, r, http.StatusOK, passwordView(p))
}

func (s *Service) openPassword(r *http.Request) (p passwordPage, err error) {
	if p.officer, p.link, err = s.FollowLink(r.Context(), r.PathValue("token")); err != nil {
		return p, err
	}
	if v, ok := web.ViewerOf(r.Context()); ok && v.ID != p.officer.ID {
		p.other = v.Name
	}
	return p, nil
}

// linkProblem shows why a link does not work. It never says whose it was.
func linkProblem(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.Gone) {
		return err
	}
	return web.Render(w, r, http.StatusGone, linkGoneView(fault.Sentence(err)))
}

func (s *Service) choosePassword(w http.ResponseWriter, r *http.Request) error {
	p, err := s.openPassword(r)
	if err != nil {
		return linkProblem(w, r, err)
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	password := p.form.Exact("password")
	officer, err := s.ChoosePassword(r.Context(), p.link.Token, password)
	switch {
	case err == nil:
	case p.form.Take(err):
		return web.RenderForm(w, r, p.form, passwordView(p))
	default:
		return linkProblem(w, r, err)
	}
	// Whoever was signed in in this browser is not any more.
	if err := s.SignOut(r.Context(), web.Cookie(r, sessionCookie)); err != nil {
		return err
	}
	where := from(r)
	token, err := s.SignIn(r.Context(), officer.Email, password, where)
	var refused *fault.Error
	switch {
	case errors.As(err, &refused): // too many tries from here, or a busy minute
		web.ClearCookie(r.Context(), w, sessionCookie)
		return web.RedirectWithNotice(w, r, "/sign-in", "Your password is set. Sign in with it.")
	case err != nil:
		return err
	}
	web.SetNotice(w, r, web.Notice{Text: "Your password is set, and you are signed in.", LinkURL: accountPath, LinkLabel: "Your account"})
	return s.begin(w, r, token, where, "")
}
