package web_test

import (
	"net/url"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/web"
)

// FuzzLocalPath holds what may follow signing in to this site, as Go and as
// browsers read addresses (the URL Standard: a backslash is a slash, tabs and
// line ends are left out, control characters and spaces at the ends too).
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{
		"/desk", "/desk?a=b&c=%2F%2F#x", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "/\r\n/evil.example",
		"https://evil.example", "HTTPS:evil.example", "javascript:alert(1)", "/.//evil.example", "/..//evil.example", "/%2F/evil.example", "/ /evil.example",
		"\x00//evil.example", " //evil.example", "/\u00a0/evil.example", "/\u2028/evil.example", "/@evil.example", "/:evil.example", "", "/", "?next=//evil.example", "#//evil.example",
	} {
		f.Add(s)
	}
	here, err := url.Parse("https://mercat.example/sign-in?next=x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := web.LocalPath(next, "/desk")
		if got != next && got != "/desk" {
			t.Fatalf("%q became %q", next, got)
		}
		if to, err := here.Parse(got); err == nil && (to.Host != here.Host || to.Scheme != here.Scheme || to.User != nil) {
			t.Errorf("%q leads to %s", next, to)
		}
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.TrimFunc(got, func(r rune) bool { return r <= ' ' }))
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Errorf("a browser reads %q as %q", next, seen)
		}
	})
}
