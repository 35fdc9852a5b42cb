package person_test

import (
	"strings"
	"testing"

	"mercat.scot/mercat/person"
)

func TestANumberIsFoundHoweverItIsWritten(t *testing.T) {
	for want, ways := range map[string][]string{
		"+441334412345": {"01334 412345", "01334412345", "(01334) 412 345", "+44 1334 412345", "+44 (0)1334 412 345", "0044 1334 412345", "+4401334412345",
			"01334-412-345", " 01334\u00a0412345 ", "tel:+441334412345", "01334 412345 ext 12", "01334 412345 x12"},
		"+442079460018": {"020 7946 0018", "+44 20 7946 0018"},
		"+447700900123": {"07700 900123", "+447700900123"},
		"+33142685300":  {"+33 1 42 68 53 00", "0033142685300"},
		"412345":        {"412 345"},
		"101":           {"101"},
		"":              {"", "Ann", "12", "ann@example.org", "MC-7K3F-92QX", "+", "01334 41234a", "++44"},
	} {
		for _, way := range ways {
			if got := person.Number(way); got != want {
				t.Errorf("%q is %q, not %q", way, got, want)
			}
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"+44 (0)1334 412 345", "0044", "+440000", "x", "(0)(0)", "tel:", "00", "＋４４"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := person.Number(s)
		if n == "" {
			return
		}
		if again := person.Number(n); again != n {
			t.Errorf("%q is %q, and that is %q", s, n, again)
		}
		if digits := strings.TrimPrefix(n, "+"); strings.Trim(digits, "0123456789") != "" || len(digits) > 18 {
			t.Errorf("%q is %q", s, n)
		}
	})
}
