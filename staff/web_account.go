package staff

import (
	"fmt"
	"net/http"
	"slices"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// accountPage is what an officer's own page shows.
type accountPage struct {
	officer  Officer
	teams    []Team // that the officer is in
	sessions []Session
	current  int64     // the session of this browser
	form     *web.Form // of the details
	password *web.Form // of the change of password
	changed  []ui.Difference
}

func (p accountPage) problems() fault.Fields {
	return append(slices.Clone(p.form.Problems()), p.password.Problems()...)
}

// mine is whose session this browser has.
func (s *Service) mine(r *http.Request) (SignedIn, error) {
	in, ok, err := s.BySession(r.Context(), web.Cookie(r, sessionCookie))
	if err == nil && !ok { // it was ended while this request was on its way
		err = fault.New(fault.SignIn, "Your session has ended. Sign in, then try again.")
	}
	return in, err
}

func (s *Service) account(r *http.Request) (accountPage, error) {
	in, err := s.mine(r)
	if err != nil {
		return accountPage{}, err
	}
	p := accountPage{officer: in.Officer, current: in.Session.ID}
	if p.sessions, err = s.Sessions(r.Context(), in.Officer.ID); err != nil {
		return p, err
	}
	roster, err := s.Roster(r.Context())
	if err != nil {
		return p, err
	}
	for _, id := range in.TeamIDs {
		if team, ok := roster.Team(id); ok {
			p.teams = append(p.teams, team)
		}
	}
	o := in.Officer
	p.form = web.NewForm("name", o.Name, "first_name", o.FirstName, "signature", o.Settings.Signature, "theme", o.Settings.Theme)
	if o.Settings.SingleKeys {
		p.form = web.NewForm("name", o.Name, "first_name", o.FirstName, "signature", o.Settings.Signature, "theme", o.Settings.Theme, "single_keys", "1")
	}
	return p, nil
}

func (s *Service) showAccount(w http.ResponseWriter, r *http.Request) error {
	p, err := s.account(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, accountView(p))
}

func (s *Service) saveAccount(w http.ResponseWriter, r *http.Request) error {
	p, err := s.account(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	settings := Settings{SingleKeys: p.form.Ticked("single_keys"), Theme: p.form.Value("theme"), Signature: p.form.Text("signature")}
	name, first := p.form.Text("name"), p.form.Text("first_name")
	err = s.SaveAccount(r.Context(), p.officer.ID, p.form.Version(), name, first, settings)
	if err == nil {
		return web.RedirectWithNotice(w, r, accountPath, "Saved.")
	}
	if !p.form.Take(err) {
		return err
	}
	if fault.Is(err, fault.Conflict) {
		o := p.officer
		p.changed = []ui.Difference{
			{"Name", o.Name, name},
			{"First name", o.FirstName, first},
			{"Signature", o.Settings.Signature, settings.Signature},
			{"Looks", themeLabel(o.Settings.Theme), themeLabel(settings.Theme)},
			{"Single keys", onOff(o.Settings.SingleKeys), onOff(settings.SingleKeys)},
		}
	}
	return web.RenderForm(w, r, p.form, accountView(p))
}

func (s *Service) changePassword(w http.ResponseWriter, r *http.Request) error {
	p, err := s.account(r)
	if err != nil {
		return err
	}
	if p.password, err = web.ReadForm(r); err != nil {
		return err
	}
	current := p.password.Exact("current", web.Required("Enter your current password."))
	chosen := p.password.Exact("password", web.Required("Enter the new password."))
	if p.password.Err() == nil {
		err = s.ChangePassword(r.Context(), p.officer, p.current, current, chosen)
		if err == nil {
			return web.RedirectWithNotice(w, r, accountPath, "Password changed. In every other browser you are signed out.")
		}
		if !p.password.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, p.password, accountView(p))
}

func (s *Service) endSession(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, fault.New(fault.NotFound, "There is no such session. It may have ended: reload the page."))
	if err != nil {
		return err
	}
	p, err := s.account(r)
	if err != nil {
		return err
	}
	if err := s.EndSession(r.Context(), p.officer, id); err != nil {
		return err
	}
	if id == p.current {
		web.ClearCookie(r.Context(), w, sessionCookie)
		return web.RedirectWithNotice(w, r, "/sign-in", "You are signed out.")
	}
	return web.RedirectWithNotice(w, r, accountPath+"#sessions", "That session has ended.")
}

func (s *Service) signOutEverywhere(w http.ResponseWriter, r *http.Request) error {
	in, err := s.mine(r)
	if err != nil {
		return err
	}
	if err := s.SignOutEverywhere(r.Context(), in.Officer); err != nil {
		return err
	}
	web.ClearCookie(r.Context(), w, sessionCookie)
	return web.RedirectWithNotice(w, r, "/sign-in", "You are signed out everywhere.")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func themeLabel(theme string) string {
	for _, o := range themes() {
		if o.Value == theme {
			return o.Label
		}
	}
	return theme
}

func themes() []ui.Option {
	return []ui.Option{{Value: ThemeAuto, Label: "As the device has it"}, {Value: ThemeLight, Label: "Light"}, {Value: ThemeDark, Label: "Dark"}}
}

// endPath is where a session is ended.
func (s Session) endPath() string { return fmt.Sprintf("%s/sessions/%d/end", accountPath, s.ID) }
