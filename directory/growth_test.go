package directory

import (
	"strings"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// A table of places takes as long as it is large.
func TestTablesTakeLinearTime(t *testing.T) {
	const head = "name,kind,within,lat,lon\n"
	shapes := growthtest.With(growthtest.Lines, head, "")
	shapes["places"] = growthtest.Shape{Head: head, Unit: "Shore,street,Port Ellan,56.1,-2.8\n"}
	shapes["columns of the head"] = growthtest.Shape{Head: "name,kind,lat,lon", Unit: ",x", Tail: "\n"}
	shapes["no comma"] = growthtest.Shape{Unit: ";\t"}
	growthtest.Linear(t, shapes, func(s string) { _, _, _ = readTable(strings.NewReader(s)) }) // that it may be refused is others' to test
}
