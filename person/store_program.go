package person

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlPersonsAfter = `SELECT ` + sqlPersonColumns + ` FROM person_person WHERE id > $1 ORDER BY id LIMIT $2`

// AfterTx returns persons behind one by id with their handles, in the order of
// their ids: for going through all of them, a piece at a time.
func (p *People) AfterTx(ctx context.Context, tx *db.Tx, id int64, most int) ([]Found, error) {
	list, err := db.Collect(ctx, tx, scanPerson, sqlPersonsAfter, id, most)
	if err != nil {
		return nil, fmt.Errorf("read persons behind %d: %w", id, err)
	}
	ids := make([]int64, len(list))
	for i, one := range list {
		ids[i] = one.ID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	handles, err := readHandlesOfMany(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	found := make([]Found, len(list))
	for i, one := range list {
		found[i] = Found{Person: one, Handles: handles[one.ID]}
	}
	return found, nil
}
