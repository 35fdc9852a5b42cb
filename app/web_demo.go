package app

import (
	"net/http"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

const demonstrationPath = "/settings/demonstration"

func (a *App) demonstrationRoutes(rt *web.Router) {
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
