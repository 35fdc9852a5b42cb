package text

import (
	"iter"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Graphemes counts what a reader sees as characters (extended grapheme
// clusters, UAX 29). It is the length that Bluesky counts.
func Graphemes(s string) int {
	n := 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
	}
	return n
}

// TruncateGraphemes returns the first n graphemes of s, or all of it.
func TruncateGraphemes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for g := graphemes.FromString(s); n > 0 && g.Next(); n-- {
		end = g.End()
	}
	return s[:end]
}

// Excerpt returns the beginning of s on one line, at most n graphemes with the
// ellipsis that it gets when something was left out, ended at a word where that
// leaves at least half.
func Excerpt(s string, n int) string {
	if n <= 0 {
		return ""
	}
	// A grapheme is rarely longer than a few bytes; reading this far keeps the
	// excerpt of a long text cheap, and a prefix of it right.
	whole := s
	if limit := 64*n + 1024; len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	line := strings.Join(strings.Fields(s), " ")
	if len(s) == len(whole) && Graphemes(line) <= n {
		return line
	}
	short := TruncateGraphemes(line, n-1)
	atWord := len(short) < len(line) && line[len(short)] == ' '
	if i := strings.LastIndexByte(short, ' '); !atWord && i >= len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRightFunc(short, func(r rune) bool {
		return unicode.IsSpace(r) || r == ',' || r == ';' || r == ':' || r == '-' || r == '–'
	}) + "…"
}

// Pieces yields s in pieces between which a page may break the line (<wbr>):
// words of more than longest graphemes are cut into such lengths, everything
// else stays whole. Joined, the pieces are s.
func Pieces(s string, longest int) iter.Seq[string] {
	return func(yield func(string) bool) {
		if longest <= 0 || len(s) <= longest {
			if s != "" {
				yield(s)
			}
			return
		}
		start, run := 0, 0
		for g := graphemes.FromString(s); g.Next(); {
			if strings.ContainsFunc(g.Value(), unicode.IsSpace) {
				run = 0
				continue
			}
			if run == longest {
				if !yield(s[start:g.Start()]) {
					return
				}
				start, run = g.Start(), 0
			}
			run++
		}
		yield(s[start:])
	}
}
