package triage

import "slices"

// Taught is what a council's corrections are worth: the model of the first half
// of the reports on a later period, as it is and with a layer of the lessons
// before.
type Taught struct {
	Texts   int     `json:"texts"`
	Without float64 `json:"accuracy_without"`
	With    float64 `json:"accuracy_with"`
	F1      float64 `json:"macro_f1_without"`
	F1With  float64 `json:"macro_f1_with"`
}

const (
	taughtEvery = 100  // reports between two layers
	taughtMost  = 2000 // lessons that are remembered
)

// teach lets a layer follow the second half of reports, which are in order of
// time: every text is read, then its right service becomes a lesson.
func teach(reports, own []Example, l learning, c calibration) []Taught {
	from := len(reports) / 2
	past := slices.Concat(reports[:from], own)
	sp := newSpace(past)
	vectors := make([]vector, len(past))
	var s scratch
	for i, e := range past {
		vectors[i] = sp.vector(&s, e.Text)
	}
	w := sp.trainHead(serviceHead, past, vectors, l)
	whole := &weights{classes: columns, rows: make([]float32, len(sp.keys)*columns), bias: make([]float32, columns)}
	copy(whole.bias, w.bias)
	for f := range sp.keys {
		copy(whole.rows[f*columns:], w.rows[f*w.classes:][:w.classes])
	}
	t := &trained{}
	for h := range t.calm {
		t.calm[h] = calibration{Heat: 1}
	}
	t.calm[serviceHead] = c
	t.take(sp, whole)
	m := t.model()
	return m.follow(reports[from:])
}

func (m *Model) follow(reports []Example) (out []Taught) {
	var layer *Layer
	var lessons []Lesson
	var without, with []Judged
	finish := func() {
		a, b := Measure(without, Services[:Reported], 0), Measure(with, Services[:Reported], 0)
		out = append(out, Taught{a.Texts, a.Accuracy, b.Accuracy, a.MacroF1, b.MacroF1})
		without, with = nil, nil
	}
	judged, _ := m.Judge(reports)
	for i, e := range reports {
		if i > 0 && i%taughtEvery == 0 {
			layer = m.Learn(lessons[max(0, len(lessons)-taughtMost):])
		}
		if i > 0 && i%(len(reports)/4) == 0 && len(out) < 3 {
			finish()
		}
		var prior []Odds
		for c, p := range judged[i].Scores {
			prior = append(prior, Odds{int64(c), p})
		}
		odds, _ := layer.Shift(m, e.Text, prior)
		shifted := Judged{Truth: e.Service, Scores: make([]float64, Reported)}
		for _, o := range odds {
			shifted.Scores[o.Service] = o.P
		}
		without, with = append(without, judged[i]), append(with, shifted)
		lessons = append(lessons, Lesson{e.Text, prior, int64(e.Service)})
	}
	finish()
	return out
}
