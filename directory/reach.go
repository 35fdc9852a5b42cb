package directory

// Reaches reports whether a place of the gazetteer lies within so many metres of
// a position. It is true wherever the gazetteer is empty, for then nobody can
// know.
func (s *Snapshot) Reaches(lat, lon, metres float64) bool {
	return len(s.places.list) == 0 || s.places.nearest(lat, lon, metres, nil) >= 0
}
