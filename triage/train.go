package triage

import (
	"fmt"
	"io"
	"slices"
)

// leastWeight is the smallest weight for whose sake a feature is kept.
const leastWeight = 0.02

// fewest is how many reports it takes to learn and to validate.
const fewest = 100

// Train learns a model from citizens' reports and from [OwnTexts], and writes
// it. The same reports and seed give the same bytes. It returns what validation
// found on the reports of the first [Reported] services; those without a service
// are left out.
func Train(to io.Writer, reports []Example, seed uint64) (Validation, error) {
	others, err := OwnTexts()
	if err != nil {
		return Validation{}, err
	}
	var tested []Example
	for _, e := range reports {
		switch {
		case e.Service >= Reported:
			others = append(others, e)
		case e.Service >= 0:
			tested = append(tested, e)
		}
	}
	if len(tested) < fewest {
		return Validation{}, fmt.Errorf("%d reports of the first %d services are too few to learn from; it takes %d", len(tested), Reported, fewest)
	}
	l := standard
	l.seed = seed
	v := validate(tested, others, l)
	all := slices.Concat(tested, others)
	sp := newSpace(all)
	w := sp.train(all, l)
	t := &trained{threshold: v.sure, heat: float32(v.heat), bias: w.bias}
	t.take(sp, w)
	return v, t.write(to)
}

// take keeps the features that say something.
func (t *trained) take(sp *space, w *weights) {
	for i, key := range sp.keys {
		f := feature{key: key, word: sp.words[key], rarity: float32(sp.rarity(int32(i))), row: w.rows[i*w.classes:][:w.classes]}
		var top float32
		for _, x := range f.row {
			top = max(top, x, -x)
		}
		if top < leastWeight && sp.kinds[i] != wordKind {
			continue
		}
		t.features = append(t.features, f)
		t.counts[sp.kinds[i]]++
	}
}
