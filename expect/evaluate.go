package expect

import (
	"math"
	"slices"
	"sort"
)

// Marks are the shares of which people are told.
const (
	Half   = 0.5
	Ninety = 0.9
)

// Result is how good the marks were on a history, by rolling origin: at the
// beginning of each week the model learned from what was known then, cases that
// were open then being open, and its marks were held against what became of the
// cases that were opened in the week.
type Result struct {
	Unit         string    `json:"unit"`
	Cases        int       `json:"cases"`
	Services     int       `json:"services"`
	Origins      int       `json:"origins"`
	Tested       int       `json:"tested"`         // cases opened in the weeks after the origins
	FollowedDays float64   `json:"followed_days"`  // at most so long is a case followed
	LeastDays    float64   `json:"least_followed"` // and at least so long
	Half         Mark      `json:"half"`
	Ninety       Mark      `json:"nine_in_ten"`
	ByOrigin     Spread    `json:"spread_over_origins"`
	ByService    []Service `json:"by_service"`
	Weights      []Weight  `json:"settings_at_the_last_origin"`
}

// Marks are both marks.
func (r Result) Marks() []Mark { return []Mark{r.Half, r.Ninety} }

// Mark is what became of the cases that were told a mark.
type Mark struct {
	Level            float64 `json:"level"`
	Told             int     `json:"told"` // a mark that was over before the history ends; the rest was told that it cannot be said, or could not be judged
	Done             int     `json:"done_in_time"`
	Coverage         float64 `json:"coverage"`
	Loss             float64 `json:"pinball_loss"` // mean over all tested cases, working days
	BaselineCoverage float64 `json:"baseline_coverage"`
	BaselineLoss     float64 `json:"baseline_pinball_loss"`
	baselineTold     int
	baselineDone     int
	cases            int
}

// Spread is the coverage at single origins with at least 20 cases told.
type Spread struct {
	Half   Range `json:"half"`
	Ninety Range `json:"nine_in_ten"`
}

// Range describes numbers.
type Range struct {
	Least  float64 `json:"least"`
	Tenth  float64 `json:"tenth"`
	Median float64 `json:"median"`
	Ninth  float64 `json:"ninth"`
	Most   float64 `json:"most"`
}

// Service is the result of one service.
type Service struct {
	Name   string `json:"service"`
	Tested int    `json:"tested"`
	Half   Mark   `json:"half"`
	Ninety Mark   `json:"nine_in_ten"`
}

// Weight is what some settings were worth.
type Weight struct {
	Settings
	Weight float64 `json:"weight"`
}

const (
	leastFollowed  = 64.0 // working days (a quarter) that every tested case was followed
	firstCases     = 200  // cases that there must be before the first origin
	firstDays      = 30.0 // and working days of history
	baselineWindow = 64.0 // working days of which the baseline takes the quantiles
	baselineCases  = 5    // with fewer, it takes those of all services
	spreadCases    = 20
)

