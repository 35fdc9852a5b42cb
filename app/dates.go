package app

import (
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
	longest      = 260.0   // working days: what takes longer in one of ten cases is given no date
)

// expectations are the honest dates of this node, by service.
type expectations struct {
	learned atomic.Pointer[learnedDates]
	keeping dateKeeper
}

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
	open     []float64 // positions in the calendar at which its open cases were opened, in order
}

// waitingBefore is how many cases wait that were opened before a position.
func (s serviceDates) waitingBefore(opened float64) int {
	n, _ := slices.BinarySearch(s.open, opened)
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
