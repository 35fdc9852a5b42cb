package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
)

// Update is a step of a case that everybody may see, as other programs follow
// it.
type Update struct {
	StepID    int64
	CaseID    int64
	Reference string
	At        time.Time
	State     State
	Reason    Reason
}

// Updates returns the steps of a time, the oldest first, at most limit of them:
// to is not within. With references only those of these cases are meant. That a
// case was opened is no step, and one that was undone is left out.
func (s *Service) Updates(ctx context.Context, from, to time.Time, references []string, limit int) (list []Update, err error) {
	var known []string
	for _, written := range references {
		if reference, err := secret.ParseReference(written); err == nil {
			known = append(known, reference)
		}
	}
	if len(references) > 0 && len(known) == 0 {
		return nil, nil
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		for after := db.IDAt(from) - 1; len(list) < limit; {
			steps, err := stepsBetween(ctx, tx, after, db.IDAt(to), known, limit)
			if err != nil {
				return err
			}
			found, err := publicUpdates(ctx, tx, steps, snapshot)
			if err != nil {
				return err
			}
			list = append(list, found...)
			if len(steps) < limit {
				break
			}
			after = steps[len(steps)-1].ID
		}
		list = list[:min(len(list), limit)]
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what became of cases: %w", err)
	}
	return list, nil
}

// publicUpdates are those steps that everybody may see.
func publicUpdates(ctx context.Context, tx *db.Tx, steps []Step, snapshot *directory.Snapshot) ([]Update, error) {
	var ids []int64
	for _, st := range steps {
		ids = append(ids, st.CaseID)
	}
	cases := map[int64]Case{}
	for part := range db.Chunks(ids, 256) {
		found, err := casesByID(ctx, tx, part)
		if err != nil {
			return nil, err
		}
		for id, c := range found {
			cases[id] = c
		}
	}
	var list []Update
	for _, st := range steps {
		c, ok := cases[st.CaseID]
		if service, _ := snapshot.Service(c.ServiceID); ok && c.public(service) {
			list = append(list, Update{st.ID, c.ID, c.Reference, st.At, st.State, st.Reason})
		}
	}
	return list, nil
}
