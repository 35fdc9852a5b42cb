package triage

import "testing"

func languages(t testing.TB) *Languages {
	t.Helper()
	l, err := DefaultLanguages()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLanguagesAreTold(t *testing.T) {
	l := languages(t)
	for text, want := range map[string]string{
		"There is a deep pothole in the High Street":                       "en",
		"Mae twll mawr yn y ffordd ger yr ysgol":                           "cy",
		"Tha toll mòr anns an rathad faisg air an sgoil":                   "gd",
		"Na ulicy przed szkołą jest duża dziura":                           "pl",
		"Sur la route devant l’école il y a un grand trou":                 "fr",
		"На дорозі біля школи велика яма, будь ласка, полагодьте":          "uk",
		"@council https://council.example/x #roads Mae’r golau wedi torri": "cy",
		"Whit wey is ma bin no emptied? It wisnae cleared last week":       "sco",
		"Chan eil an solas ag obair aig an sgoil":                          "gd",
		"ok":         "",
		"":           "",
		"12345 6789": "",
		"\xff\xfe":   "",
	} {
		if got := l.Of(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestAModelOfLanguagesThatIsNotWholeIsRefused(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("x"), lid[:4], lid[:60], lid[:5000], lid[:len(lid)/2], lid[:len(lid)-1]} {
		if _, err := LoadLanguages(b); err == nil {
			t.Errorf("%d bytes are taken for a model", len(b))
		}
	}
}

func FuzzLanguage(f *testing.F) {
	l := languages(f)
	for _, s := range []string{"", "Mae twll mawr yn y ffordd", "日本語の文章です", "\xff\xfe\x00", "e\u0301\u0301\u0301 a b c d e f g h i"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := l.Of(s); len(got) > 8 {
			t.Errorf("%q is of the language %q", s, got)
		}
	})
}

func FuzzLoadLanguages(f *testing.F) {
	f.Add(lid[:200])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := LoadLanguages(b); err == nil && len(b) < 1000 {
			t.Errorf("%d bytes are taken for a model", len(b))
		}
	})
}

func BenchmarkLanguage(b *testing.B) {
	l := languages(b)
	for b.Loop() {
		l.Of("There is a deep pothole in the High Street outside the bakers, and a second one by the school gate")
	}
}
