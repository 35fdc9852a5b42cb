package db_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// Words that meet in few texts of a month with millions of them: the part is given
// up, and rows are looked at one by one, so many for each page.
func TestASearchThatGivesPartsUpFindsAllTheSame(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		if d.Engine() != db.Postgres {
			return // SQLite's index has an order, and needs no parts
		}
		words := db.TextIndex("words")
		ids, bodies := putCorpus(t, d, words, 1200)
		terms := []db.Term{{Words: []string{"pothole"}}, {Words: []string{"snow"}}}
		want := []int64{}
		for _, id := range ids {
			if holds(bodies[id], terms) {
				want = append(want, id)
			}
		}
		got, pages := []int64{}, 0
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for before := int64(0); ; pages++ {
				page, rest, err := words.WalkAlone(ctx, tx, terms, before, 97, 5)
				if err != nil {
					return err
				}
				got = append(got, page...)
				if before = rest; len(page) == 5 {
					before = page[4]
				}
				if before == 0 {
					return nil
				}
			}
		})
		if err != nil || len(want) == 0 || !slices.Equal(got, want) || pages < 12 {
			t.Errorf("%d found, want %d, in %d pages: %v", len(got), len(want), pages, err)
		}
	})
}

func TestWhatTakesTooLongIsGivenUpAndNothingElse(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		if d.Engine() != db.Postgres {
			return // there it is not asked for
		}
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ask := func(milliseconds int, query string) (bool, error) {
				return db.Patiently(ctx, tx, milliseconds, func() error {
					_, err := tx.Exec(ctx, query)
					return err
				})
			}
			if late, err := ask(30, `SELECT pg_sleep(600)`); !late || err != nil {
				t.Errorf("late %v: %v", late, err)
			}
			if late, err := ask(60_000, `SELECT 1`); late || err != nil {
				t.Errorf("late %v: %v", late, err)
			}
			var limit string
			if err := tx.QueryRow(ctx, `SELECT setting FROM pg_settings WHERE name = 'statement_timeout'`).Scan(&limit); err != nil || limit != "0" {
				t.Errorf("the limit stays: %q, %v", limit, err)
			}
			late, err := ask(60_000, `SELECT nothing`)
			if late {
				t.Error("what is wrong is taken for late")
			}
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "nothing") {
			t.Errorf("what is wrong: %v", err)
		}
	})
}
