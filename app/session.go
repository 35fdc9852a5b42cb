package app

import (
	"net/http"
	"time"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

const sessionCookie = "mercat_session"

// viewer is who sends a request.
func (a *App) viewer(r *http.Request) (*web.Viewer, error) {
	token := web.Cookie(r, sessionCookie)
	if token == "" {
		return nil, nil
	}
	in, ok, err := a.staff.BySession(r.Context(), token)
	if err != nil || !ok {
		return nil, err
	}
	o := in.Officer
	return &web.Viewer{ID: o.ID, Name: o.Name, Email: o.Email, Role: string(o.Role), TeamIDs: in.TeamIDs, SingleKeys: o.Settings.SingleKeys, Theme: o.Settings.Theme}, nil
}

// signIn begins the first administrator's session.
func (s *setup) signIn(w http.ResponseWriter, r *http.Request, first staff.First) error {
	token, err := s.app.staff.SignIn(r.Context(), first.Email, first.Password, staff.From{Address: web.ClientAddr(r), Agent: r.UserAgent()})
	if err != nil {
		return err
	}
	web.SetCookie(r.Context(), w, sessionCookie, token, 14*24*time.Hour)
	return web.RedirectWithNotice(w, r, home, "Mercat is set up, and you are signed in.")
}
