package expect

import "math"

// Forecast is what is expected of one kind of case at one moment. It is safe for
// concurrent use.
type Forecast struct {
	curve *Curve
	came  *came
}

// Within is the working days in which a share p of the cases is done; infinite
// when, as far as is known, it never is.
func (f Forecast) Within(p float64) float64 {
	plain := f.curve.Within(p)
	if math.IsInf(plain, 1) {
		return plain
	}
	return min(max(f.curve.Within(f.came.say(p)), plain/stretch), plain*stretch)
}

// Never is the share of cases that are never resolved: ended without that what
// was asked for was done, or still waiting after a year. Sure is whether anybody
// was followed for long enough to say.
func (f Forecast) Never() (share float64, sure bool) {
	at := min(bin(far), f.curve.Known)
	return 1 - f.curve.Done[at], edge(f.curve.Known) >= soonest
}

// After is when a case is done that has waited for some working days already: in
// which time from now half and nine in ten of those are done that waited as long,
// and which share of them is never resolved. Marks that cannot be said are
// infinite; sure is as with Never.
//
// It is the curve given that somebody still waits, (F(t) − F(w)) / (1 − F(w) −
// L(w)), of what was set right: F are the done and L the lost.
func (f Forecast) After(waited float64) (half, most, never float64, sure bool) {
	c, b := f.curve, bin(waited)
	done := f.came.of(c.By(waited))
	left := 1 - done - max(1-c.Done[b]-c.Waits[b], 0)
	if left < 0.005 || waited >= edge(c.Known) { // nobody is known who waited as long
		return math.Inf(1), math.Inf(1), 1, false
	}
	within := func(p float64) float64 {
		target := done + p*left
		if target >= f.came[levels] {
			return math.Inf(1)
		}
		return max(c.Within(f.came.say(target))-waited, 0)
	}
	at := max(min(bin(far+waited), c.Known), b)
	never = min(max(1-(f.came.of(c.Done[at])-done)/left, 0), 1)
	return within(Half), within(Ninety), never, edge(c.Known)-waited >= soonest
}

// By is the share of cases that is done within so many working days.
func (f Forecast) By(days float64) float64 { return f.came.of(f.curve.By(days)) }
