package directory_test

import (
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// A message takes as long to find places in as it is long.
func TestReadingTakesLinearTime(t *testing.T) {
	s := strath(t)
	shapes := growthtest.With(growthtest.Texts, "", "")
	shapes["half a street"] = growthtest.Shape{Unit: "high "}
	shapes["a street"] = growthtest.Shape{Unit: "High Street, "}
	shapes["postcodes"] = growthtest.Shape{Unit: "KY98 3AB "}
	growthtest.Linear(t, shapes, func(text string) {
		s.Read(text)
		s.AreaOf(text, 56.2, -3)
		s.FindPlaces(text, 5)
	})
}
