package person

import (
	"io/fs"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/record"
)

func TestEveryListHasItsIndex(t *testing.T) {
	dbtest.Each(t, []fs.FS{record.Migrations(), Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		for _, c := range []struct {
			query string
			args  []any
			index string // "" when the engines name it each in their own way
		}{
			{sqlHandlesByIdentity + ", ($3)" + sqlHandlesByIdentityEnd, []any{"email", "a", "b"}, ""},
			{sqlHandlesOfPerson, []any{1}, "person_handle_person"},
			{sqlHandlesOfPersons + db.In(0, 2), []any{1, 2}, "person_handle_person"},
			{sqlHandlesByID + db.In(0, 2), []any{1, 2}, ""},
			{sqlPersonsByWord, []any{"a", "a" + lastRune, 0, 10}, ""},
			{sqlJoinsInto, []any{1}, "person_join_into"},
			{sqlJoinHolding, []any{1}, "person_join_holds"},
		} {
			plan := dbtest.Plan(t, d, c.query, c.args...)
			if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN person") || !strings.Contains(plan, c.index) {
				t.Errorf("%s\nis run as\n%s", c.query, plan)
			}
		}
	})
}
