package triage

import (
	"errors"
	"io"
	"slices"
)

// leastWeight is the smallest weight for whose sake a feature is kept.
const leastWeight = 0.02

// Train learns a model from citizens' reports and from [OwnTexts], and writes
// it. The same reports and seed give the same bytes. It returns what validation
// on the reports found.
func Train(to io.Writer, reports []Example, seed uint64) (Validation, error) {
	if len(reports) < 100 {
		return Validation{}, errors.New("there are too few reports to learn from")
	}
	own, err := OwnTexts()
	if err != nil {
		return Validation{}, err
	}
	l := standard
	l.seed = seed
	v := validate(reports, own, l)
	all := slices.Concat(reports, own)
	sp := newSpace(all)
	t := &trained{threshold: v.sure, bias: make([]float32, columns)}
	var learnt [heads]*weights
	for h := range heads {
		learnt[h] = sp.train(all, h, l)
		copy(t.bias[offsets[h]:], learnt[h].bias)
	}
	t.heat[Service] = float32(v.heat)
	t.take(sp, learnt)
	return v, t.write(to)
}

// take keeps the features that say something, with their rows side by side.
func (t *trained) take(sp *space, all [heads]*weights) {
	for i, key := range sp.keys {
		f := feature{key: key, word: sp.words[key], rarity: float32(sp.rarity(int32(i))), row: make([]float32, columns)}
		var top float32
		for h, w := range all {
			row := w.rows[i*w.classes:][:w.classes]
			copy(f.row[offsets[h]:], row)
			for _, x := range row {
				top = max(top, x, -x)
			}
		}
		if top < leastWeight && sp.kinds[i] != wordKind {
			continue
		}
		t.features = append(t.features, f)
		t.counts[sp.kinds[i]]++
	}
}
