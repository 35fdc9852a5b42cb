package directory

import (
	"io/fs"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func TestPlacesAreLookedUpByTheirIndexes(t *testing.T) {
	dbtest.Each(t, []fs.FS{Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		for _, c := range []struct {
			query string
			args  []any
		}{
			{sqlPlacesByKey + db.In(0, 2), []any{"a", "b"}},
			{sqlPlacesDeleteSource, []any{1}},
			{sqlServiceByID, []any{1}},
			{sqlAreaByID, []any{1}},
		} {
			if plan := dbtest.Plan(t, d, c.query, c.args...); strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN directory") {
				t.Errorf("%s\nis run as\n%s", c.query, plan)
			}
		}
	})
}
