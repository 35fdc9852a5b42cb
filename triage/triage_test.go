package triage

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func model(t testing.TB) *Model {
	t.Helper()
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPlainMessagesAreRead(t *testing.T) {
	m := model(t)
	for text, want := range map[string]string{
		"There is a huge pothole outside number 12 and my tyre is burst": "potholes_roads",
		"The street light outside our house has been out for a week":     "street_lights",
		"Somebody has dumped a sofa and bags of rubbish in the lane":     "bins_litter_flytipping",
		"A tree has fallen across the path in the woods":                 "trees_grass",
		"An abandoned car with no plates is parked on our street":        "vehicles_parking",
		"How do I apply for a discount on my council tax?":               "council_tax",
	} {
		r := m.Read(text)
		if r.Service.Class != want || len(r.Words) == 0 {
			t.Errorf("%q is read as %s (%.2f) because of %q, want %s", text, r.Service.Class, r.Service.P, r.Words, want)
		}
		for _, w := range r.Words {
			if !strings.Contains(text, w) {
				t.Errorf("%q is no word of %q", w, text)
			}
		}
	}
}

func TestWhatSaysNothingIsNotKnown(t *testing.T) {
	m := model(t)
	for _, text := range []string{"", "   ", "zzzzq xkcdw", "?!?", "\x00\xff"} {
		if r := m.Read(text); r.Service.P >= m.Threshold {
			t.Errorf("%q is surely %s (%.2f)", text, r.Service.Class, r.Service.P)
		}
	}
}

// Whatever is read, probabilities are between 0 and 1 and their sum is 1.
func TestProbabilitiesAreProbabilities(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		r := m.Read(rapid.String().Draw(t, "text"))
		var sum float64
		for _, p := range r.Services {
			if p < 0 || p > 1 || math.IsNaN(float64(p)) {
				t.Fatalf("a probability of %v", p)
			}
			sum += float64(p)
		}
		if math.Abs(sum-1) > 1e-4 {
			t.Fatalf("the sum is %v", sum)
		}
	})
}

// A model that was written and read again says what training said, but for
// what quantisation rounds.
func TestReadingIsTraining(t *testing.T) {
	own, err := OwnTexts()
	if err != nil {
		t.Fatal(err)
	}
	sp := newSpace(own)
	l := standard
	w := sp.train(own, l)
	tr := &trained{calm: [headCount]calibration{{Heat: 1}, {Heat: 1}, {Heat: 1}, {Heat: 1}}}
	tr.take(sp, w)
	var file bytes.Buffer
	if err := tr.write(&file); err != nil {
		t.Fatal(err)
	}
	m, err := Load(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var s scratch
	for _, e := range own {
		scores := make([]float32, columns)
		w.scores(sp.vector(&s, e.Text), scores)
		want := heads[serviceHead].of(scores)
		softmax(want)
		got := m.Read(e.Text).Services
		for c := range want {
			if d := math.Abs(float64(got[c] - want[c])); d > 0.08 {
				t.Fatalf("%q: %s has %.3f, training said %.3f", e.Text, Services[c], got[c], want[c])
			}
		}
	}
}

func TestTheSameSeedGivesTheSameModel(t *testing.T) {
	own, err := OwnTexts()
	if err != nil {
		t.Fatal(err)
	}
	reports := slices.Clone(own)
	reports = slices.DeleteFunc(reports, func(e Example) bool { return e.Service >= Reported })
	for len(reports) < 120 {
		reports = append(reports, reports...)
	}
	few := own[:0:0]
	for i := 0; i < len(own); i += 12 {
		few = append(few, own[i])
	}
	l := standard
	l.seed, l.services.rounds, l.others.rounds = 7, 3, 3
	var one, two bytes.Buffer
	for _, to := range []io.Writer{&one, &two} {
		if _, err := train(to, reports[:120], few, few, l); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the two files differ")
	}
}

// Real files have lines without a service, and services beyond the reports'.
func TestReportsOfOtherServicesDoNoHarm(t *testing.T) {
	own, err := OwnTexts()
	if err != nil {
		t.Fatal(err)
	}
	mixed := append(slices.Clone(own), Unlabelled("Whatever"))
	tested, others, err := split(mixed, own[:100])
	if err != nil {
		t.Fatal(err)
	}
	l := standard
	l.services.rounds, l.others.rounds = 1, 1
	if _, err := train(io.Discard, tested[:150], others[:150], own[:150], l); err != nil {
		t.Error(err)
	}
	if _, _, err := split(mixed[:20], own); err == nil || !strings.Contains(err.Error(), "too few") {
		t.Errorf("20 texts: %v", err)
	}
}

// No word is taken for a part of another, or for a pair.
func TestFeaturesDoNotMeet(t *testing.T) {
	own, err := OwnTexts()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[uint64]kind{}
	var s scratch
	for _, e := range own {
		each(&s, e.Text, func(key uint64, k kind, word []rune) {
			if was, ok := kinds[key]; ok && was != k {
				t.Fatalf("in %q the feature %q is of kind %d, and was of %d", e.Text, string(word), k, was)
			}
			kinds[key] = k
		})
	}
}

// A word is known by what is kept of it in the file.
func TestALongWordIsFoundAgain(t *testing.T) {
	var s scratch
	word := strings.Repeat("llanfair", 8)
	s.scan(word)
	kept := string(s.runes[s.tokens[0].first:][:s.tokens[0].runes])
	if s.tokens[0].key != wordKey(kept) {
		t.Errorf("the word is kept as %q, under another key", kept)
	}
}

func TestAFileThatIsNotWholeIsRefused(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("x"), embedded[:len(embedded)/2], embedded[:40]} {
		if _, err := Load(bytes.NewReader(b)); err == nil {
			t.Errorf("%d bytes are taken for a model", len(b))
		}
	}
}

