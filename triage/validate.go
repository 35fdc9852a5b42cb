package triage

import (
	"slices"
	"strings"
)

// origins are the shares of the reports, in order of time, after which a fold
// begins; each is tested on what comes until the next.
var origins = []float64{0.5, 0.625, 0.75, 0.875, 1}

// Validation is what rolling-origin validation found: a model of each origin's
// past, measured on its future; and what cross-validation found of the heads
// that only own texts say something about.
type Validation struct {
	Folds  []Measured `json:"periods"`
	Pooled Measured   `json:"together"` // all folds' predictions together, as the model is calibrated
	Ahead  Measured   `json:"ahead"`    // all but the first fold's, each calibrated on the folds before it alone
	Heads  []Headed   `json:"heads"`
	Taught []Taught   `json:"taught"` // by the corrections of one council, period by period

	calm [headCount]calibration
	sure [headCount]float64
}

// validate trains on the past of each origin, and on all own texts.
func validate(reports, own []Example, l learning) Validation {
	reports = slices.Clone(reports)
	slices.SortStableFunc(reports, func(a, b Example) int { return strings.Compare(a.Created, b.Created) })
	var list []scored
	for f := range len(origins) - 1 {
		from, to := int(origins[f]*float64(len(reports))), int(origins[f+1]*float64(len(reports)))
		past := slices.Concat(reports[:from], own)
		sp := newSpace(past)
		var s scratch
		vectors := sp.vectors(past)
		w := sp.trainHead(serviceHead, past, vectors, l)
		for _, e := range reports[from:to] {
			out := make([]float32, len(Services))
			w.scores(sp.vector(&s, e.Text), out)
			list = append(list, scored{out[:Reported], e.Service, len(s.tokens), f})
		}
	}
	var v Validation
	v.calm[serviceHead] = calibrate(list)
	v.Taught = teach(reports, own, l, v.calm[serviceHead])
	judged := make([]Judged, len(list))
	for i, s := range list {
		judged[i] = Judged{Truth: s.truth, Scores: v.calm[serviceHead].of(s.scores, s.words)}
	}
	v.sure[serviceHead] = thresholdFor(judged, aimCertain)
	var ahead []Judged
	for f := range len(origins) - 1 {
		begin := slices.IndexFunc(list, func(s scored) bool { return s.period == f })
		var of []Judged
		var before calibration
		if f > 0 {
			before = calibrate(list[:begin])
		}
		for i, s := range list {
			if s.period != f {
				continue
			}
			of = append(of, judged[i])
			if f > 0 {
				ahead = append(ahead, Judged{Truth: s.truth, Scores: before.of(s.scores, s.words)})
			}
		}
		v.Folds = append(v.Folds, Measure(of, Services[:Reported], v.sure[serviceHead]))
	}
	v.Pooled = Measure(judged, Services[:Reported], v.sure[serviceHead])
	v.Ahead = Measure(ahead, Services[:Reported], v.sure[serviceHead])
	return v
}

// aimCertain is how often the model is to be right when it does not say "don't
// know".
const aimCertain = 0.85

// thresholdFor is the lowest probability at and above which a share aim of the
// predictions is right.
func thresholdFor(all []Judged, aim float64) float64 {
	type guess struct {
		p     float64
		right bool
	}
	guesses := make([]guess, len(all))
	for i, j := range all {
		class, p := j.best()
		guesses[i] = guess{p, class == j.Truth}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int {
		if a.p > b.p {
			return -1
		} else if a.p < b.p {
			return 1
		}
		return 0
	})
	right, at := 0.0, 1.0
	for i, g := range guesses {
		if g.right {
			right++
		}
		if right/float64(i+1) >= aim {
			at = g.p
		}
	}
	return at
}
