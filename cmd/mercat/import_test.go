package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// TestMain lets a test run the program as a process of its own, which can be
// killed, and a benchmark start a server.
func TestMain(m *testing.M) {
	if os.Getenv("MERCAT_TEST_AS_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	main()
}

func process(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), "MERCAT_TEST_AS_PROGRAM=1")
	return c
}

const killMapping = `{"format": "jsonl", "ref": "{id}", "thread": "{thread}", "at": "{at}", "times": ["unix"], "author_id": "{who}", "text": "{text}"}`

// manyRows are rows of conversations of three messages each, by 50 people.
func manyRows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id": "r%d", "thread": "t%d", "at": %d, "who": "w%d", "text": "The bin in street %d was not emptied, says row %d"}`+"\n", i, i/3, 1_400_000_000+i*600, i/3%50, i%97, i)
	}
	return b.String()
}

func TestAnImportThatIsKilledGoesOnWhereItWas(t *testing.T) {
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("KILLS")); err == nil { // make torture
		kills = max(n, kills)
	}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { killImports(t, engine, 1_000*kills, kills) })
	}
}

func killImports(t *testing.T, engine db.Engine, rows, kills int) {
	folder := t.TempDir()
	where := []string{"--data", filepath.Join(folder, "data")}
	dsn := "sqlite:" + filepath.Join(folder, "data", "mercat.db")
	if engine == db.Postgres {
		dsn = dbtest.DSN(t, engine, app.Migrations())
		where = append(where, "--db", dsn)
	}
	address, stop := serving(t, where[1], where[2:]...)
	setUp(t, address)
	if engine == db.SQLite {
		stop() // on PostgreSQL it goes on beside the import
	}
	file, mapping := filepath.Join(folder, "rows.jsonl"), filepath.Join(folder, "mapping.json")
	for name, text := range map[string]string{file: manyRows(rows), mapping: killMapping} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"import", "table", file, "--mapping", mapping, "-q"}, where...)
	killed := 0
	for killed < kills && killInTheMidst(t, dsn, args) {
		killed++
	}
	got := count(t, dsn)
	t.Logf("killed %d times, %v", killed, got)
	if killed < 3 || got[0] == 0 {
		t.Error("it was hardly killed in the midst of it: the test says little")
	}
	mercat(t, args...).want(t, exitDone, "read:          "+fmt.Sprint(rows), "kept:          "+fmt.Sprint(rows), "known already: 0", "set aside:     0")
	want := []int64{int64(rows), int64(rows+2) / 3, int64(rows), 50}
	if got := count(t, dsn); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("messages, conversations, texts, persons: %v, not %v", got, want)
	}
	mercat(t, append([]string{"verify"}, where...)...).want(t, exitDone, "The record is whole")
	mercat(t, args...).want(t, exitDone, "was imported before")
}

// killInTheMidst starts a command and kills it a moment after it has kept
// something. It returns false when the command was quicker.
func killInTheMidst(t *testing.T, dsn string, args []string) bool {
	t.Helper()
	before := count(t, dsn)[0]
	c := process(t.Context(), args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return false
		case <-time.After(5 * time.Millisecond):
		}
		if count(t, dsn)[0] > before {
			<-time.After(rand.N(150 * time.Millisecond)) // the moment that is tried out
			if err := c.Process.Kill(); err != nil {
				t.Log(err) // it has just ended by itself
			}
			return <-ended != nil
		}
	}
}

// count counts messages, conversations, what the conversations say that they
// hold, and persons.
func count(t *testing.T, dsn string) []int64 {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{DSN: dsn, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var counts []int64
	err = d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, query := range []string{`SELECT COUNT(*) FROM desk_message`, `SELECT COUNT(*) FROM desk_conversation`,
			`SELECT COALESCE(CAST(SUM(messages) AS BIGINT), 0) FROM desk_conversation`, `SELECT COUNT(*) FROM person_person`} {
			n, _, err := db.One(ctx, tx, db.ScanID, query)
			if err != nil {
				return err
			}
			counts = append(counts, n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestAnImportSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	data := []string{"--data", filepath.Join(folder, "data")}
	with := func(args ...string) []string { return append(append([]string{"import"}, args...), data...) }
	requests, mapping := "../../network/archive/testdata/requests.csv", "../../docs/import/gainesville311.json"
	mercat(t, with("table", requests, "--mapping", mapping)...).want(t, exitFailed, "There is no Mercat in the folder")
	address, stop := serving(t, data[1])
	mercat(t, with("table", requests, "--mapping", mapping)...).want(t, exitFailed, "has not been set up yet")
	setUp(t, address)
	mercat(t, with("table", requests)...).want(t, exitUsage, "--mapping")
	mercat(t, with("table", filepath.Join(folder, "none"), "--mapping", mapping)...).want(t, exitFailed, "There is no file")
	mercat(t, with("table", requests, "--mapping", requests)...).want(t, exitUsage, "line 1")
	mercat(t, with("table", requests, "--mapping", mapping, "--account", "Nobody")...).want(t, exitUsage, "The accounts are:")
	mercat(t, with("table", mapping, "--mapping", mapping)...).want(t, exitUsage, "the column {")
	mercat(t, with("table", requests, "--mapping", mapping, "--dry-run")...).want(t, exitDone, "Nothing was kept", "kept:          5", "line 7: Its date cannot be right")
	done := mercat(t, with("table", requests, "--mapping", mapping, "--name", "Old requests")...).want(t, exitDone, "“Old requests” is done", "with a case:   4")
	mercat(t, with("list")...).want(t, exitDone, "requests.csv", "done", "Old requests")
	var id int64
	if _, err := fmt.Sscanf(done.out, "Import %d", &id); err != nil {
		t.Fatal(err)
	}
	mercat(t, with("undo", "7")...).want(t, exitFailed, "There is no such import")
	mercat(t, with("undo", fmt.Sprint(id))...).want(t, exitDone, "5 messages are out")
	mercat(t, with("list")...).want(t, exitDone, "undone")
	stop()
}