func TestAMeasureIsWhatItSays(t *testing.T) {
	all := []Judged{
		{0, []float64{0.9, 0.1}}, {0, []float64{0.8, 0.2}}, {0, []float64{0.3, 0.7}}, {1, []float64{0.2, 0.8}},
	}
	m := Measure(all, []string{"a", "b"}, 0.75)
	if m.Texts != 4 || m.Accuracy != 0.75 || m.Coverage != 0.75 || m.Certain != 1 {
		t.Errorf("%+v", m)
	}
	// a: 2 of 2 said, 2 of 3 there: F1 0.8. b: 1 of 2 said, 1 of 1 there: 2/3.
	if want := (0.8 + 2.0/3) / 2; math.Abs(m.MacroF1-want) > 1e-9 {
		t.Errorf("macro-F1 %v, want %v", m.MacroF1, want)
	}
	// Bins: 0.9 alone is 0.1 off, the two of 0.8 are 0.4 off together, 0.7 is 0.7 off.
	if want := (0.1 + 0.4 + 0.7) / 4; math.Abs(m.Calibration-want) > 1e-9 {
		t.Errorf("calibration error %v, want %v", m.Calibration, want)
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	list, err := ReadTSV(strings.NewReader("\ufefftext\tother\tservice\r\nA hole\tx\tpotholes_roads\r\n\r\nNothing\ty\t\r\n"))
	if err != nil || len(list) != 2 || list[0].Text != "A hole" || Services[list[0].Service] != "potholes_roads" || list[1].Service != -1 {
		t.Errorf("%+v, %v", list, err)
	}
	for text, says := range map[string]string{"": "empty", "a\tb\n": "no column is called text", "text\tservice\nx\n": "line 2", "text\tservice\nx\tspace_travel\n": `no service "space_travel"`} {
		if _, err := ReadTSV(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "pothole", "Mae’r golau wedi torri", "don't \u202e 😀😀", strings.Repeat("a", 70_000), "\xff\xfe\x00"} {
		f.Add(s)
	}
	m := model(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range m.Read(s).Words {
			if !strings.Contains(s, w) || utf8.ValidString(s) && !utf8.ValidString(w) {
				t.Errorf("%q is no word of %q", w, s)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Load(bytes.NewReader(b)); err == nil && len(b) < 1000 {
			t.Errorf("%d bytes are taken for a model", len(b))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	m := model(b)
	own, err := OwnTexts()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := range b.N {
		m.Read(own[i%len(own)].Text)
	}
}

func BenchmarkLoad(b *testing.B) {
	for range b.N {
		if _, err := Load(bytes.NewReader(embedded)); err != nil {
			b.Fatal(err)
		}
	}
}
