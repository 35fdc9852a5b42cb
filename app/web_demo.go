package app

import (
	"fmt"
	"net/http"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

const (
	demonstrationPath = "/settings/demonstration"
	makingPath        = "/demonstration/making"
)

func (a *App) demonstrationRoutes(rt *web.Router) {
	rt.Handle("GET "+makingPath, staff.AnyRole(), a.showMaking)
	rt.Handle("GET "+demonstrationPath, staff.MayAdminister(), a.showDemonstration)
	rt.Handle("POST "+demonstrationPath+"/remove", staff.MayAdminister(), a.removeDemonstration)
}

func (a *App) showDemonstration(w http.ResponseWriter, r *http.Request) error {
	p, err := a.demonstrationState(r.Context())
	if err != nil {
		return err
	}
	snapshot, err := a.directory.Snapshot(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, demonstrationPage(p, snapshot.Council().Demonstration))
}

// showMaking is how far the demonstration is, for a page that asks again.
func (a *App) showMaking(w http.ResponseWriter, r *http.Request) error {
	p, err := a.demonstrationState(r.Context())
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, making(p))
}

// words add to what is being made how much of it is there, once that is known:
// the people who work there come first, and are not counted.
func (p progress) words(what string) string {
	if p.total == 0 {
		return what
	}
	return fmt.Sprintf("%s: %d%% are there", what, 100*p.done/p.total)
}

func (a *App) removeDemonstration(w http.ResponseWriter, r *http.Request) error {
	by, err := a.staff.Officer(r.Context(), web.MustViewer(r.Context()).ID)
	if err != nil {
		return err
	}
	if err := a.demo.takeAway(r.Context(), by); err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, settingsPath, "The demonstration is gone. This is your own, empty council now.")
}
