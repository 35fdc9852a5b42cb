package casework

import (
	"context"
	"net/http"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

func (s *Service) joinRoutes(r *web.Router) {
	r.Handle("POST /cases/{id}/join", staff.MayAnswer(), s.postJoin)
	r.Handle("POST /cases/{id}/part", staff.MayAnswer(), s.postPart)
}

// postJoin adds a conversation to a case: "it is this one".
func (s *Service) postJoin(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	conversation := form.ID("conversation", "Open a conversation first, then join it.")
	if err := form.Err(); err != nil {
		return err
	}
	c, err := s.Join(r.Context(), by, id, conversation, form.Ticked("tell"))
	if err != nil {
		return err
	}
	text := "Joined to case " + c.Reference + "."
	if form.Ticked("tell") {
		text += " The citizen is told in a moment."
	}
	return web.RedirectNotice(w, r, withList(deskURL(conversation), form.Value("list")),
		web.Notice{Text: text, UndoURL: caseURL(id) + "/part", Undo: map[string]string{"conversation": number(conversation), "back": deskURL(conversation)}})
}

func (s *Service) postPart(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	conversation := form.ID("conversation", "This conversation is no part of the case.")
	if err := form.Err(); err != nil {
		return err
	}
	c, told, err := s.Part(r.Context(), by, id, conversation)
	if err != nil {
		return err
	}
	text := "Parted from case " + c.Reference + "."
	if told {
		text += " The citizen had been told already: write to them what is true now."
	}
	return web.RedirectWithNotice(w, r, backTo(form, id), text)
}

// nearForm are the cases nearby that the form of a new case may be about.
func (s *Service) nearForm(ctx context.Context, f Filled, form *web.Form) ([]Near, error) {
	p := Place{ServiceID: f.ServiceID, Lat: f.Lat, Lon: f.Lon, Words: f.Words}
	for _, photo := range f.Photos {
		p.Photos = append(p.Photos, photo.ID)
	}
	if form != nil { // as it was typed
		typed := web.NewForm("service", form.Value("service"), "lat", form.Value("place-lat"), "lon", form.Value("place-lng"))
		p.ServiceID = typed.OptionalID("service", "-")
		if form.Value("place-lat") != "" && form.Value("place-lng") != "" {
			p.Lat, p.Lon = typed.Float("lat", -90, 90, "-"), typed.Float("lon", -180, 180, "-")
		}
		if typed.Err() != nil {
			return nil, nil
		}
	}
	list, err := s.Nearby(ctx, p)
	if err != nil {
		return nil, err
	}
	var other []Near
	for _, n := range list {
		if n.ConversationID != f.ConversationID {
			other = append(other, n)
		}
	}
	return other, nil
}

// around is what stands near a case: others that it may be, and who else is in
// it.
type around struct {
	Near       []Near
	Joined     []Joined
	Duplicates []Case
}

func (s *Service) aroundTx(ctx context.Context, tx *db.Tx, c Case) (a around, err error) {
	if !c.State.Ended() {
		p := Place{ServiceID: c.ServiceID, Lat: c.Lat, Lon: c.Lon, Words: c.Words, Except: c.ID}
		photos, err := photosOfCases(ctx, tx, []int64{c.ID})
		if err != nil {
			return a, err
		}
		for _, photo := range photos {
			p.Photos = append(p.Photos, photo.media)
		}
		if a.Near, err = s.nearbyTx(ctx, tx, p); err != nil {
			return a, err
		}
	}
	if a.Joined, err = joinedList(ctx, tx, c.ID, 100); err != nil {
		return a, err
	}
	a.Duplicates, err = duplicatesOf(ctx, tx, c.ID, 100)
	return a, err
}

// asText is what a near case is, in a line.
func (n Near) asText(names names) string {
	parts := []string{n.about(), strings.ToLower(n.State.Label())}
	if n.Place != "" {
		parts = append([]string{n.Place}, parts...)
	}
	if n.Pictured {
		parts = append(parts, "with the same picture")
	}
	if n.Likeness >= 0.5 {
		parts = append(parts, "in similar words")
	}
	return names.service(n.ServiceID) + ": " + strings.Join(parts, ", ")
}
