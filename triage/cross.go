package triage

import (
	"math/rand/v2"
	"slices"
)

// crossFolds is how many parts own texts are cut into; each is measured with a
// model of the others and of all reports.
const crossFolds = 5

// alarmShare is how many of ordinary reports may be taken for danger: an alarm
// that rings too often is not heard. Within it the alarm is as sensitive as it
// can be.
const alarmShare = 0.03

// silence is how probable it has to be that nobody waits for an answer: five
// thanks that are read are better than one question that is not.
const silence = 5.0 / 6

// usualBelow is how improbable haste has to be, by a model of own texts alone,
// for a report to stand for what is usual. Reports say nothing of haste, and
// own texts have more of it than there is in life.
const usualBelow = 0.25

// Headed is how well one head does.
type Headed struct {
	Head     string   `json:"head"`
	Measured Measured `json:"measured"`
	// Of the class that something hangs on ("danger", "no"), at the threshold
	// from which on it is believed.
	Class     string  `json:"class,omitempty"`
	Recall    float64 `json:"recall,omitempty"`
	Precision float64 `json:"precision,omitempty"`
}

// crossValidate measures the heads but the service, and sets their temperatures
// and thresholds.
func (v *Validation) crossValidate(reports, own []Example, l learning) {
	fold := make([]int, len(own))
	for i := range fold {
		fold[i] = i % crossFolds
	}
	rand.New(rand.NewPCG(l.seed, 0x666f6c64)).Shuffle(len(fold), func(i, j int) { fold[i], fold[j] = fold[j], fold[i] })
	var scores [headCount][][]float32
	var truth [headCount][]int
	var ordinary [][]float32
	for f := range crossFolds {
		var past, tested, unseen []Example
		for i, e := range own {
			if fold[i] == f {
				tested = append(tested, e)
			} else {
				past = append(past, e)
			}
		}
		for i, e := range reports {
			if i%crossFolds == f {
				unseen = append(unseen, e)
			} else {
				past = append(past, e)
			}
		}
		ordinary = append(ordinary, crossFold(past, tested, unseen, l, &scores, &truth)...)
	}
	v.sure[answerHead] = silence
	for h := urgencyHead; h < headCount; h++ {
		v.calm[h] = calibration{Heat: temperature(scores[h], truth[h])}
		if h == urgencyHead {
			v.sure[h] = alarmAt(ordinary, v.calm[h])
		}
		judged := make([]Judged, len(scores[h]))
		for i, s := range scores[h] {
			judged[i] = Judged{Truth: truth[h][i], Scores: v.calm[h].of(s, 0)}
		}
		head := Headed{Head: heads[h].name, Measured: Measure(judged, heads[h].classes, v.sure[h])}
		switch h {
		case urgencyHead:
			head.Class, head.Recall, head.Precision = found(judged, Urgencies, 0, v.sure[h])
		case answerHead:
			head.Class, head.Recall, head.Precision = found(judged, Answers, 1, v.sure[h])
		}
		v.Heads = append(v.Heads, head)
	}
}

// alarmAt is from where on a message counts as danger.
func alarmAt(ordinary [][]float32, c calibration) float64 {
	p := make([]float64, len(ordinary))
	for i, s := range ordinary {
		p[i] = c.of(s, 0)[0]
	}
	slices.Sort(p)
	if len(p) == 0 {
		return 1
	}
	return max(p[int(float64(len(p)-1)*(1-alarmShare))], alarmShare)
}

// crossFold adds the scores of one part, and returns those of urgency for
// reports that the model has not seen.
func crossFold(past, tested, unseen []Example, l learning, scores *[headCount][][]float32, truth *[headCount][]int) (ordinary [][]float32) {
	sp := newSpace(past)
	vectors := sp.vectors(past)
	var s scratch
	for h := urgencyHead; h < headCount; h++ {
		w := sp.trainHead(h, past, vectors, l)
		for i := range tested {
			if class := *tested[i].label(h); class >= 0 {
				out := make([]float32, w.classes)
				w.scores(sp.vector(&s, tested[i].Text), out)
				scores[h], truth[h] = append(scores[h], out), append(truth[h], class)
			}
		}
		if h != urgencyHead {
			continue
		}
		for _, e := range unseen {
			out := make([]float32, w.classes)
			w.scores(sp.vector(&s, e.Text), out)
			ordinary = append(ordinary, out)
		}
	}
	return ordinary
}

// usual are the places of texts that say nothing of their urgency and, by a
// model of those that do, show no haste.
func (sp *space) usual(examples []Example, vectors []vector, l learning) (list []int) {
	var points []point
	for i, e := range examples {
		if e.Urgency >= 0 {
			points = append(points, point{vectors[i], e.Urgency, 1})
		}
	}
	w := l.learn(l.others, points, len(sp.keys), len(Urgencies))
	scores := make([]float32, len(Urgencies))
	for i, e := range examples {
		if e.Urgency >= 0 {
			continue
		}
		w.scores(vectors[i], scores)
		softmax(scores)
		if scores[0]+scores[1] < usualBelow {
			list = append(list, i)
		}
	}
	return list
}

// found is how much of a class is believed from a threshold on, and how much of
// what is believed is of it.
func found(judged []Judged, names []string, class int, threshold float64) (name string, recall, precision float64) {
	var there, said, right float64
	for _, j := range judged {
		is, believed := j.Truth == class, j.Scores[class] >= threshold
		if is {
			there++
		}
		if believed {
			said++
			if is {
				right++
			}
		}
	}
	return names[class], ratio(right, there), ratio(right, said)
}
