package practice

import (
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/growthtest"
)

func TestPracticeTakesLinearTime(t *testing.T) {
	growthtest.Linear(t, growthtest.Texts, func(s string) {
		paragraphs(s)
		handleBase(s)
		readCursor(network.Cursor(s), 7)
		idOf(network.Ref(s))
	})
}
