package casework_test

import (
	"context"
	"strings"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// tookAt lets the citizen's photo say where it was taken.
func (h *house) tookAt(conversation int64, lat, lon, accuracy float64) {
	h.t.Helper()
	must(h.t, h.db.Write(h.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		messages, err := h.desk.MessagesTx(ctx, tx, conversation, 0, 1)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO desk_photo_place (media_id, message_id, conversation_id, lat, lon, accuracy, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			tx.NewID(), messages[0].ID, conversation, lat, lon, accuracy, db.Micros(tx.Now))
		return err
	}))
}

func (h *house) filled(conversation int64) casework.Filled {
	h.t.Helper()
	f, err := h.Fill(h.t.Context(), conversation)
	must(h.t, err)
	return f
}

func TestAPhotoSaysWhereItIs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		// The words name the street; the photo knows the spot in it.
		h.tookAt(h.conversation, 57.4108, -5.4203, 12)
		f := h.filled(h.conversation)
		if f.Lat != 57.4108 || f.Place != "Tolbooth Wynd, Kirkbrae" || f.Sure != "Fairly sure: a photo was taken there, to within 12 metres." {
			t.Errorf("beside the words: %s %v, %s", f.Place, f.Lat, f.Sure)
		}
		c, _, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		if c.Lat != 57.4108 {
			t.Errorf("the case is at %v", c.Lat)
		}
		// The case has the place now, and nothing else keeps it.
		if f := h.filled(h.conversation); strings.Contains(f.Sure, "photo") {
			t.Errorf("after the case is made: %s", f.Sure)
		}
		// Without words for a place the photo's is all there is.
		bare := h.another("Morag", "There is a hole")
		h.tookAt(bare, 57.4101, -5.4201, 0)
		if f := h.filled(bare); f.Lat != 57.4101 || f.Place != "Tolbooth Wynd, Kirkbrae" || !strings.HasPrefix(f.Sure, "Fairly sure") {
			t.Errorf("without words: %s %v, %s", f.Place, f.Lat, f.Sure)
		}
		// A photo from elsewhere does not move what the words name.
		elsewhere := h.another("Calum", "A pothole in Tolbooth Wynd, Kirkbrae")
		h.tookAt(elsewhere, 57.43, -5.42, 5)
		if f := h.filled(elsewhere); f.Lat != 57.41 || !strings.HasPrefix(f.Sure, "Not sure: the words name this place, and a photo was taken 2.2 km from it.") {
			t.Errorf("from elsewhere: %v, %s", f.Lat, f.Sure)
		}
		// One from a holiday says nothing.
		holiday := h.another("Eilidh", "There is a hole")
		h.tookAt(holiday, 41.4, 2.2, 5)
		if f := h.filled(holiday); f.Lat != 0 || f.Sure != "" {
			t.Errorf("from a holiday: %v, %s", f.Lat, f.Sure)
		}
	})
}

func TestAPlaceThatTheCitizenGaveIsNotMovedByAPhoto(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		must(t, h.desk.Intake(t.Context(), h.account, network.Batch{Cursor: "9", Events: []network.Event{{Post: &network.Post{Ref: "given", Thread: "given",
			Author: network.Identity{ID: "una", Name: "Una"}, Visibility: network.Public, Text: "There is a hole", Place: &network.Place{Lat: 57.405, Lon: -5.43, Label: "By the pier", Given: true}, At: h.clock.Now()}}}}))
		var conversation int64
		must(t, h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			conversation, _, err = db.One(ctx, tx, db.ScanID, "SELECT conversation_id FROM desk_message WHERE ref = 'given'")
			return err
		}))
		h.tookAt(conversation, 57.4101, -5.4201, 5)
		if f := h.filled(conversation); f.Lat != 57.405 || f.Sure != "Sure: the citizen gave the position themselves." {
			t.Errorf("the place is %v, %s", f.Lat, f.Sure)
		}
	})
}
