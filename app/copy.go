package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// CopyOptions say between which databases is copied: addresses as for --db, or
// sqlite:FILE.
type CopyOptions struct {
	From, To string
	Progress func(table string, rows int64) // after each table
}

// Copied is what a copy found.
type Copied struct {
	Tables int
	Rows   int64
	Report record.Report
}

// CopyDatabase fills an empty database with what another one holds, also while
// Mercat serves from that: what is written there after the copy began is not in
// it. Afterwards both are read side by side and compared row by row.
//
// Errors: fault.Conflict when the target is in use, the source is not up to
// date, or a row differs.
func CopyDatabase(ctx context.Context, c Config, o CopyOptions) (done Copied, err error) {
	if o.From == o.To {
		return Copied{}, fault.New(fault.Invalid, "Name two different databases with --from and --to.")
	}
	c = c.withDefaults()
	if file, is := strings.CutPrefix(o.From, "sqlite:"); is {
		if _, err := os.Stat(file); err != nil {
			return Copied{}, fault.Newf(fault.NotFound, "There is no SQLite file %s to copy from.", file).Because(err)
		}
	}
	from, err := openAt(ctx, c, o.From)
	if err != nil {
		return Copied{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	missing, err := from.Missing(ctx, Migrations()...)
	if err != nil {
		return Copied{}, err
	}
	if len(missing) > 0 {
		return Copied{}, fault.New(fault.Conflict, "The database to copy from is not up to date. Run mercat migrate on it first.")
	}
	to, err := openAt(ctx, c, o.To)
	if err != nil {
		return Copied{}, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if _, err := to.Migrate(ctx, Migrations()...); err != nil {
		return Copied{}, err
	}
	err = from.Read(ctx, func(ctx context.Context, source *db.Tx) error {
		err := to.WriteOnce(ctx, func(ctx context.Context, target *db.Tx) (err error) {
			done, err = copyTx(ctx, source, target, o.Progress)
			return err
		})
		if err != nil {
			return err
		}
		if err := finish(ctx, to); err != nil {
			return err
		}
		return to.Read(ctx, func(ctx context.Context, target *db.Tx) error { return compareTx(ctx, source, target) })
	})
	if err == nil {
		done.Report, err = record.Verify(ctx, to, nil)
	}
	if err != nil {
		return Copied{}, fmt.Errorf("copy the database: %w", err)
	}
	return done, nil
}

func openAt(ctx context.Context, c Config, dsn string) (*db.DB, error) {
	return db.Open(ctx, db.Options{DSN: dsn, Now: c.Now, Node: c.Node, Twice: c.Twice, Log: c.Log})
}

func copyTx(ctx context.Context, source, target *db.Tx, progress func(string, int64)) (done Copied, err error) {
	form, err := schemaTx(ctx, source)
	if err != nil {
		return done, err
	}
	f, err := fillTx(ctx, target, form)
	if err != nil {
		return done, err
	}
	tables, err := carried(ctx, source)
	if err != nil {
		return done, err
	}
	for _, t := range tables {
		if err := f.begin(ctx, t.Name); err != nil {
			return done, err
		}
		var rows int64
		for line, err := range t.Rows(ctx, source) {
			if err != nil {
				return done, err
			}
			if err := f.now.Add(ctx, target, line); err != nil {
				return done, err
			}
			rows++
		}
		done.Tables++
		done.Rows += rows
		if progress != nil {
			progress(t.Name, rows)
		}
	}
	return done, f.end(ctx)
}

// compareTx reads every table on both sides at once. Rows stand in the same
// order there, so the first that differ are the ones.
func compareTx(ctx context.Context, source, target *db.Tx) error {
	a, err := carried(ctx, source)
	if err != nil {
		return err
	}
	b, err := carried(ctx, target)
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("compare: %d tables here and %d there", len(a), len(b))
	}
	for i := range a {
		if a[i].Name != b[i].Name {
			return fmt.Errorf("compare: table %s here and %s there", a[i].Name, b[i].Name)
		}
		if err := compareTable(ctx, source, target, a[i], b[i]); err != nil {
			return err
		}
	}
	return nil
}

func compareTable(ctx context.Context, source, target *db.Tx, a, b db.Table) error {
	there, stop := iter.Pull2(b.Rows(ctx, target))
	defer stop()
	var n int64
	for here, err := range a.Rows(ctx, source) {
		if err != nil {
			return err
		}
		n++
		copied, err, ok := there()
		if err != nil {
			return err
		}
		if !ok || !bytes.Equal(here, copied) {
			return fault.Newf(fault.Conflict, "Row %d of table %s was not copied as it is. The copy cannot be used; make its database anew.", n, a.Name)
		}
	}
	_, err, more := there()
	if err == nil && more {
		return fault.Newf(fault.Conflict, "The copy of table %s has more rows than %d. The copy cannot be used; make its database anew.", a.Name, n)
	}
	return err
}
