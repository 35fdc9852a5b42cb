package triage

import (
	"math"
	"slices"
)

// Odds is how probable a council's own service is; Service is its number, 0 for
// none of them.
type Odds struct {
	Service int64
	P       float64
}

// Lesson is a message whose service an officer has chosen or left as it was.
type Lesson struct {
	Text  string
	Prior []Odds // what was thought of it without any lesson
	Right int64
}

// How a layer is learned, found by letting it follow the reports of a city in
// order of time; see docs/triage.md.
const (
	lessonRounds = 24
	lessonRate   = 0.5
	lessonDecay  = 1e-3
	leastPrior   = 1e-3
	// unthought stands for a service that is not in the prior at all: one that the
	// council made for itself, which the model cannot know.
	unthought = 0.02
	// lessonPair is the weight of pairs of words against words, less than in the
	// model: what a council's own lessons have in common are names.
	lessonPair = 0.4
	// leastShift is the smallest weight that is kept.
	leastShift = 1e-3
	// unmetRarity is that of a word which the model has not met, a place's name
	// for example: as rare as what stood in two texts.
	unmetRarity = 8
)

// Layer shifts what the model says by what a council's officers have corrected.
// It is made anew from all lessons, so that it does not matter in which order
// they came, and taking one back undoes it. It does not change and is safe for
// concurrent use; a nil layer shifts nothing.
type Layer struct {
	services []int64
	rows     map[uint64][]float32 // a weight for each service
}

// Learn makes a layer of lessons: multinomial logistic regression on words and
// pairs, with the prior as its offset, by AdaGrad.
func (m *Model) Learn(lessons []Lesson) *Layer {
	l := &Layer{rows: map[uint64][]float32{}}
	for _, lesson := range lessons {
		l.know(lesson.Right)
		for _, o := range lesson.Prior {
			l.know(o.Service)
		}
	}
	n := len(l.services)
	points := make([]layerPoint, len(lessons))
	squares := map[uint64][]float32{}
	w := newWorking()
	for i, lesson := range lessons {
		points[i] = layerPoint{offset: l.offset(lesson.Prior), right: slices.Index(l.services, lesson.Right)}
		m.features(w, lesson.Text, func(key uint64, value float32, _ int) {
			if l.rows[key] == nil {
				l.rows[key], squares[key] = make([]float32, n), make([]float32, n)
			}
			points[i].keep(l.rows[key], squares[key], value)
		})
	}
	slopes := make([]float32, n)
	for range lessonRounds {
		for i := range points {
			points[i].step(slopes)
		}
	}
	l.forget()
	return l
}

func (l *Layer) know(service int64) {
	if !slices.Contains(l.services, service) {
		l.services = append(l.services, service)
	}
}

// offset are the logarithms of a prior, in the order of services.
func (l *Layer) offset(prior []Odds) []float32 {
	out := make([]float32, len(l.services))
	for i := range out {
		out[i] = float32(math.Log(unthought))
	}
	for _, o := range prior {
		if i := slices.Index(l.services, o.Service); i >= 0 {
			out[i] = float32(math.Log(max(o.P, leastPrior)))
		}
	}
	return out
}

// forget drops the features that shift nothing.
func (l *Layer) forget() {
	for key, row := range l.rows {
		var top float32
		for _, x := range row {
			top = max(top, x, -x)
		}
		if top < leastShift {
			delete(l.rows, key)
		}
	}
}

// layerPoint is a lesson as learning sees it.
type layerPoint struct {
	rows, squares [][]float32
	values        []float32
	offset        []float32
	right         int
}

func (p *layerPoint) keep(row, square []float32, value float32) {
	p.rows, p.squares, p.values = append(p.rows, row), append(p.squares, square), append(p.values, value)
}

