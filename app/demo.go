package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"mercat.scot/mercat/api"
	"mercat.scot/mercat/app/demonstration"
	"mercat.scot/mercat/backoffice"
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// demo makes the demonstration and takes it away. It is made beside the
// requests, so that whoever asked for it sees the desk fill; a program that was
// ended meanwhile begins again at its next start.
type demo struct {
	app    *App
	wanted chan struct{} // rings when a making may be owed

	mu     sync.Mutex
	cancel context.CancelFunc // of the making that runs, or nil
	ended  chan struct{}      // closed when it has
}

func newDemo(a *App) *demo { return &demo{app: a, wanted: make(chan struct{}, 1)} }

// ask says that a demonstration is owed.
func (d *demo) ask() {
	select {
	case d.wanted <- struct{}{}:
	default: // it has been said
	}
}

// run makes what is owed, until ctx ends.
func (d *demo) run(ctx context.Context) {
	d.ask() // one that the last run of the program did not finish
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wanted:
		}
		p, there, err := readProgress(ctx, d.app.db)
		if err != nil || !there || p.finished {
			if err != nil && ctx.Err() == nil {
				d.app.config.Log.ErrorContext(ctx, "the demonstration cannot be looked for", "error", err)
			}
			continue
		}
		d.make(ctx, p)
	}
}

// make makes the demonstration once, from its beginning.
func (d *demo) make(ctx context.Context, p progress) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	d.mu.Lock()
	d.cancel, d.ended = cancel, ended
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.cancel = nil
		d.mu.Unlock()
		close(ended)
	}()
	err := d.history(ctx, p)
	if ctx.Err() != nil {
		return // stopped; the next start begins again, if it is still wanted
	}
	p.finished = true
	if err != nil {
		d.app.config.Log.ErrorContext(ctx, "the demonstration could not be made", "error", err)
		p.trouble = "The demonstration could not be made whole. Take it away and begin again, or use what there is."
	}
	if err := d.note(ctx, p, true); err != nil {
		d.app.config.Log.ErrorContext(ctx, "the end of the demonstration could not be noted", "error", err)
	}
}

// history fetches for nobody while it lasts: what the made-up citizens say is
// taken in under the made-up clock.
func (d *demo) history(ctx context.Context, p progress) error {
	a := d.app
	if err := a.desk.Rest(ctx); err != nil {
		return err
	}
	defer func() {
		if ctx.Err() != nil {
			return // the program stops, or whoever takes it away goes on
		}
		if err := a.desk.Start(ctx); err != nil {
			a.config.Log.ErrorContext(ctx, "fetching could not begin again", "error", err)
		}
	}()
	admin, err := a.staff.Officer(ctx, p.officer)
	if err != nil {
		return err
	}
	if p.done > 0 { // a making that was cut off
		if err := a.clear(ctx, admin, true); err != nil {
			return err
		}
	}
	c := a.config
	return demonstration.Make(ctx, demonstration.Options{
		DB: db.Options{DSN: c.DSN(), Now: c.Now, Node: (c.Node + 512) % 1024, Log: c.Log}, Hub: a.hub, Blobs: a.blobs, Photos: a.photos, Box: a.box, Triage: a.desk.Triage,
		Zone: london(), Admin: admin,
		Progress: func(ctx context.Context, done, of int) error {
			p.done, p.total = int64(done), int64(of)
			return d.note(ctx, p, done == of)
		},
	})
}

func (d *demo) note(ctx context.Context, p progress, tell bool) error {
	return d.app.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := writeProgress(ctx, tx, p); err != nil {
			return err
		}
		if !tell {
			return nil
		}
		return d.app.hub.Announce(ctx, tx, live.Everything)
	})
}

// stop ends the making that runs, if one does, and waits for it.
func (d *demo) stop(ctx context.Context) error {
	d.mu.Lock()
	cancel, ended := d.cancel, d.ended
	d.mu.Unlock()
	if cancel == nil {
		return nil
	}
	cancel()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// takeAway removes the demonstration: what remains is the administrator who
// does it, and an empty council under the same name.
//
// Errors: fault.Conflict when this is no demonstration.
func (d *demo) takeAway(ctx context.Context, by staff.Officer) error {
	a := d.app
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	if !snapshot.Council().Demonstration {
		return fault.New(fault.Conflict, "This is a real council, and there is no demonstration to take away.")
	}
	if err := d.stop(ctx); err != nil {
		return err
	}
	// Whoever asked may go away; what was begun is finished all the same.
	ctx = context.WithoutCancel(ctx)
	if err := a.desk.Rest(ctx); err != nil {
		return err
	}
	err = a.clear(ctx, by, false)
	return errors.Join(err, a.desk.Start(ctx))
}

// clear empties every room but for one administrator, and begins the council
// again, as a demonstration or as a real one.
func (a *App) clear(ctx context.Context, by staff.Officer, demonstration bool) error {
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	council := snapshot.Council()
	err = a.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		// First, while the transaction is new: the queue goes on working, and a job
		// that it moves after we began is one that PostgreSQL does not let us delete.
		if err := forgetJobs(ctx, tx); err != nil {
			return err
		}
		entries, head, err := record.ClearTx(ctx, tx)
		if err != nil {
			return err
		}
		for _, clear := range []func(context.Context, *db.Tx) error{api.ClearTx, open311.ClearTx, backoffice.ClearTx, casework.ClearTx, desk.ClearTx, webform.ClearTx, phone.ClearTx, practice.ClearTx, person.ClearTx, directory.ClearTx,
			func(ctx context.Context, tx *db.Tx) error { return staff.ClearTx(ctx, tx, by.ID) }} {
			if err := clear(ctx, tx); err != nil {
				return err
			}
		}
		if !demonstration {
			if err := db.Empty(ctx, tx, "app_demonstration"); err != nil {
				return err
			}
		}
		err = record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "app.demonstration.taken_away", Subject: record.Subject{Kind: "council", ID: 1},
			Before: map[string]any{"entries": entries, "head": hex.EncodeToString(head)}})
		if err != nil {
			return err
		}
		fresh := directory.Council{Name: council.Name, Language: council.Language, Demonstration: demonstration}
		if err := a.directory.SetCouncilTx(ctx, tx, by.Actor(), fresh); err != nil {
			return err
		}
		if err := a.begin(ctx, tx, by); err != nil {
			return err
		}
		return a.hub.Announce(ctx, tx, live.Everything)
	})
	if err != nil {
		return fmt.Errorf("take the demonstration away: %w", err)
	}
	return nil
}

// demonstrationState is what the page about it shows.
func (a *App) demonstrationState(ctx context.Context) (progress, error) {
	p, _, err := readProgress(ctx, a.db)
	return p, err
}

// london is the time zone of the made-up council.
func london() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.UTC // no zones on this machine: the demonstration is an hour off in summer
	}
	return zone
}
