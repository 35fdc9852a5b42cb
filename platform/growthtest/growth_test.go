package growthtest

import (
	"strings"
	"testing"
)

// What takes square time is found, and what takes linear time is not.
func TestSquareTimeIsFound(t *testing.T) {
	looksBack := func(s string) {
		n := 0
		for i := range len(s) {
			n += strings.Count(s[:i], "\x01")
		}
		_ = n
	}
	little, much := strings.Repeat("a", small), strings.Repeat("a", small*factor)
	if was, now := measure(looksBack, little), measure(looksBack, much); now.time <= most*factor*was.time {
		t.Errorf("square: %.0f times", now.time/was.time)
	}
	Linear(t, Texts, func(s string) {
		for i := 0; i+16 < len(s); i++ {
			_ = strings.Count(s[i:i+16], "\x01")
		}
	})
}
