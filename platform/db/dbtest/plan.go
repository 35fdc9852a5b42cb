package dbtest

import (
	"context"
	"errors"
	"slices"
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

// LooksLikeATextIndex fails the test unless the migrations of a room have made
// its text index as db.TextIndexMigration has it: the searches rely on that.
func LooksLikeATextIndex(t testing.TB, d *db.DB, name string) {
	t.Helper()
	const model = "model_text"
	definitions := `SELECT sql FROM sqlite_master WHERE name = $1`
	if d.Engine() == db.Postgres {
		definitions = `SELECT indexdef FROM pg_indexes WHERE tablename = $1 ORDER BY indexname`
	}
	var got, want []string
	done := errors.New("done")
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if _, err := tx.Exec(ctx, db.TextIndexMigration(d.Engine(), model)); err != nil {
			return err
		}
		scan := func(row db.Scanner) (definition string, err error) { return definition, row.Scan(&definition) }
		if got, err = db.Collect(ctx, tx, scan, definitions, name); err != nil {
			return err
		}
		if want, err = db.Collect(ctx, tx, scan, definitions, model); err != nil {
			return err
		}
		return done // the model does not stay
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], model, name)
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%s is made as %q, want %q", name, got, want)
	}
}
