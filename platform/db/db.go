package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"mercat.scot/mercat/platform/fault"
)

// Engine is which database this is.
type Engine string

const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Options say which database to open, and how.
type Options struct {
	// DSN is "sqlite:/path/to/file.db" or "postgres://…".
	DSN string
	// Now is the clock; never nil.
	Now func() time.Time
	// Node tells several processes on one database apart in the ids they make,
	// 0 to 1023.
	Node int
	// Twice runs every Write closure twice and rolls the first run back, to
	// prove that closures touch nothing but the database. For tests.
	Twice bool
	// Readers bounds the read-only connections; 0 means 8.
	Readers int
	Log     *slog.Logger
}

// DB is a database. It is safe for concurrent use.
type DB struct {
	engine  Engine
	file    string  // SQLite only: its absolute path
	write   *sql.DB // SQLite: one connection; PostgreSQL: the same pool as read
	read    *sql.DB
	pool    *pgxpool.Pool // PostgreSQL only
	writeSt *statements
	readSt  *statements
	ids     *idSource
	options Options
}

// Open opens the database that the options name. It does not migrate.
//
// Errors: fault.Invalid when the DSN makes no sense, fault.Down when the
// database does not answer.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Readers <= 0 {
		o.Readers = 8
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &DB{options: o, ids: newIDSource(o.Node)}
	var err error
	switch {
	case strings.HasPrefix(o.DSN, "sqlite:"):
		err = d.openSQLite(strings.TrimPrefix(o.DSN, "sqlite:"))
	case strings.HasPrefix(o.DSN, "postgres://"), strings.HasPrefix(o.DSN, "postgresql://"):
		err = d.openPostgres(ctx)
	default:
		return nil, fault.New(fault.Invalid, "The database address must begin with sqlite: or postgres://.")
	}
	if err != nil {
		return nil, err
	}
	if err := d.Ping(ctx); err != nil {
		d.Close()
		return nil, fault.New(fault.Down, "The database does not answer. Check that it runs and that its address is right.").Because(err)
	}
	return d, nil
}

func (d *DB) openSQLite(path string) error {
	d.engine = SQLite
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	d.file = abs
	// Pragmas go into the address so that every connection of a pool has them.
	// synchronous=FULL: what a citizen was told is received survives a power cut.
	pragmas := func(more ...string) string {
		q := url.Values{}
		for _, p := range append([]string{"busy_timeout(15000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"cache_size(-32000)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)"}, more...) {
			q.Add("_pragma", p)
		}
		return q.Encode()
	}
	address := (&url.URL{Scheme: "file", Path: abs}).String()
	// Immediate: a deferred BEGIN that reads and then writes fails under
	// contention without waiting, because its snapshot cannot be upgraded.
	if d.write, err = sql.Open("sqlite", address+"?"+pragmas()+"&_txlock=immediate"); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	d.write.SetMaxOpenConns(1)
	if d.read, err = sql.Open("sqlite", address+"?"+pragmas("query_only(1)")); err != nil {
		return fmt.Errorf("open %s for reading: %w", path, err)
	}
	d.read.SetMaxOpenConns(d.options.Readers)
	d.read.SetMaxIdleConns(d.options.Readers)
	d.writeSt, d.readSt = newStatements(d.write), newStatements(d.read)
	return nil
}

func (d *DB) openPostgres(ctx context.Context) error {
	d.engine = Postgres
	config, err := pgxpool.ParseConfig(d.options.DSN)
	if err != nil {
		return fault.New(fault.Invalid, "The PostgreSQL address cannot be read. It looks like postgres://user:password@host:5432/name.").Because(err)
	}
	config.MaxConns = int32(d.options.Readers + 8)
	config.ConnConfig.RuntimeParams["application_name"] = "mercat"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.AfterConnect = prepareConnection
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fault.New(fault.Down, "PostgreSQL does not answer. Check that it runs and that its address is right.").Because(err)
	}
	d.write = stdlib.OpenDBFromPool(d.pool)
	d.read = d.write
	return nil
}

// prepareConnection sets a new connection up. Compiling a query takes longer
// than any of ours runs, and is chosen by an estimate that a search, which stops
// early, exceeds by far.
func prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	keepNumbers(conn)
	if _, err := conn.Exec(ctx, `SET jit = off`); err != nil {
		return fmt.Errorf("set up a connection: %w", err)
	}
	return nil
}

// Close ends all connections.
func (d *DB) Close() error {
	if d.engine == Postgres {
		err := d.write.Close()
		d.pool.Close()
		return err
	}
	rerr := d.read.Close()
	werr := d.write.Close()
	if rerr != nil {
		return fmt.Errorf("close the readers: %w", rerr)
	}
	return werr
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	return d.write.PingContext(ctx)
}

// Engine says which engine this is. Ask only where an engine must differ.
func (d *DB) Engine() Engine { return d.engine }

// Handle is the writing pool itself, for libraries that bring their own
// statements (the job queue). Never use it for Mercat's own tables.
func (d *DB) Handle() *sql.DB { return d.write }

// Pool is PostgreSQL's own pool, nil on SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Now is the time by the database's clock, in UTC and microseconds.
func (d *DB) Now() time.Time { return d.options.Now().UTC().Truncate(time.Microsecond) }

// NewID makes an id outside of a transaction.
func (d *DB) NewID() int64 { return d.ids.next(d.Now()) }

// Size is the database's size in bytes, as the engine reckons it.
func (d *DB) Size(ctx context.Context) (int64, error) {
	query := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if d.engine == Postgres {
		query = `SELECT pg_database_size(current_database())`
	}
	var n int64
	if err := d.read.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("measure the database: %w", err)
	}
	return n, nil
}

// connectConfig is a private connection's configuration, for LISTEN.
func (d *DB) connectConfig() *pgx.ConnConfig { return d.pool.Config().ConnConfig.Copy() }

// Micros is t as it is stored: microseconds since 1970 in UTC; 0 for the zero
// time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
