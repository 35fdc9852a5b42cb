package casework

import "testing"

func TestAPlaceIsAskedOfThePointThatIsShown(t *testing.T) {
	c := Case{ID: 1, Lat: 56.050049, Lon: -3.950049}
	// Whoever asks for smaller and smaller places learns no more than is shown.
	narrow := PublishedQuery{Within: func(lat, lon float64) bool { return lat > 56.05002 && lon < -3.95002 }}
	if narrow.fits(c) {
		t.Error("a narrow question finds the point behind the one that is shown")
	}
	shown := PublishedQuery{Within: func(lat, lon float64) bool { return lat == 56.05 && lon == -3.95 }}
	if !shown.fits(c) {
		t.Error("the point that is shown is not found")
	}
}
