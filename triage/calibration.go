package triage

import "math"

// usualWords is how many words a text has for which a calibration's temperature
// holds as it is.
const usualWords = 20

// calibration is what makes probabilities of scores that mean what they say. It
// changes no order. Scores are divided by a temperature (Guo et al., On
// Calibration of Modern Neural Networks, 2017), which grows with the text's length:
// in a long one the model finds more to be sure of than there is. And a part of
// each prediction goes to all classes alike: some texts stand under a service
// that they are not about, and no model can be sure of those.
type calibration struct {
	Heat  float64 // the temperature
	Slope float64 // of its logarithm, by that of the text's length
	Doubt float64 // the share that goes to all
}

// in puts probabilities in the place of scores, of a text of so many words.
func (c calibration) in(s []float32, words int) {
	heat := float32(c.heat(words))
	for i := range s {
		s[i] /= heat
	}
	softmax(s)
	if c.Doubt == 0 {
		return
	}
	left, each := float32(1-c.Doubt), float32(c.Doubt/float64(len(s)))
	for i := range s {
		s[i] = float32(s[i]*left) + each
	}
}

func (c calibration) heat(words int) float64 {
	if c.Slope == 0 {
		return c.Heat
	}
	return c.Heat * math.Pow(float64(max(words, 1))/usualWords, c.Slope)
}

// of are the probabilities for scores, which stay.
func (c calibration) of(s []float32, words int) []float64 {
	own := make([]float32, len(s))
	copy(own, s)
	c.in(own, words)
	out := make([]float64, len(s))
	for i, x := range own {
		out[i] = float64(x)
	}
	return out
}

// scored is a prediction before it is calibrated.
type scored struct {
	scores []float32
	truth  int
	words  int // of the text
	period int
}

// calibrate finds the calibration under which the log-loss of the truth is least,
// by trying each of the three a little higher and lower, by less and less.
func calibrate(list []scored) calibration {
	at := [3]float64{math.Log(0.9), 0, -4} // logarithm of the temperature, slope, log-odds of the doubt
	read := func(at [3]float64) calibration {
		return calibration{Heat: math.Exp(at[0]), Slope: at[1], Doubt: 1 / (1 + math.Exp(-at[2]))}
	}
	loss := func(at [3]float64) (sum float64) {
		c := read(at)
		for _, s := range list {
			sum -= math.Log(max(c.of(s.scores, s.words)[s.truth], 1e-12))
		}
		return sum
	}
	best := loss(at)
	for step := 0.3; step > 0.004; step /= 2 {
		for moved := true; moved; {
			moved = false
			for i, wide := range [3]float64{1, 1, 3} {
				for _, by := range [2]float64{step, -step} {
					next := at
					next[i] += by * wide
					if l := loss(next); l < best {
						best, at, moved = l, next, true
					}
				}
			}
		}
	}
	return read(at)
}

// temperature is the divisor of scores under which the log-loss of the truth
// is least, by golden section over its logarithm.
func temperature(scores [][]float32, truth []int) float64 {
	loss := func(logT float64) float64 {
		t := math.Exp(logT)
		var sum float64
		for i, s := range scores {
			top := math.Inf(-1)
			for _, x := range s {
				top = max(top, float64(x)/t)
			}
			var z float64
			for _, x := range s {
				z += math.Exp(float64(x)/t - top)
			}
			sum += math.Log(z) + top - float64(s[truth[i]])/t
		}
		return sum
	}
	const golden = 0.6180339887498949
	low, high := math.Log(0.2), math.Log(5.0)
	a, b := high-golden*(high-low), low+golden*(high-low)
	fa, fb := loss(a), loss(b)
	for range 40 {
		if fa < fb {
			high, b, fb = b, a, fa
			a = high - golden*(high-low)
			fa = loss(a)
		} else {
			low, a, fa = a, b, fb
			b = low + golden*(high-low)
			fb = loss(b)
		}
	}
	return math.Exp((low + high) / 2)
}
