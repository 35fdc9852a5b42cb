package casework_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// picture is a small picture of one shade.
func picture(shade uint8) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// took is a picture that a crew took.
func (h *house) took(shade uint8, phase casework.Phase, alt string) casework.NewPhoto {
	h.t.Helper()
	m, err := h.desk.KeepPicture(h.t.Context(), "IMG_1.png", bytes.NewReader(picture(shade)))
	must(h.t, err)
	return casework.NewPhoto{Media: m, Phase: phase, Alt: alt}
}

func TestACrewShowsWhatItFoundAndWhatItLeft(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		added, err := h.AddPhotos(t.Context(), h.admin, c.ID, []casework.NewPhoto{h.took(10, casework.Before, "A hole as wide as the lane"), h.took(10, casework.Before, "Sent twice")})
		must(t, err)
		if len(added) != 1 || added[0].AddedBy != h.admin.Name {
			t.Fatalf("added %+v", added)
		}
		// The case's version stays: whoever has its form open can send it.
		c, step, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed, Photos: []casework.NewPhoto{h.took(200, casework.After, "")}})
		must(t, err)
		if w := h.whole(c.ID); len(w.Photos) != 2 || w.Photos[0].Alt != "A hole as wide as the lane" || w.Photos[1].Phase != casework.After || w.Acts[0].Act != "casework.case.photo_added" {
			t.Errorf("photos %+v, last act %s", w.Photos, w.Acts[0].Act)
		}
		tracked, err := h.Track(t.Context(), c.Track)
		must(t, err)
		if len(tracked.Photos) != 2 {
			t.Errorf("the citizen sees %d photos", len(tracked.Photos))
		}
		// What was taken stays when the closing is undone.
		if _, _, err := h.Undo(t.Context(), h.admin, c.ID, step.ID); err != nil || len(h.whole(c.ID).Photos) != 2 {
			t.Errorf("after the undo: %v", err)
		}
		if _, err := h.AddPhotos(t.Context(), h.admin, c.ID, []casework.NewPhoto{h.took(30, casework.Reported, "")}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a photo of ours as the citizen's: %v", err)
		}
	})
}

func TestAPhotoIsTakenOutAndPutBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		_, err := h.AddPhotos(t.Context(), h.admin, c.ID, []casework.NewPhoto{h.took(10, casework.Before, ""), h.took(90, casework.After, "")})
		must(t, err)
		yes, no := true, false
		_, err = h.ChangePhoto(t.Context(), h.admin, c.ID, 0, casework.PhotoChange{Released: &yes})
		must(t, err)
		out, err := h.ChangePhoto(t.Context(), h.admin, c.ID, 0, casework.PhotoChange{Removed: &yes})
		must(t, err)
		if out.Released {
			t.Error("a photo that was taken out would be public when it is put back")
		}
		tracked, err := h.Track(t.Context(), c.Track)
		must(t, err)
		if w := h.whole(c.ID); len(w.Photos) != 1 || w.Photos[0].N != 1 || len(w.TakenOut) != 1 || len(tracked.Photos) != 1 {
			t.Errorf("there %+v, taken out %+v, the citizen sees %+v", w.Photos, w.TakenOut, tracked.Photos)
		}
		_, err = h.ChangePhoto(t.Context(), h.admin, c.ID, 0, casework.PhotoChange{Removed: &no})
		must(t, err)
		w := h.whole(c.ID)
		var acts []string
		for _, a := range w.Acts[:4] {
			acts = append(acts, a.Act)
		}
		if len(w.Photos) != 2 || acts[0] != "casework.case.photo_put_back" || acts[1] != "casework.case.photo_taken_out" || acts[2] != "casework.case.photo_released_or_not" {
			t.Errorf("put back: %d photos, %v", len(w.Photos), acts)
		}
	})
}

func TestEverybodySeesOnlyPhotosOfOursThatWereReleased(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		snapshot, err := h.council.Snapshot(t.Context())
		must(t, err)
		s, _ := snapshot.Service(h.service)
		s.Public = true
		must(t, h.council.SaveService(t.Context(), h.admin.Actor(), s))
		h.asks()
		c, _ := h.open()
		_, _, err = h.Ask(t.Context(), h.admin, c.ID, h.whole(c.ID).Version)
		if err != nil && !fault.Is(err, fault.Conflict) {
			must(t, err)
		}
		h.writes("r1", "Here it is", network.Media{ContentType: "image/png", Filename: "hole.png", Data: picture(55), Size: 100, Alt: "Our gate"})
		_, err = h.AddPhotos(t.Context(), h.admin, c.ID, []casework.NewPhoto{h.took(10, casework.Before, "")})
		must(t, err)
		w := h.whole(c.ID)
		if len(w.Photos) != 2 || w.Photos[0].Ours() {
			t.Fatalf("photos %+v", w.Photos)
		}
		yes := true
		if _, err := h.ChangePhoto(t.Context(), h.admin, c.ID, w.Photos[0].N, casework.PhotoChange{Released: &yes}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a citizen's photo was released: %v", err)
		}
		seen := func() int {
			p, err := h.Report(t.Context(), c.Reference)
			must(t, err)
			return len(p.Photos)
		}
		if n := seen(); n != 0 {
			t.Errorf("everybody sees %d photos before any was released", n)
		}
		_, err = h.ChangePhoto(t.Context(), h.admin, c.ID, w.Photos[1].N, casework.PhotoChange{Released: &yes})
		must(t, err)
		if n := seen(); n != 1 {
			t.Errorf("everybody sees %d photos", n)
		}
	})
}
