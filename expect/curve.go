package expect

import "math"

// Ages are counted in steps of 2^(1/steps), from shortest to longest working
// days: in steps of 8 %, so that a second and ten years are both exact enough.
const (
	steps    = 9
	shortest = 0.5 / 86400
	longest  = 4000.0
)

// bins is how many steps there are.
const bins = 268

// bin is the step into which an age in working days falls.
func bin(days float64) int {
	if !(days > shortest) {
		return 0
	}
	return min(int(math.Ceil(steps*math.Log2(days/shortest)-1e-9)), bins-1)
}

// edge is the age at which step b ends, in working days.
func edge(b int) float64 {
	if b < 0 {
		return 0
	}
	return shortest * math.Exp2(float64(b)/steps)
}

// End is how a case came to its end.
type End uint8

const (
	Open  End = iota // it has none yet: the case is right-censored at its age
	Done             // what was asked for was done
	Lost             // it was closed, and what was asked for was not done
	Apart            // it stopped being a case of its own (duplicate, withdrawn): it is censored there
)

// Tally counts cases by age and what became of them, each with its weight.
// Everything here that is learned of history is learned of tallies.
type Tally struct {
	Done, Lost, Left [bins]float64 // at the age at which they ended, or were seen last
}

// Note counts one case, or several that are alike.
func (t *Tally) Note(age float64, end End, weight float64) {
	switch b := bin(age); end {
	case Done:
		t.Done[b] += weight
	case Lost:
		t.Lost[b] += weight
	default:
		t.Left[b] += weight
	}
}

// Cases is the weight of all cases.
func (t *Tally) Cases() float64 {
	n := 0.0
	for b := range t.Done {
		n += t.Done[b] + t.Lost[b] + t.Left[b]
	}
	return n
}

// Curve is when things are done: of all cases, the share that is done by the
// end of each step (the cumulative incidence of being done) and the share that
// still waits then (Kaplan and Meier's survival function, of both ends
// together).
type Curve struct {
	Done  [bins]float64
	Waits [bins]float64
	Known int // the last step that somebody was seen in
}

// NewCurve estimates a curve by the product-limit method of Kaplan and Meier
// (1958) on the steps of age, in the actuarial form (Cutler and Ederer 1958):
// who was seen last within a step was under observation for half of it. The two
// ends compete, so the share done is Aalen and Johansen's (1978) estimate.
//
// Before, where it is not nil, is what is known of other cases like these; it
// counts as mass cases that were followed to the end (the posterior mean under
// a beta-Stacy process centred on it; Walker and Muliere 1997). The fewer cases
// there are, the more the curve is like it.
//
// Pace is how quickly things are done at present against the history: at a pace
// of 0.5 everything takes twice as long. What waits in a queue is done later,
// not never.
func NewCurve(t *Tally, before *Curve, mass, pace float64) *Curve {
	c := &Curve{}
	atRisk := t.Cases()
	enough := 0
	waits, done, priorWaits, priorDone := 1.0, 0.0, 1.0, 0.0
	for b := range t.Done {
		exposed := atRisk - t.Left[b]/2
		events, lost := t.Done[b], t.Lost[b]
		if atRisk > 0 && t.Done[b]+t.Lost[b]+t.Left[b] > 0 {
			c.Known = b
		}
		if atRisk >= few {
			enough = b
		}
		if before != nil {
			exposed += mass * priorWaits
			events += mass * (before.Done[b] - priorDone)
			lost += mass * max(priorWaits-before.Waits[b]-(before.Done[b]-priorDone), 0)
			priorWaits, priorDone = before.Waits[b], before.Done[b]
		}
		if exposed > 0 && events+lost > 0 {
			h, l := min(events/exposed, 1), min(lost/exposed, 1)
			if h+l > 1 {
				h, l = h/(h+l), l/(h+l)
			}
			done += waits * h
			waits *= 1 - h - l
		}
		c.Done[b], c.Waits[b] = min(done, 1), max(waits, 0)
		atRisk -= t.Done[b] + t.Lost[b] + t.Left[b]
	}
	if before != nil {
		c.Known = max(c.Known, before.Known)
	}
	if before == nil {
		c.extend(enough)
	}
	return c.slowed(pace)
}

// few is how many cases must be waiting for their hazards to mean anything, and
// tail how many steps before that say how things go on: two doublings of age.
const few, tail = 5, 2 * steps

// extend goes on beyond the step up to which enough was seen: as large a share
// of those who wait is done in each further step as in the last ones (a tail
// like Pareto's). Of this a citizen is told nothing; it keeps the curves of
// single services apart from nothing at all.
func (c *Curve) extend(known int) {
	from := max(known-tail, 0)
	if known == 0 || c.Waits[from] <= 0 || c.Waits[known] <= 0 {
		return
	}
	n := float64(known - from)
	keep := math.Pow(c.Waits[known]/c.Waits[from], 1/n)
	for b := known + 1; b < bins; b++ {
		waits := c.Waits[b-1] * keep
		c.Done[b] = c.Done[b-1] + c.Waits[b-1] - waits
		c.Waits[b] = waits
	}
}

// By is the share of cases that are done within so many working days.
func (c *Curve) By(days float64) float64 {
	if days <= 0 {
		return 0
	}
	b := bin(days)
	low, from := 0.0, edge(b-1)
	if b > 0 {
		low = c.Done[b-1]
	}
	if b == 0 {
		return low + (c.Done[0]-low)*days/edge(0)
	}
	share := min(math.Log(days/from)/math.Log(edge(b)/from), 1)
	return low + (c.Done[b]-low)*share
}

// Within is the working days in which a share p of all cases is done; infinite
// when it never is, as far as is known.
func (c *Curve) Within(p float64) float64 {
	for b := range c.Done {
		if c.Done[b] < p {
			continue
		}
		low := 0.0
		if b > 0 {
			low = c.Done[b-1]
		}
		share := (p - low) / (c.Done[b] - low)
		if b == 0 {
			return edge(0) * share
		}
		return edge(b-1) * math.Pow(edge(b)/edge(b-1), share)
	}
	return math.Inf(1)
}

// slowed is the curve when everything takes 1/pace times as long: what waits in
// a queue is done later, not never.
func (c *Curve) slowed(pace float64) *Curve {
	if pace == 1 {
		return c
	}
	shift := steps * math.Log2(pace)
	s := &Curve{Known: min(max(c.Known-int(shift), 0), bins-1)}
	for b := range s.Done {
		at := float64(b) + shift
		low := int(math.Floor(at))
		share := at - float64(low)
		value := func(of *[bins]float64, before float64) float64 {
			from, to := before, before
			if low >= 0 {
				from = of[min(low, bins-1)]
			}
			if low+1 >= 0 {
				to = of[min(low+1, bins-1)]
			}
			return from + (to-from)*share
		}
		s.Done[b], s.Waits[b] = value(&c.Done, 0), value(&c.Waits, 1)
	}
	return s
}
