package email

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/charmap"
)

// latin reads bytes of unknown origin as windows-1252, which is what unlabelled
// and mislabelled Western mail is.
func latin(s string) string {
	out, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD") // cannot happen: every byte has a meaning or becomes U+FFFD
	}
	return out
}

// decodeCharset turns the bytes of a text into UTF-8. Known is false when the
// label means nothing to us and the text had to be guessed.
//
// Labels are often wrong in one direction: a program that writes UTF-8 under an
// old label. Valid UTF-8 with letters outside ASCII is so improbable in a
// single-byte Western text that it is believed over the label.
func decodeCharset(label string, b []byte) (s string, known bool) {
	label = strings.ToLower(strings.Trim(label, " \t\"'"))
	label, _, _ = strings.Cut(label, "*") // RFC 2231 language suffix in encoded words
	switch {
	case label == "", label == "utf-8", label == "utf8", label == "us-ascii", label == "ascii", label == "unicode-1-1-utf-8":
		if utf8.Valid(b) {
			return string(b), true
		}
		return guess(b), true
	case isWestern(label):
		if hasUTF8Letters(b) {
			return string(b), true
		}
		if label == "iso-8859-1" || label == "latin1" || label == "iso8859-1" || label == "windows-1252" || label == "cp1252" {
			return latin(string(b)), true // as browsers do: 0x80 to 0x9f are never control characters in mail
		}
	case strings.Contains(label, "utf-7"), strings.Contains(label, "utf7"):
		// UTF-7 hides markup from everything that looks at the bytes.
		return guess(b), false
	}
	r, err := charset.Reader(label, bytes.NewReader(b))
	if err != nil {
		return guess(b), false
	}
	// No encoding makes more than three bytes of text out of one.
	out, err := io.ReadAll(io.LimitReader(r, int64(len(b))*3+16))
	if err != nil {
		return guess(b), false
	}
	return strings.ToValidUTF8(string(out), "\uFFFD"), true
}

func guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	// Mostly UTF-8 with a few bytes broken on the way is better read as UTF-8.
	valid, broken := 0, 0
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			valid++
		}
		rest = rest[n:]
	}
	if valid > broken {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return latin(string(b))
}

func isWestern(label string) bool {
	for _, prefix := range []string{"iso-8859-", "iso8859-", "windows-125", "cp125", "latin"} {
		if strings.HasPrefix(label, prefix) {
			return true
		}
	}
	return false
}

func hasUTF8Letters(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// decodeWords decodes the encoded words of a header value (RFC 2047). Unlike
// mime.WordDecoder it joins neighbouring words before it decodes their charset,
// because many programs cut a letter in two between words; and it leaves what
// is malformed as it stands.
func decodeWords(s string) string {
	if !utf8.ValidString(s) {
		s = latin(s)
	}
	if !strings.Contains(s, "=?") {
		return s
	}
	var out strings.Builder
	var label string
	var pending []byte
	flush := func() {
		if len(pending) > 0 {
			decoded, _ := decodeCharset(label, pending) // an unknown label leaves a readable guess
			out.WriteString(decoded)
			pending = pending[:0]
		}
	}
	for len(s) > 0 {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		cs, data, rest, ok := encodedWord(s[i:])
		if !ok {
			flush()
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		if between := s[:i]; strings.Trim(between, " \t\r\n") != "" || len(pending) == 0 && out.Len() == 0 {
			flush()
			out.WriteString(between)
		} else if len(pending) == 0 {
			// White space between two encoded words is not part of the text, but
			// that between a plain word and an encoded one is.
			out.WriteString(between)
		}
		if !strings.EqualFold(cs, label) {
			flush()
			label = cs
		}
		pending = append(pending, data...)
		s = rest
	}
	flush()
	out.WriteString(s)
	return out.String()
}

// maxEncodedWord is far more than RFC 2047 allows (75). It keeps the search for
// the end of a word that has none short.
const maxEncodedWord = 4096

// encodedWord reads =?charset?encoding?text?= at the start of s.
func encodedWord(s string) (label string, data []byte, rest string, ok bool) {
	near := s[2:min(len(s), maxEncodedWord)]
	label, _, ok = strings.Cut(near[:min(len(near), 70)], "?")
	if !ok || label == "" {
		return "", nil, "", false
	}
	after := near[len(label)+1:]
	if len(after) < 2 || after[1] != '?' {
		return "", nil, "", false
	}
	body, _, ok := strings.Cut(after[2:], "?=")
	if !ok {
		return "", nil, "", false
	}
	rest = s[2+len(label)+1+2+len(body)+2:]
	switch after[0] {
	case 'q', 'Q':
		data, _ = decodeQuoted([]byte(strings.ReplaceAll(body, "_", " "))) // broken escapes stay as they stand
	case 'b', 'B':
		data, _ = decodeBase64([]byte(body)) // what could be read is kept
	default:
		return "", nil, "", false
	}
	return label, data, rest, true
}

// decodeQuoted decodes quoted-printable; broken escapes stay as they stand and
// make whole false.
func decodeQuoted(b []byte) (out []byte, whole bool) {
	out, whole = make([]byte, 0, len(b)), true
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c != '=' {
			out = append(out, c)
			continue
		}
		// A soft line break, perhaps with white space that a gateway added.
		j := i + 1
		for j < len(b) && (b[j] == ' ' || b[j] == '\t') {
			j++
		}
		if j < len(b) && b[j] == '\r' {
			j++
		}
		if j >= len(b) || b[j] == '\n' {
			i = j
			continue
		}
		if i+2 < len(b) {
			if hi, lo := unhex(b[i+1]), unhex(b[i+2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out, whole = append(out, c), false
	}
	return out, whole
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// decodeBase64 decodes base64 with anything in between, as mail has it: line
// breaks, several padded runs after each other, a missing end.
func decodeBase64(b []byte) (out []byte, whole bool) {
	out, whole = make([]byte, 0, len(b)/4*3+3), true
	run := make([]byte, 0, len(b))
	flush := func() {
		if len(run)%4 == 1 {
			run, whole = run[:len(run)-1], false
		}
		start := len(out)
		out = append(out, make([]byte, base64.RawStdEncoding.DecodedLen(len(run)))...)
		n, err := base64.RawStdEncoding.Decode(out[start:], run)
		if err != nil {
			whole = false
		}
		out, run = out[:start+n], run[:0]
	}
	for _, c := range b {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			run = append(run, c)
		case c == '=':
			flush()
		case c != '\r' && c != '\n' && c != ' ' && c != '\t':
			whole = false
		}
	}
	flush()
	return out, whole
}