func (p *layerPoint) step(slopes []float32) {
	copy(slopes, p.offset)
	for k, row := range p.rows {
		for c, x := range row {
			slopes[c] += x * p.values[k]
		}
	}
	softmax(slopes)
	slopes[p.right]--
	for k, row := range p.rows {
		square := p.squares[k]
		for c, slope := range slopes {
			if -settled < slope && slope < settled {
				continue
			}
			g := slope*p.values[k] + lessonDecay*row[c]
			square[c] += g * g
			row[c] -= lessonRate * g / (float32(math.Sqrt(float64(square[c]))) + 1e-3)
		}
	}
}

// features calls each word and pair of a message once, with its value: words
// have length 1 together, pairs lessonPair. Token is a word's place in w.tokens,
// -1 for a pair.
func (m *Model) features(w *working, message string, each func(key uint64, value float32, token int)) {
	w.scan(message)
	w.seen.reset(len(w.tokens))
	var wordSquare, pairSquare float32
	var words []int
	for i := range w.tokens {
		if w.seen.add(w.tokens[i].key) {
			words = append(words, i)
			wordSquare += sq(m.rarity(w.tokens[i].key))
		}
	}
	w.scratch.pairs(func(key uint64, _, _ int) { pairSquare += sq(m.rarity(key)) })
	for _, i := range words {
		each(w.tokens[i].key, m.rarity(w.tokens[i].key)*scale(1, wordSquare), i)
	}
	w.scratch.pairs(func(key uint64, _, _ int) { each(key, m.rarity(key)*scale(lessonPair, pairSquare), -1) })
}

func sq(x float32) float32 { return x * x }

// rarity is the inverse document frequency of a word or pair.
func (m *Model) rarity(key uint64) float32 {
	if row, ok := m.table.find(key); ok {
		return m.rarities[row]
	}
	return unmetRarity
}

// Shift returns the odds as the lessons shift them, likeliest first, and up to
// three words that did most for the likeliest. A message that has nothing in
// common with any lesson keeps its prior, and there are no words.
func (l *Layer) Shift(m *Model, message string, prior []Odds) (odds []Odds, words []string) {
	if l == nil || len(l.rows) == 0 {
		return prior, nil
	}
	w, _ := m.scratch.Get().(*working)
	if w == nil {
		w = newWorking()
	}
	defer m.scratch.Put(w)
	services, sums := l.with(prior)
	touched := false
	said := map[int][]float32{}
	m.features(w, message, func(key uint64, value float32, token int) {
		row, ok := l.rows[key]
		if !ok {
			return
		}
		touched = true
		for c, x := range row {
			sums[c] += x * value
		}
		if token >= 0 {
			said[token] = row
		}
	})
	if !touched {
		return prior, nil
	}
	softmax(sums)
	for c, p := range sums {
		odds = append(odds, Odds{services[c], float64(p)})
	}
	slices.SortStableFunc(odds, func(a, b Odds) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
	return odds, l.telling(w, message, said, slices.Index(l.services, odds[0].Service))
}

// with are the layer's services and those of a prior that no lesson has spoken
// of, with their offsets.
func (l *Layer) with(prior []Odds) (services []int64, offset []float32) {
	services, offset = slices.Clip(l.services), l.offset(prior)
	for _, o := range prior {
		if !slices.Contains(services, o.Service) {
			services, offset = append(services, o.Service), append(offset, float32(math.Log(max(o.P, leastPrior))))
		}
	}
	return services, offset
}

// telling are the words that shifted most towards a service.
func (l *Layer) telling(w *working, message string, said map[int][]float32, service int) []string {
	type word struct {
		token int
		says  float32
	}
	if service < 0 {
		return nil
	}
	var list []word
	for token, row := range said {
		if row[service] > 0 {
			list = append(list, word{token, row[service]})
		}
	}
	slices.SortFunc(list, func(a, b word) int {
		switch {
		case a.says > b.says:
			return -1
		case a.says < b.says:
			return 1
		}
		return a.token - b.token
	})
	var words []string
	for _, one := range list[:min(len(list), 3)] {
		t := w.tokens[one.token]
		words = append(words, message[t.start:t.end])
	}
	return words
}
