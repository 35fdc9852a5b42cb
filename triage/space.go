package triage

import (
	"math"
	"slices"
)

// Weights of the kinds of features against words, found by rolling-origin
// validation on the reports; see docs/triage.md.
const (
	partWeight = 0.6
	pairWeight = 0.9
	minSeen    = 2 // texts that a feature must stand in
)

// space numbers the features of a corpus.
type space struct {
	ids   map[uint64]int32
	keys  []uint64
	kinds []kind
	seen  []float64 // in how many texts, weighted
	words map[uint64]string
	texts float64
}

type kind uint8

const (
	wordKind kind = iota
	partKind
	pairKind
)

// newSpace numbers what stands in at least two of the texts.
func newSpace(examples []Example) *space {
	sp := &space{ids: map[uint64]int32{}, words: map[uint64]string{}}
	counts := map[uint64]int32{}
	var order []uint64
	kinds := map[uint64]kind{}
	var s scratch
	for _, e := range examples {
		here := map[uint64]bool{}
		each(&s, e.Text, func(key uint64, k kind, word []rune) {
			if here[key] {
				return
			}
			here[key] = true
			if counts[key]++; counts[key] == minSeen {
				order = append(order, key)
				kinds[key] = k
				if k == wordKind {
					sp.words[key] = string(word)
				}
			}
		})
	}
	slices.SortFunc(order, func(a, b uint64) int {
		if kinds[a] != kinds[b] {
			return int(kinds[a]) - int(kinds[b])
		}
		if a < b {
			return -1
		}
		return 1
	})
	sp.texts = float64(len(examples))
	for i, key := range order {
		sp.ids[key] = int32(i)
		sp.keys = append(sp.keys, key)
		sp.kinds = append(sp.kinds, kinds[key])
		sp.seen = append(sp.seen, float64(counts[key]))
	}
	return sp
}

// rarity is the inverse document frequency of a feature, smoothed.
func (sp *space) rarity(id int32) float64 {
	return math.Log((1+sp.texts)/(1+sp.seen[id])) + 1
}

// each calls every feature of a text: each distinct word, the parts of it, and
// all pairs.
func each(s *scratch, text string, call func(key uint64, k kind, word []rune)) {
	s.scan(text)
	s.seen.reset(len(s.tokens))
	for _, t := range s.tokens {
		if !s.seen.add(t.key) {
			continue
		}
		word := s.runes[t.first : t.first+t.runes]
		call(t.key, wordKind, word)
		parts(word, func(key uint64) { call(key, partKind, nil) })
	}
	s.pairs(func(key uint64, _, _ int) { call(key, pairKind, nil) })
}

// vector is a text as training sees it: numbers of features and their values.
type vector struct {
	ids    []int32
	values []float32
}

// vector weighs each feature by its rarity. Words and their parts together
// have length 1, pairs have length pairWeight, however long the text is.
func (sp *space) vector(s *scratch, text string) vector {
	values := map[int32]float64{}
	inWord := map[int32]float64{}
	var wordSquare, pairSquare float64
	flush := func() {
		for id, n := range inWord {
			v := n * sp.rarity(id) * partWeight
			values[id] += v
		}
		for _, id := range sortedKeys(inWord) {
			v := inWord[id] * sp.rarity(id) * partWeight
			wordSquare += v * v
		}
		clear(inWord)
	}
	each(s, text, func(key uint64, k kind, _ []rune) {
		if k != partKind {
			flush()
		}
		id, ok := sp.ids[key]
		if !ok {
			return
		}
		r := sp.rarity(id)
		switch k {
		case wordKind:
			values[id] += r
			wordSquare += r * r
		case partKind:
			inWord[id]++
		case pairKind:
			values[id] += r
			pairSquare += r * r
		}
	})
	flush()
	var out vector
	for _, id := range sortedKeys(values) {
		v := values[id]
		if sp.kinds[id] == pairKind {
			v *= pairWeight / math.Sqrt(pairSquare)
		} else {
			v /= math.Sqrt(wordSquare)
		}
		out.ids = append(out.ids, id)
		out.values = append(out.values, float32(v))
	}
	return out
}

func sortedKeys(m map[int32]float64) []int32 {
	out := make([]int32, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
