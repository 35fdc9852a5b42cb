package app

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// Restored is what a restore found.
type Restored struct {
	Manifest Manifest
	Report   record.Report // what the check of the record said
}

// Restore makes a Mercat of a backup, in a folder that is empty or not there and
// with --db in an empty database. Everything is unpacked beside, checked against
// the manifest and by the record, and only then put in its place.
//
// Errors: fault.Conflict when the folder or the database is in use, or the
// backup is newer than this program; a fault for which Damaged is true.
func Restore(ctx context.Context, c Config, r io.Reader, progress func(bytes int64)) (done Restored, err error) {
	c = c.withDefaults()
	if err := emptyFolder(c.Data); err != nil {
		return Restored{}, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return Restored{}, explainDisk(err, c)
	}
	beside := filepath.Join(c.Data, ".restoring")
	if err := os.Mkdir(beside, 0o700); err != nil {
		return Restored{}, explainDisk(err, c)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(beside)) }()

	inner := c
	inner.Data = beside
	u := &unpacking{config: inner, media: newTally(), tables: map[string]*lines{}}
	if err := u.run(ctx, &archiveReader{tar: tar.NewReader(&countingReader{ctx: ctx, r: r, progress: progress})}); err != nil {
		return Restored{}, explainDisk(err, c)
	}
	done.Manifest = u.manifest
	if c.DB != "" && u.database != nil {
		return Restored{}, fault.New(fault.Invalid, "This backup has SQLite’s own file in it. Restore it without --db; what mercat export writes can be restored into PostgreSQL.")
	}
	if done.Report, err = check(ctx, inner); err == nil && done.Report.Whole() && !u.manifest.Record.fits(done.Report) {
		err = damaged("its record does not end where the manifest says.")
	}
	if err == nil && c.DB != "" {
		err = forgetCalls(ctx, inner)
	}
	if err == nil {
		err = moveIn(beside, c.Data)
	}
	if err != nil && u.filled {
		return Restored{}, fault.Newf(fault.Down, "The database was filled, but the restore did not end: %s Make the database anew, empty, and restore again.", fault.Sentence(err)).Because(err)
	}
	return done, explainDisk(err, c)
}

// forgetCalls ends what was going on when the backup was made, so that nothing
// waits for it. (A SQLite file knows by itself that it is a copy.)
func forgetCalls(ctx context.Context, c Config) (err error) {
	d, err := OpenDatabase(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Write(ctx, desk.ForgetCallsTx)
}

// fits reports whether a record ends here.
func (h Head) fits(r record.Report) bool {
	return h.Entries == r.Entries && (h.Hash == r.Head || r.Entries == 0)
}

// emptyFolder makes sure that nothing can be written over.
func emptyFolder(path string) error {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look into the data folder: %w", err)
	case len(entries) > 0:
		return fault.Newf(fault.Conflict, "The folder %s is not empty. A backup is restored into an empty folder only, so that nothing is written over; name another one with --data.", path)
	}
	return nil
}

// unpacking is a backup on its way into a folder, and a database.
type unpacking struct {
	config   Config // its data folder is the one to unpack into
	store    *blob.Disk
	database *Piece
	filling  *filling
	filled   bool // a database was filled, and that is committed
	tables   map[string]*lines
	keys     *Piece
	media    *tally
	last     string // key of the last media file: they come in order, each once
	manifest Manifest
	ended    bool
}

func (u *unpacking) run(ctx context.Context, r *archiveReader) (err error) {
	u.store, err = blob.NewDisk(filepath.Join(u.config.Data, mediaFolder))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.store.Close()) }()
	return u.all(ctx, r)
}

func (u *unpacking) all(ctx context.Context, r *archiveReader) error {
	for {
		name, size, err := r.next()
		if err != nil {
			return err
		}
		if name == "" {
			return u.compare()
		}
		if u.ended {
			return damaged("it goes on after its end.")
		}
		if name == archiveSchema {
			return u.fill(ctx, r)
		}
		if err := u.take(ctx, r, name, size); err != nil {
			return err
		}
	}
}

