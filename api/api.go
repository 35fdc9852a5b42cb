package api

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/staff"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

// Options are what this room stands on. All are needed but those with a default.
type Options struct {
	DB        *db.DB
	Queue     *jobs.Queue
	Box       *secret.Box
	Staff     *staff.Service
	Directory *directory.Directory
	Desk      *desk.Service
	Casework  *casework.Service
	People    *person.People
	Contacts  *contact.Service
	Post      Post // of a webhook, through the guard
	Now       func() time.Time
	Log       *slog.Logger    // nil: none
	Delays    []time.Duration // between the tries of a delivery; nil is the usual schedule
}

// Service is the use cases of this room. It is safe for concurrent use.
type Service struct {
	Options
	places chan struct{} // so many jobs deliver at once: a slow receiver must not keep answers to citizens from going out
}

// deliverers is how many jobs deliver webhooks at once.
const deliverers = 2

// New makes the room and registers its jobs; call it before the queue opens.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Delays == nil {
		o.Delays = schedule()
	}
	s := &Service{Options: o, places: make(chan struct{}, deliverers)}
	s.registerJobs()
	return s
}

var (
	errNoEndpoint = fault.New(fault.NotFound, "There is no such webhook. Look in the list of webhooks.")
	errNoDelivery = fault.New(fault.NotFound, "This event is not in the log any more. Events are kept for 30 days.")
	errOvertaken  = fault.New(fault.Conflict, "Somebody else has changed this webhook meanwhile. What you entered is not saved. Look at it as it is now, then decide again.")
	errMany       = fault.Newf(fault.Conflict, "There are %d webhooks already. End one that nobody needs, then add this one.", maxEndpoints)
)

// ClearTx removes everything of this room. It is for taking a demonstration
// away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx, "api_delivery", "api_event", "api_endpoint", "api_once")
}

// errStopped ends a job that is to run again after the next start.
var errStopped = errors.New("the program stops")
