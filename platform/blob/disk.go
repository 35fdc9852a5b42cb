package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"mercat.scot/mercat/platform/fault"
)

const incoming = "incoming" // where files stand while they are written

// Disk is a Store in a folder: aa/bb/aabb…, so that no directory grows large.
// Only the user that runs Mercat may read it.
type Disk struct{ root *os.Root }

// NewDisk opens the store in dir, and makes it when it is not there.
func NewDisk(dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder for files: %w", err)
	}
	if err := root.MkdirAll(incoming, 0o700); err != nil {
		return nil, errors.Join(fmt.Errorf("make folder for files: %w", err), root.Close())
	}
	return &Disk{root: root}, nil
}

// Close ends the use of the folder.
func (d *Disk) Close() error { return d.root.Close() }

// Put implements Store: the file is written beside, synced, renamed to where it
// belongs, and the directories are synced.
func (d *Disk) Put(ctx context.Context, r io.Reader, max int64) (Key, int64, error) {
	name := path.Join(incoming, rand.Text())
	key, size, err := d.write(ctx, name, r, max)
	if err == nil {
		err = d.place(name, key)
	}
	if err != nil {
		if gone := d.root.Remove(name); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return "", 0, diskFault(err)
	}
	return key, size, nil
}

func (d *Disk) write(ctx context.Context, name string, r io.Reader, max int64) (key Key, size int64, err error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("keep file: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("keep file: %w", closed)
		}
	}()
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, sum), &boundedReader{ctx: ctx, r: r, left: max, max: max})
	if err != nil {
		return "", 0, fmt.Errorf("keep file: %w", err)
	}
	if err := f.Sync(); err != nil {
		return "", 0, fmt.Errorf("keep file: %w", err)
	}
	return Key(hex.EncodeToString(sum.Sum(nil))), size, nil
}

// place moves a finished file to where it belongs. One that is there already is
// replaced by the same content, which also mends it if it was damaged.
func (d *Disk) place(name string, key Key) error {
	at := location(key)
	inner := path.Dir(at)
	if err := d.root.MkdirAll(inner, 0o700); err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	if err := d.root.Rename(name, at); err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	for _, dir := range []string{inner, path.Dir(inner), "."} {
		if err := d.syncDir(dir); err != nil {
			return fmt.Errorf("keep file: %w", err)
		}
	}
	return nil
}

func (d *Disk) syncDir(name string) error {
	dir, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func location(key Key) string { return path.Join(string(key[:2]), string(key[2:4]), string(key)) }

// Open implements Store.
func (d *Disk) Open(_ context.Context, key Key) (io.ReadSeekCloser, int64, error) {
	if _, err := ParseKey(string(key)); err != nil {
		return nil, 0, err
	}
	f, err := d.root.Open(location(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, missing().Because(err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open file %s: %w", key, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("open file %s: %w", key, err), f.Close())
	}
	return f, info.Size(), nil
}

// Has implements Store.
func (d *Disk) Has(_ context.Context, key Key) (bool, error) {
	if _, err := ParseKey(string(key)); err != nil {
		return false, nil // what is no key names no file
	}
	_, err := d.root.Stat(location(key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for file %s: %w", key, err)
	}
	return true, nil
}

// Delete implements Store.
func (d *Disk) Delete(_ context.Context, key Key) error {
	if _, err := ParseKey(string(key)); err != nil {
		return nil // what is no key names no file
	}
	if err := d.root.Remove(location(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete file %s: %w", key, err)
	}
	return nil
}

// Sweep removes what a crash left half-written before a moment, and returns how
// many files that were. Choose a moment longer ago than any upload takes.
func (d *Disk) Sweep(before time.Time) (int, error) {
	dir, err := d.root.Open(incoming)
	if err != nil {
		return 0, fmt.Errorf("sweep half-written files: %w", err)
	}
	entries, err := dir.ReadDir(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return 0, fmt.Errorf("sweep half-written files: %w", err)
	}
	swept := 0
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
			continue // finished meanwhile, or still being written
		}
		if err == nil {
			err = d.root.Remove(path.Join(incoming, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return swept, fmt.Errorf("sweep half-written files: %w", err)
		}
		swept++
	}
	return swept, nil
}

// diskFault gives a full disk its sentence.
func diskFault(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.New(fault.Down, "The disk for pictures and files is full, so this file could not be kept. An administrator must make room; then try again.").Because(err)
	}
	return err
}

// boundedReader reads until the context ends, and no more than max bytes.
type boundedReader struct {
	ctx       context.Context // of the one Put that it serves
	r         io.Reader
	left, max int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	// One byte more than allowed tells the end from the bound.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge(b.max)
	}
	return n, err
}

func tooLarge(max int64) *fault.Error {
	size := fmt.Sprintf("%d kB", max>>10)
	if max >= 1<<20 {
		size = fmt.Sprintf("%d MB", max>>20)
	}
	return fault.Newf(fault.TooLarge, "This file is larger than %s. Send a smaller one.", size)
}
