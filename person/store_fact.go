package person

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlFactColumns = `id, person_id, kind, value, folded, source, purpose, officer_id, officer, at, until, version`
const sqlFact = `SELECT ` + sqlFactColumns + ` FROM person_fact WHERE id = $1`
const sqlFactsOf = `SELECT ` + sqlFactColumns + ` FROM person_fact WHERE (until = 0 OR until > $1) AND person_id IN `
const sqlFactsInOrder = ` ORDER BY id`
const sqlFactsBeginning = `SELECT ` + sqlFactColumns + ` FROM person_fact
	WHERE kind = $1 AND folded >= $2 AND folded < $3 AND (until = 0 OR until > $4) ORDER BY folded, person_id LIMIT $5`
const sqlFactsEnded = `SELECT ` + sqlFactColumns + ` FROM person_fact WHERE until > 0 AND until <= $1 ORDER BY until LIMIT $2`
const sqlFactInsert = `INSERT INTO person_fact (` + sqlFactColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
const sqlFactUpdate = `UPDATE person_fact SET value = $1, folded = $2, source = $3, purpose = $4, officer_id = $5, officer = $6, at = $7, until = $8, version = $9 WHERE id = $10`
const sqlFactsDelete = `DELETE FROM person_fact WHERE id IN `

func scanFact(row db.Scanner) (Fact, error) {
	var f Fact
	var at, until int64
	err := row.Scan(&f.ID, &f.PersonID, &f.Kind, &f.Value, &f.folded, &f.Source, &f.Purpose, &f.OfficerID, &f.Officer, &at, &until, &f.Version)
	f.At, f.Until = db.Time(at), db.Time(until)
	return f, err
}

func readFact(ctx context.Context, tx *db.Tx, id int64) (Fact, bool, error) {
	f, found, err := db.One(ctx, tx, scanFact, sqlFact, id)
	if err != nil {
		return Fact{}, false, fmt.Errorf("read fact %d: %w", id, err)
	}
	return f, found, nil
}

func readFactsOf(ctx context.Context, tx *db.Tx, persons []int64) ([]Fact, error) {
	var all []Fact
	for chunk := range db.Chunks(persons, insertRows) {
		list, err := db.Collect(ctx, tx, scanFact, sqlFactsOf+db.In(1, len(chunk))+sqlFactsInOrder, append([]any{db.Micros(tx.Now)}, anys(chunk)...)...)
		if err != nil {
			return nil, fmt.Errorf("read facts of persons: %w", err)
		}
		all = append(all, list...)
	}
	return all, nil
}

func readFactsBeginning(ctx context.Context, tx *db.Tx, kind FactKind, begins string, limit int) ([]Fact, error) {
	list, err := db.Collect(ctx, tx, scanFact, sqlFactsBeginning, string(kind), begins, begins+lastRune, db.Micros(tx.Now), limit)
	if err != nil {
		return nil, fmt.Errorf("find facts: %w", err)
	}
	return list, nil
}

func readFactsEnded(ctx context.Context, tx *db.Tx, most int) ([]Fact, error) {
	list, err := db.Collect(ctx, tx, scanFact, sqlFactsEnded, db.Micros(tx.Now), most)
	if err != nil {
		return nil, fmt.Errorf("read facts that have ended: %w", err)
	}
	return list, nil
}

func insertFact(ctx context.Context, tx *db.Tx, f Fact) error {
	_, err := tx.Exec(ctx, sqlFactInsert, f.ID, f.PersonID, string(f.Kind), f.Value, f.folded, f.Source, f.Purpose, f.OfficerID, f.Officer,
		db.Micros(f.At), db.Micros(f.Until), f.Version)
	if err != nil {
		return fmt.Errorf("insert a fact: %w", err)
	}
	return nil
}

func updateFact(ctx context.Context, tx *db.Tx, f Fact) error {
	_, err := tx.Exec(ctx, sqlFactUpdate, f.Value, f.folded, f.Source, f.Purpose, f.OfficerID, f.Officer, db.Micros(f.At), db.Micros(f.Until), f.Version, f.ID)
	if err != nil {
		return fmt.Errorf("update fact %d: %w", f.ID, err)
	}
	return nil
}

func deleteFacts(ctx context.Context, tx *db.Tx, ids []int64) error {
	for chunk := range db.Chunks(ids, insertRows) {
		if _, err := tx.Exec(ctx, sqlFactsDelete+db.In(0, len(chunk)), anys(chunk)...); err != nil {
			return fmt.Errorf("remove facts: %w", err)
		}
	}
	return nil
}
