package practice

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// Each open page and each connection asks these whenever anything happens, so
// none may read more than what is new.
func TestWhatIsAskedOftenReadsOnlyWhatIsNew(t *testing.T) {
	d := dbtest.Open(t, db.SQLite, []fs.FS{Migrations()}, dbtest.NewClock())
	for _, c := range []struct {
		query string
		args  []any
		by    string
	}{
		{sqlPostsAfter, []any{1, "a", "b", 200}, "SEARCH p USING INDEX sqlite_autoindex_practice_post_3 (seq>?)"},
		{sqlNews, []any{1, "a", "b"}, "SEARCH practice_post USING INDEX sqlite_autoindex_practice_post_3 (seq>?)"},
		{sqlLast, nil, "SEARCH practice_post USING COVERING INDEX sqlite_autoindex_practice_post_3"},
		{sqlThreadsAfter, []any{1, 1, 100}, "SEARCH p USING INDEX sqlite_autoindex_practice_post_3 (seq>?)"},
		{sqlRoots, []any{1, 1, 21}, "SEARCH p USING INDEX practice_post_root (reply_to=? AND number<?)"},
		{sqlThreads + "(1, 2)" + sqlThreadsLast + "2" + sqlThreadsOrder, []any{1, 30}, "SEARCH p USING INDEX practice_post_thread (thread=?)"},
	} {
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			steps, err := db.Collect(ctx, tx, func(row db.Scanner) (string, error) {
				var id, parent, unused int64
				var step string
				err := row.Scan(&id, &parent, &unused, &step)
				return step, err
			}, "EXPLAIN QUERY PLAN "+c.query, c.args...)
			plan := strings.Join(steps, "\n")
			if !strings.Contains(plan, c.by) || strings.Contains(plan, "SCAN p") {
				t.Errorf("%s\nis done by\n%s\nwant %s", c.query, plan, c.by)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
