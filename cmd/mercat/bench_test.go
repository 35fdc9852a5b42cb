package main

import (
	"database/sql"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"testing"

	"mercat.scot/mercat/bench"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/record"
)

// figures are what each benchmark must say; those of memory only where the
// system tells it.
var figures = map[string][]string{
	"intake": {"posts_per_second", "rows_per_second", "raw_posts_per_second", "raw_rows_per_second", "ratio", "rows_per_post"},
	"inbox":  {"mine_first_p99", "team_far_p50", "all_first_p50", "all_far_p99", "conversation_p99", "growth_times_ten"},
	"search": {"word_in_half_p99", "word_in_half_rows", "rare_word_p99", "two_words_p99"},
	"triage": {"messages_per_second", "with_directory_per_second", "load", "memory"},
	"live":   {"row_p50", "row_p99", "news_p99", "messages_per_second"},
	"start":  {"ready_p50", "ready_slowest"},
	"casework": {"seeded", "nearby_p50", "reports", "reports_commits", "reports_ratio", "post", "post_commits", "post_ratio", "estimate_p99", "import", "case_p99", "queue_team_p99", "list_all_p50", "search_p99",
		"public_list_p99", "map_town_size", "map_street_p50", "map_desk_first", "open311_near_p99", "open311_newest_p50"},
}

func TestEveryBenchmarkSaysWhatItFound(t *testing.T) {
	t.Setenv("MERCAT_TEST_AS_PROGRAM", "1")
	for _, k := range bench.Kinds() {
		for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
			t.Run(k.Name+"/"+string(engine), func(t *testing.T) {
				args := []string{"bench", k.Name, "--size", "60", "--batch", "20", "--json", "--quiet"}
				if engine == db.Postgres {
					args = append(args, "--db", dbtest.Empty(t, engine))
				}
				var r bench.Result
				if err := json.Unmarshal([]byte(mercat(t, args...).want(t, exitDone).out), &r); err != nil {
					t.Fatal(err)
				}
				if r.Bench != k.Name || r.Engine != engine || r.Size != 60 || r.Seconds <= 0 {
					t.Errorf("%+v", r)
				}
				for _, name := range figures[k.Name] {
					if f, ok := r.Figure(name); !ok || f.Value <= 0 || math.IsInf(f.Value, 0) {
						t.Errorf("%s: %+v", name, f)
					}
				}
				if missed, ok := r.Figure("rows_missed"); ok && missed.Value != 0 {
					t.Errorf("%g rows never came", missed.Value)
				}
			})
		}
	}
}

func TestABenchmarkThatThereIsNotIsAMistake(t *testing.T) {
	mercat(t, "bench", "outtake").want(t, exitUsage, "There is no benchmark")
	mercat(t, "bench", "intake", "--size=-1").want(t, exitUsage, "not less than nothing")
}

func TestABenchmarkRefusesADatabaseInUse(t *testing.T) {
	dsn := dbtest.DSN(t, db.Postgres, []fs.FS{record.Migrations()})
	mercat(t, "bench", "intake", "--size", "10", "--db", dsn).want(t, exitFailed, "This database is not empty")
}

func TestABenchmarkLeavesNothingBehind(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	dsn := dbtest.Empty(t, db.Postgres)
	mercat(t, "bench", "intake", "--size", "10", "--quiet", "--db", dsn).want(t, exitDone, "posts_per_second")
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if n := schemas(t, dsn); n != 0 {
		t.Errorf("%d schemas are left", n)
	}
}

func schemas(t *testing.T, dsn string) (n int) {
	t.Helper()
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := pool.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pg_namespace WHERE nspname LIKE 'mercat%'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
