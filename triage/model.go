package triage

import (
	"math"
	"sync"
)

// Model reads messages. It does not change and is safe for concurrent use.
type Model struct {
	Threshold float64 // of the service: below it the answer is "don't know"
	Alarm     float64 // of danger: from it on somebody has to look at once
	Silence   float64 // of needing no answer: from it on nobody waits for one

	bias     []float32
	calm     [headCount]calibration
	table    table
	rows     []float32 // columns weights for each feature, times its rarity; a word's with its parts'
	squares  []float32 // what a feature adds to the length of the text
	rarities []float32
	scratch  sync.Pool
}

// Guess is a class and how probable it is.
type Guess struct {
	Class string
	P     float64
}

// Reading is what the model makes of a message.
type Reading struct {
	Service  Guess     // the likeliest; unsure below [Model.Threshold]
	Services []float32 // a probability for each of [Services]
	Words    []string  // which led to the service, most telling first; at most three

	Urgencies []float32 // a probability for each of [Urgencies]
	Urgency   Guess     // the likeliest of [Urgencies]; danger already when that is likely enough ([Model.Alarm])
	NoNeed    float64   // how probable it is that nobody waits for an answer
	Tone      Guess     // the likeliest of [Tones]
}

// working is the memory of one reading.
type working struct {
	scratch
	words, pairs []float32 // sums of rows
	found        []int32   // the row of each token, -1 for none
}

func newWorking() *working {
	return &working{words: make([]float32, columns), pairs: make([]float32, columns)}
}

// Read reads one message.
func (m *Model) Read(message string) Reading {
	w, _ := m.scratch.Get().(*working)
	if w == nil {
		w = newWorking()
	}
	defer m.scratch.Put(w)
	r := Reading{Services: make([]float32, len(Services)), Urgencies: make([]float32, len(Urgencies))}
	scores := m.scores(w, message)
	copy(r.Services, m.probabilities(w, scores, serviceHead, len(Services)))
	best := likeliest(r.Services)
	r.Service = Guess{Services[best], float64(r.Services[best])}
	copy(r.Urgencies, m.probabilities(w, scores, urgencyHead, len(Urgencies)))
	most := likeliest(r.Urgencies)
	if float64(r.Urgencies[0]) >= m.Alarm {
		most = 0
	}
	r.Urgency = Guess{Urgencies[most], float64(r.Urgencies[most])}
	r.NoNeed = float64(m.probabilities(w, scores, answerHead, len(Answers))[1])
	tone := m.probabilities(w, scores, toneHead, len(Tones))
	most = likeliest(tone)
	r.Tone = Guess{Tones[most], float64(tone[most])}
	r.Words = m.telling(w, message, best)
	return r
}

func likeliest(p []float32) (best int) {
	for c := range p {
		if p[c] > p[best] {
			best = c
		}
	}
	return best
}

// probabilities are those of the first n classes of a head for what w has read
// last, 1 in sum. They take the place of its scores.
func (m *Model) probabilities(w *working, scores []float32, h, n int) []float32 {
	s := heads[h].of(scores)[:n]
	m.calm[h].in(s, len(w.tokens))
	return s
}

// Judge predicts examples whose service is known. When all of them are of the
// first [Reported] services, none but those is predicted.
func (m *Model) Judge(examples []Example) (judged []Judged, names []string) {
	names = Services[:Reported]
	for _, e := range examples {
		if e.Service >= Reported {
			names = Services
		}
	}
	w := newWorking()
	for _, e := range examples {
		if e.Service < 0 {
			continue
		}
		j := Judged{Truth: e.Service, Scores: make([]float64, len(names))}
		for c, p := range m.probabilities(w, m.scores(w, e.Text), serviceHead, len(names)) {
			j.Scores[c] = float64(p)
		}
		judged = append(judged, j)
	}
	return judged, names
}

