package casework

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// TestWhatIsPublicIsFoundByItsIndex looks at the plans of what other programs ask
// for: each is a range of an index that has the order as well.
func TestWhatIsPublicIsFoundByItsIndex(t *testing.T) {
	dbtest.Each(t, []fs.FS{Migrations()}, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		tiles := TilesOf(s2.RectFromLatLng(s2.LatLngFromDegrees(56.1, -3.2)).AddPoint(s2.LatLngFromDegrees(56.11, -3.18)))
		if len(tiles) < 2 {
			t.Fatalf("%d tiles", len(tiles))
		}
		from, to := clock.Now().Add(-90*24*time.Hour), clock.Now()
		for _, c := range []struct {
			name, index string
			parts       int
			q           PublishedQuery
		}{
			{"a time", "casework_case_created", 1, PublishedQuery{From: from, To: to}},
			{"a time, open", "casework_case_open_created", 1, PublishedQuery{From: from, To: to, Open: true}},
			{"a time and a place", "casework_case_tile", len(tiles), PublishedQuery{From: from, To: to, Tiles: tiles}},
			{"a time and a place, open", "casework_case_open_tile", len(tiles), PublishedQuery{From: from, To: to, Tiles: tiles, Open: true}},
			{"a time and services", "casework_case_service_created", 2, PublishedQuery{From: from, To: to, Services: []int64{1, 2}}},
			{"by the last change", "casework_case_changed", 1, PublishedQuery{From: from, Changed: true}},
		} {
			query, args := publishedStatement(c.q, 1001)
			plan := dbtest.Plan(t, d, query, args...)
			if n := strings.Count(plan, c.index); n < c.parts || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN casework_case") {
				t.Errorf("%s uses %s %d times, not %d:\n%s", c.name, c.index, n, c.parts, plan)
			}
		}
		plan := dbtest.Plan(t, d, sqlStepsBetween+sqlStepsBetweenLimit, int64(1), int64(2), 1000)
		if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN casework_step") || strings.Contains(fmt.Sprint(plan), "Sort") {
			t.Errorf("the steps of a time:\n%s", plan)
		}
	})
}
