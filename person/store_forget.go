package person

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlJoinedFrom = `SELECT DISTINCT from_id FROM person_join WHERE from_id IN `
const sqlJoinedInto = `SELECT DISTINCT into_id FROM person_join WHERE into_id IN `
const sqlWordsForget = `DELETE FROM person_word WHERE handle_id IN `
const sqlHandlesForget = `DELETE FROM person_handle WHERE id IN `
const sqlFactsForget = `DELETE FROM person_fact WHERE NOT EXISTS (SELECT 1 FROM person_handle h WHERE h.person_id = person_fact.person_id) AND person_id IN `
const sqlPersonsForget = `DELETE FROM person_person WHERE NOT EXISTS (SELECT 1 FROM person_handle h WHERE h.person_id = person_person.id) AND id IN `

// joinedOf are those of some persons who were ever joined with another.
func joinedOf(ctx context.Context, tx *db.Tx, persons []int64) ([]int64, error) {
	var joined []int64
	for chunk := range db.Chunks(persons, insertRows) {
		for _, query := range []string{sqlJoinedFrom, sqlJoinedInto} {
			list, err := db.Collect(ctx, tx, db.ScanID, query+db.In(0, len(chunk)), anys(chunk)...)
			if err != nil {
				return nil, fmt.Errorf("look for joins: %w", err)
			}
			joined = append(joined, list...)
		}
	}
	return joined, nil
}

func deleteHandles(ctx context.Context, tx *db.Tx, ids []int64) error {
	for chunk := range db.Chunks(ids, insertRows) {
		for _, query := range []string{sqlWordsForget, sqlHandlesForget} {
			if _, err := tx.Exec(ctx, query+db.In(0, len(chunk)), anys(chunk)...); err != nil {
				return fmt.Errorf("forget handles: %w", err)
			}
		}
	}
	return nil
}

// deleteLonePersons removes those of some persons who have no handle, with what
// is known of them.
func deleteLonePersons(ctx context.Context, tx *db.Tx, ids []int64) error {
	for chunk := range db.Chunks(ids, insertRows) {
		for _, query := range []string{sqlFactsForget, sqlPersonsForget} {
			if _, err := tx.Exec(ctx, query+db.In(0, len(chunk)), anys(chunk)...); err != nil {
				return fmt.Errorf("forget persons: %w", err)
			}
		}
	}
	return nil
}
