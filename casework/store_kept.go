package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlStandardSet = `UPDATE casework_case SET standard_at = $1 WHERE id = $2`
const sqlStandard = `SELECT standard_at FROM casework_case WHERE id = $1`
const sqlKept = `SELECT service_id, kind, SUM(told), SUM(kept) FROM casework_kept WHERE week >= $1 AND week < $2 GROUP BY service_id, kind`
const sqlKeptAdd = `INSERT INTO casework_kept (week, service_id, kind, told, kept) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (week, service_id, kind) DO UPDATE SET told = casework_kept.told + excluded.told, kept = casework_kept.kept + excluded.kept`

func setStandard(ctx context.Context, tx *db.Tx, id int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlStandardSet, db.Micros(at), id); err != nil {
		return fmt.Errorf("keep the standard of case %d: %w", id, err)
	}
	return nil
}

func standardOf(ctx context.Context, tx *db.Tx, id int64) (time.Time, error) {
	at, _, err := db.One(ctx, tx, db.ScanID, sqlStandard, id)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the standard of case %d: %w", id, err)
	}
	return db.Time(at), nil
}

func keptSince(ctx context.Context, tx *db.Tx, from, to int64) ([]keptPart, error) {
	scan := func(row db.Scanner) (p keptPart, err error) {
		err = row.Scan(&p.service, &p.kind, &p.Told, &p.Kept)
		return p, err
	}
	return db.Collect(ctx, tx, scan, sqlKept, from, to)
}

func addKept(ctx context.Context, tx *db.Tx, list []keptPart) error {
	for _, p := range list {
		if _, err := tx.Exec(ctx, sqlKeptAdd, p.week, p.service, string(p.kind), p.Told, p.Kept); err != nil {
			return fmt.Errorf("count how the council kept its word of service %d: %w", p.service, err)
		}
	}
	return nil
}
