package triage

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is drawn from a calibration is calibrated by it: the three numbers that
// were put in come out.
func TestACalibrationIsFoundAgain(t *testing.T) {
	want := calibration{Heat: 0.7, Slope: 0.1, Doubt: 0.06}
	r := rand.New(rand.NewPCG(1, 2))
	var list []scored
	for range 20_000 {
		s := scored{scores: make([]float32, 8), words: 1 + r.IntN(80)}
		for c := range s.scores {
			s.scores[c] = float32(2 * r.NormFloat64())
		}
		at := r.Float64()
		for c, p := range want.of(s.scores, s.words) {
			if at -= p; at < 0 {
				s.truth = c
				break
			}
		}
		list = append(list, s)
	}
	got := calibrate(list)
	if math.Abs(got.Heat-want.Heat) > 0.03 || math.Abs(got.Slope-want.Slope) > 0.03 || math.Abs(got.Doubt-want.Doubt) > 0.015 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Calibration says how sure the model is, and never changes its mind.
func TestCalibrationChangesNoOrder(t *testing.T) {
	scores := []float32{0.3, -1, 2.5, 2.4, 0}
	order := func(p []float64) []int {
		list := []int{0, 1, 2, 3, 4}
		slices.SortFunc(list, func(a, b int) int { return int(math.Copysign(1, p[b]-p[a])) })
		return list
	}
	want := []int{2, 3, 0, 4, 1}
	for _, c := range []calibration{{Heat: 1}, {Heat: 0.3, Slope: 0.2, Doubt: 0.3}, {Heat: 4, Slope: -0.5, Doubt: 0.01}} {
		for _, words := range []int{0, 1, 20, 3000} {
			p := c.of(scores, words)
			var sum float64
			for _, x := range p {
				sum += x
			}
			if got := order(p); !slices.Equal(got, want) || math.Abs(sum-1) > 1e-5 {
				t.Errorf("%+v of %d words: %v, the sum is %v", c, words, got, sum)
			}
		}
	}
}

// A report of three years ago counts half of one of today, and what has no date
// counts as new.
func TestOldReportsCountLess(t *testing.T) {
	points := make([]point, 3)
	way{halfLife: 3}.weighByAge(points, []string{"2016-01-01T00:00:00", "2019-01-01T00:00:00", ""})
	if a, b, c := points[0].weight, points[1].weight, points[2].weight; math.Abs(float64(a/b)-0.5) > 0.001 || b != c || math.Abs(float64(a+b+c)-3) > 1e-5 {
		t.Errorf("%v, %v, %v", a, b, c)
	}
}
