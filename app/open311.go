package app

import (
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/web"
)

// makeOpen311 makes the room of Open311.
func (a *App) makeOpen311() {
	a.open311 = open311.New(open311.Options{DB: a.db, Staff: a.staff, Desk: a.desk, Casework: a.casework, Directory: a.directory, Now: a.now, BaseURL: a.config.BaseURL})
}

// open311Routes registers the Open311 server.
func (a *App) open311Routes(rt *web.Router) { a.open311.Routes(rt) }