// fill makes a database in the form that the backup's had and unpacks all that
// is left in one transaction, so that a backup that is not whole leaves nothing.
func (u *unpacking) fill(ctx context.Context, r *archiveReader) (err error) {
	if u.filling != nil || u.database != nil {
		return damaged("it holds two databases.")
	}
	text, err := r.text(maxManifest)
	if err != nil {
		return err
	}
	var form schema
	if err := json.Unmarshal([]byte(text), &form); err != nil || len(form.Migrations) == 0 {
		return damaged("its schema cannot be read.")
	}
	d, err := OpenDatabase(ctx, u.config, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := giveForm(ctx, d, form); err != nil {
		return err
	}
	err = d.WriteOnce(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if u.filling, err = fillTx(ctx, tx, form); err != nil {
			return err
		}
		return u.all(ctx, r)
	})
	if errors.Is(err, db.ErrRow) {
		return damaged("a table in it was changed (%v).", err)
	}
	if err != nil {
		return err
	}
	u.filled = u.config.DB != ""
	return finish(ctx, d)
}

// rows takes a piece of a table.
func (u *unpacking) rows(ctx context.Context, r *archiveReader, name string) error {
	if u.filling == nil {
		return damaged("its tables have no schema.")
	}
	table := tablePiece.FindStringSubmatch(name)[1]
	if u.filling.name != table {
		if err := u.filling.begin(ctx, table); err != nil {
			return err
		}
		u.tables[table] = newLines(table)
	}
	return eachLine(r.tar, func(line []byte) error {
		u.tables[table].add(line)
		return u.filling.now.Add(ctx, u.filling.tx, line)
	})
}

func (u *unpacking) take(ctx context.Context, r *archiveReader, name string, size int64) (err error) {
	if tablePiece.MatchString(name) {
		return u.rows(ctx, r, name)
	}
	switch name {
	case archiveDatabase:
		if u.filling != nil {
			return damaged("it holds two databases.")
		}
		u.database, err = u.file(r, name, size, u.database)
	case archiveKeys:
		if size > maxKeys {
			return damaged("its key file is larger than it can be.")
		}
		u.keys, err = u.file(r, name, size, u.keys)
	case archiveManifest:
		if u.filling != nil {
			err = u.filling.end(ctx)
		}
		if err == nil {
			u.manifest, err = r.manifest()
		}
		u.ended = true
	default:
		key := strings.TrimPrefix(name, archiveMedia)
		if key <= u.last {
			return damaged("its files are out of order.")
		}
		u.last = key
		kept, n, err := u.store.Put(ctx, r.tar, size)
		if err != nil {
			return r.broken(err)
		}
		if string(kept) != key || n != size {
			return damaged("the file %s in it was changed.", name)
		}
		u.media.add(kept, n)
	}
	return err
}

// file unpacks a file that a backup has once.
func (u *unpacking) file(r *archiveReader, name string, size int64, before *Piece) (_ *Piece, err error) {
	if before != nil {
		return nil, damaged("it holds %s twice.", name)
	}
	path := filepath.Join(u.config.Data, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), r.tar)
	if err != nil {
		return nil, r.broken(err)
	}
	if n != size {
		return nil, damaged("it is cut off.")
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return &Piece{Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// compare holds what was unpacked against the manifest.
func (u *unpacking) compare() error {
	switch {
	case !u.ended:
		return damaged("it is cut off.")
	case !same(u.database, u.manifest.Database):
		return damaged("its database was changed.")
	case u.database == nil && u.filling == nil:
		return damaged("it holds no database.")
	case !u.sameTables():
		return damaged("its tables were changed.")
	case !same(u.keys, u.manifest.Keys):
		return damaged("its keys were changed.")
	case u.media.total() != u.manifest.Media:
		return damaged("some of its media are missing.")
	}
	return nil
}

func (u *unpacking) sameTables() bool {
	if u.filling == nil {
		return len(u.manifest.Tables) == 0
	}
	for _, t := range u.manifest.Tables {
		if got, there := u.tables[t.Table]; !there || got.total() != t {
			return false
		}
	}
	return u.filling.whole() && len(u.manifest.Tables) == len(u.tables)
}

func same(a, b *Piece) bool { return a == b || a != nil && b != nil && *a == *b }

// check brings an unpacked database up to date and verifies its record.
func check(ctx context.Context, c Config) (r record.Report, err error) {
	d, err := OpenDatabase(ctx, c, false)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if _, err := d.Migrate(ctx, Migrations()...); err != nil {
		return r, err
	}
	return record.Verify(ctx, d, nil)
}

// moveIn puts what is in a folder into another on the same disk.
func moveIn(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("put the restored files in place: %w", err)
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return fmt.Errorf("put the restored files in place: %w", err)
		}
	}
	return syncFolder(to)
}

// countingReader tells how much was read, and ends with its context.
type countingReader struct {
	ctx      context.Context
	r        io.Reader
	read     int64
	progress func(bytes int64)
}

func (c *countingReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.read += int64(n)
	if c.progress != nil {
		c.progress(c.read)
	}
	return n, err
}
