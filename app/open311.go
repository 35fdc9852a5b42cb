package app

import (
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/web"
)

// open311Routes registers the Open311 server.
func (a *App) open311Routes(rt *web.Router) {
	open311.New(open311.Options{Casework: a.casework, Directory: a.directory, Now: a.now, BaseURL: a.config.BaseURL}).Routes(rt)
}
