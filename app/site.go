package app

import (
	"context"

	"mercat.scot/mercat/platform/web"
)

// site is what every page shows around its content.
func (a *App) site(ctx context.Context) (web.Site, error) {
	s := web.Site{
		Council:    "Mercat",
		SignOutURL: "/sign-out",
		Footer:     []web.Link{{Label: "Staff sign-in", URL: "/sign-in"}},
	}
	if a.setup.owed() {
		s.Footer = nil
		return s, nil
	}
	s.Nav = []web.NavItem{
		{Label: "Settings", URL: "/settings", Icon: "settings", Keys: "g s"},
	}
	s.Menu = []web.Link{{Label: "Your account", URL: "/account"}}
	return s, nil
}
