package expect

import "math"

// Keeper keeps what is learned of cases in step with each change of one, so that
// an estimate reads no history. The weight of a case that has ended is
// 2^((opened − at) / half-life): the part of it that changes with time is common
// to all, so what such a case adds to a tally is added once. Only the cases that
// wait are looked at one by one. It is not safe for concurrent use, and learns
// nothing of areas.
type Keeper struct {
	offered  []Settings
	from     float64 // position from which the weights in tallies are counted
	rows     map[int64]Row
	services []*keptService
}

// keptService is what is kept of a service.
type keptService struct {
	ended  []Tally // by settings, with weights as of Keeper.from
	open   map[int64]Row
	recent map[int64]Row // ended so lately that they tell the present pace
	done   int
}

// recentFor is how long cases that have ended are kept as recent, in working days:
// longer than any settings look back.
const recentFor = 40.0

// NewKeeper returns an empty keeper at a position in the calendar.
func NewKeeper(at float64) *Keeper {
	return &Keeper{offered: candidates(), from: at, rows: map[int64]Row{}}
}

// Put keeps a case as it is now, in the place of what it was.
func (k *Keeper) Put(id int64, r Row) {
	k.Remove(id)
	if r.End != Open && r.Ended <= r.Opened || math.IsNaN(r.Opened) || r.Cases <= 0 || r.Service < 0 {
		return // as NewHistory leaves them out
	}
	for r.Service >= len(k.services) {
		k.services = append(k.services, &keptService{ended: make([]Tally, len(k.offered)), open: map[int64]Row{}, recent: map[int64]Row{}})
	}
	r.Area = Nowhere
	k.rows[id] = r
	k.note(k.services[r.Service], id, r, 1)
}

// Remove forgets a case.
func (k *Keeper) Remove(id int64) {
	r, ok := k.rows[id]
	if !ok {
		return
	}
	delete(k.rows, id)
	k.note(k.services[r.Service], id, r, -1)
}

func (k *Keeper) note(s *keptService, id int64, r Row, sign float64) {
	if r.End == Done {
		s.done += int(sign)
	}
	if r.End == Open {
		if delete(s.open, id); sign > 0 {
			s.open[id] = r
		}
		return
	}
	if delete(s.recent, id); sign > 0 {
		s.recent[id] = r
	}
	for i, o := range k.offered {
		s.ended[i].Note(r.Ended-r.Opened, r.End, sign*r.Cases*math.Exp2((r.Opened-k.from)/o.HalfLife))
	}
}

// Cases is how many are kept.
func (k *Keeper) Cases() int { return len(k.rows) }

// Done is how many of a service were done.
func (k *Keeper) Done(service int) int {
	if service >= len(k.services) {
		return 0
	}
	return k.services[service].done
}

// Waiting are the positions at which the open cases of a service were opened, in no
// order.
func (k *Keeper) Waiting(service int) []float64 {
	if service >= len(k.services) {
		return nil
	}
	list := make([]float64, 0, len(k.services[service].open))
	for _, r := range k.services[service].open {
		list = append(list, r.Opened)
	}
	return list
}

// History is all that is kept, for a Learner.
func (k *Keeper) History() *History {
	rows := make([]Row, 0, len(k.rows))
	for _, r := range k.rows {
		rows = append(rows, r)
	}
	return NewHistory(rows)
}

// Model is what is expected now, by what was learned at some time before of the
// settings and of what came true. It is the one that a Learner of the same cases
// learns, but for that time.
func (k *Keeper) Model(at float64, learned Experience) *Model {
	m := &Model{Weights: learned.weights, all: learned.all, service: learned.service, mixed: map[place]*Curve{}}
	for i := range k.offered {
		m.curves = append(m.curves, k.curves(at, i))
	}
	return m
}

// curves are those under one of the settings.
func (k *Keeper) curves(at float64, i int) *curves {
	s := k.offered[i]
	all, tallies := &Tally{}, make([]Tally, len(k.services))
	now := math.Exp2((k.from - at) / s.HalfLife)
	for n, of := range k.services {
		t := &tallies[n]
		t.add(&of.ended[i], now)
		for _, r := range of.open {
			if r.Opened < at {
				t.Note(at-r.Opened, Open, r.Cases*math.Exp2((r.Opened-at)/s.HalfLife))
			}
		}
		all.add(t, 1)
	}
	c := &curves{all: NewCurve(all, nil, 0, 1), service: make([]*Curve, len(k.services))}
	estimate := func(paces []float64) {
		for n := range tallies {
			pace := 1.0
			if paces != nil {
				pace = paces[n]
			}
			c.service[n] = NewCurve(&tallies[n], c.all, s.Mass, pace)
		}
	}
	estimate(nil)
	if s.Pace > 0 {
		estimate(pacesOf(k.lately(at, s.Pace), len(k.services), at, s.Pace, c))
	}
	return c
}

// lately are the cases that wait or have ended within some days. Those that ended
// long before are recent no more.
func (k *Keeper) lately(at, days float64) []Row {
	var list []Row
	for _, of := range k.services {
		for _, r := range of.open {
			if r.Opened < at {
				list = append(list, r)
			}
		}
		for id, r := range of.recent {
			if r.Ended > at-days {
				list = append(list, r)
			} else if r.Ended < at-recentFor {
				delete(of.recent, id)
			}
		}
	}
	return list
}

// add is t and of, each of whose cases weighs so much.
func (t *Tally) add(of *Tally, weight float64) {
	for b := range t.Done {
		t.Done[b] += weight * of.Done[b]
		t.Lost[b] += weight * of.Lost[b]
		t.Left[b] += weight * of.Left[b]
	}
}

// Experience is what a Learner has learned of the settings and of what came true.
// It changes slowly.
type Experience struct {
	weights []float64
	all     *came
	service []*came
}

// Experience is what the model was learned with.
func (m *Model) Experience() Experience { return Experience{m.Weights, m.all, m.service} }
