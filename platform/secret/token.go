package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// Token returns n random bytes, at least 16, as text for addresses and cookies.
func Token(n int) string { return base64.RawURLEncoding.EncodeToString(random(max(16, n))) }

// HashToken returns what is stored of a token: enough to know it again, too
// little to use it. Tokens are random, so they need neither salt nor a slow
// hash; passwords, which need both, are no tokens.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// SameToken reports whether hash is that of token, in constant time.
func SameToken(hash, token string) bool {
	return subtle.ConstantTimeCompare([]byte(hash), []byte(HashToken(token))) == 1
}

// References are written in Crockford's base 32, which has no I, L, O and U:
// the first three are read as what they look like, the last keeps chance words
// decent. The last symbol is a check.
const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	prefix     = "MC"
	longSize   = 16 // symbols of five bits before the check
	shortSize  = 7
	groupSize  = 4
	fieldShape = 0b100101 // x⁵+x²+1, which makes GF(32) of five bits
)

// LongReference returns a new reference of 80 random bits for the address of a
// private page ("MC-7K3F-…"): who has it may see the page.
func LongReference() string { return reference(longSize) }

// ShortReference returns a new reference of 35 random bits to be read out on
// the telephone ("MC-7K3F-92QX"). It is no secret and not surely unique: keep
// it under a unique key and draw again on a clash.
func ShortReference() string { return reference(shortSize) }

func reference(size int) string {
	symbols := random(size)
	for i := range symbols {
		symbols[i] &= 31
	}
	return format(append(symbols, check(symbols)))
}

func format(symbols []byte) string {
	var b strings.Builder
	b.WriteString(prefix)
	for i, s := range symbols {
		if i%groupSize == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[s])
	}
	return b.String()
}

// ParseReference reads a reference as people type it: in any case, with or
// without prefix, spaces and hyphens, with O for 0 and I or L for 1. It returns
// it as it was issued. The check finds every single wrong symbol and every two
// that changed places.
func ParseReference(s string) (string, error) {
	wrong := fault.New(fault.Invalid, "This reference is not right. Check each letter and number against the message that you had from us.")
	if len(s) > 100 {
		return "", wrong
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\u00a0', '‐', '‑', '–', '—', '.':
			return -1
		}
		return r
	}, strings.ToUpper(s))
	if len(s) == len(prefix)+shortSize+1 || len(s) == len(prefix)+longSize+1 {
		s = strings.TrimPrefix(s, prefix)
	}
	if len(s) != shortSize+1 && len(s) != longSize+1 {
		return "", wrong
	}
	symbols := []byte(strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s))
	for i, c := range symbols {
		at := strings.IndexByte(alphabet, c)
		if at < 0 {
			return "", wrong
		}
		symbols[i] = byte(at)
	}
	last := len(symbols) - 1
	if check(symbols[:last]) != symbols[last] {
		return "", wrong
	}
	return format(symbols), nil
}

// check is the sum of the symbols, each times a power of x of its own, in
// GF(32). Powers of x up to the 30th differ, and no two differences of symbols
// cancel out; hence what ParseReference promises.
func check(symbols []byte) byte {
	var sum byte
	for _, s := range symbols {
		sum = timesX(sum ^ s)
	}
	return sum
}

func timesX(v byte) byte {
	if v <<= 1; v&32 != 0 {
		v ^= fieldShape
	}
	return v
}
