package text

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSameWordsFoldToTheSame(t *testing.T) {
	for in, want := range map[string]string{
		"Cŵn Llandrindod": "cwn llandrindod", "Òran Mòr": "oran mor", "STRASSE Straße": "strasse strasse",
		"ﬁre": "fire", "Ørsted": "orsted", "Łódź": "lodz", "Æthelred": "aethelred", "İstanbul ISPARTA ı": "istanbul isparta i",
		"O’Brien": "o'brien", "ＦＩＦＥ": "fife", "ΣΊΣΥΦΟΣ σίσυφος": "σισυφοσ σισυφοσ", "été": "ete", "ẞ": "ss",
		"ﬀ①": "ff1", "شَارِع": "شارع", "कि की": "कि की", "が": "が", "ｶﾞ": "ガ", "한국": "한국", "Menȝies": "menzies",
		"re\u00adfuse": "refuse", "a–b": "a-b",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func checkFold(t failer, s string) {
	once := Fold(s)
	if twice := Fold(once); twice != once {
		t.Fatalf("%q folds to %q and then to %q", s, once, twice)
	}
	if len(once) > 11*len(s) {
		t.Fatalf("%q grew from %d to %d bytes", s, len(s), len(once))
	}
}

func TestFoldingTwiceChangesNothingMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkFold(t, foreign.Draw(t, "s")) })
	for r := rune(0); r < 0x20000; r++ {
		checkFold(t, "x"+string(r)+"y")
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Òran Straße ﬁ \xff")
	f.Fuzz(func(t *testing.T, s string) {
		checkFold(t, s)
		for w := range Tokens(s, 1000) {
			if again := slices.Collect(Tokens(w, 0)); len(again) != 1 || again[0] != w {
				t.Fatalf("word %q of %q reads as %q", w, s, again)
			}
		}
	})
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"O'Brien's bin, 3.5 kg!": "obriens bin 3 5 kg", "mercat.scot/a_b?c=1": "mercat scot a b c 1", "pot-hole": "pot hole",
		"ann@example.org": "ann example org", "Tha a’ bhùth dùinte": "tha a bhuth duinte", "日本語": "日 本 語",
		"'quoted'": "quoted", "": "", "…🎉": "", "dh'fhalbh": "dhfhalbh",
		strings.Repeat("é", 100): strings.Repeat("e", 64),
	} {
		if got := Searchable(in, 0); got != want {
			t.Errorf("Searchable(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Searchable("one two three", 2); got != "one two" {
		t.Errorf("two words of three: %q", got)
	}
}

func TestSearchBox(t *testing.T) {
	for in, want := range map[string][]Term{
		`bin "High Street" kirk*`: {{Words: []string{"bin"}}, {Words: []string{"high", "street"}}, {Words: []string{"kirk"}, Prefix: true}},
		`“Òran Mòr”*`:             {{Words: []string{"oran", "mor"}, Prefix: true}},
		`pot-hole`:                {{Words: []string{"pot", "hole"}}},
		`"unclosed phrase`:        {{Words: []string{"unclosed", "phrase"}}},
		`a"b c"d`:                 {{Words: []string{"a"}}, {Words: []string{"b", "c"}}, {Words: []string{"d"}}},
		` ** "" - ' `:             nil,
		`'; DROP TABLE --`:        {{Words: []string{"drop"}}, {Words: []string{"table"}}},
	} {
		if got := SearchTerms(in); !reflect.DeepEqual(got, want) {
			t.Errorf("SearchTerms(%q) = %v, want %v", in, got, want)
		}
	}
	if got := SearchTerms(strings.Repeat("word ", 10_000)); len(got) != maxSearchTerms {
		t.Errorf("%d terms of many", len(got))
	}
}

func FuzzSearchTerms(f *testing.F) {
	f.Add(`bin "High Street" kirk*`)
	f.Fuzz(func(t *testing.T, s string) {
		terms := SearchTerms(s)
		if len(terms) > maxSearchTerms {
			t.Fatalf("%d terms", len(terms))
		}
		for _, term := range terms {
			if len(term.Words) == 0 || len(term.Words) > maxTermWords || slices.Contains(term.Words, "") {
				t.Fatalf("%q gives %q", s, term.Words)
			}
		}
	})
}

func BenchmarkSearchable(b *testing.B) {
	for name, unit := range map[string]string{
		"english": "The bin in Kirkcaldy was not emptied. ", "gaelic": "Cha deach am biona fhalamhachadh; ò. ",
		"one word": "a", "apostrophes": "a'", "marks": "\u0301", "colons": "a:\u0301",
	} {
		s := strings.Repeat(unit, (64<<10)/len(unit))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Searchable(s, 0)
			}
		})
	}
}
