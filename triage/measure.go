package triage

import (
	"fmt"
	"math"
	"slices"
)

// Judged is a prediction beside the truth.
type Judged struct {
	Truth  int
	Scores []float64 // one probability for each class, 1 in sum
}

func (j Judged) best() (class int, p float64) {
	for c, x := range j.Scores {
		if x > p {
			class, p = c, x
		}
	}
	return class, p
}

// Measured is how well predictions hold.
type Measured struct {
	Texts       int          `json:"texts"`
	Accuracy    float64      `json:"accuracy"`
	MacroF1     float64      `json:"macro_f1"`                   // over the classes that the truth has
	Calibration float64      `json:"expected_calibration_error"` // 15 bins of equal width
	Threshold   float64      `json:"threshold"`                  // of "don't know"
	Coverage    float64      `json:"coverage"`                   // share of texts at or above the threshold
	Certain     float64      `json:"accuracy_at_threshold"`
	Classes     []ClassScore `json:"classes"`
}

// String is the measure in one line.
func (m Measured) String() string {
	return fmt.Sprintf("%d texts, accuracy %.3f, macro-F1 %.3f, calibration error %.3f; answers %.0f %% of them (from %.2f on), %.3f of those right",
		m.Texts, m.Accuracy, m.MacroF1, m.Calibration, 100*m.Coverage, m.Threshold, m.Certain)
}

// ClassScore is one line of the table.
type ClassScore struct {
	Class     string  `json:"class"`
	Texts     int     `json:"texts"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// calibrationBins as in Guo et al., On Calibration of Modern Neural Networks,
// 2017.
const calibrationBins = 15

// Measure compares predictions with the truth.
func Measure(all []Judged, names []string, threshold float64) Measured {
	m := Measured{Texts: len(all), Threshold: threshold}
	if len(all) == 0 {
		return m
	}
	hit, said, there := make([]float64, len(names)), make([]float64, len(names)), make([]float64, len(names))
	var bins [calibrationBins]struct{ right, sure float64 }
	var right, certain, certainRight float64
	for _, j := range all {
		class, p := j.best()
		bin := &bins[min(int(p*calibrationBins), calibrationBins-1)]
		bin.sure += p
		said[class]++
		there[j.Truth]++
		ok := 0.0
		if class == j.Truth {
			ok = 1
			hit[class]++
		}
		right += ok
		bin.right += ok
		if p >= threshold {
			certain++
			certainRight += ok
		}
	}
	n := float64(len(all))
	m.Accuracy, m.Coverage, m.Certain = right/n, certain/n, ratio(certainRight, certain)
	for _, bin := range bins {
		m.Calibration += math.Abs(bin.right-bin.sure) / n
	}
	var sum float64
	for c, name := range names {
		if there[c] == 0 && said[c] == 0 {
			continue
		}
		s := ClassScore{Class: name, Texts: int(there[c]), Precision: ratio(hit[c], said[c]), Recall: ratio(hit[c], there[c]), F1: ratio(2*hit[c], said[c]+there[c])}
		m.Classes = append(m.Classes, s)
		if there[c] > 0 {
			sum += s.F1
			m.MacroF1++
		}
	}
	m.MacroF1 = ratio(sum, m.MacroF1)
	slices.SortStableFunc(m.Classes, func(a, b ClassScore) int { return b.Texts - a.Texts })
	return m
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