// Evaluate measures the marks on a table, against the plain trailing median and
// 90th percentile of what was closed in the last quarter. Every is how many weeks
// lie between the origins that are measured; 1 for all.
func Evaluate(t *Table, every int) Result {
	h := t.History
	r := Result{Unit: "working days", Cases: len(h.rows), Services: len(t.Services), FollowedDays: far, LeastDays: leastFollowed,
		Half: Mark{Level: Half}, Ninety: Mark{Level: Ninety}}
	if len(h.rows) < firstCases {
		return r
	}
	end := 0.0
	for i := range h.rows {
		end = max(end, h.rows[i].Opened)
		if h.rows[i].End != Open {
			end = max(end, h.rows[i].Ended)
		}
	}
	services := make([]Service, len(t.Services))
	for i, name := range t.Services {
		services[i] = Service{Name: name, Half: Mark{Level: Half}, Ninety: Mark{Level: Ninety}}
	}
	var halves, nineties []float64
	l := NewLearner(h)
	at := max(h.rows[firstCases-1].Opened, h.rows[0].Opened+firstDays)
	for ; at+week <= end-leastFollowed; at += week * float64(max(every, 1)) {
		tests := h.opened(at, at+week)
		m := l.Learn(at)
		plain := h.trailing(at)
		half, ninety := Mark{Level: Half}, Mark{Level: Ninety}
		for i := range tests {
			c := &tests[i]
			one := &services[c.Service]
			one.Tested++
			for _, mark := range []*Mark{&half, &r.Half, &one.Half} {
				mark.judge(c, end, m.Within(c.Service, c.Area, Half), plain[c.Service][0])
			}
			for _, mark := range []*Mark{&ninety, &r.Ninety, &one.Ninety} {
				mark.judge(c, end, m.Within(c.Service, c.Area, Ninety), plain[c.Service][1])
			}
		}
		r.Origins++
		r.Tested += len(tests)
		if half.Told >= spreadCases {
			halves = append(halves, float64(half.Done)/float64(half.Told))
		}
		if ninety.Told >= spreadCases {
			nineties = append(nineties, float64(ninety.Done)/float64(ninety.Told))
		}
		r.Weights = nil
		for i, s := range l.offered {
			r.Weights = append(r.Weights, Weight{s, m.Weights[i]})
		}
	}
	r.Half.sum()
	r.Ninety.sum()
	r.ByOrigin = Spread{spread(halves), spread(nineties)}
	for _, s := range services {
		if s.Tested > 0 {
			s.Half.sum()
			s.Ninety.sum()
			r.ByService = append(r.ByService, s)
		}
	}
	sort.SliceStable(r.ByService, func(i, j int) bool { return r.ByService[i].Tested > r.ByService[j].Tested })
	return r
}

// judge counts a case. Whether it counts as told depends on the mark and on how
// long it was followed, never on what became of it.
func (m *Mark) judge(c *Row, end, q, plain float64) {
	followed := min(end-c.Opened, far)
	took, how := c.seen(end)
	if how != Done {
		took = math.Inf(1)
	}
	m.cases++
	m.Loss += pinball(m.Level, q, took, followed)
	m.BaselineLoss += pinball(m.Level, plain, took, followed)
	if q <= followed {
		m.Told++
		if took <= q {
			m.Done++
		}
	}
	if plain <= followed {
		m.baselineTold++
		if took <= plain {
			m.baselineDone++
		}
	}
}

// sum turns sums into means.
func (m *Mark) sum() {
	if m.cases > 0 {
		m.Loss /= float64(m.cases)
		m.BaselineLoss /= float64(m.cases)
	}
	if m.Told > 0 {
		m.Coverage = float64(m.Done) / float64(m.Told)
	}
	if m.baselineTold > 0 {
		m.BaselineCoverage = float64(m.baselineDone) / float64(m.baselineTold)
	}
}

// trailing is the baseline: the median and the 90th percentile of how long those
// cases of each service took that were closed in the last quarter.
func (h *History) trailing(at float64) [][2]float64 {
	ages := make([][]float64, h.services)
	var all []float64
	for i := range h.rows {
		r := &h.rows[i]
		if r.Opened > at {
			break
		}
		if r.End != Open && r.Ended <= at && r.Ended > at-baselineWindow {
			ages[r.Service] = append(ages[r.Service], r.Ended-r.Opened)
			all = append(all, r.Ended-r.Opened)
		}
	}
	slices.Sort(all)
	list := make([][2]float64, h.services)
	for i, l := range ages {
		slices.Sort(l)
		if len(l) < baselineCases {
			l = all
		}
		list[i] = [2]float64{math.Inf(1), math.Inf(1)}
		if len(l) > 0 {
			list[i] = [2]float64{l[len(l)/2], l[len(l)*9/10]}
		}
	}
	return list
}

func spread(l []float64) Range {
	if len(l) == 0 {
		return Range{}
	}
	slices.Sort(l)
	at := func(p float64) float64 { return l[min(int(p*float64(len(l))), len(l)-1)] }
	return Range{l[0], at(0.1), at(0.5), at(0.9), l[len(l)-1]}
}
