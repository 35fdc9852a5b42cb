package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may follow one letter. Living scripts
// need at most five or six; "zalgo" text stacks dozens to cover its neighbours.
const maxMarks = 8

// Clean makes text of several lines safe to keep and show: valid UTF-8 in
// normal form C, lines ended by \n, without control characters, bidirectional
// overrides, invisible characters that serve only to deceive, or stacks of
// combining marks; without white space at its end or empty lines at its start;
// and at most maxRunes long, cut between graphemes. PostgreSQL and SQLite both
// take the result. Cleaning twice changes nothing more.
//
// Changed reports whether something was taken away that its author may miss or
// may have meant to do harm with. It is false for what no reader could see:
// line endings, normal form, white space at the ends, a byte-order mark.
func Clean(s string, maxRunes int) (out string, changed bool) {
	return clean(s, maxRunes, false)
}

// CleanLine is Clean for names, subjects and other single lines: every run of
// white space becomes one space, and a line in which nothing is visible
// becomes "".
func CleanLine(s string, maxRunes int) (out string, changed bool) {
	return clean(s, maxRunes, true)
}

func clean(s string, maxRunes int, line bool) (string, bool) {
	if maxRunes <= 0 {
		return "", s != ""
	}
	out, changed := s, false
	if !plain(s) {
		out, changed = scrub(s, maxRunes)
	}
	if line {
		out = strings.Join(strings.Fields(out), " ")
	} else {
		out = trimOuter(out)
	}
	if short, cut := cutRunes(out, maxRunes); cut {
		out, changed = strings.TrimRightFunc(short, unicode.IsSpace), true
	}
	if line && !visible(out) {
		out = ""
	}
	return out, changed
}

// plain reports whether s is printable ASCII with \n and \t, which most text
// is and which needs no scrubbing.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\t') || c >= 0x7f {
			return false
		}
	}
	return true
}

// trimOuter removes empty lines at the start, but not the first line's
// indentation, and white space at the end.
func trimOuter(s string) string {
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	start := 0
	for i, r := range s {
		if r == '\n' {
			start = i + 1
		} else if !unicode.IsSpace(r) {
			break
		}
	}
	return s[start:]
}

func visible(s string) bool {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) && r != brailleBlank {
			return true
		}
	}
	return false
}

// scrub does all of Clean but trimming and cutting. It stops reading when it
// holds enough for maxRunes whatever normalisation makes of them.
func scrub(s string, maxRunes int) (string, bool) {
	w := scrubber{enough: 4*maxRunes + 64}
	w.b.Grow(min(len(s), 4*w.enough))
	rest := s
	for rest != "" && w.kept < w.enough {
		r, size := utf8.DecodeRuneInString(rest)
		if r == blackFlag {
			size = w.flag(rest)
		} else {
			w.rune(r, size, rest)
		}
		rest = rest[size:]
	}
	if rest != "" {
		w.lost = true
	}
	return capMarks(norm.NFC.String(w.b.String())), w.lost
}

const (
	blackFlag    = '\U0001F3F4'
	brailleBlank = '\u2800'
	cancelTag    = '\U000E007F'
	joiner       = '\u200D' // joins emoji, and letters in several scripts
	nonJoiner    = '\u200C'
)

// scrubber copies the runes that may stay.
type scrubber struct {
	b       strings.Builder
	kept    int  // runes written
	enough  int  // runes after which there is no need for more
	last    rune // the last rune written
	marks   int  // combining marks since the last other rune
	unseen  bool // the last rune written was a joiner, a direction mark or a variation selector
	invalid bool // the last rune read was an invalid byte
	lost    bool
}

func (w *scrubber) put(r rune) {
	w.b.WriteRune(r)
	w.kept++
	w.last = r
}

// spaced reports whether nothing, or white space, stands before the next rune.
func (w *scrubber) spaced() bool { return w.kept == 0 || unicode.IsSpace(w.last) }

