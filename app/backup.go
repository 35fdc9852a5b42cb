package app

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// BackupOptions say how a backup is made.
type BackupOptions struct {
	Version  string // of this program
	NoKeys   bool   // leave the keys out, to be kept elsewhere
	Open     bool   // tables in lines of JSON on SQLite too, in place of its own file
	Progress func(bytes int64)
}

// BackupFile writes a backup into a new file. It has another name until it is
// whole.
//
// Errors: fault.Conflict when the file is there already, fault.NotFound when
// there is no Mercat in the folder.
func BackupFile(ctx context.Context, c Config, path string, o BackupOptions) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return Manifest{}, fault.Newf(fault.Conflict, "There is a file %s already. Name another one, or move it away.", path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Manifest{}, fault.Newf(fault.NotFound, "There is no folder %s to write the file into. Make it first, or name another one.", filepath.Dir(path)).Because(err)
	case errors.Is(err, fs.ErrPermission):
		return Manifest{}, fault.Newf(fault.Down, "Mercat may not write in %s. Name a folder in which it may.", filepath.Dir(path)).Because(err)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("make the backup file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, part.Close(), os.Remove(part.Name()))
		}
	}()
	m, err = Backup(ctx, c, part, o)
	if err != nil {
		return Manifest{}, explainFull(err, path)
	}
	if err := part.Sync(); err != nil {
		return Manifest{}, explainFull(err, path)
	}
	// A link, unlike a rename, does not replace what somebody else put there.
	if err := os.Link(part.Name(), path); err != nil {
		return Manifest{}, fmt.Errorf("give the backup its name: %w", err)
	}
	return m, errors.Join(part.Close(), os.Remove(part.Name()), syncFolder(filepath.Dir(path)))
}

// Backup writes a backup to w, also while Mercat serves.
func Backup(ctx context.Context, c Config, w io.Writer, o BackupOptions) (m Manifest, err error) {
	c = c.withDefaults()
	d, err := OpenDatabase(ctx, c, false)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()

	m = Manifest{Format: archiveFormat, Version: o.Version, Made: d.Now(), Engine: d.Engine()}
	a := &archiveWriter{tar: tar.NewWriter(&counting{ctx: ctx, w: w, progress: o.Progress}), made: m.Made}
	if err := a.putText(archiveMark, fmt.Sprintln(archiveFormat)); err != nil {
		return Manifest{}, err
	}
	// The database before the media: whatever it refers to is there by then.
	if d.Engine() == db.SQLite && !o.Open {
		m.Database, m.Record, err = backupSQLite(ctx, c, d, a)
	} else {
		m.Tables, m.Record, err = backupTables(ctx, d, a)
	}
	if err != nil {
		return Manifest{}, err
	}
	if !o.NoKeys {
		if m.Keys, err = backupKeys(c, a); err != nil {
			return Manifest{}, err
		}
	}
	if m.Media, err = backupMedia(ctx, c, a); err != nil {
		return Manifest{}, err
	}
	return m, a.finish(m)
}

func backupSQLite(ctx context.Context, c Config, d *db.DB, a *archiveWriter) (_ *Piece, head Head, err error) {
	temporary, err := os.MkdirTemp(c.Data, ".backup-*")
	if err != nil {
		return nil, Head{}, fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	if err := d.CopyTo(ctx, filepath.Join(temporary, databaseFile)); err != nil {
		return nil, Head{}, explainDisk(err, c)
	}
	inner := c
	inner.Data = temporary
	// Reading the copy proves that it opens, and its head is the one that fits.
	if head, err = headIn(ctx, inner); err != nil {
		return nil, Head{}, err
	}
	f, err := os.Open(filepath.Join(temporary, databaseFile))
	if err != nil {
		return nil, Head{}, fmt.Errorf("read the copy of the database: %w", err)
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, Head{}, fmt.Errorf("read the copy of the database: %w", err)
	}
	piece, err := a.put(archiveDatabase, info.Size(), f)
	return &piece, head, err
}

func headIn(ctx context.Context, c Config) (head Head, err error) {
	d, err := OpenDatabase(ctx, c, false)
	if err != nil {
		return Head{}, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return headOf(ctx, d)
}

func headOf(ctx context.Context, d *db.DB) (head Head, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		head, err = headTx(ctx, tx)
		return err
	})
	return head, err
}

func headTx(ctx context.Context, tx *db.Tx) (Head, error) {
	last, err := record.Latest(ctx, tx, 0, 1)
	if err != nil || len(last) == 0 {
		return Head{}, err
	}
	return Head{Entries: last[0].Number, Hash: hex.EncodeToString(last[0].Hash)}, nil
}

func backupKeys(c Config, a *archiveWriter) (*Piece, error) {
	keys, err := os.ReadFile(c.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing has been sealed yet
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	piece, err := a.put(archiveKeys, int64(len(keys)), bytes.NewReader(keys))
	return &piece, err
}

func backupMedia(ctx context.Context, c Config, a *archiveWriter) (_ Pieces, err error) {
	t := newTally()
	folder := filepath.Join(c.Data, mediaFolder)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return t.total(), nil
	}
	media, err := blob.NewDisk(folder)
	if err != nil {
		return Pieces{}, explainDisk(err, c)
	}
	defer func() { err = errors.Join(err, media.Close()) }()
	err = media.Each(ctx, func(key blob.Key, _ int64) error {
		body, size, err := media.Open(ctx, key)
		if fault.Is(err, fault.NotFound) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		defer body.Close() // it was only read
		piece, err := a.put(archiveMedia+string(key), size, body)
		if err != nil {
			return err
		}
		if piece.SHA256 != string(key) {
			return fault.Newf(fault.Conflict, "The media file %s was changed on disk, by its hash. Restore it from an earlier backup, or remove it, then back up again.", key)
		}
		t.add(key, size)
		return nil
	})
	return t.total(), err
}

// counting tells how much was written, and ends with its context.
type counting struct {
	ctx      context.Context
	w        io.Writer
	written  int64
	progress func(bytes int64)
}

func (c *counting) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(b)
	c.written += int64(n)
	if c.progress != nil {
		c.progress(c.written)
	}
	return n, err
}

// explainFull says which disk is full when a backup does not fit.
func explainFull(err error, path string) error {
	if isDiskFull(err) {
		return fault.Newf(fault.Down, "The disk of %s is full. Make room, or back up to another disk; the unfinished file was removed.", path).Because(err)
	}
	return err
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync the folder %s: %w", path, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
