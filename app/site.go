package app

import (
	"context"

	"github.com/a-h/templ"

	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/platform/web"
)

// site is what every page shows around its content.
func (a *App) site(ctx context.Context) (web.Site, error) {
	if a.setup.owed() {
		return web.Site{Council: "Mercat"}, nil
	}
	directory, err := a.directory.Snapshot(ctx)
	if err != nil {
		return web.Site{}, err
	}
	council := directory.Council()
	s := web.Site{Council: council.Name, Lang: council.Language, Demonstration: council.Demonstration}
	viewer, signedIn := web.ViewerOf(ctx)
	if !signedIn {
		err := a.publicSite(ctx, &s)
		return s, err
	}
	if s.Demonstration {
		s.Making = a.makingNote(ctx)
	}
	s.SignOutURL = "/sign-out"
	s.Menu = []web.Link{{Label: "Your account", URL: "/account"}}
	for _, item := range []web.NavItem{
		{Label: "Desk", URL: home, Icon: "inbox", Keys: "g d"},
		{Label: "Cases", URL: "/cases", Icon: "case", Keys: "g c"},
		{Label: "People", URL: contact.PeoplePath, Icon: "person", Keys: "g e"},
		{Label: "Practice", URL: "/practice", Icon: "chat", Keys: "g p"},
		{Label: "Settings", URL: settingsPath, Icon: "settings", Keys: "g s", Items: a.settingsPlaces(&viewer)},
	} {
		if a.mayOpen(&viewer, item.URL) {
			s.Nav = append(s.Nav, item)
		}
	}
	if a.mayOpen(&viewer, home) {
		s.Search, s.SearchLabel = home, "Search conversations"
	}
	if a.mayOpen(&viewer, contact.LogPath) {
		s.Tools = []web.NavItem{{Label: "Log a contact", URL: contact.LogPath, Icon: "phone", Keys: "p"}}
	}
	if a.mayOpen(&viewer, "/notifications") {
		s.UnreadURL = "/notifications"
		// A page without the number on its bell is better than no page.
		if s.Unread, err = a.desk.Unread(ctx, viewer.ID); err != nil {
			a.config.Log.WarnContext(ctx, "notifications could not be counted", "error", err)
		}
	}
	return s, nil
}

// makingNote says how far the demonstration is, while it is being made.
func (a *App) makingNote(ctx context.Context) templ.Component {
	p, err := a.demonstrationState(ctx)
	if err != nil {
		// A page without the note is better than no page.
		a.config.Log.WarnContext(ctx, "how far the demonstration is could not be read", "error", err)
		return nil
	}
	if p.finished || p.officer == 0 {
		return nil
	}
	return making(p)
}

// publicSite is the navigation of citizens.
func (a *App) publicSite(ctx context.Context, s *web.Site) error {
	s.Footer = []web.Link{{Label: "What people have reported", URL: webform.InLanguage(ctx, "/reports")}, {Label: "Staff sign-in", URL: "/sign-in"}}
	accounts, err := a.desk.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if account.Network == webform.Kind && account.State == desk.Active {
			s.PublicNav = []web.Link{{Label: "Contact us", URL: webform.InLanguage(ctx, formURL(account))}, {Label: "Your page", URL: webform.InLanguage(ctx, "/track")}}
			break
		}
	}
	return nil
}
