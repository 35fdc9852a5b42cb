package bench

import (
	"context"
	"fmt"
	"strings"

	"mercat.scot/mercat/platform/db"
)

// schemaPrefix begins the name of every schema that a benchmark makes.
const schemaPrefix = "mercat_bench_"

const sqlTablesThere = `SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
	AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp%' AND n.nspname NOT LIKE 'mercat\_bench\_%'`

func tablesThere(ctx context.Context, d *db.DB) (n int64, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return tx.QueryRow(ctx, sqlTablesThere).Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("look whether the database is empty: %w", err)
	}
	return n, nil
}

// makeSchema makes a schema on PostgreSQL. Its name is ours, of letters, digits
// and underscores.
func makeSchema(ctx context.Context, o Options, name string) error {
	return onServer(ctx, o, `CREATE SCHEMA `+name)
}

// dropSchema takes a schema of a benchmark away, with all that is in it.
func dropSchema(ctx context.Context, o Options, name string) error {
	if !strings.HasPrefix(name, schemaPrefix) {
		return fmt.Errorf("take schema %s away: it is no benchmark's", name)
	}
	return onServer(ctx, o, `DROP SCHEMA IF EXISTS `+name+` CASCADE`)
}

func onServer(ctx context.Context, o Options, statement string) error {
	d, err := db.Open(ctx, db.Options{DSN: o.DB, Now: o.Now})
	if err != nil {
		return err
	}
	defer d.Close() // the statement has said whether it was done
	if _, err := d.Handle().ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

const sqlMessages = `SELECT COUNT(*) FROM desk_message`

func countMessages(ctx context.Context, d *db.DB) (n int64, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return tx.QueryRow(ctx, sqlMessages).Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("count the messages: %w", err)
	}
	return n, nil
}
