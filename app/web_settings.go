package app

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

const settingsPath = "/settings"

func (a *App) settingsRoutes(rt *web.Router) {
	rt.Handle("GET "+settingsPath, staff.AnyRole(), a.showSettings)
}

// card leads to one page of the settings.
type card struct {
	URL, Title, Text, Icon string
}

// cardGroup is a heading with its cards.
type cardGroup struct {
	Title string
	Cards []card
}

// settingsGroups are all pages of the settings. Whoever looks sees those that
// they may open.
func settingsGroups() []cardGroup {
	return []cardGroup{
		{"The council", []card{
			{"/settings/council", "Council", "Name, language, the middle of the map, and within how long you answer.", "home"},
			{"/settings/services", "Services", "What the council does for the public, by which words, and which team owns it.", "list"},
			{"/settings/words", "What citizens are told", "The words at each step of a case, and how near two reports are taken for one.", "chat"},
			{"/settings/areas", "Areas", "Parts of the ground and the teams that look after them.", "place"},
			{"/settings/places", "Places", "Streets, settlements and schools that Mercat recognises.", "flag"},
		}},
		{"How you are reached", []card{
			{"/settings/accounts", "Accounts", "Networks, mailboxes and forms through which people write to you.", "plug"},
			{"/settings/rules", "Routing rules", "Which team gets what.", "filter"},
			{"/settings/triage", "Triage", "How well messages are read as they come in.", "search"},
		}},
		{"Who works here", []card{
			{"/settings/people", "People", "Who may sign in, and what they may do.", "person"},
			{"/settings/teams", "Teams", "To whom conversations are sent.", "team"},
			{"/account", "Your account", "Your name, password, sessions and shortcuts.", "settings"},
		}},
		{"Other programs", []card{
			{"/settings/keys", "API keys", "Which programs may come in, and what each may do.", "lock"},
			{"/settings/csv", "Tables (CSV)", "Cases, conversations, people and contacts for a spreadsheet, and cases from one.", "list"},
			{"/settings/webhooks", "Webhooks", "Which programs are told when something happens, and what they answered.", "send"},
			{"/settings/backoffices", "Back offices", "Systems to which cases are handed over by Open311, and what comes back.", "case"},
		}},
		{"Trust", []card{
			{recordPath, "The record", "Everything that was done, by whom and when.", "book"},
			{demonstrationPath, "Demonstration", "See how far it is, or take it away with one button.", "info"},
		}},
	}
}

func (a *App) showSettings(w http.ResponseWriter, r *http.Request) error {
	v, err := a.settingsView(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, settingsPage(v))
}

// settingsView is what a viewer sees of the settings.
type settingsView struct {
	groups []cardGroup
}

func (a *App) settingsView(ctx context.Context) (settingsView, error) {
	viewer := web.MustViewer(ctx)
	var v settingsView
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return v, err
	}
	madeUp := snapshot.Council().Demonstration
	for _, g := range settingsGroups() {
		g.Cards = slices.DeleteFunc(g.Cards, func(c card) bool {
			return !a.mayOpen(&viewer, c.URL) || c.URL == demonstrationPath && !madeUp
		})
		if len(g.Cards) > 0 {
			v.groups = append(v.groups, g)
		}
	}
	return v, nil
}

// settingsPlaces are the pages of the settings that stand beside each of them.
func (a *App) settingsPlaces(viewer *web.Viewer) []web.NavItem {
	var places []web.NavItem
	for _, g := range settingsGroups() {
		for _, c := range g.Cards {
			if strings.HasPrefix(c.URL, settingsPath+"/") && a.mayOpen(viewer, c.URL) {
				places = append(places, web.NavItem{Label: c.Title, URL: c.URL, Icon: c.Icon})
			}
		}
	}
	return places
}

// mayOpen reports whether there is a page at a path that a viewer may open.
func (a *App) mayOpen(viewer *web.Viewer, path string) bool {
	return a.router.Access("GET " + path).Admits(viewer)
}
