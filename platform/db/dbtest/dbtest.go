// Package dbtest gives tests ready-migrated databases on both engines.
//
// PostgreSQL is used when MERCAT_TEST_POSTGRES names an administrative database
// (postgres://postgres@127.0.0.1:5432/postgres); otherwise those subtests are
// skipped, which the project's own test command counts as a failure where
// PostgreSQL can be had.
package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Clock is a clock that tests move. Reading it does not move it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at a Tuesday morning in November.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock, also backwards.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Each runs f once per engine, with a fresh migrated database. Every Write in
// it runs its closure twice.
func Each(t *testing.T, migrations []fs.FS, f func(t *testing.T, d *db.DB, clock *Clock)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			clock := NewClock()
			f(t, Open(t, engine, migrations, clock), clock)
		})
	}
}

// Open returns a fresh migrated database, closed and removed when the test
// ends. It skips the test when the engine cannot be had.
func Open(t testing.TB, engine db.Engine, migrations []fs.FS, clock *Clock) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{DSN: DSN(t, engine, migrations), Now: clock.Now, Twice: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// DSN returns the address of a fresh migrated database.
func DSN(t testing.TB, engine db.Engine, migrations []fs.FS) string {
	t.Helper()
	if engine == db.SQLite {
		return sqliteDSN(t, migrations)
	}
	admin := os.Getenv("MERCAT_TEST_POSTGRES")
	if admin == "" {
		t.Skip("PostgreSQL: MERCAT_TEST_POSTGRES is not set")
	}
	return postgresDSN(t, admin, migrations)
}

func migrated(ctx context.Context, dsn string, migrations []fs.FS) error {
	d, err := db.Open(ctx, db.Options{DSN: dsn, Now: NewClock().Now})
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Migrate(ctx, migrations...)
	return err
}

func sqliteDSN(t testing.TB, migrations []fs.FS) string {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "mercat.db")
	if err := migrated(t.Context(), dsn, migrations); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// postgresDSN copies a template that all processes with the same migrations
// share; copying takes a tenth of the time of migrating.
func postgresDSN(t testing.TB, admin string, migrations []fs.FS) string {
	t.Helper()
	list, err := db.List(db.Postgres, migrations...)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, m := range list {
		fmt.Fprintln(h, m.Number, m.Name, m.SQL)
	}
	template := "mercat_template_" + hex.EncodeToString(h.Sum(nil)[:8])
	copied := fmt.Sprintf("mercat_test_%d_%s", os.Getpid(), hex.EncodeToString(randomBytes()))

	pool, err := sql.Open("pgx", admin)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatalf("PostgreSQL at MERCAT_TEST_POSTGRES: %v", err)
	}
	defer conn.Close()
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("SELECT pg_advisory_lock(7311701)")
	var ready bool
	if err := conn.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", template).Scan(&ready); err != nil {
		t.Fatal(err)
	}
	if !ready {
		making := template + "_making"
		exec("DROP DATABASE IF EXISTS " + making)
		exec("CREATE DATABASE " + making)
		if err := migrated(t.Context(), withDatabase(t, admin, making), migrations); err != nil {
			t.Fatal(err)
		}
		exec("ALTER DATABASE " + making + " RENAME TO " + template)
	}
	exec("CREATE DATABASE " + copied + " TEMPLATE " + template)
	exec("SELECT pg_advisory_unlock(7311701)")
	t.Cleanup(func() { drop(t, admin, copied) })
	return withDatabase(t, admin, copied)
}

// Empty returns the address of a database without a single table.
func Empty(t testing.TB, engine db.Engine) string {
	t.Helper()
	if engine == db.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "mercat.db")
	}
	admin := os.Getenv("MERCAT_TEST_POSTGRES")
	if admin == "" {
		t.Skip("PostgreSQL: MERCAT_TEST_POSTGRES is not set")
	}
	name := fmt.Sprintf("mercat_test_%d_%s", os.Getpid(), hex.EncodeToString(randomBytes()))
	pool, err := sql.Open("pgx", admin)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("PostgreSQL at MERCAT_TEST_POSTGRES: %v", err)
	}
	t.Cleanup(func() { drop(t, admin, name) })
	return withDatabase(t, admin, name)
}

func drop(t testing.TB, admin, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	pool, err := sql.Open("pgx", admin)
	if err != nil {
		t.Error(err)
		return
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Error(err)
	}
}

func withDatabase(t testing.TB, dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("MERCAT_TEST_POSTGRES is not an address: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

func randomBytes() []byte {
	b := make([]byte, 6)
	rand.Read(b) // never fails
	return b
}
