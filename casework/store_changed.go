package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlChangedAdd = `INSERT INTO casework_changed (n, case_id) SELECT COALESCE(MAX(n), 0) + 1, CAST($1 AS BIGINT) FROM casework_changed`
const sqlChangedLines = `SELECT COALESCE(MIN(n), 0), COALESCE(MAX(n), 0) FROM casework_changed`
const sqlChangedSince = `SELECT n, case_id FROM casework_changed WHERE n > $1 ORDER BY n LIMIT $2`
const sqlChangedForget = `DELETE FROM casework_changed WHERE n <= $1`
const sqlOutlinesOf = `SELECT id, service_id, area_id, state, reason, created_at, ended_at FROM casework_case WHERE id IN `

// changedAtOnce is how many lines are read at once.
const changedAtOnce = 1_000

// noteChanged writes down that a case changed; 0 is for many at once.
func noteChanged(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlChangedAdd, id); err != nil {
		return fmt.Errorf("note that case %d changed: %w", id, err)
	}
	return nil
}

func changeLines(ctx context.Context, tx *db.Tx) (first, last int64, err error) {
	if err := tx.QueryRow(ctx, sqlChangedLines).Scan(&first, &last); err != nil {
		return 0, 0, fmt.Errorf("read the lines of changes: %w", err)
	}
	return first, last, nil
}

func forgetChanges(ctx context.Context, tx *db.Tx, line int64) error {
	if _, err := tx.Exec(ctx, sqlChangedForget, line); err != nil {
		return fmt.Errorf("forget old changes of cases: %w", err)
	}
	return nil
}

func changedSince(ctx context.Context, tx *db.Tx, line int64) (Changed, error) {
	first, last, err := changeLines(ctx, tx)
	if err != nil {
		return Changed{}, err
	}
	if last < line || first > line+1 {
		return Changed{Last: last, All: true}, nil // begun anew, or forgotten
	}
	type change struct{ n, id int64 }
	scan := func(row db.Scanner) (c change, err error) {
		err = row.Scan(&c.n, &c.id)
		return c, err
	}
	list, err := db.Collect(ctx, tx, scan, sqlChangedSince, line, int64(changedAtOnce))
	if err != nil || len(list) == 0 {
		return Changed{Last: line}, err
	}
	c := Changed{Last: list[len(list)-1].n}
	c.Further = c.Last < last
	seen := map[int64]bool{}
	var ids []int64
	for _, one := range list {
		if one.id == 0 {
			return Changed{Last: last, All: true}, nil
		}
		if !seen[one.id] {
			seen[one.id] = true
			ids = append(ids, one.id)
		}
	}
	padded := db.Padded(ids)
	c.Cases, err = db.Collect(ctx, tx, scanOutline, sqlOutlinesOf+db.In(0, len(padded)), anys(padded)...)
	return c, err
}
