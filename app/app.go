package app

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mercat.scot/mercat/api"
	"mercat.scot/mercat/backoffice"
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// App is a whole Mercat.
type App struct {
	config  Config
	db      *db.DB
	blobs   *blob.Disk
	photos  *blob.Photos
	box     *secret.Box
	queue   *jobs.Queue
	hub     *live.Hub
	metrics *prometheus.Registry
	router  *web.Router

	ready   atomic.Bool // requests are taken
	working atomic.Bool // jobs are run
	seat    jobs.Run    // which run of the program this is

	staff      *staff.Service
	directory  *directory.Directory
	people     *person.People
	practice   *practice.Practice
	webform    *webform.Network
	desk       *desk.Service
	reader     reader
	casework   *casework.Service
	dates      expectations
	phone      *phone.Network
	contacts   *contact.Service
	api        *api.Service
	open311    *open311.Server
	backoffice *backoffice.Service
	networks   []network.Network
	client     *http.Client
	drawn      placesJSON

	room  room
	setup *setup
	demo  *demo
	// stopping ends live streams; rooms that wait for something watch it too.
	stopping context.Context
	stop     context.CancelFunc
	closers  []func() error // in the order of opening
}

// Migrations are the tables of every room.
func Migrations() []fs.FS {
	return []fs.FS{
		record.Migrations(),
		staff.Migrations(),
		directory.Migrations(),
		person.Migrations(),
		desk.Migrations(),
		casework.Migrations(),
		api.Migrations(),
		open311.Migrations(),
		backoffice.Migrations(),
		practice.Migrations(),
		webform.Migrations(),
		phone.Migrations(),
		jobs.Migrations(),
		migrations,
	}
}

// OpenDatabase opens the database that a configuration names, without
// migrating it. With create, a new SQLite database and its folder are made;
// without, a missing one is a fault.
func OpenDatabase(ctx context.Context, c Config, create bool) (*db.DB, error) {
	c = c.withDefaults()
	if err := prepareFolder(c, create); err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, db.Options{DSN: c.DSN(), Now: c.Now, Node: c.Node, Twice: c.Twice, Log: c.Log})
	if err != nil {
		return nil, explainDisk(err, c)
	}
	return d, nil
}

// Open opens everything that Mercat needs, brings the database up to date and
// wires the rooms. Nothing runs and nothing is served before Run.
//
// Errors: fault.Conflict when another Mercat serves from the same folder or the
// database is newer than this program; fault.Invalid and fault.Down with what
// to do.
func Open(ctx context.Context, c Config) (*App, error) {
	c = c.withDefaults()
	a := &App{config: c, hub: live.New(strconv.Itoa(c.Node)), photos: blob.NewPhotos(2), metrics: newRegistry()}
	a.stopping, a.stop = context.WithCancel(context.Background())
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	c := a.config
	if err := prepareFolder(c, true); err != nil {
		return err
	}
	lock, err := takeSeat(c)
	if err != nil {
		return err
	}
	a.closers, a.seat = append(a.closers, lock.Close), lock.run
	if a.db, err = OpenDatabase(ctx, c, true); err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	applied, err := a.db.Migrate(ctx, Migrations()...)
	if err != nil {
		return explainDisk(err, c)
	}
	if len(applied) > 0 {
		c.Log.InfoContext(ctx, "database brought up to date", "steps", len(applied))
	}
	greatest, err := greatestID(ctx, a.db)
	if err != nil {
		return err
	}
	a.db.IDsAfter(greatest)
	if a.blobs, err = blob.NewDisk(filepath.Join(c.Data, mediaFolder)); err != nil {
		return explainDisk(err, c)
	}
	a.closers = append(a.closers, a.blobs.Close)
	if err := os.MkdirAll(filepath.Dir(c.KeyFile), 0o700); err != nil {
		return explainDisk(err, c)
	}
	if a.box, err = secret.OpenFile(c.KeyFile); err != nil {
		return explainDisk(err, c)
	}
	return a.wire(ctx)
}

// Handler answers every request.
func (a *App) Handler() http.Handler { return a.setup.guard(a.router) }

// Routes lists what is served, for the test that walks them.
func (a *App) Routes() []web.Route { return a.router.Routes() }

// DB is the database, for tests that look behind the pages.
func (a *App) DB() *db.DB { return a.db }

// Rooms are those of a Mercat on which something is done without a page.
type Rooms struct {
	Staff     *staff.Service
	Directory *directory.Directory
	Desk      *desk.Service
	Casework  *casework.Service
}

// Rooms are for the benchmarks, which set a council up and hand it batches.
func (a *App) Rooms() Rooms {
	return Rooms{Staff: a.staff, Directory: a.directory, Desk: a.desk, Casework: a.casework}
}

// SetUp makes the administrator and an empty council, as the first page does.
//
// Errors: fault.Fields, fault.Conflict when there is a council.
func (a *App) SetUp(ctx context.Context, first staff.First, council string) error {
	return a.setup.create(ctx, first, council, startEmpty)
}

// Close ends what Open began. It may be called after Run, and twice.
func (a *App) Close() error {
	a.stop()
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// now is the clock of the configuration.
func (a *App) now() time.Time { return a.config.Now() }
