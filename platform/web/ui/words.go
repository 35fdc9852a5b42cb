package ui

import (
	"fmt"
	"strconv"
	"strings"
)

// atMost writes a number, or "100+" when it is many or more.
func atMost(n, many int) string {
	if many > 0 && n >= many {
		return Number(int64(many)) + "+"
	}
	return Number(int64(n))
}

// Number writes a whole number with commas: 12,345.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "\u2212", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Plural chooses the noun for a number.
func Plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Count writes a number with its noun: "no messages", "1 message", "2,000
// messages".
func Count(n int, one, many string) string {
	if n == 0 {
		return "no " + many
	}
	return Number(int64(n)) + " " + Plural(n, one, many)
}

// Bytes writes a size in the units that telephones and file managers use.
func Bytes(n int64) string {
	switch {
	case n < 1000:
		return Count(int(n), "byte", "bytes")
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	case n < 1000*1000*1000:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e6), ".0") + " MB"
	default:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e9), ".0") + " GB"
	}
}

// Initials are the first letters of the first and last word of a name.
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '@' || r == '.' || r == '_' || r == '-' })
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return firstLetter(words[0])
	default:
		return firstLetter(words[0]) + firstLetter(words[len(words)-1])
	}
}

func firstLetter(word string) string {
	for _, r := range word {
		return strings.ToUpper(string(r))
	}
	return ""
}
