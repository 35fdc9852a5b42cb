package app

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/expect"
)

const (
	historyYears = 3       // of cases that dates are learned from
	historyCases = 100_000 // at most, the newest
	enoughDone   = 30      // cases of a service that must have been done before anything is said of it
	expectEvery  = time.Hour
	longest      = 260.0 // working days: what takes longer in one of ten cases is given no date
)

// expectations are the honest dates of this node, by service.
type expectations struct{ learned atomic.Pointer[learnedDates] }

type learnedDates struct {
	calendar *expect.Calendar
	services map[int64]serviceDates
	cases    int       // that this was learned from
	since    time.Time // when the first of them was opened
	at       time.Time // when it was learned
}

// serviceDates are what is known of a service. They are immutable.
type serviceDates struct {
	marks    dateMarks
	forecast expect.Forecast
	open     []time.Time // when its open cases were opened, the oldest first
}

// waitingBefore is how many cases wait that were opened before a time.
func (s serviceDates) waitingBefore(opened time.Time) int {
	n, _ := slices.BinarySearchFunc(s.open, opened, time.Time.Compare)
	return n
}

// dateMarks are working days from the opening; 0 where nothing is said.
type dateMarks struct{ half, most float64 }

// say is the honest date of a service for what is opened at a time, the ends of
// two working days; zero when too little is known.
func (e *expectations) say(service int64, opened time.Time) (half, most time.Time) {
	l := e.learned.Load()
	if l == nil {
		return time.Time{}, time.Time{}
	}
	known, ok := l.services[service]
	if !ok || known.marks.most == 0 {
		return time.Time{}, time.Time{}
	}
	m := known.marks
	end := func(days float64) time.Time {
		return l.calendar.By(opened, days).AddDate(0, 0, 1).Add(-time.Minute).UTC()
	}
	return end(m.half), end(m.most)
}

// workdays is the end of the day on which so many working days are over.
func (e *expectations) workdays(from time.Time, days int) time.Time {
	l := e.learned.Load()
	if l == nil { // in the first seconds of a run
		return casework.Weekdays(from, days)
	}
	return l.calendar.By(from, float64(days)).AddDate(0, 0, 1).Add(-time.Minute)
}

// learnDates learns honest dates anew, every hour and at the start, until ctx
// ends. It works on a copy, so that nobody waits for it.
func (a *App) learnDates(ctx context.Context) {
	for {
		if err := a.relearnDates(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.ErrorContext(ctx, "when things are done could not be learned; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(expectEvery):
		}
	}
}

func (a *App) relearnDates(ctx context.Context) error {
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return err
	}
	council, now := snapshot.Council(), a.config.Now()
	calendar := expect.NewCalendar(expect.NationAt(council.Lat, council.Lon), zone)
	list, err := a.casework.Outlines(ctx, now.AddDate(-historyYears, 0, 0), historyCases)
	if err != nil {
		return err
	}
	l := &learnedDates{calendar: calendar, services: datesOf(list, calendar, now), cases: len(list), at: now}
	if len(list) > 0 {
		l.since = list[len(list)-1].CreatedAt
	}
	a.dates.learned.Store(l)
	return nil
}

// datesOf learns from outlines. Areas are left out: a council has too few cases
// of a service in one, and learning them takes memory by their number.
func datesOf(list []casework.Outline, calendar *expect.Calendar, now time.Time) map[int64]serviceDates {
	index, done, open := map[int64]int{}, map[int64]int{}, map[int64][]time.Time{}
	rows := make([]expect.Row, 0, len(list))
	for _, o := range list {
		if o.ServiceID == 0 {
			continue
		}
		if _, known := index[o.ServiceID]; !known {
			index[o.ServiceID] = len(index)
		}
		row := expect.Row{Service: index[o.ServiceID], Area: expect.Nowhere, Opened: calendar.Position(o.CreatedAt), End: endOf(o), Cases: 1}
		if row.End == expect.Open {
			open[o.ServiceID] = append(open[o.ServiceID], o.CreatedAt)
		} else {
			row.Ended = calendar.Position(o.EndedAt)
		}
		if row.End == expect.Done {
			done[o.ServiceID]++
		}
		rows = append(rows, row)
	}
	said := map[int64]serviceDates{}
	if len(rows) == 0 {
		return said
	}
	model := expect.NewLearner(expect.NewHistory(rows)).Learn(calendar.Position(now))
	for id, service := range index {
		if done[id] < enoughDone {
			continue
		}
		f := model.Forecast(service, expect.Nowhere)
		one := serviceDates{marks: marksOf(f), forecast: f, open: open[id]}
		slices.SortFunc(one.open, time.Time.Compare)
		if one.marks.half > 0 {
			said[id] = one
		}
	}
	return said
}

// marksOf are what is said of a forecast; 0 is for what is not said.
func marksOf(f expect.Forecast) (m dateMarks) {
	if half := f.Within(expect.Half); half <= longest {
		m.half = half
	}
	if most := f.Within(expect.Ninety); most <= longest && m.half > 0 {
		m.most = max(most, m.half)
	}
	return m
}

// endOf is how a case ended, as far as its date goes. What was somebody else's,
// joined or taken back was not done late: it was followed until then.
func endOf(o casework.Outline) expect.End {
	switch {
	case !o.State.Ended():
		return expect.Open
	case o.State == casework.Done && (o.Reason == casework.Unknown || o.Reason.Resolves()):
		return expect.Done
	case o.State == casework.Done, o.Reason == casework.NoReply:
		return expect.Lost
	}
	return expect.Apart
}
