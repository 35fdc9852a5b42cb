package app

import (
	"net/http"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

func startOptions() []ui.Option {
	return []ui.Option{
		{Value: startEmpty, Label: "With an empty council", Hint: "The services that every council has, a web form, and a practice network to try things out on."},
		{Value: startDemonstration, Label: "With a demonstration council", Hint: "A made-up Scottish council with six weeks of history. It is marked on every page, and one button removes it."},
	}
}

func startValue(f *web.Form) string {
	if v := f.Value("start"); v != "" {
		return v
	}
	return startEmpty
}

func (a *App) publicRoutes(rt *web.Router) {
	rt.Handle("GET /{$}", web.Public("the council's front page"), a.showHome)
}

func (a *App) showHome(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, homePage())
}
