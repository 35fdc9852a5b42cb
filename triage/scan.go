package triage

import (
	"unicode"
	"unicode/utf8"
)

const (
	maxText = 16 << 10 // bytes of a message that are read
	maxWord = 32       // runes of a word whose parts are looked at
	minPart = 2        // runes of the shortest part of a word, marks of its ends included
	maxPart = 5
)

// Keys of features are 64-bit FNV-1a hashes; each kind begins with its own
// seed, so that the word "at" is not the part "at". The seeds differ in many
// bits: when they differed only in bits of a letter, the word "dark" was the
// part "park".
const (
	fnvPrime = 1099511628211

	wordSeed = 0xcbf29ce484222325
	partSeed = 0x9e3779b97f4a7c15
	pairSeed = 0xbf58476d1ce4e5b9
	skipSeed = 0x94d049bb133111eb
)

func mixRune(h uint64, r rune) uint64 { return (h ^ uint64(r)) * fnvPrime }

func mixWord(h, word uint64) uint64 {
	h = (h ^ word) * fnvPrime
	return (h ^ h>>29) * fnvPrime
}

// token is one word of a message.
type token struct {
	key        uint64
	start, end int // bytes in the message
	runes      int // in scratch.runes, from first
	first      int
}

// scratch is the working memory of one reading, used again for the next.
type scratch struct {
	tokens []token
	runes  []rune // of all words, folded: lower case, digits as 0
	seen   set
}

// scan cuts a message into words: letters and digits, without regard to case,
// each digit as 0, apostrophes left out.
func (s *scratch) scan(message string) {
	s.tokens, s.runes = s.tokens[:0], s.runes[:0]
	if len(message) > maxText {
		message = message[:maxText]
	}
	open := false
	var t token
	finish := func(end int) {
		if open {
			t.end, t.runes = end, len(s.runes)-t.first
			s.tokens = append(s.tokens, t)
			open = false
		}
	}
	for i := 0; i < len(message); {
		r, size := rune(message[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(message[i:])
		}
		folded, ok := fold(r)
		switch {
		case ok && isEmoji(r): // is a word of its own, whatever it stands against
			finish(i)
			open, t = true, token{key: mixRune(wordSeed, folded), start: i, first: len(s.runes)}
			s.runes = append(s.runes, folded)
			finish(i + size)
		case ok:
			if !open {
				open, t = true, token{key: wordSeed, start: i, first: len(s.runes)}
			}
			if len(s.runes)-t.first < maxWord { // of a longer word, the rest is not looked at
				t.key = mixRune(t.key, folded)
				s.runes = append(s.runes, folded)
			}
		case (r == '\'' || r == '’') && open: // don't is dont
		default:
			finish(i)
		}
		i += size
	}
	finish(len(message))
}

// fold is a rune as the model sees it; false for what parts words.
func fold(r rune) (rune, bool) {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z':
			return r, true
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A', true
		case '0' <= r && r <= '9':
			return '0', true
		}
		return 0, false
	}
	switch {
	case unicode.IsLetter(r), unicode.Is(unicode.Mn, r), isEmoji(r):
		return unicode.ToLower(r), true
	case unicode.IsDigit(r):
		return '0', true
	}
	return 0, false
}

// isEmoji tells pictures, which say more about tone than most words.
func isEmoji(r rune) bool {
	return r >= 0x1F300 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF
}

// parts calls each part of a word: 2 to 5 runes of it, its ends marked. The
// whole word is not among them unless it is very short.
func parts(word []rune, each func(key uint64)) {
	n := len(word) + 2
	at := func(i int) rune {
		switch i {
		case 0:
			return '<'
		case n - 1:
			return '>'
		}
		return word[i-1]
	}
	for i := range n {
		h := uint64(partSeed)
		for j := i; j < n && j-i < maxPart; j++ {
			h = mixRune(h, at(j))
			length := j - i + 1
			if length >= minPart && (length < n || n <= 3) {
				each(h)
			}
		}
	}
}

// pairs calls each pair of neighbours, and of words with one between them. A
// message begins with an empty word.
func (s *scratch) pairs(each func(key uint64, first, last int)) {
	for i := range s.tokens {
		key := s.tokens[i].key
		if i == 0 {
			each(mixWord(pairSeed, key), 0, 0)
			continue
		}
		each(mixWord(mixWord(pairSeed, s.tokens[i-1].key), key), i-1, i)
		if i > 1 {
			each(mixWord(mixWord(skipSeed, s.tokens[i-2].key), key), i-2, i)
		}
	}
}

// set holds keys; empty it is ready for use.
type set struct {
	keys []uint64
	used []uint32
	turn uint32
}

// reset makes room for n keys.
func (s *set) reset(n int) {
	size := 64
	for size < 2*n {
		size *= 2
	}
	if len(s.keys) < size {
		s.keys, s.used, s.turn = make([]uint64, size), make([]uint32, size), 0
	}
	s.turn++
	if s.turn == 0 { // after four thousand million messages the marks begin anew
		clear(s.used)
		s.turn = 1
	}
}

// add reports whether a key is new.
func (s *set) add(key uint64) bool {
	mask := uint64(len(s.keys) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if s.used[i] != s.turn {
			s.used[i], s.keys[i] = s.turn, key
			return true
		}
		if s.keys[i] == key {
			return false
		}
	}
}
