package practice

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
)

func FuzzRefsStandForOnePostEach(f *testing.F) {
	for _, seed := range []string{"", "1", "2x26aic06l1e", "-1", "+1", "0", "00", "ZZ", "1y2p0ij32e8e7", "1y2p0ij32e8e8", "\x00", "practice:1/0", "１"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id := idOf(network.Ref(s)); id < 0 || id > 0 && string(refOf(id)) != s {
			t.Errorf("%q is post %d, whose ref is %q", s, id, refOf(id))
		}
	})
}

func FuzzCursorsSkipNothing(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "8", "-1", "99999999999999999999", " 7", "7 ", "0x7", strings.Repeat("9", 5000)} {
		f.Add(seed, int64(7))
	}
	f.Add(strconv.Itoa(math.MaxInt64), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, s string, last int64) {
		after, known := readCursor(network.Cursor(s), last)
		if after < 0 || after > max(last, 0) || !known && after != 0 {
			t.Errorf("%q before %d is %d", s, last, after)
		}
	})
}

func FuzzEveryNameHasAHandle(f *testing.F) {
	for _, seed := range []string{"Màiri NicLeòid", "李小龍", "", " . ", "a. b.", "Ó'Néill-Brown 3rd", strings.Repeat("x y ", 40), "\xff\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if handle := handleBase(name); !handleForm.MatchString(handle) {
			t.Errorf("%q is @%s", name, handle)
		}
	})
}

func FuzzNothingOfAPostIsLostOnThePage(f *testing.F) {
	for _, seed := range []string{
		"", "one\ntwo\n\nthree", "\n\n\n", "see https://example.org/a_(b), then www.example.org.", "javascript:alert(1)", "http://a\nhttps://b.example",
		"https://example.org/\"onx=1", "道路https://example.org/は閉鎖",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var b strings.Builder
		for _, lines := range paragraphs(body) {
			for _, line := range lines {
				for _, part := range line {
					b.WriteString(part.words)
					if part.url != "" && !strings.HasPrefix(part.url, "https://") && !strings.HasPrefix(part.url, "http://") {
						t.Errorf("%q leads to %q", part.words, part.url)
					}
				}
			}
		}
		solid := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got, want := solid(b.String()), solid(body); got != want {
			t.Errorf("%q is shown as %q", want, got)
		}
	})
}
