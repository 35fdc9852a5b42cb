package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mercat.scot/mercat/platform/text"
)

const (
	maxRead  = 16 << 10 // bytes of a text that are read
	maxToken = 64       // bytes of one word, beyond which it is nobody's name
)

// token is a word of a text: folded, apostrophes dropped.
type token struct {
	word string
	// breaks: before it stands something that parts phrases (a full stop, a
	// bracket, a new line), so that no name goes across it.
	breaks  bool
	capital bool // begins with a capital letter
}

// tokenise parts the first limit bytes of a text into words. Addresses of web
// pages and @names are left out: what stands in them was not said.
func tokenise(s string, limit int) []token {
	if len(s) > limit {
		s = s[:limit]
	}
	tokens := make([]token, 0, len(s)/5+4)
	breaks := true
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && !isWordByte(c) {
			switch {
			case c == '@':
				i = skipName(s, i+1)
				breaks = true
				continue
			case parts(s, i, tokens):
				breaks = true
			}
			i++
			continue
		}
		end, plain, quoted := wordEnd(s, i)
		if end == i { // a sign beyond ASCII
			r, size := utf8.DecodeRuneInString(s[i:])
			if !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r) {
				breaks = true
			}
			i += size
			continue
		}
		raw := s[i:end]
		if isAddress(s, raw, end) {
			i = skipToSpace(s, end)
			breaks = true
			continue
		}
		first, _ := utf8.DecodeRuneInString(raw)
		word := raw
		if plain {
			word = strings.ToLower(raw)
		} else {
			word = text.Fold(raw)
		}
		if quoted || !plain {
			word = dropSigns(word)
		}
		if word != "" && len(word) <= maxToken {
			tokens = append(tokens, token{word: word, breaks: breaks, capital: unicode.IsUpper(first)})
			breaks = false
		} else {
			breaks = true
		}
		i = end
	}
	return tokens
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// wordEnd returns the end of the word at s[i:], whether it is ASCII alone, and
// whether apostrophes stand in it.
func wordEnd(s string, i int) (end int, plain, quoted bool) {
	plain = true
	end = i
	for j := i; j < len(s); {
		c := s[j]
		if c < utf8.RuneSelf {
			if isWordByte(c) {
				j++
				end = j
				continue
			}
			if c == '\'' && end == j && j > i {
				quoted = true
				j++
				continue
			}
			break
		}
		r, size := utf8.DecodeRuneInString(s[j:])
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			plain = false
			j += size
			end = j
			continue
		case j > i && (unicode.Is(unicode.M, r) || unicode.Is(unicode.Cf, r)):
			plain = false
			j += size
			end = j
			continue
		case j > i && end == j && (r == '’' || r == '‘' || r == 'ʼ' || r == '´'):
			plain, quoted = false, true
			j += size
			continue
		}
		break
	}
	return end, plain, quoted
}

// dropSigns leaves letters and digits of a folded word.
func dropSigns(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r) {
			return r
		}
		return -1
	}, word)
}

// parts reports whether the sign at s[i] parts phrases. A full stop behind an
// abbreviation ("St. Mary's Rd.") does not, nor does a line's end within a
// paragraph.
func parts(s string, i int, tokens []token) bool {
	switch c := s[i]; c {
	case ' ', '\t', '\r', '-', '/', '\'', '#', '_', '&', '*':
		return false
	case '\n':
		return i > 0 && s[i-1] == '\n'
	case '.':
		return len(tokens) == 0 || i == 0 || !isWordByte(s[i-1]) || !abbreviation(tokens[len(tokens)-1].word)
	}
	return true
}

// isAddress reports whether a word begins the address of a web page.
func isAddress(s, word string, end int) bool {
	switch len(word) {
	case 4, 5:
		return strings.HasPrefix(s[end:], "://")
	case 3:
		return strings.EqualFold(word, "www") && strings.HasPrefix(s[end:], ".")
	}
	return false
}

func skipToSpace(s string, i int) int {
	if n := strings.IndexAny(s[i:], " \t\r\n"); n >= 0 {
		return i + n
	}
	return len(s)
}

// skipName passes over the rest of an @name or an email address.
func skipName(s string, i int) int {
	for i < len(s) && (isWordByte(s[i]) || s[i] == '.' || s[i] == '-' || s[i] == '_' || s[i] == '@') {
		i++
	}
	return i
}

// trie holds phrases as paths of words.
type trie struct {
	ids   map[string]uint32 // words
	edges map[uint64]uint32 // node and word to node; node 0 is the root
	nodes uint32
}

func newTrie(size int) *trie {
	return &trie{ids: make(map[string]uint32, size), edges: make(map[uint64]uint32, 2*size), nodes: 1}
}

// add returns the node of a phrase, making it when it is new.
func (t *trie) add(phrase []string) uint32 {
	node := uint32(0)
	for _, w := range phrase {
		id, ok := t.ids[w]
		if !ok {
			id = uint32(len(t.ids) + 1)
			t.ids[strings.Clone(w)] = id
		}
		edge := uint64(node)<<32 | uint64(id)
		next, ok := t.edges[edge]
		if !ok {
			next = t.nodes
			t.nodes++
			t.edges[edge] = next
		}
		node = next
	}
	return node
}

// words returns the words' numbers, 0 for those in no phrase.
func (t *trie) words(tokens []token, form func(string) string) []uint32 {
	ids := make([]uint32, len(tokens))
	for i, k := range tokens {
		ids[i] = t.ids[form(k.word)]
	}
	return ids
}

// longest walks from tokens[i] as far as phrases go and returns the last node
// at which ends is true, with the number of words, 0 when there is none.
func (t *trie) longest(tokens []token, ids []uint32, i int, ends func(node uint32) bool) (node uint32, length int) {
	at := uint32(0)
	for j := i; j < len(tokens); j++ {
		if ids[j] == 0 || j > i && tokens[j].breaks {
			break
		}
		next, ok := t.edges[uint64(at)<<32|uint64(ids[j])]
		if !ok {
			break
		}
		at = next
		if ends(at) {
			node, length = at, j-i+1
		}
	}
	return node, length
}
