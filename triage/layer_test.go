package triage

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const (
	roadsOfCouncil = int64(11)
	parksOfCouncil = int64(22)
	pathsOfCouncil = int64(33)
)

// priorOf gives most to roads, as a model would that knows no better.
func priorOf(string) []Odds {
	return []Odds{{roadsOfCouncil, 0.8}, {parksOfCouncil, 0.15}, {0, 0.05}}
}

func taught(texts map[string]int64) []Lesson {
	var list []Lesson
	for text, right := range texts {
		list = append(list, Lesson{Text: text, Prior: priorOf(text), Right: right})
	}
	slices.SortFunc(list, func(a, b Lesson) int {
		if a.Text < b.Text {
			return -1
		}
		return 1
	})
	return list
}

func TestOneCorrectionIsEnoughForTheSameWords(t *testing.T) {
	m := model(t)
	const text = "There is a big hole in the Braes path by the burn"
	layer := m.Learn(taught(map[string]int64{text: pathsOfCouncil}))
	odds, words := layer.Shift(m, text, priorOf(text))
	if odds[0].Service != pathsOfCouncil || odds[0].P < 0.5 || len(words) == 0 {
		t.Errorf("the corrected message is read as %v because of %q", odds, words)
	}
}

func TestCorrectionsAreCarriedToMessagesLikeThem(t *testing.T) {
	m := model(t)
	layer := m.Learn(taught(map[string]int64{
		"There is a big hole in the Braes path by the burn":    pathsOfCouncil,
		"The Braes path is all mud again after the rain":       pathsOfCouncil,
		"Who looks after the Braes path? It is falling apart":  pathsOfCouncil,
		"Pothole on the High Street outside the bakers":        roadsOfCouncil,
		"Burst tyre from the pothole at the bottom of my road": roadsOfCouncil,
	}))
	for text, want := range map[string]int64{
		"Could somebody please fill the hole on the Braes path": pathsOfCouncil,
		"A deep pothole on Mill Road, second one this month":    roadsOfCouncil,
	} {
		if odds, _ := layer.Shift(m, text, priorOf(text)); odds[0].Service != want {
			t.Errorf("%q is read as %v, want %d", text, odds, want)
		}
	}
}

func TestWhatNobodyCorrectedStaysAsItWas(t *testing.T) {
	m := model(t)
	var none *Layer
	for name, layer := range map[string]*Layer{"no layer": none, "no lessons": m.Learn(nil), "other words": m.Learn(taught(map[string]int64{"Zebra crossing": pathsOfCouncil}))} {
		odds, words := layer.Shift(m, "A street lamp flickers", priorOf(""))
		if !slices.Equal(odds, priorOf("")) || words != nil {
			t.Errorf("%s: %v because of %q", name, odds, words)
		}
	}
}

// The same lessons in the same order give the same odds, whatever they are, and
// odds are probabilities.
func TestALayerIsDeterministic(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		lessons := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Lesson {
			return Lesson{Text: rapid.StringMatching(`[a-f ]{0,30}`).Draw(t, "text"), Prior: priorOf(""), Right: rapid.Int64Range(0, 5).Draw(t, "right")}
		}), 0, 12).Draw(t, "lessons")
		text := rapid.StringMatching(`[a-f ]{0,30}`).Draw(t, "message")
		one, _ := m.Learn(lessons).Shift(m, text, priorOf(""))
		two, _ := m.Learn(lessons).Shift(m, text, priorOf(""))
		if !slices.Equal(one, two) {
			t.Fatalf("%v, then %v", one, two)
		}
		var sum float64
		for _, o := range one {
			if o.P < 0 || o.P > 1 {
				t.Fatalf("%v", one)
			}
			sum += o.P
		}
		if sum < 0.999 || sum > 1.001 {
			t.Fatalf("the sum of %v is %v", one, sum)
		}
	})
}

func BenchmarkLearn2000Lessons(b *testing.B) {
	m := model(b)
	own, err := OwnTexts()
	if err != nil {
		b.Fatal(err)
	}
	var lessons []Lesson
	for i := range 2000 {
		e := own[i%len(own)]
		var prior []Odds
		for c, p := range m.Read(e.Text).Services {
			prior = append(prior, Odds{int64(c), float64(p)})
		}
		lessons = append(lessons, Lesson{e.Text, prior, int64(e.Service)})
	}
	for b.Loop() {
		m.Learn(lessons)
	}
}

func BenchmarkShift(b *testing.B) {
	m := model(b)
	own, err := OwnTexts()
	if err != nil {
		b.Fatal(err)
	}
	var lessons []Lesson
	for _, e := range own {
		lessons = append(lessons, Lesson{e.Text, priorOf(""), int64(e.Service)})
	}
	layer := m.Learn(lessons)
	for i := 0; b.Loop(); i++ {
		layer.Shift(m, own[i%len(own)].Text, priorOf(""))
	}
}
