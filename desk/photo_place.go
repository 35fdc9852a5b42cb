package desk

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
)

// PhotoPlace is where a photo that came in says that it was taken.
type PhotoPlace struct {
	MediaID int64
	blob.Position
}

// photoPlaceFor is how long such a place is kept when nobody makes a case of its
// conversation. It may be somebody's home.
const photoPlaceFor = 30 * 24 * time.Hour

// PhotoPlacesTx are the places of the photos of a conversation, in the order in
// which they came. They are there until ForgetPhotoPlacesTx, for 30 days at most.
func (s *Service) PhotoPlacesTx(ctx context.Context, tx *db.Tx, conversation int64) ([]PhotoPlace, error) {
	return photoPlacesOf(ctx, tx, conversation)
}

// ForgetPhotoPlacesTx forgets where the photos of a conversation were taken: a
// case has the place now, or does not need it.
func (s *Service) ForgetPhotoPlacesTx(ctx context.Context, tx *db.Tx, conversation int64) error {
	return forgetPhotoPlaces(ctx, tx, conversation)
}

// SweepPhotoPlaces forgets the places that are kept for too long, and those
// whose photo is gone. It returns how many.
func (s *Service) SweepPhotoPlaces(ctx context.Context) (int64, error) {
	var n int64
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = sweepPhotoPlaces(ctx, tx, tx.Now.Add(-photoPlaceFor))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget where photos were taken: %w", err)
	}
	return n, nil
}
