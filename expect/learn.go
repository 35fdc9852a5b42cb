package expect

import (
	"math"
)

// Settings are how much the past counts. Which are right is learned too.
type Settings struct {
	HalfLife float64 `json:"half_life"` // working days after which a case counts half
	Mass     float64 `json:"mass"`      // cases that the wider history counts for
	Pace     float64 `json:"pace"`      // working days over which the present pace is measured; 0 leaves it out
	Area     float64 `json:"area"`      // cases that the service counts for in an area; 0 leaves areas out
}

// candidates are offered everywhere; docs/expect.md says which others were tried.
func candidates() []Settings {
	return []Settings{
		{HalfLife: 120, Mass: 10},
		{HalfLife: 250, Mass: 15},
		{HalfLife: 500, Mass: 30},
		{HalfLife: 180, Mass: 10, Area: 25},
		{HalfLife: 180, Mass: 15, Area: 25, Pace: 20},
	}
}

// place is a service in an area.
type place struct{ service, area int }

// curves are what was expected at one position under some settings.
type curves struct {
	all     *Curve
	service []*Curve
	area    map[place]*Curve
}

func (c *curves) of(service, area int) *Curve {
	if a, ok := c.area[place{service, area}]; ok {
		return a
	}
	if service < len(c.service) && c.service[service] != nil {
		return c.service[service]
	}
	return c.all
}

// curvesAt learns from what was known at a position.
func (h *History) curvesAt(at float64, s Settings) *curves {
	known := h.opened(math.Inf(-1), at)
	all := &Tally{}
	tallies := make([]*Tally, h.services)
	var areas map[place]*Tally
	if s.Area > 0 {
		areas = map[place]*Tally{}
	}
	for i := range known {
		r := &known[i]
		age, end := r.seen(at)
		weight := r.Cases * math.Exp2((r.Opened-at)/s.HalfLife)
		all.Note(age, end, weight)
		t := tallies[r.Service]
		if t == nil {
			t = &Tally{}
			tallies[r.Service] = t
		}
		t.Note(age, end, weight)
		if areas != nil && r.Area != Nowhere {
			k := place{r.Service, r.Area}
			a := areas[k]
			if a == nil {
				a = &Tally{}
				areas[k] = a
			}
			a.Note(age, end, weight)
		}
	}
	c := &curves{all: NewCurve(all, nil, 0, 1), service: make([]*Curve, h.services)}
	for i, t := range tallies {
		if t != nil {
			c.service[i] = NewCurve(t, c.all, s.Mass, 1)
		}
	}
	paces := make([]float64, h.services)
	for i := range paces {
		paces[i] = 1
	}
	if s.Pace > 0 {
		paces = pacesOf(known, h.services, at, s.Pace, c)
		for i, t := range tallies {
			if t != nil {
				c.service[i] = NewCurve(t, c.all, s.Mass, paces[i])
			}
		}
	}
	if areas != nil {
		c.area = map[place]*Curve{}
		for k, t := range areas {
			if t.Cases() >= 3 {
				c.area[k] = NewCurve(t, c.service[k.service], s.Area, paces[k.service])
			}
		}
	}
	return c
}

// firmPace is how many cases of the ordinary stand against a change of pace.
const firmPace = 20

// pacesOf are the present pace of each service, after the ratio of observed to
// expected events that demography calls a standardised ratio: it compares, service by service, how many cases were done in the last days
// with how many of those waiting should have been, by their hazards. Its
// root is taken: half of a surge or of a standstill is gone before a new case
// comes to its turn.
func pacesOf(known []Row, services int, at, window float64, c *curves) []float64 {
	from := at - window
	observed, expected := make([]float64, services), make([]float64, services)
	hazard := make([]*[bins]float64, services)
	var allObserved, allExpected float64
	for i := range known {
		r := &known[i]
		if r.End != Open && r.Ended <= from {
			continue
		}
		if hazard[r.Service] == nil {
			hazard[r.Service] = c.of(r.Service, Nowhere).cumulative()
		}
		age, end := r.seen(at)
		before := max(from-r.Opened, 0)
		e := r.Cases * (between(hazard[r.Service], age) - between(hazard[r.Service], before))
		expected[r.Service] += e
		allExpected += e
		if end == Done {
			observed[r.Service] += r.Cases
			allObserved += r.Cases
		}
	}
	overall := (allObserved + firmPace) / (allExpected + firmPace)
	paces := make([]float64, services)
	for i := range paces {
		paces[i] = math.Sqrt(min(max((observed[i]+firmPace*overall)/(expected[i]+firmPace), 0.25), 4))
	}
	return paces
}

// cumulative is the cumulative hazard of being done by the end of each step.
func (c *Curve) cumulative() *[bins]float64 {
	var h [bins]float64
	sum, waits, done := 0.0, 1.0, 0.0
	for b := range h {
		if waits > 0 {
			sum += -math.Log1p(-min((c.Done[b]-done)/waits, 0.999999))
		}
		h[b] = sum
		waits, done = c.Waits[b], c.Done[b]
	}
	return &h
}

func between(h *[bins]float64, age float64) float64 {
	if age <= 0 {
		return 0
	}
	b := bin(age)
	low := 0.0
	if b > 0 {
		low = h[b-1]
	}
	share := min((age-edge(b-1))/(edge(b)-edge(b-1)), 1)
	return low + (h[b]-low)*share
}

// pinball is the loss of a mark q at level p when it took t (Koenker and Bassett
// 1978; Gneiting and Raftery 2007), of both as far as they were followed.
func pinball(p, q, t, followed float64) float64 {
	q, t = min(q, followed), min(t, followed)
	if t >= q {
		return p * (t - q)
	}
	return (1 - p) * (q - t)
}
