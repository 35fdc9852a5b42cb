package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlCasesAfter = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE id > $1 ORDER BY id LIMIT $2`

// AfterTx returns cases behind one by id, in the order of their ids: for going
// through all of them, a piece at a time.
func (s *Service) AfterTx(ctx context.Context, tx *db.Tx, id int64, most int) ([]Case, error) {
	list, err := db.Collect(ctx, tx, scanCase, sqlCasesAfter, id, most)
	if err != nil {
		return nil, fmt.Errorf("read cases behind %d: %w", id, err)
	}
	return list, nil
}
