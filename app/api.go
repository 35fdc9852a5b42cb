package app

import (
	"context"

	"mercat.scot/mercat/api"
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/web"
)

// makeAPI makes the room of other programs.
func (a *App) makeAPI() {
	c := a.config
	a.api = api.New(api.Options{
		DB: a.db, Queue: a.queue, Box: a.box, Staff: a.staff, Directory: a.directory, Desk: a.desk, Casework: a.casework, People: a.people, Contacts: a.contacts,
		Post: api.PostBy(a.client, c.Now), Now: c.Now, Log: c.Log,
	})
}

// tellCases and tellDesk tell other programs, once there is the room that does.
func (a *App) tellCases(ctx context.Context, tx *db.Tx, ch casework.Change) error {
	return a.api.FollowCases(ctx, tx, ch)
}

func (a *App) tellDesk(ctx context.Context, tx *db.Tx, list []desk.Happening) error {
	if err := a.casework.Heard(ctx, tx, list); err != nil { // they may have answered what they were asked
		return err
	}
	if err := a.casework.HeardVerdicts(ctx, tx, list); err != nil { // they may say whether it is fixed
		return err
	}
	return a.api.FollowDesk(ctx, tx, list)
}

func (a *App) apiRoutes(rt *web.Router) error { return a.api.Routes(rt) }
