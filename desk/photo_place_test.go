package desk

import (
	"context"
	"math"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob/blobtest"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// places are where the photos of the one conversation were taken.
func (h *house) places(conversation int64) (list []PhotoPlace) {
	h.t.Helper()
	err := h.DB.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = h.PhotoPlacesTx(ctx, tx, conversation)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func TestWhereAPhotoWasTakenIsKeptUntilItIsUsedOrAMonthIsOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.post("ann", "A hole")
		p.Media = []network.Media{{ContentType: "image/jpeg", Filename: "IMG_1.jpg", Data: blobtest.PhotoAt(57.41, -5.42), Size: 4000}}
		h.takePosts(p)
		c := h.inbox()[0]
		if list := h.places(c.ID); len(list) != 0 {
			t.Errorf("before the photo is read there are %d places", len(list))
		}
		if err := h.fetchMedia(t.Context(), jobs.Job{}, mediaArgs{c.LastInID}); err != nil {
			t.Fatal(err)
		}
		list := h.places(c.ID)
		if len(list) != 1 || math.Abs(list[0].Lat-57.41) > 1e-4 || math.Abs(list[0].Lon+5.42) > 1e-4 {
			t.Fatalf("the photo was taken at %+v", list)
		}
		if n, err := h.SweepPhotoPlaces(t.Context()); err != nil || n != 0 {
			t.Errorf("swept %d at once, %v", n, err)
		}
		h.clock.Advance(31 * 24 * time.Hour)
		if n, err := h.SweepPhotoPlaces(t.Context()); err != nil || n != 1 || len(h.places(c.ID)) != 0 {
			t.Errorf("swept %d after a month, %v", n, err)
		}
	})
}
