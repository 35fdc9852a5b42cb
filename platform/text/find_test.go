package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWhatPeopleExpectToBeClickable(t *testing.T) {
	for in, want := range map[string]string{
		"See https://fife.gov.uk/bins.":                                                "link:https://fife.gov.uk/bins",
		"(https://en.wikipedia.org/wiki/Fife_(county))":                                "link:https://en.wikipedia.org/wiki/Fife_(county)",
		"HTTP://Example.org/A?b=1#c, then":                                             "link:http://Example.org/A?b=1#c",
		"fife.gov.uk and www.Fife.gov.uk/a":                                            "link:https://fife.gov.uk link:https://www.Fife.gov.uk/a",
		"It was dark.so I fell. See.The end.":                                          "",
		"e.g. this, i.e. that, 3.5 and file.txt":                                       "",
		"ann@example.org is an address":                                                "",
		"thanks @ann.bsky.social!":                                                     "mention:ann.bsky.social",
		"@ann @ann@example.org (@bob_2)":                                               "mention:ann mention:ann@example.org mention:bob_2",
		"a@b @ @. @@ann":                                                               "",
		"#Fife #Cŵn #2026 #20mph #snow_day, ## #":                                      "tag:Fife tag:Cŵn tag:20mph tag:snow_day",
		"no#tag ＃日本":                                                                   "tag:日本",
		"見てhttps://example.org/道 です":                                                   "link:https://example.org/道",
		"https:// http://. https://-":                                                  "",
		"https://a.example/" + strings.Repeat("(", 3000) + " but https://b.example is": "link:https://b.example",
		"javascript:alert(1) data:text/html,x":                                         "",
		"https://example.org\u202egpj":                                                 "link:https://example.org",
		`"https://example.org"`:                                                        "link:https://example.org",
		"https://user:pw@example.org/@ann#tag":                                         "link:https://user:pw@example.org/@ann#tag",
		"mercat.test/x ok":                                                             "link:https://mercat.test/x",
		"gov.uk is a suffix":                                                           "",
		"Mind the gap...and the step":                                                  "",
	} {
		var got []string
		for _, s := range Find(in) {
			got = append(got, string(s.Kind)+":"+s.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("Find(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSpansAreByteOffsets(t *testing.T) {
	s := "Bàn 👩‍👧: https://example.org #ŵy"
	var got []string
	for _, p := range Find(s) {
		got = append(got, s[p.Start:p.End])
	}
	if fmt.Sprint(got) != "[https://example.org #ŵy]" {
		t.Errorf("%q", got)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("See https://fife.gov.uk/(bins). @ann@example.org #Fife ＃日本 www.a.uk")
	f.Fuzz(func(t *testing.T, s string) {
		at := 0
		for _, p := range Find(s) {
			if p.Start < at || p.End <= p.Start || p.End > len(s) || p.Value == "" {
				t.Fatalf("%q: %+v after %d", s, p, at)
			}
			if !utf8.RuneStart(s[p.Start]) || p.End < len(s) && utf8.ValidString(s) && !utf8.RuneStart(s[p.End]) {
				t.Fatalf("%q: %+v cuts a rune", s, p)
			}
			if strings.ContainsFunc(s[p.Start:p.End], unicode.IsSpace) {
				t.Fatalf("%q: %+v holds a space", s, p)
			}
			at = p.End
		}
	})
}

func TestThreadsAreCutWhereAReaderWouldPause(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		limit int
		want  []string
	}{
		"fits":                                   {" short ", 300, []string{"short"}},
		"no limit":                               {"short", 0, []string{"short"}},
		"nothing":                                {"", 10, []string{""}},
		"sentences":                              {"One two three. Four five six. Seven.", 20, []string{"One two three.", "Four five six.", "Seven."}},
		"words when sentences are short of half": {"Hi. one two three four five six", 20, []string{"Hi. one two three", "four five six"}},
		"paragraphs":                             {"One two three\n\nfour five", 18, []string{"One two three", "four five"}},
		"a long word":                            {"aaaaaaaaaaaaaaaaaaaaaaaaa", 10, []string{"aaaaaaaaaa", "aaaaaaaaaa", "aaaaa"}},
		"graphemes stay whole":                   {strings.Repeat("👩‍👧", 5), 2, []string{"👩‍👧👩‍👧", "👩‍👧👩‍👧", "👩‍👧"}},
		"a link stays whole":                     {"word https://example.org/abcdef", 26, []string{"word", "https://example.org/abcdef"}},
		"a link in running text":                 {"見て見て見てhttps://example.org/abcdef見", 27, []string{"見て見て見て", "https://example.org/abcdef見"}},
		"a link that is too long":                {"a https://example.org/abcdefghijklmnop", 20, []string{"a", "https://example.org/", "abcdefghijklmnop"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Split(c.in, c.limit, Graphemes); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// statusLength counts as Mastodon does: every link is 23 characters.
func statusLength(s string) int {
	n := Graphemes(s)
	for _, l := range Links(s) {
		n += 23 - Graphemes(s[l.Start:l.End])
	}
	return n
}

func checkSplit(t failer, s string, limit int, count func(string) int) {
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	parts := Split(s, limit, count)
	if got := bare(strings.Join(parts, " ")); got != bare(s) {
		t.Fatalf("%q in parts of %d lost something: %q", s, limit, parts)
	}
	for i, p := range parts {
		if (p == "" && len(parts) > 1) || p != strings.TrimSpace(p) {
			t.Fatalf("part %d of %q is %q", i, s, p)
		}
		if n := count(p); n > limit && Graphemes(p) > 1 {
			t.Fatalf("part %d of %q is %d long, more than %d: %q", i, s, n, limit, p)
		}
	}
}

func TestSplittingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := Clean(foreign.Draw(t, "s"), 5000)
		checkSplit(t, s, rapid.IntRange(1, 50).Draw(t, "limit"), Graphemes)
		checkSplit(t, s, rapid.IntRange(23, 60).Draw(t, "limit"), statusLength)
	})
}

func TestLinksAndMentionsAreNotSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{
			"https://example.org/abc", "@ann@example.org", "#Fife", "word", "Sentence end.", "\n\n", "日本語の文章。", "👩‍👧",
		}), 1, 80).Draw(t, "words")
		s := strings.Join(words, " ")
		before := len(Find(s))
		after := 0
		for _, p := range Split(s, rapid.IntRange(25, 100).Draw(t, "limit"), Graphemes) {
			after += len(Find(p))
		}
		if before != after {
			t.Fatalf("%d links, mentions and tags became %d in %q", before, after, s)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("One two three. Four https://example.org/a_b five six. 👩‍👧", 20)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		s, _ = Clean(s, 20_000)
		checkSplit(t, s, 1+max(0, limit)%400, Graphemes)
	})
}

func BenchmarkSplit(b *testing.B) {
	for name, unit := range map[string]string{"sentences": "The bin was not emptied. ", "one word": "a", "spaces": " ", "links": "https://example.org/abc ", "japanese": "日本語の文章。"} {
		for _, size := range []int{16 << 10, 64 << 10} {
			s := "x" + strings.Repeat(unit, size/len(unit)) + "x"
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				for b.Loop() {
					Split(s, 300, Graphemes)
				}
			})
		}
	}
}

