package text

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Split cuts s into parts of at most limit units each, as count counts them
// (Graphemes, or a network's own rule), for a thread of posts. It returns one
// part when s fits or limit is 0.
//
// Parts end between paragraphs or sentences where that leaves at least half a
// part, otherwise between words; never inside a link, a mention, a tag or a
// grapheme, unless that alone is longer than limit. Nothing but white space at
// the cuts is lost. Count must not grow when text is taken from its end.
func Split(s string, limit int, count func(string) int) []string {
	s = strings.TrimSpace(s)
	if limit <= 0 || fits(s, limit, count) {
		return []string{s}
	}
	var parts []string
	for s != "" {
		end := cut(s, limit, count)
		if part := strings.TrimRightFunc(s[:end], unicode.IsSpace); part != "" {
			parts = append(parts, part)
		}
		s = strings.TrimLeftFunc(s[end:], unicode.IsSpace)
	}
	return parts
}

// fits reports whether s fits into one part. A beginning that is too long
// already tells so without counting all of a long text.
func fits(s string, limit int, count func(string) int) bool {
	if window := s[:window(s, limit)]; len(window) < len(s) && count(window) > limit {
		return false
	}
	return count(s) <= limit
}

// window returns the end of a prefix of s that is surely worth looking at.
func window(s string, limit int) int {
	end := min(len(s), 8*limit+256)
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	return end
}

// cut returns where the first part of s ends.
func cut(s string, limit int, count func(string) int) int {
	// Widen the window until it holds more than one part, or all of s. A network
	// may count a long link as few units, so a fixed window would not do.
	end := window(s, limit)
	for end < len(s) && count(s[:end]) <= limit {
		end = window(s, (2*end+8)/8)
	}
	if end == len(s) && count(s) <= limit {
		return end
	}
	head := s[:end]

	ends := wordEnds(head, end == len(s))
	last := longest(head, ends, limit, count)
	if last < 0 || tooShort(head, ends, last, limit, count) {
		return cutWordAt(s, limit, count)
	}
	for i := last; i >= 0 && 2*count(head[:ends[i].at]) >= limit; i-- {
		if ends[i].sentence {
			return ends[i].at
		}
	}
	return ends[last].at
}

// tooShort reports whether ending the part at the last word that fits would
// waste most of it because the next word does not fit into any part.
func tooShort(head string, ends []wordEnd, last, limit int, count func(string) int) bool {
	at := ends[last].at
	if 2*count(head[:at]) >= limit {
		return false
	}
	next := len(head)
	if last+1 < len(ends) {
		next = ends[last+1].at
	}
	return count(strings.TrimLeftFunc(head[at:next], unicode.IsSpace)) > limit
}

type wordEnd struct {
	at       int
	sentence bool // a sentence or a paragraph ends here
}

// wordEnds returns the ends of the words in head, in order. The last word
// counts only when nothing follows head.
func wordEnds(head string, complete bool) []wordEnd {
	var ends []wordEnd
	inWord := false
	for i, r := range head {
		if !unicode.IsSpace(r) {
			inWord = true
			continue
		}
		if inWord {
			paragraph := strings.HasPrefix(head[i:], "\n\n") || strings.HasPrefix(head[i:], "\n \n")
			ends = append(ends, wordEnd{at: i, sentence: paragraph || endsSentence(head[:i])})
		}
		inWord = false
	}
	if inWord && complete {
		ends = append(ends, wordEnd{at: len(head), sentence: true})
	}
	return ends
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, `"')]”’»`)
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?…。！？", r)
}

// longest returns the index of the last of ends at which the part still fits,
// or -1.
func longest(head string, ends []wordEnd, limit int, count func(string) int) int {
	return sort.Search(len(ends), func(i int) bool { return count(head[:ends[i].at]) > limit }) - 1
}

// cutWordAt cuts where no space helps: between graphemes outside a link,
// mention or tag, and if s begins with one that is too long, inside it.
func cutWordAt(s string, limit int, count func(string) int) int {
	head := s[:min(len(s), window(s, limit))]
	spans := Find(head)
	if n := len(spans); n > 0 && spans[n-1].End == len(head) && len(head) < len(s) {
		// The last one may go on beyond the window.
		spans[n-1].End = len(s)
	}
	var outside, all []int
	for g := graphemes.FromString(head); g.Next(); {
		for len(spans) > 0 && spans[0].End <= g.End() {
			spans = spans[1:]
		}
		all = append(all, g.End())
		if len(spans) == 0 || g.End() <= spans[0].Start {
			outside = append(outside, g.End())
		}
	}
	for _, ends := range [][]int{outside, all} {
		n := sort.Search(len(ends), func(i int) bool { return count(head[:ends[i]]) > limit })
		if n > 0 {
			return ends[n-1]
		}
	}
	return all[0] // one grapheme longer than the limit
}
