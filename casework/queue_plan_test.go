package casework

import (
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func TestEveryViewOfTheQueueHasItsIndex(t *testing.T) {
	dbtest.Each(t, []fs.FS{Migrations()}, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		look := func(name, index, query string, args []any) {
			t.Helper()
			if d.Engine() == db.Postgres && strings.HasPrefix(index, "casework_case_due") {
				index = "_due" // of an empty table all of them are equally cheap
			}
			if plan := dbtest.Plan(t, d, query, args...); !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s does not use %s:\n%s\n%s", name, index, query, plan)
			}
		}
		from := Key{ID: math.MaxInt64}
		for _, c := range []struct {
			name, column, index string
			q                   Query
		}{
			{"all by due", "due_at", "casework_case_queue_due", Query{}},
			{"a team by due", "due_at", "casework_case_due", Query{TeamID: 1}},
			{"two teams by due", "due_at", "casework_case_due", Query{TeamIDs: []int64{1, 2}}},
			{"mine by due", "due_at", "casework_case_queue_officer", Query{OfficerID: 1}},
			{"a service by due", "due_at", "casework_case_queue_service", Query{ServiceID: 1}},
			{"an area by due", "due_at", "casework_case_queue_area", Query{AreaID: 1}},
			{"a state by due", "due_at", "casework_case_queue_state", Query{State: Scheduled}},
			{"all by age", "created_at", "casework_case_open_created", Query{}},
			{"a team by age", "created_at", "casework_case_queue_team", Query{TeamID: 1}},
		} {
			query, args := c.q.openQuery(c.column, from, time.Time{}, 51)
			look(c.name, c.index, query, args)
		}
		query, args := Query{TeamID: 1}.openQuery("due_at", from, clock.Now(), 51)
		look("what is late", "casework_case_due", query, args)
		query, args = Query{TeamID: 1}.undatedQuery(0, 51)
		look("what has no day", "casework_case_", query, args)
		look("the map, anew", "casework_case_open_cell", sqlPointsAll, []any{int64(math.MinInt64), 0, 100})
		look("the map, since", "casework_case_changed", sqlPointsSince, []any{clock.Now().UnixMicro(), 0, 100})
		look("the newest change", "casework_case_changed", sqlNewestChange, nil)
	})
}
