package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlFlowSums = `, SUM(opened), SUM(closed), SUM(resolved), SUM(unresolved), SUM(reopened) FROM casework_flow WHERE day >= $1 GROUP BY `
const (
	sqlFlowByDay        = `SELECT day` + sqlFlowSums + `day ORDER BY day`
	sqlFlowByService    = `SELECT service_id` + sqlFlowSums + `service_id`
	sqlFlowByArea       = `SELECT area_id` + sqlFlowSums + `area_id`
	sqlWaitingByService = `SELECT service_id, COUNT(*) FROM casework_case WHERE ended_at = 0 GROUP BY service_id`
	sqlWaitingByArea    = `SELECT area_id, COUNT(*) FROM casework_case WHERE ended_at = 0 GROUP BY area_id`
	sqlAge              = `SELECT COUNT(*) FROM casework_case WHERE ended_at = 0 AND created_at > $1 AND created_at <= $2`
)
const sqlFlowAdd = `INSERT INTO casework_flow (day, service_id, area_id, opened, closed, resolved, unresolved, reopened) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (day, service_id, area_id) DO UPDATE SET opened = casework_flow.opened + excluded.opened, closed = casework_flow.closed + excluded.closed,
	resolved = casework_flow.resolved + excluded.resolved, unresolved = casework_flow.unresolved + excluded.unresolved, reopened = casework_flow.reopened + excluded.reopened`

func addFlow(ctx context.Context, tx *db.Tx, key [3]int64, f Flow) error {
	if _, err := tx.Exec(ctx, sqlFlowAdd, key[0], key[1], key[2], f.Opened, f.Closed, f.Resolved, f.Unsolved, f.Reopened); err != nil {
		return fmt.Errorf("count a case: %w", err)
	}
	return nil
}

func flowBy(ctx context.Context, tx *db.Tx, query string, from int64) ([]Flow, error) {
	scan := func(row db.Scanner) (f Flow, err error) {
		err = row.Scan(&f.ID, &f.Opened, &f.Closed, &f.Resolved, &f.Unsolved, &f.Reopened)
		return f, err
	}
	list, err := db.Collect(ctx, tx, scan, query, from)
	if err != nil {
		return nil, fmt.Errorf("add up what was opened and closed: %w", err)
	}
	return list, nil
}

// flowOf are the figures of services or areas, with what waits now; what has most
// waiting is first.
func flowOf(ctx context.Context, tx *db.Tx, sums, waiting string, from int64) ([]Flow, error) {
	list, err := flowBy(ctx, tx, sums, from)
	if err != nil {
		return nil, err
	}
	scan := func(row db.Scanner) (f Flow, err error) {
		err = row.Scan(&f.ID, &f.Waiting)
		return f, err
	}
	open, err := db.Collect(ctx, tx, scan, waiting)
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	for _, f := range open {
		if i := slices.IndexFunc(list, func(o Flow) bool { return o.ID == f.ID }); i >= 0 {
			list[i].Waiting = f.Waiting
		} else {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(b.Waiting, a.Waiting), cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// ages counts the open cases by how long they have been open.
func ages(ctx context.Context, tx *db.Tx) ([]Ageing, error) {
	day := 24 * time.Hour
	var list []Ageing
	newer := tx.Now.Add(day) // a clock was ahead
	for _, band := range []struct {
		label string
		to    time.Duration
	}{{"Up to a week", 7 * day}, {"1 to 4 weeks", 28 * day}, {"4 to 12 weeks", 84 * day}, {"12 weeks to a year", 365 * day}, {"More than a year", 0}} {
		older := time.UnixMicro(0)
		if band.to > 0 {
			older = tx.Now.Add(-band.to)
		}
		n, _, err := db.One(ctx, tx, db.ScanID, sqlAge, older.UnixMicro(), newer.UnixMicro())
		if err != nil {
			return nil, fmt.Errorf("count open cases by age: %w", err)
		}
		list = append(list, Ageing{band.label, n})
		newer = older
	}
	return list, nil
}
