package casework

import (
	"context"
	"fmt"
	"math"

	"github.com/golang/geo/s2"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
)

const (
	// photoNear is within how many metres of the place in the words a photo shows
	// that place; it knows better than the middle of a street.
	photoNear = 500
	// photoFar is how many metres from the council's middle a photo is of
	// somewhere else, as of a holiday, when no place is known near it.
	photoFar = 60_000
)

// metresBetween is along the great circle.
func metresBetween(lat, lon, lat2, lon2 float64) float64 {
	return float64(s2.LatLngFromDegrees(lat, lon).Distance(s2.LatLngFromDegrees(lat2, lon2))) * earth
}

// fillPhotoPlace takes the place from where a photo was taken, unless the
// citizen gave one themselves. Where the words name another place, theirs stays,
// and the officer is told.
func (s *Service) fillPhotoPlace(ctx context.Context, tx *db.Tx, f *Filled, snapshot *directory.Snapshot, messages []desk.Message) error {
	places, err := s.Desk.PhotoPlacesTx(ctx, tx, f.ConversationID)
	if err != nil || len(places) == 0 {
		return err
	}
	at := places[0].Position
	council := snapshot.Council()
	near, known := snapshot.Nearest(at.Lat, at.Lon)
	if !known && metresBetween(at.Lat, at.Lon, council.Lat, council.Lon) > photoFar {
		return nil
	}
	f.usePhoto(at, near, known, messages)
	return nil
}

// usePhoto decides between what is known of the place and where a photo was
// taken, near the place of the gazetteer when there is one.
func (f *Filled) usePhoto(at blob.Position, near directory.Place, known bool, messages []desk.Message) {
	for _, m := range messages {
		if p := m.Details.Place; p != nil && p.Given && (p.Lat != 0 || p.Lon != 0) {
			return
		}
	}
	located := f.Lat != 0 || f.Lon != 0
	if apart := metresBetween(at.Lat, at.Lon, f.Lat, f.Lon); located && apart > photoNear {
		f.photoSure = fmt.Sprintf("Not sure: the words name this place, and a photo was taken %s from it.", distanceWords(apart))
		return
	}
	f.Lat, f.Lon = at.Lat, at.Lon
	if f.Place == "" && known {
		f.Place = near.Label()
	}
	switch {
	case at.Accuracy > 0:
		f.photoSure = fmt.Sprintf("Fairly sure: a photo was taken there, to within %s.", distanceWords(math.Max(at.Accuracy, 1)))
	default:
		f.photoSure = "Fairly sure: a photo was taken there. It may be some metres off."
	}
}

// distanceWords is a distance as people say it.
func distanceWords(metres float64) string {
	switch {
	case metres >= 1_000:
		return fmt.Sprintf("%.1f km", metres/1_000)
	case metres < 1.5:
		return "a metre"
	}
	return fmt.Sprintf("%.0f metres", metres)
}
