package db_test

import (
	"context"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func TestIDsOfThePastSortByWhenThingsHappened(t *testing.T) {
	schema := []fs.FS{fstest.MapFS{"migrations/0002_thing.sql": {Data: []byte("CREATE TABLE thing (id BIGINT PRIMARY KEY);\n")}}}
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		times := []time.Time{time.Unix(-1, 0), time.Unix(0, 0)}
		for year := 1971; year < clock.Now().Year(); year++ {
			at := time.Date(year, 12, 31, 23, 59, 0, 0, time.UTC)
			times = append(times, at, at.Add(2*time.Minute))
		}
		midnight := time.Date(2014, 3, 3, 0, 0, 0, 0, time.UTC)
		same := slices.Repeat([]time.Time{midnight}, 20_000)
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ids, err := tx.PastIDs(ctx, "thing", times)
			if err != nil {
				return err
			}
			if !slices.IsSorted(ids) || ids[0] <= 0 || ids[len(ids)-1] >= tx.NewID() {
				t.Errorf("%d, and now %d", ids, tx.NewID())
			}
			// Those of one moment are different, also from those that are taken.
			for range 2 {
				if ids, err = tx.PastIDs(ctx, "thing", same); err != nil {
					return err
				}
				for some := range slices.Chunk(ids, 100) {
					args := make([]any, len(some))
					for i, id := range some {
						args[i] = id
					}
					if _, err := tx.Exec(ctx, `INSERT INTO thing (id) VALUES `+db.Values(0, len(some), 1), args...); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
