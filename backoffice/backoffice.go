package backoffice

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

// Options are what this room stands on. All are needed but Log.
type Options struct {
	DB        *db.DB
	Queue     *jobs.Queue
	Box       *secret.Box
	Directory *directory.Directory
	Desk      *desk.Service
	Casework  *casework.Service
	Call      Call // another server, through the guard
	Now       func() time.Time
	Log       *slog.Logger
}

// Service is the use cases of this room. It is safe for concurrent use.
type Service struct{ Options }

// New makes the room and registers its jobs; call it before the queue opens.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{o}
	s.registerJobs()
	return s
}

var (
	errNoOffice  = fault.New(fault.NotFound, "There is no such back office. Look in the list of back offices.")
	errOvertaken = fault.New(fault.Conflict, "Somebody else has changed this back office meanwhile. What you entered is not saved. Look at it as it is now, then decide again.")
	errMany      = fault.Newf(fault.Conflict, "There are %d back offices already. End one that nobody needs, then add this one.", maxOffices)
)

// Offices are all that have not ended, the oldest first.
func (s *Service) Offices(ctx context.Context) (list []Office, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readOffices(ctx, tx)
		return err
	})
	return list, err
}

// Office is one, with how many cases are in each state.
//
// Errors: fault.NotFound.
func (s *Service) Office(ctx context.Context, id int64) (o Office, counts map[PushState]int64, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if o, err = readOffice(ctx, tx, id); err != nil {
			return err
		}
		counts, err = countPushes(ctx, tx, id)
		return err
	})
	return o, counts, err
}

// keyPlace is for what a sealed key is.
func keyPlace(office int64) string { return "backoffice:" + strconv.FormatInt(office, 10) }

// Save keeps an office: a new one when it has no id. An empty key leaves the one
// that is there. Cases of its services go to it from now on.
//
// Errors: fault.Fields (name, url, routes, key); fault.NotFound; fault.Conflict.
func (s *Service) Save(ctx context.Context, by staff.Officer, o Office, key, routes string) (Office, error) {
	o, err := o.clean()
	if err != nil {
		return Office{}, err
	}
	if len(key) > maxKey {
		return Office{}, fault.Field("key", "This is too long for an API key.")
	}
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return Office{}, err
	}
	if o.Routes, err = readRoutes(routes, snapshot); err != nil {
		return Office{}, err
	}
	var saved Office
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		saved, err = s.saveTx(ctx, tx, by, o, key, snapshot)
		return err
	})
	if err != nil {
		return Office{}, fmt.Errorf("save a back office: %w", err)
	}
	return saved, nil
}

func (s *Service) saveTx(ctx context.Context, tx *db.Tx, by staff.Officer, o Office, key string, snapshot *directory.Snapshot) (Office, error) {
	list, err := readOffices(ctx, tx)
	if err != nil {
		return o, err
	}
	taken := map[int64]string{}
	for _, other := range list {
		for _, r := range other.Routes {
			if other.ID != o.ID {
				taken[r.ServiceID] = other.Name
			}
		}
	}
	for _, r := range o.Routes {
		if name := taken[r.ServiceID]; name != "" {
			return o, fault.Field("routes", snapshot.ServiceName(r.ServiceID)+" goes to "+name+" already. A case goes to one place.")
		}
	}
	e := record.Entry{Actor: by.Actor(), Act: "backoffice.back_office.saved"}
	was := Office{key: []byte{}}
	if o.ID == 0 {
		if len(list) >= maxOffices {
			return o, errMany
		}
		o.ID, o.State, o.CreatedAt, o.Version = tx.NewID(), Active, tx.Now, 0
		o.PulledTo = tx.Now
	} else {
		if was, err = readOffice(ctx, tx, o.ID); err != nil {
			return o, err
		}
		if was.Version != o.Version {
			return o, errOvertaken
		}
		e.Before = was.facts()
		o.State, o.PulledTo, o.PulledAt, o.Skew, o.LastOK, o.CreatedAt = was.State, was.PulledTo, was.PulledAt, was.Skew, was.LastOK, was.CreatedAt
		// Whatever was wrong may have been put right.
		o.Trouble, o.TroubleSince = "", time.Time{}
	}
	if o.key = was.key; key != "" {
		if o.key, err = s.Box.Seal([]byte(key), keyPlace(o.ID)); err != nil {
			return o, err
		}
	}
	o.HasKey = len(o.key) > 0
	o.Version++
	if err := putOffice(ctx, tx, o); err != nil {
		return o, err
	}
	if err := putRoutes(ctx, tx, o); err != nil {
		return o, err
	}
	if err := hastenPushes(ctx, tx, o.ID, tx.Now); err != nil {
		return o, err
	}
	e.Subject, e.After = o.Subject(), o.facts()
	if err := record.Append(ctx, tx, e); err != nil {
		return o, err
	}
	return o, s.Queue.Put(ctx, tx, pushArgs{o.ID})
}

