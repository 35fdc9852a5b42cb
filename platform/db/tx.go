package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Tx is a transaction. It is for one goroutine.
type Tx struct {
	// Now is the transaction's time: fixed, UTC, in microseconds.
	Now time.Time

	db    *DB
	tx    *sql.Tx
	st    *statements
	after []func()
}

// sqlTakeTurn makes writers on PostgreSQL wait for each other. LOCK TABLE as the
// first statement takes its lock before the transaction's snapshot is made, so
// that the snapshot holds all that the writer before us committed.
// https://www.postgresql.org/docs/15/sql-lock.html
const sqlTakeTurn = `LOCK TABLE db_turn IN EXCLUSIVE MODE`

// maxTries bounds how often a closure is run again after the engine gave up on
// its transaction (a deadlock with the job queue, a busy file).
const maxTries = 8

// Write runs f in a transaction that sees everything committed before it and
// that no other Write runs beside. When f returns an error, nothing of it
// remains. The closure may run more than once: it must touch nothing but the
// database and its own variables, which it must set rather than add to.
func (d *DB) Write(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	if d.options.Twice {
		rehearsal := errors.New("rehearsal")
		err := d.writeOnce(ctx, func(ctx context.Context, tx *Tx) error {
			if err := f(ctx, tx); err != nil {
				return err
			}
			return rehearsal
		})
		if err != nil && !errors.Is(err, rehearsal) {
			return err
		}
	}
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, f)
		if err == nil || try == maxTries || !retryable(err) {
			return err
		}
		pause := time.Duration(1<<try)*time.Millisecond + rand.N(5*time.Millisecond)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// WriteOnce is Write for a closure that uses up a stream: it runs once, and when
// the engine gives up on the transaction that is an error.
func (d *DB) WriteOnce(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	return d.writeOnce(ctx, f)
}

func (d *DB) writeOnce(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	// Repeatable read is enough on PostgreSQL, because writers take turns.
	options := &sql.TxOptions{}
	if d.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	raw, err := d.write.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	tx := &Tx{Now: d.Now(), db: d, tx: raw, st: d.writeSt}
	if err := tx.run(ctx, f, d.engine == Postgres); err != nil {
		return err
	}
	for _, g := range tx.after {
		g()
	}
	d.writeSt.settle(ctx)
	return nil
}

func (tx *Tx) run(ctx context.Context, f func(ctx context.Context, tx *Tx) error, turn bool) (err error) {
	done := false
	defer func() {
		if !done {
			// The cause is already on its way up; a failed rollback adds nothing to
			// it, and the connection is discarded by database/sql.
			_ = tx.tx.Rollback()
		}
	}()
	if turn {
		if _, err := tx.tx.ExecContext(ctx, sqlTakeTurn); err != nil {
			return fmt.Errorf("wait for the turn to write: %w", err)
		}
		tx.Now = tx.db.Now()
	}
	if err := f(ctx, tx); err != nil {
		return err
	}
	if err := tx.tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

// Read runs f on one snapshot. Writing in it fails.
func (d *DB) Read(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	raw, err := d.read.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	tx := &Tx{Now: d.Now(), db: d, tx: raw, st: d.readSt}
	if err := tx.run(ctx, f, false); err != nil {
		return err
	}
	d.readSt.settle(ctx)
	return nil
}

// Exec runs a statement and says how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	var res sql.Result
	var err error
	if st := tx.st.ready(query); st != nil {
		res, err = tx.tx.StmtContext(ctx, st).ExecContext(ctx, args...)
	} else {
		res, err = tx.tx.ExecContext(ctx, tx.dialect(query), args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Query runs a query. The caller closes the rows and checks their Err.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := tx.st.ready(query); st != nil {
		return tx.tx.StmtContext(ctx, st).QueryContext(ctx, args...)
	}
	return tx.tx.QueryContext(ctx, tx.dialect(query), args...)
}

// QueryRow runs a query for one row; Scan gives sql.ErrNoRows when there is
// none.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if st := tx.st.ready(query); st != nil {
		return tx.tx.StmtContext(ctx, st).QueryRowContext(ctx, args...)
	}
	return tx.tx.QueryRowContext(ctx, tx.dialect(query), args...)
}

// AfterCommit runs f once, after the transaction is committed and never
// otherwise. f must be quick and must not fail: it is for telling others.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// NewID makes an id: positive, unique, sorting by time.
func (tx *Tx) NewID() int64 { return tx.db.ids.next(tx.Now) }

// Engine says which engine this is.
func (tx *Tx) Engine() Engine { return tx.db.engine }

// SQL is the transaction itself, for libraries that write beside us (the job
// queue).
func (tx *Tx) SQL() *sql.Tx { return tx.tx }

// retryable reports whether the engine gave up on a transaction that can simply
// be run again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		const busy, locked = 5, 6
		return lite.Code()&0xff == busy || lite.Code()&0xff == locked
	}
	return false
}

// IsUnique reports whether err is a violation of a unique index.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		const uniqueKey, primaryKey = 2067, 1555
		return lite.Code() == uniqueKey || lite.Code() == primaryKey
	}
	return false
}

// isRefused reports whether a table did not let values in: by a constraint, or
// by their form.
func isRefused(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Classes 22, data exception, and 23, integrity constraint violation.
		return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23")
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		const constraint, mismatch = 19, 20
		return lite.Code()&0xff == constraint || lite.Code()&0xff == mismatch
	}
	return false
}
