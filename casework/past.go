package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Past is a request that had ended in another program before it came here.
type Past struct {
	Conversation desk.Conversation
	Message      desk.Message // with which it was reported
	State        State        // an ended one
	Words        string
	EndedAt      time.Time // zero when that is not known
}

// pastOfficer is who is shown as having done what another program did.
const pastOfficer = "Imported"

// ImportTx makes cases of requests that came in from an archive, in the
// transaction in which their conversations did. They have ended: nobody is told
// and nothing is to be done. The record has the batch and not each of them.
func (s *Service) ImportTx(ctx context.Context, tx *db.Tx, list []Past) error {
	times := make([]time.Time, len(list))
	for i, p := range list {
		times[i] = p.Message.At
	}
	ids, err := tx.PastIDs(ctx, "casework_case", times)
	if err != nil {
		return err
	}
	sums := flowSums{}
	for i, p := range list {
		if !p.State.Ended() {
			return fmt.Errorf("import a case: it is %q", p.State)
		}
		if err := s.importTx(ctx, tx, p, ids[i], sums); err != nil {
			return err
		}
	}
	if err := noteChanged(ctx, tx, 0); err != nil {
		return err
	}
	return sums.writeTx(ctx, tx)
}

func (s *Service) importTx(ctx context.Context, tx *db.Tx, p Past, id int64, sums flowSums) error {
	from := p.Conversation
	// An end that nobody knows is set to the beginning: without one it would look
	// open, and any other would be made up.
	changed := p.EndedAt
	if changed.IsZero() {
		changed = p.Message.At
	}
	c := Case{ID: id, Source: FromImport, ConversationID: from.ID, PersonID: from.PersonID, Who: from.Who, ServiceID: from.ServiceID, Place: from.Place, Lat: from.Lat, Lon: from.Lon,
		State: p.State, TeamID: from.TeamID, CreatedAt: p.Message.At, ChangedAt: changed, EndedAt: changed, Version: 1}
	c.Words, _ = text.Clean(p.Words, maxWords)
	if err := addCase(ctx, tx, &c, importKey(p.Message.ID)); err != nil {
		return err
	}
	sums.add(c, 1)
	var photos []int64
	for _, m := range p.Message.Media {
		if m.Picture() && len(photos) < maxPhotos {
			photos = append(photos, m.ID)
		}
	}
	if err := insertPhotos(ctx, tx, c.ID, Reported, photos); err != nil {
		return err
	}
	for _, st := range []Step{
		{ID: tx.NewID(), CaseID: c.ID, At: c.CreatedAt, State: Received, By: record.Program, Officer: pastOfficer},
		{ID: tx.NewID(), CaseID: c.ID, At: changed, Before: Received, State: p.State, By: record.Program, Officer: pastOfficer},
	} {
		if err := insertStep(ctx, tx, st); err != nil {
			return err
		}
	}
	return s.Desk.NotePastCaseTx(ctx, tx, from.ID, "", c.Reference)
}