// SetState pauses an office, lets it go on, or ends it: what waits for one that
// ended stays here, and what is there already is no longer followed.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) SetState(ctx context.Context, by staff.Officer, id, version int64, to OfficeState) (Office, error) {
	var o Office
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if o, err = readOffice(ctx, tx, id); err != nil {
			return err
		}
		if o.Version != version {
			return errOvertaken
		}
		before := o.facts()
		o.State = to
		o.Version++
		if to == Ended {
			o.Routes, o.key, o.HasKey = nil, []byte{}, false
			if err := putRoutes(ctx, tx, o); err != nil {
				return err
			}
		}
		if err := putOffice(ctx, tx, o); err != nil {
			return err
		}
		if err := record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "backoffice.back_office." + string(to), Subject: o.Subject(), Before: before, After: o.facts()}); err != nil {
			return err
		}
		return s.Queue.Put(ctx, tx, pushArgs{id})
	})
	if err != nil {
		return Office{}, fmt.Errorf("set back office %d %s: %w", id, to, err)
	}
	return o, nil
}

// Again sends what a back office refused once more.
//
// Errors: fault.NotFound.
func (s *Service) Again(ctx context.Context, by staff.Officer, id int64) (n int64, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := readOffice(ctx, tx, id)
		if err != nil {
			return err
		}
		if n, err = againPushes(ctx, tx, id, tx.Now); err != nil {
			return err
		}
		if err := record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "backoffice.back_office.tried_again", Subject: o.Subject(), After: map[string]any{"cases": n}}); err != nil {
			return err
		}
		return s.Queue.Put(ctx, tx, pushArgs{id})
	})
	return n, err
}

// Follow is told of every change of a case, in its transaction: one that is new,
// or whose service is another, is put on its way.
func (s *Service) Follow(ctx context.Context, tx *db.Tx, ch casework.Change) error {
	c := ch.After
	if c.ServiceID == 0 || c.State.Ended() || c.Source == casework.FromImport || ch.Before.ID != 0 && ch.Before.ServiceID == c.ServiceID {
		return nil
	}
	office, code, found, err := routeOf(ctx, tx, c.ServiceID)
	if err != nil || !found {
		return err
	}
	// What comes back from where we have sent it must not go round for ever.
	if ours := referencesIn(c.Words); c.Source == casework.FromOpen311 && len(ours) > 0 {
		if known, err := s.Casework.KnownTx(ctx, tx, ours); err != nil || known {
			return err
		}
	}
	fresh, err := insertPush(ctx, tx, Push{CaseID: c.ID, OfficeID: office, Code: code, State: Waiting, NextAt: tx.Now})
	if err != nil || !fresh {
		return err
	}
	return s.Queue.Put(ctx, tx, pushArgs{office})
}

// ElsewhereTx says in a sentence where a case is besides here; "" for nowhere.
func (s *Service) ElsewhereTx(ctx context.Context, tx *db.Tx, id int64) (string, error) {
	p, found, err := pushOf(ctx, tx, id)
	if err != nil || !found {
		return "", err
	}
	o, err := readOfficeEver(ctx, tx, p.OfficeID)
	if err != nil {
		return "", err
	}
	return p.says(o), nil
}

// ClearTx removes everything of this room. It is for taking a demonstration
// away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx, "backoffice_pulled", "backoffice_push", "backoffice_route", "backoffice_office")
}