func TestExcerptsEndAtWords(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"short\n line", 20, "short line"}, {"one two three", 9, "one two…"}, {"one two, three", 10, "one two…"},
		{"abcdefghij", 5, "abcd…"}, {"", 5, ""}, {"abc", 0, ""}, {"👩‍👧👩‍👧👩‍👧", 2, "👩‍👧…"}, {strings.Repeat(" ", 5000) + "a", 9, "…"},
	} {
		if got := Excerpt(c.in, c.n); got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestLongWordsComeInPieces(t *testing.T) {
	var got []string
	for p := range Pieces("a bcdefgh 👩‍👧👩‍👧👩‍👧👩‍👧", 3) {
		got = append(got, p)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", []string{"a bcd", "efg", "h 👩‍👧👩‍👧👩‍👧", "👩‍👧"}) {
		t.Errorf("%q", got)
	}
}

func FuzzGraphemes(f *testing.F) {
	f.Add("a👩‍👧 \r\n", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(0, n) % 1000
		if short := TruncateGraphemes(s, n); Graphemes(short) > n || !strings.HasPrefix(s, short) {
			t.Fatalf("%d graphemes of %q: %q", n, s, short)
		}
		if got := Graphemes(Excerpt(s, n)); got > n {
			t.Fatalf("excerpt of %q is %d long", s, got)
		}
		var b strings.Builder
		for p := range Pieces(s, n) {
			b.WriteString(p)
		}
		if b.String() != s {
			t.Fatalf("pieces of %q make %q", s, b.String())
		}
	})
}
