package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
)

// pieceSize is about how much of a table is held at once.
const pieceSize = 4 << 20

// maxTableLine bounds one row: the largest is a message with what came in raw.
const maxTableLine = 256 << 20

// schema says which form the tables of a backup have.
type schema struct {
	Engine     db.Engine `json:"engine"`
	Migrations []int     `json:"migrations"` // those that both engines have: they make the tables
}

// firstForeign is where the numbers of libraries' migrations begin.
const firstForeign = 1000

func schemaTx(ctx context.Context, tx *db.Tx) (schema, error) {
	shared, err := sharedMigrations()
	if err != nil {
		return schema{}, err
	}
	applied, err := tx.Applied(ctx)
	applied = slices.DeleteFunc(applied, func(n int) bool { return !slices.Contains(shared, n) })
	return schema{Engine: tx.Engine(), Migrations: applied}, err
}

// sharedMigrations are the numbers that both engines have. What one engine has
// for itself (an index, say) and the queue's own are no part of a form.
func sharedMigrations() ([]int, error) {
	lite, err := db.List(db.SQLite, Migrations()...)
	if err != nil {
		return nil, err
	}
	post, err := db.List(db.Postgres, Migrations()...)
	if err != nil {
		return nil, err
	}
	var shared []int
	for _, m := range lite {
		if m.Number < firstForeign && slices.ContainsFunc(post, func(o db.Migration) bool { return o.Number == m.Number }) {
			shared = append(shared, m.Number)
		}
	}
	return shared, nil
}

// carried lists what is copied from one database into another: every table, and
// of the queue what is still to be done.
func carried(ctx context.Context, tx *db.Tx) ([]db.Table, error) {
	list, err := tx.Tables(ctx, jobs.Foreign)
	return append(list, jobs.Table(tx.Engine())), err
}

// backupTables writes the schema and every table, all from one snapshot.
func backupTables(ctx context.Context, d *db.DB, a *archiveWriter) (list []Rows, head Head, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		form, err := schemaTx(ctx, tx)
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(form, "", "  ")
		if err != nil {
			return fmt.Errorf("write the schema: %w", err)
		}
		if err := a.putText(archiveSchema, string(text)+"\n"); err != nil {
			return err
		}
		tables, err := carried(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			rows, err := backupTable(ctx, tx, t, a)
			if err != nil {
				return err
			}
			list = append(list, rows)
		}
		head, err = headTx(ctx, tx)
		return err
	})
	return list, head, err
}

func backupTable(ctx context.Context, tx *db.Tx, t db.Table, a *archiveWriter) (Rows, error) {
	tally := newLines(t.Name)
	var piece bytes.Buffer
	n := 0
	put := func() error {
		n++
		err := a.putText(fmt.Sprintf("%s%s/%06d.jsonl", archiveTables, t.Name, n), piece.String())
		piece.Reset()
		return err
	}
	for line, err := range t.Rows(ctx, tx) {
		if err != nil {
			return Rows{}, err
		}
		tally.add(line)
		piece.Write(line) // into memory
		piece.WriteByte('\n')
		if piece.Len() >= pieceSize {
			if err := put(); err != nil {
				return Rows{}, err
			}
		}
	}
	if piece.Len() > 0 || n == 0 {
		if err := put(); err != nil {
			return Rows{}, err
		}
	}
	return tally.total(), nil
}

// lines reckons Rows.
type lines struct {
	rows Rows
	sum  hash.Hash
}

func newLines(table string) *lines { return &lines{rows: Rows{Table: table}, sum: sha256.New()} }

func (l *lines) add(line []byte) {
	l.rows.Rows++
	l.sum.Write(line) // a hash takes all that it is given
	l.sum.Write([]byte{'\n'})
}

func (l *lines) total() Rows {
	r := l.rows
	r.SHA256 = hex.EncodeToString(l.sum.Sum(nil))
	return r
}

// filling is a database that is being filled.
type filling struct {
	tx     *db.Tx
	tables map[string]db.Table
	filled map[string]bool
	now    *db.Loader
	name   string
}

// fillTx begins to fill a database that is as its migrations made it.
//
// Errors: fault.Conflict when it is in use, or was given another form.
func fillTx(ctx context.Context, tx *db.Tx, form schema) (*filling, error) {
	has, err := schemaTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(has.Migrations, form.Migrations) {
		return nil, fault.New(fault.Conflict, "The database was brought up to date for another version of Mercat already. Make it anew, empty, and do not run mercat migrate on it first.")
	}
	if head, err := headTx(ctx, tx); err != nil || head.Entries > 0 {
		return nil, errors.Join(err, fault.New(fault.Conflict, "There is a Mercat in this database already. Name an empty one, so that nothing is written over."))
	}
	list, err := carried(ctx, tx)
	if err != nil {
		return nil, err
	}
	f := &filling{tx: tx, tables: map[string]db.Table{}, filled: map[string]bool{}}
	for _, t := range list {
		f.tables[t.Name] = t
	}
	return f, nil
}

// begin goes on to a table.
func (f *filling) begin(ctx context.Context, name string) error {
	if err := f.end(ctx); err != nil {
		return err
	}
	t, known := f.tables[name]
	if !known || f.filled[name] {
		return damaged("it holds a table %s that does not belong there.", name)
	}
	var err error
	f.name = name
	f.filled[name] = true
	f.now, err = t.Load(ctx, f.tx)
	return err
}

func (f *filling) end(ctx context.Context) error {
	if f.now == nil {
		return nil
	}
	_, err := f.now.End(ctx, f.tx)
	f.now, f.name = nil, ""
	return err
}

// whole reports whether every table was filled.
func (f *filling) whole() bool { return len(f.filled) == len(f.tables) }

// giveForm applies those migrations that a form has.
func giveForm(ctx context.Context, d *db.DB, form schema) error {
	shared, err := sharedMigrations()
	if err != nil {
		return err
	}
	for _, n := range form.Migrations {
		if !slices.Contains(shared, n) {
			return fault.Newf(fault.Conflict, "This was made by a newer version of Mercat (its database has migration %04d). Use that version.", n)
		}
	}
	_, err = d.MigrateSome(ctx, func(m db.Migration) bool {
		return m.Number >= firstForeign || slices.Contains(form.Migrations, m.Number)
	}, Migrations()...)
	return err // what the engine has for itself comes with the rest, when the rows are in
}

// finish brings a filled database up to date and builds its full-text indexes.
func finish(ctx context.Context, d *db.DB) error {
	if _, err := d.Migrate(ctx, Migrations()...); err != nil {
		return err
	}
	for _, reindex := range []func(context.Context, *db.DB) error{desk.Reindex, casework.Reindex} {
		if err := reindex(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// eachLine calls f with every line of r, without its end.
func eachLine(r io.Reader, f func(line []byte) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxTableLine)
	for in.Scan() {
		if err := f(in.Bytes()); err != nil {
			return err
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return damaged("a row in it is larger than it can be.")
	}
	return in.Err()
}
