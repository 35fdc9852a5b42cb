package blob_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/blob/blobtest"
	"mercat.scot/mercat/platform/fault"
)

func newDisk(t *testing.T, dir string) *blob.Disk {
	t.Helper()
	d, err := blob.NewDisk(dir)
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

func TestDiskIsAStore(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return newDisk(t, filepath.Join(t.TempDir(), "media")) })
}

func TestWhatACrashLeftIsSweptAndNeverSeen(t *testing.T) {
	dir := t.TempDir()
	d := newDisk(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "incoming", "HALF"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "incoming", "HALF"), old, old); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Sweep(old); n != 0 || err != nil {
		t.Errorf("what may still be written was swept: %d, %v", n, err)
	}
	if n, err := d.Sweep(old.Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
}

func TestFilesAreForUsAloneAndNothingElseIsLeft(t *testing.T) {
	dir := t.TempDir()
	d := newDisk(t, dir)
	if _, _, err := d.Put(t.Context(), strings.NewReader("x"), 10); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Put(t.Context(), strings.NewReader("too long"), 3); err == nil {
		t.Fatal("kept")
	}
	files := 0
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		info, err := e.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
		return err
	})
	if err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	d := newDisk(t, dir)
	key, _, err := d.Put(t.Context(), strings.NewReader("x"), 10)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, string(key[:2]), string(key[2:4]), string(key))
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), file); err != nil {
		t.Fatal(err)
	}
	if body, _, err := d.Open(t.Context(), key); err == nil {
		body.Close()
		t.Error("it was followed")
	}
}

// A full disk cannot be had without the right to mount a small one.
func TestAFullDiskHasASentenceAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs the right to mount a file system: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	d, err := blob.NewDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, _, err := d.Put(t.Context(), bytes.NewReader(make([]byte, 1<<20)), 2<<20); !fault.Is(err, fault.Down) || !strings.Contains(fault.Sentence(err), "full") {
		t.Errorf("got %v", err)
	}
	if _, _, err := d.Put(t.Context(), bytes.NewReader(make([]byte, 100<<10)), 2<<20); err != nil {
		t.Errorf("what fits after that: %v", err)
	}
}
