package person

import "strings"

// Number is the form of a telephone number under which it is found, however it
// is written: "+44 (0)1334 412 345", "01334 412345" and "0044 1334 412345" are
// all "+441334412345". A number without an area code is its digits. What holds
// letters, or fewer than three digits, is no number and gives "".
//
// It knows the United Kingdom's way of writing numbers (Ofcom, National
// Telephone Numbering Plan) and E.164; it does not check that a number exists.
func Number(written string) string {
	s := strings.TrimSpace(strings.ToLower(written))
	s = strings.TrimPrefix(s, "tel:")
	if i := strings.Index(s, "ext"); i > 0 {
		s = s[:i] // who answers behind a switchboard
	} else if i := strings.LastIndexByte(s, 'x'); i > 0 {
		s = s[:i]
	}
	s = strings.ReplaceAll(s, "(0)", "") // what is left out when one dials from abroad
	var digits strings.Builder
	abroad := false
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case r == '+' && i == 0:
			abroad = true
		case strings.ContainsRune(" \t\u00a0\u2009\u202f()-.–‑/", r):
		default:
			return ""
		}
	}
	d := digits.String()
	switch {
	case abroad:
	case strings.HasPrefix(d, "00"):
		d, abroad = d[2:], true
	case strings.HasPrefix(d, "0"):
		d, abroad = "44"+d[1:], true
	}
	if d = d[:min(len(d), maxDigits)]; len(d) < minDigits {
		return ""
	}
	if !abroad {
		return d
	}
	if rest, ok := strings.CutPrefix(d, "440"); ok {
		d = "44" + strings.TrimLeft(rest, "0") // +44 0131 …
	}
	if len(d) < minDigits {
		return ""
	}
	return "+" + d
}

const (
	minDigits = 3
	maxDigits = 18 // E.164 allows 15; a digit too many is still the number that somebody wrote
)
