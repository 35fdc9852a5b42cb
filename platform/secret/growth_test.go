package secret

import (
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

func TestReferencesTakeLinearTime(t *testing.T) {
	b := box(t, 1)
	growthtest.Linear(t, growthtest.Texts, func(s string) {
		_, _ = ParseReference(s) // that it is none is others' to test
		_, _ = b.Open([]byte(s), s)
	})
}
