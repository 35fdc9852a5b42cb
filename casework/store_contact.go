package casework

import (
	"cmp"
	"context"
	"slices"

	"mercat.scot/mercat/platform/db"
)

const sqlCasesOfMany = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE conversation_id IN `

// casesOfMany reads them newest first.
func casesOfMany(ctx context.Context, tx *db.Tx, conversations []int64) ([]Case, error) {
	var all []Case
	for chunk := range db.Chunks(conversations, 256) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = id
		}
		list, err := db.Collect(ctx, tx, scanCase, sqlCasesOfMany+db.In(0, len(chunk)), args...)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b Case) int { return cmp.Compare(b.ID, a.ID) })
	return all, nil
}