// scores are the sums for every column, in w's memory until the next call.
func (m *Model) scores(w *working, message string) []float32 {
	w.scan(message)
	w.seen.reset(len(w.tokens))
	clear(w.words)
	clear(w.pairs)
	w.found = w.found[:0]
	var wordSquare, pairSquare float32
	for i := range w.tokens {
		t := &w.tokens[i]
		row, known := m.table.find(t.key)
		if !known {
			row = -1
		}
		w.found = append(w.found, row)
		if !w.seen.add(t.key) {
			continue
		}
		if known {
			wordSquare += m.squares[row]
			sum(w.words, m.row(row))
		} else {
			wordSquare += m.unknownWord(w, w.runes[t.first:t.first+t.runes])
		}
	}
	w.scratch.pairs(func(key uint64, _, _ int) {
		if row, ok := m.table.find(key); ok {
			pairSquare += m.squares[row]
			sum(w.pairs, m.row(row))
		}
	})
	words, pairs := scale(1, wordSquare), scale(pairWeight, pairSquare)
	for c := range w.words {
		w.words[c] = m.bias[c] + w.words[c]*words + w.pairs[c]*pairs
	}
	return w.words
}

func scale(by float64, square float32) float32 {
	if square == 0 {
		return 0
	}
	return float32(by / math.Sqrt(float64(square)))
}

func (m *Model) row(i int32) []float32 { return m.rows[int(i)*columns:][:columns:columns] }

func sum(to, row []float32) {
	row = row[:len(to)]
	for c, x := range row {
		to[c] += x
	}
}

// unknownWord adds what the parts of a word say that the model has not met.
func (m *Model) unknownWord(w *working, word []rune) float32 {
	var square float32
	counts := partCounts{}
	parts(word, func(key uint64) {
		row, ok := m.table.find(key)
		if !ok {
			return
		}
		sum(w.words, m.row(row))
		n := counts.add(row)
		// The square of n parts is n² of one; each further one adds the difference.
		square += float32(2*n-1) * m.squares[row]
	})
	return square
}

// partCounts counts the parts of one word, of which few stand in it twice.
type partCounts struct {
	rows [4 * maxWord]int32
	n    int
}

func (p *partCounts) add(row int32) (times int) {
	times = 1
	for _, r := range p.rows[:p.n] {
		if r == row {
			times++
		}
	}
	if p.n < len(p.rows) {
		p.rows[p.n] = row
		p.n++
	}
	return times
}

// telling are the words that spoke most for a class, as they stand in the
// message.
func (m *Model) telling(w *working, message string, class int) []string {
	const most = 3
	var best [most]struct {
		token int
		says  float32
	}
	n := 0
	w.seen.reset(len(w.tokens))
	for i, t := range w.tokens {
		if w.found[i] < 0 || !w.seen.add(t.key) {
			continue
		}
		row := m.row(w.found[i])[:len(Services)]
		var mean float32
		for _, x := range row {
			mean += x
		}
		says := row[class] - mean/float32(len(Services))
		if says <= 0 {
			continue
		}
		at := n
		for at > 0 && best[at-1].says < says {
			at--
		}
		if at == most {
			continue
		}
		copy(best[at+1:], best[at:most-1])
		best[at].token, best[at].says = i, says
		n = min(n+1, most)
	}
	words := make([]string, n)
	for i := range words {
		t := w.tokens[best[i].token]
		words[i] = message[t.start:t.end]
	}
	return words
}

// table finds the row of a key: open addressing over twice the room.
type table struct {
	keys []uint64
	rows []int32 // 0 is empty, else the row and one
}

func newTable(n int) table {
	size := 1024
	for size < 2*n {
		size *= 2
	}
	return table{make([]uint64, size), make([]int32, size)}
}

func (t *table) add(key uint64, row int32) {
	mask := uint64(len(t.keys) - 1)
	i := (key ^ key>>32) & mask
	for t.rows[i] != 0 {
		i = (i + 1) & mask
	}
	t.keys[i], t.rows[i] = key, row+1
}

func (t *table) find(key uint64) (int32, bool) {
	mask := uint64(len(t.keys) - 1)
	for i := (key ^ key>>32) & mask; t.rows[i] != 0; i = (i + 1) & mask {
		if t.keys[i] == key {
			return t.rows[i] - 1, true
		}
	}
	return 0, false
}
