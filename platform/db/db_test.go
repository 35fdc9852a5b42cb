package db_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
)

var schema = []fs.FS{fstest.MapFS{
	"migrations/9001_counter.sql": {Data: []byte("CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, name TEXT, raw BLOB);\n" +
		"INSERT INTO counter (id, n) VALUES (1, 0);\n")},
	"migrations/9002_words.sqlite.sql":   {Data: []byte(db.TextIndexMigration(db.SQLite, "words"))},
	"migrations/9002_words.postgres.sql": {Data: []byte(db.TextIndexMigration(db.Postgres, "words"))},
}}

func TestTwoWritersNeverLoseAnUpdate(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		const writers, each = 8, 25
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						var n int64
						if err := tx.QueryRow(ctx, `SELECT n FROM counter WHERE id = 1`).Scan(&n); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `UPDATE counter SET n = $2 WHERE id = $1`, 1, n+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != writers*each {
			t.Errorf("%d of %d updates survived", n, writers*each)
		}
	})
}

func TestArgumentsOutOfOrderBindByNumber(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		for range 3 { // unprepared first, prepared afterwards
			var a, b string
			err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return tx.QueryRow(ctx, `SELECT CAST($2 AS TEXT), CAST($1 AS TEXT) || '$1'`, "one", "two").Scan(&a, &b)
			})
			if err != nil || a != "two" || b != "one$1" {
				t.Fatalf("got %q, %q, %v", a, b, err)
			}
		}
	})
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		boom := errors.New("boom")
		told := false
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { told = true })
			if _, err := tx.Exec(ctx, `UPDATE counter SET n = 7`); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
		if n := count(t, d); n != 0 || told {
			t.Errorf("n is %d, told is %v", n, told)
		}
	})
}

func TestAPanicInAWriteLeavesTheDatabaseUsable(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Write(t.Context(), func(context.Context, *db.Tx) error { panic("boom") })
		}()
		if n := count(t, d); n != 0 {
			t.Errorf("n is %d", n)
		}
	})
}

func TestAReaderCannotWrite(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE counter SET n = 7`)
			return err
		})
		if err == nil {
			t.Error("a read transaction wrote")
		}
	})
}

func TestAfterCommitRunsOnceThoughTheClosureRunsTwice(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		closures, told := 0, 0
		err := d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error {
			closures++
			tx.AfterCommit(func() { told++ })
			return nil
		})
		if err != nil || closures != 2 || told != 1 {
			t.Errorf("closures %d, told %d, %v", closures, told, err)
		}
	})
}

func TestIDsRiseAlsoWhenTheClockStepsBack(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		last := int64(0)
		for i := range 20_000 {
			if i == 10_000 {
				clock.Advance(-time.Hour)
			}
			id := d.NewID()
			if id <= last {
				t.Fatalf("id %d came after %d", id, last)
			}
			last = id
		}
	})
}

func TestMigratingTwiceDoesNothing(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		applied, err := d.Migrate(t.Context(), schema...)
		if err != nil || len(applied) != 0 {
			t.Errorf("applied %v, %v", applied, err)
		}
	})
}

func TestANewerOrAlteredDatabaseIsRefused(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		if _, err := d.Migrate(t.Context()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "newer") {
			t.Errorf("a database from the future: %v", err)
		}
		altered := fstest.MapFS{"migrations/9001_counter.sql": {Data: []byte("SELECT 1;")}}
		if _, err := d.Migrate(t.Context(), altered); !fault.Is(err, fault.Conflict) {
			t.Errorf("an altered migration: %v", err)
		}
	})
}

func TestSearchFindsFoldedWordsAndPhrasesNewestFirst(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		words := db.TextIndex("words")
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for id, body := range map[int64]string{1: "the pothole in high street", 2: "high tide", 3: "street high pothole", 4: "gone"} {
				if err := words.Put(ctx, tx, id, body); err != nil {
					return err
				}
			}
			if err := words.Put(ctx, tx, 2, "high street, it's \"dark\""); err != nil {
				return err
			}
			return words.Delete(ctx, tx, 4)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			terms  []db.Term
			before int64
			want   []int64
		}{
			{[]db.Term{{Words: []string{"high"}}}, 0, []int64{3, 2, 1}},
			{[]db.Term{{Words: []string{"high"}}}, 3, []int64{2, 1}},
			{[]db.Term{{Words: []string{"high", "street"}}}, 0, []int64{2, 1}},
			{[]db.Term{{Words: []string{"potho"}, Prefix: true}, {Words: []string{"the"}}}, 0, []int64{1}},
			{[]db.Term{{Words: []string{"gone"}}}, 0, nil},
			{[]db.Term{{Words: []string{`o'clock" OR \`}}}, 0, nil},
			{nil, 0, nil},
		} {
			var got []int64
			err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				got, _, err = words.Search(ctx, tx, c.terms, c.before, 10)
				return err
			})
			if err != nil || len(got) != len(c.want) {
				t.Errorf("%v: got %v, %v", c.terms, got, err)
				continue
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("%v: got %v, want %v", c.terms, got, c.want)
				}
			}
		}
	})
}

func TestAUniqueViolationIsRecognised(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO counter (id, n, raw) VALUES (1, 1, $1)`, []byte{0})
			return err
		})
		if !db.IsUnique(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAMessageToOtherNodesArrivesAfterTheCommit(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		if d.Engine() == db.SQLite {
			return // one process has the file; live tells it directly
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		heard := make(chan string, 100)
		var wg sync.WaitGroup
		wg.Go(func() { d.Listen(ctx, "live", func(p string) { heard <- p }, func() {}) })
		for done := false; !done; { // until the listener is connected
			if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return tx.Notify(ctx, "live", "hello") }); err != nil {
				t.Fatal(err)
			}
			select {
			case p := <-heard:
				done = p == "hello"
			case <-time.After(50 * time.Millisecond):
			}
		}
		cancel()
		wg.Wait()
	})
}

func count(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT n FROM counter WHERE id = 1`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestIDsRiseBeyondThoseOfAClockThatWasAhead(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Advance(8 * time.Hour)
		ahead := d.NewID()
		clock.Advance(-8 * time.Hour)
		// Another process knows nothing of them but what it is told.
		other := dbtest.Open(t, d.Engine(), nil, clock)
		if id := other.NewID(); id >= ahead {
			t.Fatalf("%d is not before %d", id, ahead)
		}
		other.IDsAfter(ahead)
		last := ahead
		for range 10_000 {
			id := other.NewID()
			if id <= last {
				t.Fatalf("%d after %d", id, last)
			}
			last = id
		}
		other.IDsAfter(1)
		if id := other.NewID(); id <= last {
			t.Fatalf("%d after %d", id, last)
		}
	})
}
