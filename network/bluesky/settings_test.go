package bluesky

import (
	"strings"
	"testing"

	"mercat.scot/mercat/platform/fault"
)

func TestTheFormIsReadLeniently(t *testing.T) {
	for _, in := range []string{"council.example", "@council.example", " @Council.Example ", "\u2068@council.example\u2069"} {
		s, err := readSettings(map[string]string{"handle": in, "app_password": " aaaa-bbbb-cccc-dddd "})
		if err != nil {
			t.Errorf("handle %q: %v", in, err)
			continue
		}
		if s.handle != "council.example" || s.password != "aaaa-bbbb-cccc-dddd" || s.service != "https://bsky.social" || s.host != "bsky.social" {
			t.Errorf("handle %q is read as %+v", in, s)
		}
	}
	for in, want := range map[string]string{
		"pds.council.example": "https://pds.council.example", "https://PDS.Council.Example/": "https://pds.council.example",
		"http://localhost:2583": "http://localhost:2583", "http://[::1]:2583": "http://[::1]:2583",
	} {
		s, err := readSettings(map[string]string{"handle": "council.example", "app_password": "x", "service": in})
		if err != nil || s.service != want {
			t.Errorf("server %q is read as %q (%v), want %q", in, s.service, err, want)
		}
	}
}

func TestTheFormSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ handle, password, service, field, says string }{
		"nothing":            {"", "x", "", "handle", "Enter the handle"},
		"an address":         {"council@council.example", "x", "", "handle", "not an email address"},
		"half a handle":      {"@council", "x", "", "handle", "whole handle"},
		"no handle":          {"council example.org", "x", "", "handle", "cannot be a handle"},
		"the invalid handle": {"handle.invalid", "x", "", "handle", "cannot be a handle"},
		"no password":        {"council.example", "", "", "app_password", "app password"},
		"a long password":    {"council.example", strings.Repeat("x", 1000), "", "app_password", "too long"},
		"http":               {"council.example", "x", "http://bsky.social", "service", "Without encryption"},
		"a page":             {"council.example", "x", "https://bsky.app/profile/council.example", "service", "nothing behind it"},
		"another scheme":     {"council.example", "x", "ftp://bsky.social", "service", "begins with https"},
		"with a password":    {"council.example", "x", "https://a:b@bsky.social", "service", "nothing behind it"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readSettings(map[string]string{"handle": c.handle, "app_password": c.password, "service": c.service})
			fields, ok := err.(fault.Fields)
			if !ok || len(fields) != 1 || fields[0].Field != c.field || !strings.Contains(fields[0].Sentence, c.says) {
				t.Errorf("readSettings: %v, want one fault of %s with %q", err, c.field, c.says)
			}
		})
	}
}
