package expect

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mercat.scot/mercat/platform/text"
)

// word is a word of an answer, or a sign that parts clauses.
type word struct {
	folded     string // as text.Fold has it; "" for a sign
	number     int    // of digits or of a numeral; -1 for none
	start, end int    // bytes
}

func (w word) cuts() bool { return w.folded == "" }

// sentence is a part of a text between its full stops and lines.
type sentence struct {
	words      []word
	start, end int // bytes, without the space around it
	asks       bool
}

// sentences reads a text in one pass.
func sentences(s string) []sentence {
	var list []sentence
	var now sentence
	now.start = -1
	finish := func(end int, asks bool) {
		if now.start >= 0 && len(now.words) > 0 {
			now.end, now.asks = end, asks
			list = append(list, now)
		}
		now = sentence{start: -1}
	}
	last := 0 // behind the last sign that is no space
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			if r == '\n' {
				finish(last, false)
			}
			i += size
			continue
		}
		if now.start < 0 {
			now.start = i
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			end := wordEnd(s, i, unicode.IsDigit(r))
			now.words = append(now.words, newWord(s, i, end))
			i, last = end, end
			continue
		}
		i += size
		last = i
		switch r {
		case '.', '!', '?', '…':
			if ends(s, i, now.words) {
				finish(i, r == '?')
			}
		case ',', ';', ':', '(', ')', '–', '—', '/':
			now.words = append(now.words, word{number: -1, start: i - size, end: i})
		}
	}
	finish(last, false)
	return list
}

// wordEnd is behind the word at i: letters with apostrophes within, or digits.
func wordEnd(s string, i int, digits bool) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case digits && unicode.IsDigit(r), !digits && (unicode.IsLetter(r) || unicode.IsMark(r)):
		case !digits && (r == '\'' || r == '’') && i+size < len(s):
			if next, _ := utf8.DecodeRuneInString(s[i+size:]); !unicode.IsLetter(next) {
				return i
			}
		default:
			return i
		}
		i += size
	}
	return i
}

// longestWord bounds what is compared of a word, in bytes.
const longestWord = 40

func newWord(s string, start, end int) word {
	w := word{number: -1, start: start, end: end}
	if end-start > longestWord {
		w.folded = "-" // no word of ours
		return w
	}
	w.folded = text.Fold(s[start:end])
	if w.folded == "" {
		w.folded = "-"
	}
	if n, err := strconv.Atoi(w.folded); err == nil && n >= 0 && len(w.folded) <= 4 {
		w.number = n
	} else if n, ok := numerals[w.folded]; ok {
		w.number = n
	}
	return w
}

// numerals are numbers in words, as far as they are common before days.
var numerals = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "twenty": 20,
	"un": 1, "dau": 2, "ddau": 2, "dwy": 2, "ddwy": 2, "tri": 3, "dri": 3, "tair": 3, "pedwar": 4, "pedair": 4, "pum": 5, "pump": 5, "chwe": 6, "saith": 7, "deg": 10, "ddeg": 10,
	"da": 2, "dha": 2, "coig": 5, "deich": 10,
}

// ends reports whether a full stop that ends at i ends a sentence: a space
// follows, or nothing, and the word before is no abbreviation.
func ends(s string, i int, words []word) bool {
	if i < len(s) {
		if r, _ := utf8.DecodeRuneInString(s[i:]); !unicode.IsSpace(r) {
			return false
		}
	}
	if s[i-1] != '.' || len(words) == 0 {
		return true
	}
	before := words[len(words)-1]
	if before.end != i-1 {
		return true
	}
	return !strings.Contains(" st rd ave mr mrs ms dr no approx dept e.g i.e prof cllr ", " "+before.folded+" ")
}