func (w *scrubber) rune(r rune, size int, rest string) {
	invalid := r == utf8.RuneError && size == 1
	switch {
	case invalid:
		// A run of bytes that are no UTF-8 becomes one replacement character.
		w.lost = true
		if !w.invalid {
			w.put(utf8.RuneError)
		}
		w.marks, w.unseen = 0, false
	case r == '\n' || r == '\t':
		w.put(r)
		w.marks, w.unseen = 0, false
	case r == '\r':
		if !strings.HasPrefix(rest[size:], "\n") {
			w.put('\n')
		}
		w.marks, w.unseen = 0, false
	case r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
		w.put('\n')
		w.marks, w.unseen = 0, false
	case ignorable(r):
	case unwanted(r):
		w.lost = true
	case seldom(r):
		// One is enough for every honest use, and what joins needs something
		// to join.
		if w.unseen || w.spaced() && !directs(r) {
			w.lost = w.lost || w.unseen
			break
		}
		w.put(r)
		w.unseen = true
		if unicode.Is(unicode.M, r) {
			w.marks++
		}
	case unicode.Is(unicode.M, r):
		// Normalisation may make two marks of one, so this is half of what the
		// normaliser takes before it starts a new sequence; capMarks cuts finer.
		if w.marks++; w.marks > maxMarks {
			w.lost = true
			break
		}
		w.put(r)
		w.unseen = false
	default:
		w.put(r)
		w.marks, w.unseen = 0, false
	}
	w.invalid = invalid
}

// flag copies a black flag with the tags that make it a nation's flag (Wales,
// Scotland), and returns the number of bytes read. Tags anywhere else are
// invisible text and are removed.
func (w *scrubber) flag(rest string) int {
	w.marks, w.unseen, w.invalid = 0, false, false
	w.put(blackFlag)
	read := utf8.RuneLen(blackFlag)
	var tags []rune
	for _, r := range rest[read:] {
		region := r >= 0xE0061 && r <= 0xE007A || r >= 0xE0030 && r <= 0xE0039
		if r == cancelTag && len(tags) >= 3 {
			for _, t := range append(tags, r) {
				w.put(t)
				read += utf8.RuneLen(t)
			}
			return read
		}
		if !region || len(tags) == 6 {
			break
		}
		tags = append(tags, r)
	}
	return read
}

// ignorable is what shows nothing and may go unnoticed: byte-order marks, soft
// hyphens, invisible spaces and word joiners.
func ignorable(r rune) bool {
	switch r {
	case '\u00AD', '\u180E', '\u200B', '\u2060', '\uFEFF':
		return true
	}
	return false
}

// unwanted is what may not be kept at all.
func unwanted(r rune) bool {
	switch {
	case r < ' ', r >= 0x7F && r <= 0x9F: // controls
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // bidirectional embeddings, overrides, isolates
	case r >= 0x2061 && r <= 0x2065, r >= 0x206A && r <= 0x206F: // invisible operators, deprecated formats
	case r >= 0xFFF9 && r <= 0xFFFB: // interlinear annotation
	case r >= 0xE0000 && r <= 0xE0FFF: // tags and variation selectors supplement
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0: // letters that are blank
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE: // noncharacters
	default:
		return false
	}
	return true
}

// seldom is what shows nothing by itself and has honest uses, one at a time.
func seldom(r rune) bool {
	switch {
	case r == joiner, r == nonJoiner:
	case directs(r):
	case r == 0x034F: // combining grapheme joiner
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0x180B && r <= 0x180D: // variation selectors
	default:
		return false
	}
	return true
}

// capMarks cuts runs of combining marks. What remains of a run is its start,
// so the text stays in normal form.
func capMarks(s string) string {
	marks, over := 0, false
	for _, r := range s {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			over = true
			break
		}
	}
	if !over {
		return s
	}
	marks = 0
	return strings.Map(func(r rune) rune {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			return -1
		}
		return r
	}, s)
}

// cutRunes cuts s to at most limit runes, between graphemes unless the first
// one alone is longer.
func cutRunes(s string, limit int) (out string, cut bool) {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s, false
	}
	end, runes := 0, 0
	for g := graphemes.FromString(s); g.Next(); {
		if runes += utf8.RuneCountInString(g.Value()); runes > limit {
			break
		}
		end = g.End()
	}
	if end == 0 {
		for range limit {
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
		}
		// A flag without its end is invisible tags.
		out, _ = scrub(s[:end], limit)
		return out, true
	}
	return s[:end], true
}

// directs reports whether r is a direction mark.
func directs(r rune) bool { return r == 0x200E || r == 0x200F || r == 0x061C }
