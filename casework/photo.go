package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Photo is a picture of a case; the file is the desk's.
type Photo struct {
	N        int64 // its number in the case, which it keeps
	MediaID  int64
	Phase    Phase
	Alt      string // what it shows; "" when nobody wrote it
	AddedBy  string // "" for the citizen's
	AddedAt  time.Time
	Released bool      // everybody may see it
	Removed  time.Time // zero while it is there
	content  string
}

// Phase is what a photo shows.
type Phase string

const (
	Reported Phase = "report" // what the citizen sent: before the work
	Before   Phase = "before" // what the crew found
	After    Phase = "after"  // what it left
)

// Ours reports whether an officer or a crew took it.
func (p Photo) Ours() bool { return p.Phase == Before || p.Phase == After }

// Public reports whether everybody may see it. What citizens sent is never
// shown to others: they took it, and it may show themselves.
func (p Photo) Public() bool { return p.Ours() && p.Released && p.Removed.IsZero() }

const (
	maxOurPhotos = 40 // of one case, those that were taken out not counted
	maxAtOnce    = 5  // with one form
	maxAlt       = 300
)

// NewPhoto is a picture that an officer or a crew adds to a case.
type NewPhoto struct {
	Media desk.Media // of desk.KeepPicture
	Phase Phase      // Before or After
	Alt   string
}

// facts are what the record keeps of a photo.
func (p Photo) facts() map[string]any {
	return map[string]any{"photo": p.N + 1, "media": p.MediaID, "shows": p.Phase, "described": p.Alt != "", "public": p.Released, "removed": !p.Removed.IsZero()}
}

// AddPhotos adds pictures to a case, also to one that has ended: the citizen
// sees them on their private page. The case's version stays, so that a crew
// takes no form from the hands of whoever has the case open. The same picture
// sent twice is kept once.
//
// Errors: fault.NotFound; fault.Invalid (photos).
func (s *Service) AddPhotos(ctx context.Context, by staff.Officer, id int64, list []NewPhoto) (added []Photo, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := caseTx(ctx, tx, id)
		if err != nil {
			return err
		}
		added, err = s.addPhotosTx(ctx, tx, by.Actor(), c, list)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add photos to case %d: %w", id, err)
	}
	return added, nil
}

func (s *Service) addPhotosTx(ctx context.Context, tx *db.Tx, by record.Actor, c Case, list []NewPhoto) ([]Photo, error) {
	if len(list) == 0 {
		return nil, nil
	}
	have, err := allPhotosOf(ctx, tx, c.ID)
	if err != nil {
		return nil, err
	}
	ours := 0
	next := int64(0)
	for _, p := range have {
		next = max(next, p.N+1)
		if p.Ours() && p.Removed.IsZero() {
			ours++
		}
	}
	var added []Photo
	for _, n := range list {
		if n.Phase != Before && n.Phase != After {
			return nil, fault.Field("phase", "Say whether the photo is from before or after the work.")
		}
		if slices.ContainsFunc(have, func(p Photo) bool { return p.content == n.Media.Blob && p.Removed.IsZero() }) {
			continue
		}
		if ours++; ours > maxOurPhotos {
			return nil, fault.Field("photos", fmt.Sprintf("A case can have %d photos of yours. Take one out first.", maxOurPhotos))
		}
		p := Photo{N: next, Phase: n.Phase, AddedBy: by.Name, AddedAt: tx.Now, content: n.Media.Blob}
		next++
		p.Alt, _ = text.CleanLine(n.Alt, maxAlt)
		n.Media.Alt = p.Alt
		if p.MediaID, err = s.Desk.AddPictureTx(ctx, tx, c.ConversationID, n.Media); err != nil {
			return nil, err
		}
		if err := insertPhoto(ctx, tx, c.ID, p); err != nil {
			return nil, err
		}
		if err := s.notedBeside(ctx, tx, by, c, "casework.case.photo_added", nil, p.facts()); err != nil {
			return nil, err
		}
		have, added = append(have, p), append(added, p)
	}
	return added, nil
}

