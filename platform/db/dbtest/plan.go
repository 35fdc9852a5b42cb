package dbtest

import (
	"context"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
)

// Plan returns how the engine would run a query, for a test to look for its
// index in. PostgreSQL is told to avoid reading whole tables, which it prefers
// while they are as small as in tests: what it still reads whole has no index
// that fits.
func Plan(t testing.TB, d *db.DB, query string, args ...any) string {
	t.Helper()
	var lines []string
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		explain := `EXPLAIN QUERY PLAN `
		if tx.Engine() == db.Postgres {
			explain = `EXPLAIN `
			if _, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = off`); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, explain+query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a, b, c any
			var line string
			fields := []any{&line}
			if tx.Engine() == db.SQLite {
				fields = []any{&a, &b, &c, &line}
			}
			if err := rows.Scan(fields...); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("plan of %s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}
