package casework

import (
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// With two million cases, a row of the table that is looked at in vain is a page
// read from the disk.
func TestWhatIsReadByTheThousandIsReadFromAnIndexAlone(t *testing.T) {
	dbtest.Each(t, []fs.FS{Migrations()}, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		alone := "COVERING INDEX "
		if d.Engine() == db.Postgres {
			alone = "Index Only Scan "
		}
		look := func(name, index, query string, args []any) {
			t.Helper()
			plan := dbtest.Plan(t, d, query, args...)
			if !strings.Contains(plan, index) || !strings.Contains(plan, alone) || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s is not read from %s alone:\n%s\n%s", name, index, query, plan)
			}
		}
		look("the map", "casework_case_open_cell", sqlPointsAll, []any{int64(math.MinInt64), 0, 100})
		place := PublishedQuery{From: clock.Now().Add(-time.Hour)}
		place.Around(s2.RectFromCenterSize(s2.LatLngFromDegrees(57.41, -5.42), s2.LatLngFromDegrees(0.001, 0.001)))
		query, args := publishedStatement(place, 100)
		look("what is at a place", "casework_case_tile", query, args)
		look("open cases of services", "casework_case_", sqlWaitingByService, nil)
		look("open cases of areas", "casework_case_", sqlWaitingByArea, nil)
	})
}

func TestEveryListByChangeHasItsIndex(t *testing.T) {
	dbtest.Each(t, []fs.FS{Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		for _, c := range []struct {
			name, index string
			parts       int
			q           Query
		}{
			{"all", "casework_case_changed", 1, Query{}},
			{"done", "casework_case_state", 1, Query{State: Done}},
			{"open", "casework_case_state", 5, Query{Open: true}},
			{"a team", "casework_case_team", 9, Query{TeamID: 1}},
			{"an officer", "casework_case_officer", 9, Query{OfficerID: 1}},
			{"a service", "casework_case_service", 9, Query{ServiceID: 1}},
			{"an area", "casework_case_area", 9, Query{AreaID: 1}},
			{"an area, open", "casework_case_area", 5, Query{AreaID: 1, Open: true}},
			{"an area, done", "casework_case_area", 1, Query{AreaID: 1, State: Done}},
		} {
			query, args := c.q.listStatement(51)
			plan := dbtest.Plan(t, d, query, args...)
			if n := strings.Count(plan, c.index+" "); n != c.parts || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s has %d ranges of %s, not %d:\n%s\n%s", c.name, n, c.index, c.parts, query, plan)
			}
		}
	})
}

func TestOldCasesOfAPlaceArePassedOverInTheIndex(t *testing.T) {
	dbtest.Each(t, []fs.FS{Migrations()}, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		query, args := withinQuery(1, ranges(57.41, -5.42, 100), clock.Now())
		plan := dbtest.Plan(t, d, query, args...)
		within := "casework_case_near (service_id=? AND cell>? AND cell<?)" // and ended_at, which SQLite does not tell
		if d.Engine() == db.Postgres {
			within = "ended_at >="
		}
		if !strings.Contains(plan, within) || !strings.Contains(plan, "casework_case_near") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s\n%s", query, plan)
		}
	})
}

func TestWhatCannotBeAtAPlaceIsNotRead(t *testing.T) {
	q := PublishedQuery{Services: []int64{1}}
	q.Around(s2.RectFromCenterSize(s2.LatLngFromDegrees(57.41, -5.42), s2.LatLngFromDegrees(0.002, 0.002)))
	at := func(lat, lon float64, service int64) placedKey {
		return placedKey{cell: int64(s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon))), service: service}
	}
	for _, c := range []struct {
		k   placedKey
		may bool
	}{
		{at(57.41, -5.42, 1), true}, {at(57.41, -5.42, 2), false}, {at(57.42, -5.42, 1), false}, {at(57.41, -5.43, 1), false},
		{at(57.41104, -5.42, 1), true}, // shown rounded, it may be within
		{placedKey{service: 2}, true},  // nothing is known
	} {
		if q.may(c.k) != c.may {
			t.Errorf("%+v: %v", c.k, !c.may)
		}
	}
}
