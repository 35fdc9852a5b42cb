package text

import "testing"

func TestTheQuickFoldIsTheSlowFold(t *testing.T) {
	var runes []rune
	for r := rune(0); r < latinEnd; r++ {
		runes = append(runes, r)
	}
	runes = append(runes, []rune("‘’“”–—")...)
	for _, a := range runes {
		for _, b := range runes {
			s := string([]rune{a, b})
			quick, ok := foldLatin(s)
			if slow := foldAny(s); !ok || quick != slow {
				t.Fatalf("%q folds to %q, should to %q", s, quick, slow)
			}
		}
	}
	for _, s := range []string{"a\u0301", "\xff", "ﬁ", "Ⅷ", "é\u0323", "\u212b"} {
		if _, ok := foldLatin(s); ok {
			t.Errorf("%q was folded rune by rune", s)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	const s = "Tha an rathad dùinte aig Drochaid a’ Chùirn – cò aig a tha an t-slighe?"
	for b.Loop() {
		Fold(s)
	}
}

func BenchmarkFoldAny(b *testing.B) {
	const s = "Tha an rathad dùinte aig Drochaid a’ Chùirn – cò aig a tha an t-slighe?"
	for b.Loop() {
		foldAny(s)
	}
}
