package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold makes the form of s that search and comparison use: two texts that a
// reader would call the same word fold to the same string. Case, accents,
// compatibility forms (ﬁ, ①, full width) and invisible characters go; letters
// with a stroke become their base (ø, đ, ł), æ becomes ae, ß becomes ss, curly
// apostrophes become straight. Vowel signs of Indic scripts and the voicing
// marks of kana stay, for without them the words are others. Folding twice
// changes nothing more. The result is at most 11 times as long.
func Fold(s string) string {
	if i := firstNonASCII(s); i == len(s) {
		return strings.ToLower(s)
	}
	if quick, ok := foldLatin(s); ok {
		return quick
	}
	return foldAny(s)
}

// latinEnd is behind the letters of which foldLatin knows what becomes.
const latinEnd = 0x180

// latin is what single letters and signs from U+0080 on become.
var latin = sync.OnceValue(func() (table [latinEnd - utf8.RuneSelf]string) {
	for i := range table {
		table[i] = foldAny(string(rune(utf8.RuneSelf + i)))
	}
	return table
})

// foldLatin is foldAny for text in which every rune folds by itself: ASCII,
// Latin letters with their accents on, and the usual quotation marks and
// dashes. It is what most of our text is, and ten times as quick.
func foldLatin(s string) (string, bool) {
	table := latin()
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
		case r < latinEnd:
			b.WriteString(table[r-utf8.RuneSelf])
		case r == '‘' || r == '’':
			b.WriteByte('\'')
		case r == '“' || r == '”':
			b.WriteByte('"')
		case r == '–' || r == '—':
			b.WriteByte('-')
		default:
			return "", false
		}
	}
	return b.String(), true
}

func foldAny(s string) string {
	// Case folding can bring forth what normalisation then takes apart, and the
	// other way round, so both come twice.
	s = strip(norm.NFKD.String(s))
	s = strip(norm.NFKD.String(cases.Fold().String(s)))
	// Cherokee alone folds to capitals.
	return norm.NFC.String(strings.ToLower(s))
}

func firstNonASCII(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// strip removes accents and invisible characters from decomposed text, and
// spells out letters that have no decomposition.
func strip(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteByte(byte(r))
			continue
		}
		if spelt, ok := spelling(r); ok {
			b.WriteString(spelt)
			continue
		}
		if accent(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// accent reports whether r is a mark that may go without making another word:
// the accents of alphabets, the points of Hebrew and Arabic, variation
// selectors.
func accent(r rune) bool {
	if !unicode.Is(unicode.M, r) {
		return false
	}
	switch {
	case r == '\u3099' || r == '\u309A': // kana voicing
		return false
	case r >= 0x0591 && r <= 0x05C7: // Hebrew points
		return true
	}
	return unicode.Is(unicode.Inherited, r) || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic)
}

// spelling returns what stands for letters and signs that Unicode does not take
// apart.
func spelling(r rune) (string, bool) {
	switch r {
	case 'ø', 'Ø':
		return "o", true
	case 'đ', 'Đ', 'ð', 'Ð', 'ɖ', 'Ɖ':
		return "d", true
	case 'ł', 'Ł', 'ƚ', 'Ƚ':
		return "l", true
	case 'ħ', 'Ħ':
		return "h", true
	case 'ŧ', 'Ŧ':
		return "t", true
	case 'ı':
		return "i", true
	case 'æ', 'Æ':
		return "ae", true
	case 'œ', 'Œ':
		return "oe", true
	case 'þ', 'Þ':
		return "th", true
	case 'ŋ', 'Ŋ':
		return "ng", true
	case 'ß', 'ẞ':
		return "ss", true
	case 'ȝ', 'Ȝ': // yogh, as in old spellings of Scots names
		return "z", true
	case '‘', '’', 'ʼ', 'ʻ', '‛', '′', '´', '`':
		return "'", true
	case '“', '”', '„', '«', '»', '″':
		return `"`, true
	case '‐', '‑', '‒', '–', '—', '−':
		return "-", true
	case '\u0640': // Arabic tatweel, which only stretches a word
		return "", true
	}
	return "", false
}
