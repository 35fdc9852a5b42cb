package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Bounds on words. A longer word is cut, in the index and in the question
// alike, so that it is still found.
const (
	maxWordRunes   = 64
	maxSearchTerms = 16
	maxTermWords   = 32
)

// Tokens yields the folded words of s, at most limit of them (0 for all).
// Words are letters and digits only: apostrophes inside them are dropped
// (O'Brien is obrien), every other sign parts them. Scripts without spaces are
// parted as UAX 29 says.
func Tokens(s string, limit int) iter.Seq[string] {
	return func(yield func(string) bool) {
		n := 0
		for w := words.FromString(Fold(s)); w.Next(); {
			for part := range parts(w.Value()) {
				if !yield(part) {
					return
				}
				if n++; n == limit {
					return
				}
			}
		}
	}
}

// parts yields the runs of letters and digits in one word.
func parts(word string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, runes, quoted := -1, 0, false
		flush := func(end int) bool {
			if start < 0 {
				return true
			}
			part := word[start:end]
			if quoted {
				part = strings.ReplaceAll(part, "'", "")
			}
			start, quoted = -1, false
			return yield(cutWord(part))
		}
		for i, r := range word {
			switch {
			case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r) && start >= 0:
				if start < 0 {
					start, runes = i, 0
				}
				runes++
			case r == '\'' && start >= 0 && runes > 0:
				quoted = true
			default:
				if !flush(i) {
					return
				}
			}
		}
		flush(len(word))
	}
}

func cutWord(s string) string {
	if len(s) <= maxWordRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == maxWordRunes {
			return s[:i]
		}
		n++
	}
	return s
}

// Searchable is the form of s that goes into a full-text index: its Tokens, at
// most limit of them, with single spaces between. What stands there is so plain
// that every engine's own tokeniser sees the same words.
func Searchable(s string, limit int) string {
	var b strings.Builder
	b.Grow(min(len(s), 1<<16))
	for t := range Tokens(s, limit) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t)
	}
	return b.String()
}

// Term is one thing that a person searches for: a word, or several in a row.
type Term struct {
	Words  []string // folded; never empty
	Prefix bool     // the last word is the beginning of a word
}

// SearchTerms reads what a person typed into a search box. Words in quotation
// marks belong together; a word or phrase that ends with * may go on; what
// consists of several words without quotation marks (pot-hole, mercat.scot) is
// a phrase as well. All terms must be found. At most 16 terms are returned.
func SearchTerms(query string) []Term {
	const maxQuery = 4096
	if len(query) > maxQuery {
		query = query[:maxQuery]
	}
	query = strings.Map(func(r rune) rune {
		switch r {
		case '“', '”', '„', '«', '»', '＂':
			return '"'
		}
		return r
	}, query)

	var terms []Term
	add := func(raw string, prefix bool) {
		if len(terms) == maxSearchTerms {
			return
		}
		var found []string
		for w := range Tokens(raw, maxTermWords) {
			found = append(found, w)
		}
		if len(found) > 0 {
			terms = append(terms, Term{Words: found, Prefix: prefix})
		}
	}
	for query != "" && len(terms) < maxSearchTerms {
		r, size := utf8.DecodeRuneInString(query)
		switch {
		case unicode.IsSpace(r):
			query = query[size:]
		case r == '"':
			body, after, _ := strings.Cut(query[1:], `"`)
			rest := strings.TrimPrefix(after, "*")
			add(body, len(rest) < len(after))
			query = rest
		default:
			end := strings.IndexFunc(query, func(r rune) bool { return r == '"' || unicode.IsSpace(r) })
			if end < 0 {
				end = len(query)
			}
			word := query[:end]
			add(word, strings.HasSuffix(word, "*"))
			query = query[end:]
		}
	}
	return terms
}
