package triage

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// learning is how weights are found: AdaGrad on the multinomial log-loss, each
// class weighted by the inverse of its share to the power balance.
type learning struct {
	services, others way // of the service, and of the other heads
	decay            float32
	balance          float64
	seed             uint64
}

// way is how one head is learned.
type way struct {
	rounds int
	rate   float32
	// doubt is how much of the truth is held to be any other class: one report in
	// twenty stands under a service that it is not about.
	doubt float32
	// halfLife is the number of years after which a report counts half, 0 for never:
	// what is reported, and under which name, changes.
	halfLife float64
}

var standard = learning{
	services: way{rounds: 20, rate: 0.06, doubt: 0.05, halfLife: 3},
	others:   way{rounds: 30, rate: 0.1},
	decay:    1e-4, balance: 0.5,
}

// settled is a slope too small to be worth a step.
const settled = 1e-4

// weights are what was learned: a row of classes for each feature, and the bias.
type weights struct {
	classes int
	rows    []float32 // features × classes
	bias    []float32
}

// point is a text to learn from.
type point struct {
	vector
	class  int
	weight float32 // 1 on average
}

// learn runs over the points in an order drawn from the seed. float32(…) about
// each product keeps compilers from fusing it with the sum, so that every
// machine finds the same weights.
func (l learning) learn(how way, points []point, features, classes int) *weights {
	w := &weights{classes: classes, rows: make([]float32, features*classes), bias: make([]float32, classes)}
	squares, biasSquares := make([]float32, features*classes), make([]float32, classes)
	weigh := l.classWeights(points, classes)
	random := rand.New(rand.NewPCG(l.seed, 0x6d657263))
	order := random.Perm(len(points))
	slopes := make([]float32, classes)
	step := func(at, square *float32, slope float32) {
		*square += float32(slope * slope)
		*at -= float32(how.rate*slope) / (float32(math.Sqrt(float64(*square))) + 1e-3)
	}
	for range how.rounds {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			p := &points[i]
			w.scores(p.vector, slopes)
			softmax(slopes)
			slopes[p.class] -= 1 - how.doubt
			scale := float32(weigh[p.class] * p.weight)
			for c := range slopes {
				slopes[c] = float32(slopes[c]-how.doubt/float32(classes)) * scale
			}
			for k, id := range p.ids {
				row, square := w.rows[int(id)*classes:][:classes], squares[int(id)*classes:][:classes]
				v := p.values[k]
				for c, slope := range slopes {
					if -settled < slope && slope < settled {
						continue
					}
					step(&row[c], &square[c], float32(slope*v)+float32(l.decay*row[c]))
				}
			}
			for c, slope := range slopes {
				step(&w.bias[c], &biasSquares[c], slope)
			}
		}
	}
	return w
}

// classWeights are 1 on average over the points.
func (l learning) classWeights(points []point, classes int) []float32 {
	counts := make([]float64, classes)
	var total float64
	for _, p := range points {
		counts[p.class]++
		total++
	}
	out := make([]float64, classes)
	var sum float64
	for c, n := range counts {
		if n > 0 {
			out[c] = math.Pow(total/n, l.balance)
			sum += out[c] * n
		}
	}
	weights := make([]float32, classes)
	for c := range out {
		weights[c] = float32(out[c] * total / sum)
	}
	return weights
}

// scores writes the score of each class.
func (w *weights) scores(v vector, out []float32) {
	copy(out, w.bias)
	for k, id := range v.ids {
		row := w.rows[int(id)*w.classes:][:len(out)]
		x := v.values[k]
		for c, weight := range row {
			out[c] += float32(weight * x)
		}
	}
}

// softmax turns scores into probabilities in place.
func softmax(s []float32) {
	top := s[0]
	for _, x := range s {
		top = max(top, x)
	}
	var sum float32
	for i, x := range s {
		s[i] = float32(math.Exp(float64(x - top)))
		sum += s[i]
	}
	for i := range s {
		s[i] /= sum
	}
}

// weighByAge makes points count by the age of their examples, against the newest
// of them; what has no date counts as new.
func (how way) weighByAge(points []point, created []string) {
	newest := slices.Max(append([]string{""}, created...))
	last, known := moment(newest)
	var sum float32
	for i := range points {
		points[i].weight = 1
		if at, ok := moment(created[i]); ok && known && how.halfLife > 0 {
			years := last.Sub(at).Hours() / (365.25 * 24)
			points[i].weight = float32(math.Exp2(-years / how.halfLife))
		}
		sum += points[i].weight
	}
	for i := range points {
		points[i].weight *= float32(len(points)) / sum
	}
}

func moment(created string) (at time.Time, ok bool) {
	at, err := time.Parse("2006-01-02T15:04:05", created)
	return at, err == nil
}
