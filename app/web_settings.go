package app

import (
	"net/http"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

func (a *App) settingsRoutes(rt *web.Router) {
	rt.Handle("GET /settings", staff.AnyRole(), a.showSettings)
}

func (a *App) showSettings(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, settingsPage())
}
