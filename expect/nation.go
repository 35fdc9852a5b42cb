package expect

// NationAt is the nation whose bank holidays a council keeps that is at a point
// (WGS 84 degrees). England and Wales have the same ones. The border is drawn
// coarsely, and right for where councils are; Weekends is the answer for places
// whose bank holidays are not known, Northern Ireland among them.
func NationAt(lat, lon float64) Nation {
	switch {
	case lat < 49.8 || lat > 61 || lon < -8.7 || lon > 1.8:
		return Weekends
	case lat < 55.35 && lon < -5.4 && lat > 54:
		return Weekends
	case lat >= 55.82, lat >= 54.95 && lon <= -2.95, lat >= 55.4 && lon <= -2.3, lat >= 54.6 && lon <= -4:
		return Scotland
	case lat < 53.5 && lon < -3.2 && lat > 51.3:
		return Wales
	}
	return England
}
