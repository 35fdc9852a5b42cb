package casework

import "github.com/golang/geo/s2"

// tileLevel is the S2 level of casework_case.tile: about a square kilometre, so
// that a list of a place and a time is a few ranges of one index.
const tileLevel = 13

// cells are the S2 leaf cell of the case's point and the tile around it, as the
// database keeps them: both 0 when no point is known. Cast to 64 bits with sign,
// all cells below a cell stay one range.
func (c Case) cells() (cell, tile int64) {
	if !c.Located() {
		return 0, 0
	}
	leaf := s2.CellIDFromLatLng(s2.LatLngFromDegrees(c.Lat, c.Lon))
	return int64(leaf), int64(leaf.Parent(tileLevel))
}
