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
// found: of services on the reports of the first [Reported] services, of the
// other heads on own texts; reports without a service are left out.
func Train(to io.Writer, reports []Example, seed uint64) (Validation, error) {
	own, err := OwnTexts()
	if err != nil {
		return Validation{}, err
	}
	tested, others, err := split(reports, own)
	if err != nil {
		return Validation{}, err
	}
	l := standard
	l.seed = seed
	return train(to, tested, others, own, l)
}

// split takes the reports that services are validated on from those that are
// learned from like own texts.
func split(reports, own []Example) (tested, others []Example, err error) {
	others = own
	for _, e := range reports {
		switch {
		case e.Service >= Reported:
			others = append(others, e)
		case e.Service >= 0:
			tested = append(tested, e)
		}
	}
	if len(tested) < fewest {
		return nil, nil, fmt.Errorf("%d reports of the first %d services are too few to learn from; it takes %d", len(tested), Reported, fewest)
	}
	return tested, others, nil
}

// train learns from reports, which are validated on, and from others, of which
// own say something about every head.
func train(to io.Writer, tested, others, own []Example, l learning) (Validation, error) {
	v := validate(tested, others, l)
	v.crossValidate(tested, own, l)
	all := slices.Concat(tested, others)
	sp := newSpace(all)
	t := &trained{sure: v.sure, calm: v.calm}
	t.take(sp, sp.train(all, l))
	return v, t.write(to)
}

// train learns every head from the examples that say something about it.
func (sp *space) train(examples []Example, l learning) *weights {
	whole := &weights{classes: columns, rows: make([]float32, len(sp.keys)*columns), bias: make([]float32, columns)}
	vectors := sp.vectors(examples)
	for i, h := range heads {
		w := sp.trainHead(i, examples, vectors, l)
		copy(h.of(whole.bias), w.bias)
		for f := range sp.keys {
			copy(h.of(whole.rows[f*columns:][:columns]), w.rows[f*w.classes:][:w.classes])
		}
	}
	return whole
}

func (sp *space) vectors(examples []Example) []vector {
	list := make([]vector, len(examples))
	var s scratch
	for i, e := range examples {
		list[i] = sp.vector(&s, e.Text)
	}
	return list
}

func (sp *space) trainHead(i int, examples []Example, vectors []vector, l learning) *weights {
	how := l.others
	if i == serviceHead {
		how = l.services
	}
	var points []point
	var created []string
	for k := range examples {
		if class := *examples[k].label(i); class >= 0 {
			points, created = append(points, point{vectors[k], class, 1}), append(created, examples[k].Created)
		}
	}
	how.weighByAge(points, created)
	if i == urgencyHead {
		for _, k := range sp.usual(examples, vectors, l) {
			points = append(points, point{vectors[k], usualUrgency, 1})
		}
	}
	return l.learn(how, points, len(sp.keys), len(heads[i].classes))
}

// take keeps the features that say something.
func (t *trained) take(sp *space, w *weights) {
	t.bias = slices.Clone(w.bias)
	for i, key := range sp.keys {
		f := feature{key: key, word: sp.words[key], rarity: float32(sp.rarity(int32(i))), row: w.rows[i*w.classes:][:w.classes]}
		if greatest(f.row) < leastWeight && sp.kinds[i] != wordKind {
			continue
		}
		t.features = append(t.features, f)
		t.counts[sp.kinds[i]]++
	}
}
