package app

import (
	"context"
	"math"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/expect"
)

// outlook is what is known of a case of a service that was opened at a time and
// waits still. Known is false when nothing is.
func (l *learnedDates) outlook(service int64, opened, now time.Time) (o expect.Outlook, known bool) {
	o = expect.Unknown()
	if l == nil {
		return o, false
	}
	of, ok := l.services[service]
	if !ok {
		return o, false
	}
	o.Waiting = of.waitingBefore(l.calendar.Position(opened))
	sure := false
	if o.Waited = l.calendar.Between(opened, now); o.Waited < 1 {
		o.Half, o.Most = of.marks.half, of.marks.most
		o.Never, sure = of.forecast.Never()
	} else {
		o.Half, o.Most, o.Never, sure = of.forecast.After(o.Waited)
		if o.Most > longest {
			o.Most = 0
		}
		if o.Half > longest {
			o.Half = 0
		}
	}
	if !sure {
		o.Never = -1
	}
	return o, true
}

// honest is how casework says what is known.
func (a *App) honest() casework.Honest {
	return casework.Honest{
		Now: func(language string, service int64, opened time.Time) string {
			o, _ := a.dates.learned.Load().outlook(service, opened, a.config.Now())
			return o.Sentence(language)
		},
		Rest: func(language string, service int64, opened time.Time) string {
			o, _ := a.dates.learned.Load().outlook(service, opened, a.config.Now())
			return o.Rest(language)
		},
		Days:    expect.DaysIn,
		Figures: a.figures,
	}
}

// figures are what everybody may know of a service.
func (a *App) figures(service int64) (casework.Figures, bool) {
	l := a.dates.learned.Load()
	now := a.config.Now()
	o, known := l.outlook(service, now, now)
	if !known {
		return casework.Figures{Never: -1}, false
	}
	f := casework.Figures{Never: -1, Waiting: o.Waiting, Cases: l.cases, Since: l.since, At: l.at}
	f.Says = func(language string) string {
		o.Waiting = -1 // nobody has asked yet, so none is before theirs
		return o.Sentence(language)
	}
	if o.Half > 0 {
		f.Half = expect.Days(o.Half)
	}
	if o.Most > 0 {
		f.Most = expect.Days(o.Most)
	}
	if o.Never >= 0 {
		f.Never = int(math.Round(100 * o.Never))
	}
	of := l.services[service].forecast
	for _, days := range []int{1, 2, 5, 10, 20, 40, 60, 120, 260} {
		share := int(math.Round(100 * of.By(float64(days))))
		f.By = append(f.By, casework.DoneBy{Days: days, Of100: share})
		if share >= 98 {
			break
		}
	}
	return f, true
}

// about is of what a conversation is, as far as it can be expected when it is
// done: its newest open case or, without one, the service that was read or
// chosen.
func (a *App) about(ctx context.Context, c desk.Conversation) (service int64, opened time.Time, err error) {
	if c.CaseRef != "" {
		list, err := a.casework.Of(ctx, c.ID)
		if err != nil {
			return 0, time.Time{}, err
		}
		for _, one := range list {
			if !one.State.Ended() && one.ServiceID != 0 {
				return one.ServiceID, one.CreatedAt, nil
			}
		}
	}
	return c.ServiceID, a.config.Now(), nil
}

// honestAnswer is what the desk offers for an answer.
func (a *App) honestAnswer(ctx context.Context, c desk.Conversation) (string, error) {
	service, opened, err := a.about(ctx, c)
	if err != nil {
		return "", err
	}
	o, _ := a.dates.learned.Load().outlook(service, opened, a.config.Now())
	return o.Sentence(c.Language), nil
}
