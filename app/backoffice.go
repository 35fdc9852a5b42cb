package app

import (
	"context"

	"mercat.scot/mercat/backoffice"
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
)

// makeBackOffice makes the room that hands cases to other systems.
func (a *App) makeBackOffice() {
	c := a.config
	a.backoffice = backoffice.New(backoffice.Options{DB: a.db, Queue: a.queue, Box: a.box, Directory: a.directory, Desk: a.desk, Casework: a.casework,
		Call: backoffice.CallBy(a.client, c.Now), Now: c.Now, Log: c.Log})
}

// handOver puts cases on their way, once there is the room that does.
func (a *App) handOver(ctx context.Context, tx *db.Tx, ch casework.Change) error {
	return a.backoffice.Follow(ctx, tx, ch)
}

// elsewhere says where a case is besides here.
func (a *App) elsewhere(ctx context.Context, tx *db.Tx, id int64) (string, error) {
	return a.backoffice.ElsewhereTx(ctx, tx, id)
}
