package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const sqlBatchInsert = `INSERT INTO casework_batch (id, officer_id, at, undone_at) VALUES ($1, $2, $3, 0)`
const sqlBatchOldCases = `DELETE FROM casework_batch_case WHERE batch_id IN (SELECT id FROM casework_batch WHERE at < $1)`
const sqlBatchOld = `DELETE FROM casework_batch WHERE at < $1`
const sqlBatchCaseInsert = `INSERT INTO casework_batch_case (batch_id, case_id, version, step_id, team_id, officer_id, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
const sqlBatchUndone = `UPDATE casework_batch SET undone_at = $1 WHERE id = $2`
const sqlBatch = `SELECT undone_at FROM casework_batch WHERE id = $1 AND officer_id = $2 AND at >= $3`
const sqlBatchCases = `SELECT case_id, version, step_id, team_id, officer_id, due_at FROM casework_batch_case WHERE batch_id = $1 ORDER BY case_id`

// batchRow is a case of a bulk act, with what it was before.
type batchRow struct {
	caseID, version, step, team, officer int64
	due                                  time.Time
}

// addBatch begins a bulk act, and forgets those that cannot be undone any more.
func addBatch(ctx context.Context, tx *db.Tx, id, officer int64) error {
	old := db.Micros(tx.Now.Add(-bulkKept))
	for _, query := range []string{sqlBatchOldCases, sqlBatchOld} {
		if _, err := tx.Exec(ctx, query, old); err != nil {
			return fmt.Errorf("forget old changes of many cases: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, sqlBatchInsert, id, officer, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("begin a change of many cases: %w", err)
	}
	return nil
}

func addToBatch(ctx context.Context, tx *db.Tx, batch int64, before Case, version, step int64) error {
	if _, err := tx.Exec(ctx, sqlBatchCaseInsert, batch, before.ID, version, step, before.TeamID, before.OfficerID, db.Micros(before.DueAt)); err != nil {
		return fmt.Errorf("note what case %d was before: %w", before.ID, err)
	}
	return nil
}

// batchOf are the cases of a bulk act of an officer.
func batchOf(ctx context.Context, tx *db.Tx, id, officer int64) ([]batchRow, error) {
	undone, found, err := db.One(ctx, tx, db.ScanID, sqlBatch, id, officer, db.Micros(tx.Now.Add(-bulkKept)))
	if err != nil {
		return nil, fmt.Errorf("look for a change of many cases: %w", err)
	}
	if !found {
		return nil, fault.New(fault.NotFound, "This cannot be undone any more. Open the cases and change them back.")
	}
	if undone != 0 {
		return nil, fault.New(fault.Conflict, "This has been undone already.")
	}
	scan := func(row db.Scanner) (r batchRow, err error) {
		var due int64
		err = row.Scan(&r.caseID, &r.version, &r.step, &r.team, &r.officer, &due)
		r.due = db.Time(due)
		return r, err
	}
	rows, err := db.Collect(ctx, tx, scan, sqlBatchCases, id)
	if err != nil {
		return nil, fmt.Errorf("read a change of many cases: %w", err)
	}
	return rows, nil
}

func markBatchUndone(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlBatchUndone, db.Micros(tx.Now), id); err != nil {
		return fmt.Errorf("note that a change of many cases is undone: %w", err)
	}
	return nil
}
