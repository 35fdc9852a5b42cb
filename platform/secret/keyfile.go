package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/chacha20poly1305"

	"mercat.scot/mercat/platform/fault"
)

const maxKeyFile = 64 << 10

// NewKey returns a random key in base64, as it stands in the key file.
func NewKey() string {
	return base64.StdEncoding.EncodeToString(random(chacha20poly1305.KeySize))
}

// OpenFile makes a box of the keys in a file. When there is no file, one with a
// new key is made, readable by its owner alone; of several processes that do so
// at the same time, all get the same key. A file that others may read is a
// fault.
func OpenFile(path string) (*Box, error) {
	box, err := readFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return box, err
	}
	header := "# Mercat seals stored passwords with this key. Keep a copy apart from the database.\n"
	temporary, err := writeBeside(path, header+NewKey()+"\n")
	if err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	// A link, unlike a rename, fails when another process was first.
	linked := os.Link(temporary, path)
	if errors.Is(linked, fs.ErrExist) {
		linked = nil
	}
	if err := errors.Join(linked, os.Remove(temporary), syncDir(path)); err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	return readFile(path)
}

// AddKey adds a new key to the file, with which everything is sealed from the
// next start on. What was sealed before can still be opened.
func AddKey(path string) error {
	if _, err := readFile(path); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("add a key: %w", err)
	}
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(text, '\n')
	}
	temporary, err := writeBeside(path, string(text)+NewKey()+"\n")
	if err != nil {
		return fmt.Errorf("add a key: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(fmt.Errorf("add a key: %w", err), os.Remove(temporary))
	}
	return syncDir(path)
}

func readFile(path string) (*Box, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close() // nothing was written to it
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.Newf(fault.Invalid, "The key file %s can be read by other users of this machine. Run: chmod 600 %s", path, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	return ParseKeys(string(text))
}

// writeBeside writes text, durably, to a temporary file in the directory of
// path, and returns its name.
func writeBeside(path, text string) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// random returns n random bytes. The system's generator does not fail: package
// rand ends the program first.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
