package app

import (
	"context"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// wire makes the rooms, in the order in which they may call each other, and
// registers their routes.
func (a *App) wire(ctx context.Context) error {
	c := a.config
	var err error
	a.queue = jobs.New(a.db, jobs.Options{Log: quietJobs(c.Log), Workers: c.Workers})
	if a.staff, err = staff.New(staff.Options{DB: a.db, BaseURL: c.BaseURL, Home: home, Cost: c.PasswordCost}); err != nil {
		return err
	}
	a.directory = directory.New(directory.Options{DB: a.db, Staff: a.staff})
	a.people = person.New()
	if a.setup, err = newSetup(ctx, a); err != nil {
		return err
	}
	a.registerJobs()
	if err := a.queue.Open(); err != nil {
		return err
	}

	signing, err := a.box.Derive("notices")
	if err != nil {
		return err
	}
	a.router, err = web.NewRouter(web.Options{
		Now:            c.Now,
		Authenticator:  a.staff,
		Site:           a.site,
		Log:            c.Log,
		Metrics:        a.metrics,
		Secure:         c.Secure(),
		SigningKey:     signing,
		HomePath:       home,
		TileOrigins:    tileOrigins(c),
		TrustedOrigins: c.TrustedOrigins,
		Proxies:        c.Proxies,
		Stopping:       a.stopping,
	})
	if err != nil {
		return err
	}
	a.staff.Routes(a.router)
	a.setup.routes(a.router)
	a.healthRoutes(a.router)
	a.publicRoutes(a.router)
	a.settingsRoutes(a.router)
	return nil
}

// home is where officers begin.
const home = "/desk"
