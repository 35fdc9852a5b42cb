package triage

import (
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// A message takes as long to read as it is long, also one word without an end.
func TestReadingTakesLinearTime(t *testing.T) {
	m, l := model(t), languages(t)
	growthtest.Linear(t, growthtest.Texts, func(s string) {
		m.Read(s)
		l.Of(s)
	})
}
