package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestForeignTextIsMadeSafe(t *testing.T) {
	for name, c := range map[string]struct {
		in, out string
		changed bool
	}{
		"plain text stays":                     {"The bin was not emptied.", "The bin was not emptied.", false},
		"Windows and Mac line ends":            {"a\r\nb\rc", "a\nb\nc", false},
		"other line ends":                      {"a\vb\fc\u0085d\u2028e\u2029f", "a\nb\nc\nd\ne\nf", false},
		"white space at the ends":              {"\n \n  a\n\n", "  a", false},
		"NUL and controls":                     {"a\x00b\x07c\x1b[31md\u009b", "abc[31md", true},
		"bytes that are no UTF-8":              {"caf\xe9\xe9 x", "caf\uFFFD x", true},
		"a replacement character stays":        {"caf\uFFFD", "caf\uFFFD", false},
		"overrides and isolates":               {"a\u202Egpj.exe\u202C\u2066b\u2069", "agpj.exeb", true},
		"byte-order mark and soft hyphen":      {"\uFEFFRefuse\u00ADcollection", "Refusecollection", false},
		"zero-width spaces":                    {"pay\u200Bpal", "paypal", false},
		"invisible letters":                    {"a\u3164\u115Fb", "ab", true},
		"runs of joiners":                      {"a\u200d\u200d\u200d\u200cb", "a\u200db", true},
		"a family emoji stays":                 {"👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦", false},
		"a heart with its selector stays":      {"❤️", "❤️", false},
		"the flag of Scotland stays":           {"🏴󠁧󠁢󠁳󠁣󠁴󠁿!", "🏴󠁧󠁢󠁳󠁣󠁴󠁿!", false},
		"the flag of Wales stays":              {"🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", false},
		"tags elsewhere carry hidden text":     {"hi\U000E0068\U000E0069", "hi", true},
		"a flag with a text behind it":         {"🏴\U000E0068\U000E0069", "🏴", true},
		"letters and accents are joined":       {"w\u0302 o\u0300", "ŵ ò", false},
		"Persian keeps its non-joiner":         {"می\u200cخواهم", "می\u200cخواهم", false},
		"stacks of marks":                      {"a" + strings.Repeat("\u0316", 50) + "b", "a" + strings.Repeat("\u0316", 8) + "b", true},
		"noncharacters":                        {"a\uFFFEb\uFDD0c\U0010FFFFd", "abcd", true},
		"one mark may be two when decomposed":  {"a" + strings.Repeat("\u0344", 40), "ä\u0301" + strings.Repeat("\u0308\u0301", 3) + "\u0308", true},
		"supplementary selectors hide letters": {"a\U000E0100\U000E0101", "a", true},
	} {
		t.Run(name, func(t *testing.T) {
			out, changed := Clean(c.in, 1000)
			if out != c.out || changed != c.changed {
				t.Errorf("Clean(%q) = %q, %v; want %q, %v", c.in, out, changed, c.out, c.changed)
			}
		})
	}
}

func TestTextIsCutBetweenGraphemes(t *testing.T) {
	for _, c := range []struct {
		in  string
		max int
		out string
	}{
		{"abcdef", 3, "abc"},
		{"ab 👩‍👩‍👧‍👦", 5, "ab"},
		{"ab", 0, ""},
		{"👩‍👩‍👧‍👦", 3, "👩‍👩"},
		{"a    b", 3, "a"},
	} {
		if out, changed := Clean(c.in, c.max); out != c.out || !changed {
			t.Errorf("Clean(%q, %d) = %q, %v; want %q, true", c.in, c.max, out, changed, c.out)
		}
	}
}

func TestALineIsOneLine(t *testing.T) {
	for in, want := range map[string]string{
		" Ann \r\n\t Bàn ":    "Ann Bàn",
		"\u200e\u200e":        "",
		"\u2800\u3164 \u00a0": "",
		"a\u00a0b":            "a b",
	} {
		if out, _ := CleanLine(in, 100); out != want {
			t.Errorf("CleanLine(%q) = %q, want %q", in, out, want)
		}
	}
}

// foreign draws text with much of what hurts.
var foreign = rapid.Custom(func(t *rapid.T) string {
	piece := rapid.SampledFrom([]string{
		"a", "Word", " ", "\n", "\r\n", "\x00", "\xff", "\u0301", "\u0344", "\u200d", "\u202e", "🏴", "\U000E0067",
		"\U000E007F", "👩‍👧", "ᄀ", "ᅡ", "ᆨ", "가", "か", "\u3099", "ﬁ", "ß", "İ", "\ufe0f", "\u034f", "कि", "ﷺ",
		"https://mercat.scot/a_(b)?c=d&e", "@ann@example.org", "@bob.bsky.social", "#Fife", "Mr. Smith.", "\u0958", "。", "日本語",
	})
	if rapid.Bool().Draw(t, "hostile") {
		return strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), "")
	}
	return rapid.String().Draw(t, "string")
})

func TestCleaningTwiceChangesNothingMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkClean(t, foreign.Draw(t, "s"), rapid.IntRange(1, 80).Draw(t, "max"))
	})
}

type failer interface{ Fatalf(string, ...any) }

func checkClean(t failer, s string, limit int) {
	for _, clean := range []func(string, int) (string, bool){Clean, CleanLine} {
		out, _ := clean(s, limit)
		again, changed := clean(out, limit)
		switch {
		case again != out || changed:
			t.Fatalf("%q became %q, and then %q (%v)", s, out, again, changed)
		case !utf8.ValidString(out):
			t.Fatalf("%q became invalid %q", s, out)
		case utf8.RuneCountInString(out) > limit:
			t.Fatalf("%q became longer than %d: %q", s, limit, out)
		case !norm.NFC.IsNormalString(out):
			t.Fatalf("%q became denormal %q", s, out)
		}
		for _, r := range out {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Fatalf("%q kept the control %U", s, r)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x00\xff\u202eb\r\n", 5)
	f.Add("🏴󠁧󠁢󠁳󠁣󠁴󠁿e\u0301\u0301\u0301\u0301", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		checkClean(t, s, 1+max(0, limit)%5000)
	})
}

func BenchmarkClean(b *testing.B) {
	for name, unit := range map[string]string{
		"ascii": "The bin in Kirkcaldy was not emptied. ", "gaelic": "Cha deach am biona fhalamhachadh, tha mi duilich. ò ",
		"zalgo": "a" + strings.Repeat("\u0316", 40), "invalid": "\xff\xfe\x00a", "joiners": "\u200d",
	} {
		s := strings.Repeat(unit, (64<<10)/len(unit))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Clean(s, 100_000)
			}
		})
	}
}