// PhotoChange is what of a photo is changed; nil leaves a thing as it is.
type PhotoChange struct {
	Alt      *string
	Phase    *Phase
	Released *bool
	Removed  *bool
}

// ChangePhoto changes what is known of a photo, shows it to everybody or not,
// takes it out of the case or puts it back. What a citizen sent can be described
// and taken out; it stays in the conversation.
//
// Errors: fault.NotFound; fault.Invalid (phase, released).
func (s *Service) ChangePhoto(ctx context.Context, by staff.Officer, id, number int64, ch PhotoChange) (Photo, error) {
	var p Photo
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := caseTx(ctx, tx, id)
		if err != nil {
			return err
		}
		list, err := allPhotosOf(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p Photo) bool { return p.N == number })
		if i < 0 {
			return fault.New(fault.NotFound, "This case has no such photo.")
		}
		was := list[i]
		if p, err = was.changed(ch, tx.Now); err != nil || p == was {
			return err
		}
		if err := updatePhoto(ctx, tx, id, p); err != nil {
			return err
		}
		act := "casework.case.photo_changed"
		switch {
		case !p.Removed.IsZero() && was.Removed.IsZero():
			act = "casework.case.photo_taken_out"
		case p.Removed.IsZero() && !was.Removed.IsZero():
			act = "casework.case.photo_put_back"
		case p.Released != was.Released:
			act = "casework.case.photo_released_or_not"
		}
		return s.notedBeside(ctx, tx, by.Actor(), c, act, was.facts(), p.facts())
	})
	if err != nil {
		return Photo{}, fmt.Errorf("change photo %d of case %d: %w", number, id, err)
	}
	return p, nil
}

func (p Photo) changed(ch PhotoChange, now time.Time) (Photo, error) {
	if ch.Alt != nil {
		p.Alt, _ = text.CleanLine(*ch.Alt, maxAlt)
	}
	if ch.Phase != nil && *ch.Phase != p.Phase {
		if !p.Ours() || *ch.Phase != Before && *ch.Phase != After {
			return p, fault.Field("phase", "What the citizen sent is from before the work.")
		}
		p.Phase = *ch.Phase
	}
	if ch.Released != nil {
		if *ch.Released && !p.Ours() {
			return p, fault.Field("released", "What a citizen sent is not shown to others.")
		}
		p.Released = *ch.Released
	}
	switch {
	case ch.Removed == nil:
	case !*ch.Removed:
		p.Removed = time.Time{}
	case p.Removed.IsZero():
		p.Removed, p.Released = now, false
	}
	return p, nil
}

// notedBeside puts on the record what happened to something of a case, such as a
// photo or a task, and tells those who follow. The case itself is as it was.
func (s *Service) notedBeside(ctx context.Context, tx *db.Tx, by record.Actor, c Case, act string, before, after map[string]any, about ...record.Subject) error {
	e := record.Entry{Actor: by, Act: act, Subject: c.Subject(), After: after, About: about}
	if before != nil {
		e.Before = before
	}
	if c.ConversationID != 0 {
		e.About = append(e.About, desk.Subject(c.ConversationID))
	}
	if err := record.Append(ctx, tx, e); err != nil {
		return err
	}
	return s.followTx(ctx, tx, Change{Act: act, By: by, Before: c, After: c})
}

// describe gives photos of which nobody of ours wrote what they show the words
// of whoever sent them.
func (s *Service) describeTx(ctx context.Context, tx *db.Tx, list []Photo) ([]Photo, error) {
	for i, p := range list {
		if p.Alt != "" || p.Ours() {
			continue
		}
		m, err := s.Desk.MediaTx(ctx, tx, p.MediaID)
		if fault.Is(err, fault.NotFound) {
			continue // not safe to show yet, or gone with its message
		}
		if err != nil {
			return nil, err
		}
		list[i].Alt = m.Alt
	}
	return list, nil
}
