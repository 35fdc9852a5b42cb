package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/expect"
)

const (
	changesEvery = 20 * time.Second // so often the changes of cases are read
	agesEvery    = 10 * time.Minute // so often cases that wait are looked at without one
	learnEvery   = 6 * time.Hour    // so often it is learned anew what came true
	loadEvery    = 2 * time.Minute  // at most so often all is read anew, while a list comes in
)

// dateKeeper is what this node has read of the cases, and how far. It reads all at
// its start, and from then on only what changed: by another node or by this one.
type dateKeeper struct {
	mu                          sync.Mutex
	keeper                      *expect.Keeper // nil until all was read
	index                       map[int64]int  // of services, by their ids
	nation                      expect.Nation
	calendar                    *expect.Calendar
	learned                     expect.Experience
	line                        int64 // of the changes, up to which they were read
	since                       time.Time
	loadedAt, learnedAt, saidAt time.Time
}

// learnDates keeps honest dates up to date until ctx ends.
func (a *App) learnDates(ctx context.Context) {
	for {
		if err := a.followDates(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.ErrorContext(ctx, "when things are done could not be learned; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(changesEvery):
		}
	}
}

// relearnDates reads all cases anew.
func (a *App) relearnDates(ctx context.Context) error {
	d := &a.dates.keeping
	d.mu.Lock()
	defer d.mu.Unlock()
	return a.loadDates(ctx, d)
}

// followDates reads what changed since the last time.
func (a *App) followDates(ctx context.Context) error {
	d := &a.dates.keeping
	d.mu.Lock()
	defer d.mu.Unlock()
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	council, now := snapshot.Council(), a.config.Now()
	if d.keeper == nil || d.nation != expect.NationAt(council.Lat, council.Lon) {
		return a.loadDates(ctx, d)
	}
	changed := false
	for more := true; more; {
		list, err := a.casework.ChangedSince(ctx, d.line)
		if err != nil {
			return err
		}
		if list.All {
			if now.Sub(d.loadedAt) < loadEvery {
				return nil
			}
			return a.loadDates(ctx, d)
		}
		for _, o := range list.Cases {
			d.put(o)
		}
		changed = changed || len(list.Cases) > 0
		d.line, more = list.Last, list.Further
	}
	if now.Sub(d.learnedAt) >= learnEvery {
		if err := a.casework.ForgetChanges(ctx); err != nil {
			return err
		}
		d.learn(now)
	}
	if changed || now.Sub(d.saidAt) >= agesEvery || d.saidAt.Before(d.learnedAt) {
		a.dates.learned.Store(d.dates(now))
	}
	return nil
}

// loadDates reads the cases of the last years, in pieces. What changes meanwhile
// is read once more as a change.
func (a *App) loadDates(ctx context.Context, d *dateKeeper) error {
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return err
	}
	council, now := snapshot.Council(), a.config.Now()
	line, err := a.casework.LastChange(ctx)
	if err != nil {
		return err
	}
	list, err := a.casework.Outlines(ctx, now.AddDate(-historyYears, 0, 0), historyCases)
	if err != nil {
		return err
	}
	d.nation = expect.NationAt(council.Lat, council.Lon)
	d.calendar = expect.NewCalendar(d.nation, zone)
	d.keeper, d.index, d.line, d.loadedAt, d.since = expect.NewKeeper(d.calendar.Position(now)), map[int64]int{}, line, now, now
	for _, o := range list {
		d.put(o)
	}
	if len(list) > 0 {
		d.since = list[len(list)-1].CreatedAt
	}
	d.learn(now)
	a.dates.learned.Store(d.dates(now))
	return nil
}

// put keeps a case as it is now. Areas are left out: a council has too few cases of
// a service in one, and learning them takes memory by their number.
func (d *dateKeeper) put(o casework.Outline) {
	if o.ServiceID == 0 {
		d.keeper.Remove(o.ID)
		return
	}
	if _, known := d.index[o.ServiceID]; !known {
		d.index[o.ServiceID] = len(d.index)
	}
	row := expect.Row{Service: d.index[o.ServiceID], Area: expect.Nowhere, Opened: d.calendar.Position(o.CreatedAt), End: endOf(o), Cases: 1}
	if row.End != expect.Open {
		row.Ended = d.calendar.Position(o.EndedAt)
	}
	d.keeper.Put(o.ID, row)
}

// learn learns anew which settings are right and what came true of what was said.
func (d *dateKeeper) learn(now time.Time) {
	d.learned = expect.NewLearner(d.keeper.History()).Learn(d.calendar.Position(now)).Experience()
	d.learnedAt = now
}

// dates is what can be said now.
func (d *dateKeeper) dates(now time.Time) *learnedDates {
	d.saidAt = now
	l := &learnedDates{calendar: d.calendar, services: map[int64]serviceDates{}, cases: d.keeper.Cases(), since: d.since, at: now}
	if l.cases == 0 {
		return l
	}
	model := d.keeper.Model(d.calendar.Position(now), d.learned)
	for id, service := range d.index {
		if d.keeper.Done(service) < enoughDone {
			continue
		}
		f := model.Forecast(service, expect.Nowhere)
		one := serviceDates{marks: marksOf(f), forecast: f, open: d.keeper.Waiting(service)}
		slices.Sort(one.open)
		if one.marks.half > 0 {
			l.services[id] = one
		}
	}
	return l
}
