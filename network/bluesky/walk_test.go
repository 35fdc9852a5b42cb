package bluesky

import "testing"

func TestAPageBeginsWithTheMillisecondThatThePageBeforeEndedIn(t *testing.T) {
	for _, c := range []struct{ before, next, want string }{
		{"", "2026-11-25T12:00:00.000Z", "2026-11-25T12:00:00.001Z"},
		{"2026-11-25T12:00:01.000Z", "2026-11-25T12:00:00.999Z", "2026-11-25T12:00:00.999Z"},
		{"2026-11-25T12:00:01.000Z", "2026-11-25T12:00:00.998Z", "2026-11-25T12:00:00.999Z"},
		{"2026-11-25T12:00:00.001Z", "2026-11-25T12:00:00.000Z", "2026-11-25T12:00:00.000Z"},
		{"", "2026-11-25T12:00:00.123456Z", "2026-11-25T12:00:00.124Z"},
		{"abc", "def", "def"},
	} {
		if got := safeCursor(c.before, c.next); got != c.want {
			t.Errorf("after a page from %q to %q the next begins at %q, want %q", c.before, c.next, got, c.want)
		}
	}
}
