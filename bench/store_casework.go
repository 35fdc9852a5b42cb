package bench

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlSomeCases = `SELECT id FROM casework_case ORDER BY id DESC LIMIT 1000`
const sqlCasesOfDesk = `SELECT id FROM casework_case WHERE conversation_id <> 0 ORDER BY conversation_id DESC LIMIT 1000`

// someCases are two hundred of the newest cases, and two hundred of
// conversations where there are so many: one of each, in turns.
func someCases(ctx context.Context, d *db.DB) (ids []int64, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		ids = nil
		newest, err := db.Collect(ctx, tx, db.ScanID, sqlSomeCases)
		if err != nil {
			return err
		}
		told, err := db.Collect(ctx, tx, db.ScanID, sqlCasesOfDesk)
		if err != nil {
			return err
		}
		for i := 0; i < len(newest); i += 5 {
			ids = append(ids, newest[i])
			if i < len(told) {
				ids = append(ids, told[i])
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("choose some cases: %w", err)
	}
	return ids, nil
}

const (
	sqlCommitTable     = `CREATE TABLE IF NOT EXISTS bench_commit (id BIGINT PRIMARY KEY, words TEXT NOT NULL)`
	sqlCommitTableDrop = `DROP TABLE bench_commit`
	sqlCommitInsert    = `INSERT INTO bench_commit (id, words) VALUES ($1, $2)`
)

// commits are the plainest that the engine can do durably: a row of a table that
// has nothing but its key, by the writing connection, without what Mercat puts
// around a transaction.
type commits struct {
	d *db.DB
	n int
}

func (c *commits) begin(ctx context.Context) error { return c.exec(ctx, sqlCommitTable) }

const sqlDurable = `SELECT setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'`

// durable reports whether the engine waits for the disk at each commit. A
// PostgreSQL that is set up for tests does not, and then there is nothing to
// compare with.
func (c *commits) durable(ctx context.Context) (bool, error) {
	if c.d.Engine() != db.Postgres {
		return true, nil
	}
	off := false
	err := c.d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		_, off, err = db.One(ctx, tx, func(row db.Scanner) (s string, err error) { return s, row.Scan(&s) }, sqlDurable)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look whether commits last: %w", err)
	}
	return !off, nil
}

func (c *commits) end(ctx context.Context) error { return c.exec(ctx, sqlCommitTableDrop) }

func (c *commits) one(ctx context.Context) error {
	c.n++
	return c.exec(ctx, sqlCommitInsert, c.n, "A row of about the length of what somebody writes who has found a hole in the road, once more.")
}

func (c *commits) exec(ctx context.Context, statement string, args ...any) error {
	if _, err := c.d.Handle().ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("commit a row: %w", err)
	}
	return nil
}
