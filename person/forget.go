package person

import (
	"context"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
)

// ForgetTx removes handles that came in since a time and that nothing refers to
// any more, which is the caller's to know, with the persons whom nobody has
// another handle of. A person who was joined with another stays, and so do their
// handles: that was an officer's decision.
func (p *People) ForgetTx(ctx context.Context, tx *db.Tx, handles []int64, since time.Time) error {
	known, err := readHandlesByID(ctx, tx, handles)
	if err != nil {
		return err
	}
	var persons, going []int64
	for id, h := range known {
		if !h.FirstAt.Before(since) {
			going, persons = append(going, id), append(persons, h.PersonID)
		}
	}
	joined, err := joinedOf(ctx, tx, persons)
	if err != nil {
		return err
	}
	going = slices.DeleteFunc(going, func(id int64) bool { return slices.Contains(joined, known[id].PersonID) })
	if err := deleteHandles(ctx, tx, going); err != nil {
		return err
	}
	return deleteLonePersons(ctx, tx, slices.DeleteFunc(persons, func(id int64) bool { return slices.Contains(joined, id) }))
}
