package app

import (
	"context"
	"slices"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/triage"
)

// lessonsKept is how many corrections are learned from, the newest; as many
// readings that were left as they were stand beside them.
const lessonsKept = 2000

// clearly is how much likelier a service must have become than the one that was
// chosen to take its place where neither is sure.
const clearly = 1.5

// prior is what is thought of a message before officers have taught anything:
// the model's probability of a class goes to the service of it that is named, or
// to the usual one, with a little for the others. Classes for which the council
// has no service count for none (0).
func prior(known map[string][]int64, words directory.Reading, m triage.Reading) []triage.Odds {
	const others = 0.1
	sums := map[int64]float64{}
	var order []int64
	add := func(id int64, p float64) {
		if _, ok := sums[id]; !ok {
			order = append(order, id)
		}
		sums[id] += p
	}
	add(0, 0)
	for c, p := range m.Services {
		class := known[triage.Services[c]]
		if len(class) == 0 {
			add(0, float64(p))
			continue
		}
		first := within(class, words.Named)
		for _, id := range class {
			switch {
			case id != first:
				add(id, float64(p)*others/float64(len(class)-1))
			case len(class) == 1:
				add(id, float64(p))
			default:
				add(id, float64(p)*(1-others))
			}
		}
	}
	odds := make([]triage.Odds, len(order))
	for i, id := range order {
		odds[i] = triage.Odds{Service: id, P: sums[id]}
	}
	return odds
}

// lean makes sure that the service that was chosen is the likeliest: the
// directory's words may have decided against the model.
func lean(odds []triage.Odds, chosen int64) []triage.Odds {
	const least = 0.6
	i := slices.IndexFunc(odds, func(o triage.Odds) bool { return o.Service == chosen })
	if chosen == 0 || i >= 0 && odds[i].P >= least {
		return odds
	}
	odds = slices.Clone(odds)
	rest := 1.0
	if i < 0 {
		i, odds = len(odds), append(odds, triage.Odds{Service: chosen})
	} else {
		rest -= odds[i].P
	}
	for k := range odds {
		if rest > 0 {
			odds[k].P *= (1 - least) / rest
		}
	}
	odds[i].P = least
	return odds
}

// teach shifts what was chosen by what officers have corrected.
func (r reader) teach(chosen desk.Reading, layer *triage.Layer, text string, odds []triage.Odds) desk.Reading {
	odds, words := layer.Shift(r.model, text, lean(odds, chosen.ServiceID))
	if len(words) == 0 || len(odds) == 0 {
		return chosen
	}
	best := odds[0]
	switch {
	case best.Service == chosen.ServiceID && best.Service != 0:
		if chosen.Sure > 0 {
			chosen.Sure = best.P
		}
	case best.P >= r.model.Threshold, chosen.ServiceID != 0 && best.P >= clearly*share(odds, chosen.ServiceID):
		chosen.ServiceID, chosen.Sure, chosen.Led = best.Service, best.P, words
		if best.Service == 0 {
			chosen.Sure, chosen.Led = 0, nil
		}
		chosen.Others = nil
		for _, o := range odds[1:] {
			if o.Service != 0 && len(chosen.Others) < othersShown {
				chosen.Others = append(chosen.Others, o.Service)
			}
		}
	}
	return chosen
}

func share(odds []triage.Odds, service int64) float64 {
	for _, o := range odds {
		if o.Service == service {
			return o.P
		}
	}
	return 0
}

// urgencyOf is how urgent a message is: danger already when it is likely
// enough, for looking once too often costs less than looking too late.
func urgencyOf(layer *triage.Layer, model *triage.Model, text string, m triage.Reading) desk.Urgency {
	odds, _ := layer.Shift(model, text, urgencyPrior(m))
	switch {
	case share(odds, int64(desk.Danger)) >= model.Alarm:
		return desk.Danger
	case share(odds, int64(desk.Urgent)) > share(odds, int64(desk.Usual)):
		return desk.Urgent
	}
	return desk.Usual
}

// urgencyPrior has the desk's urgencies in place of services.
func urgencyPrior(m triage.Reading) []triage.Odds {
	p := map[desk.Urgency]float64{}
	for c, x := range m.Urgencies {
		switch triage.Urgencies[c] {
		case "danger":
			p[desk.Danger] += float64(x)
		case "high":
			p[desk.Urgent] += float64(x)
		default:
			p[desk.Usual] += float64(x)
		}
	}
	return []triage.Odds{{Service: int64(desk.Usual), P: p[desk.Usual]}, {Service: int64(desk.Urgent), P: p[desk.Urgent]}, {Service: int64(desk.Danger), P: p[desk.Danger]}}
}

// relearn makes the layers anew from what stands in the database.
func (a *App) relearn(ctx context.Context) error {
	services, urgencies, err := a.lessons(ctx)
	if err != nil {
		return err
	}
	m := a.reader.model
	a.reader.learned.Store(&learned{service: m.Learn(services), urgency: m.Learn(urgencies)})
	return nil
}

// lessons are what each layer is made from.
func (a *App) lessons(ctx context.Context) (services, urgencies []triage.Lesson, err error) {
	list, err := a.desk.Lessons(ctx, lessonsKept)
	if err != nil {
		return nil, nil, err
	}
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	r := a.reader
	known := knownServices(snapshot)
	for _, one := range list {
		words, m := snapshot.Read(one.Text), r.model.Read(one.Text)
		if one.Chosen || one.Left {
			services = append(services, triage.Lesson{Text: one.Text, Right: one.ServiceID, Prior: lean(prior(known, words, m), r.choose(known, words, m).ServiceID)})
		}
		if one.Urged {
			urgencies = append(urgencies, triage.Lesson{Text: one.Text, Right: int64(one.Urgency), Prior: urgencyPrior(m)})
		}
	}
	return services, urgencies, nil
}

// learn follows what officers correct, on this node and on others, until ctx
// ends. Corrections that come close together are learned at once, and learning
// takes a sixth of one core at most.
func (a *App) learn(ctx context.Context) {
	const pause, again = 200 * time.Millisecond, time.Minute
	news := a.hub.Subscribe(desk.TopicReading)
	defer news.Close()
	for {
		news.Take()
		wait, began := (<-chan time.Time)(nil), a.config.Now()
		if err := a.relearn(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.ErrorContext(ctx, "what officers corrected could not be learned; trying again", "error", err)
			wait = time.After(again)
		}
		rest := min(max(pause, 5*a.config.Now().Sub(began)), again)
		select {
		case <-ctx.Done():
			return
		case <-wait:
		case <-news.Ring():
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}
