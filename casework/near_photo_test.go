package casework_test

import (
	"context"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// shows lets somebody write with a picture that looks like something.
func (h *house) shows(who string, looks int64) int64 {
	h.t.Helper()
	conversation := h.another(who, "There is a hole")
	h.clock.Advance(time.Minute)
	must(h.t, h.desk.Intake(h.t.Context(), h.account, network.Batch{Cursor: network.Cursor(who), Events: []network.Event{{Post: &network.Post{Ref: network.Ref("photo-of-" + who),
		Thread: network.Ref("of-" + who), ReplyTo: network.Ref("of-" + who), Author: network.Identity{ID: who, Name: who}, Visibility: network.Public, Text: "Look",
		Media: []network.Media{{URL: "https://told.example/" + who + ".jpg", ContentType: "image/jpeg"}}, At: h.clock.Now()}}}}))
	must(h.t, h.db.Write(h.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE desk_media SET state = 'ready', blob = 'b', thumbnail = 't', likeness = $1 WHERE conversation_id = $2", looks, conversation)
		return err
	}))
	return conversation
}

func TestACaseWithTheSamePictureStandsBeforeSimilarWords(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const looks = -0x0123456789abcdef
		h.at(h.conversation, 1, "A deep pothole outside the bakers")
		same := h.at(h.shows("Ailsa", looks), 60, "Here again")
		h.at(h.shows("Morag", 0x5555aaaa5555aaa), 30, "Another")
		h.at(h.shows("Eilidh", 0), 35, "A picture of the night")
		f, err := h.Fill(t.Context(), h.shows("Calum", looks^0b101)) // encoded anew on the way
		must(t, err)
		if len(f.Opening.Photos) != 1 {
			t.Fatalf("the form has %d photos", len(f.Opening.Photos))
		}
		p := casework.Place{ServiceID: h.service, Lat: 57.41, Lon: -5.42, Words: "A deep pothole outside the bakers", Photos: f.Opening.Photos}
		list, err := h.Nearby(t.Context(), p)
		must(t, err)
		if len(list) != 4 || list[0].ID != same.ID || !list[0].Pictured {
			t.Fatalf("found %+v", list)
		}
		for _, n := range list[1:] {
			if n.Pictured {
				t.Errorf("%q is taken for the same picture", n.Words)
			}
		}
	})
}
