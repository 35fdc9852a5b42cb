package app

import (
	"context"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/georeport"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/web"
)

// makeGeoReport makes the network of people who report by other programs, once
// there is the room that keeps answers for these.
func (a *App) makeGeoReport() network.Network {
	return georeport.New(georeport.Options{
		Answered: func(ctx context.Context, out network.Outgoing) error { return a.open311.Answered(ctx, out) },
		Removed:  func(ctx context.Context, key string) error { return a.open311.TakeBack(ctx, key) },
	})
}

// makeOpen311 makes the room of Open311.
func (a *App) makeOpen311() {
	a.open311 = open311.New(open311.Options{DB: a.db, Staff: a.staff, Desk: a.desk, Casework: a.casework, Directory: a.directory, Now: a.now, BaseURL: a.config.BaseURL})
}

// open311Routes registers the Open311 server.
func (a *App) open311Routes(rt *web.Router) { a.open311.Routes(rt) }
