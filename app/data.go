package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// prepareFolder makes the data folder, or says why it cannot be used.
func prepareFolder(c Config, create bool) error {
	if c.Data == "" {
		return fault.New(fault.Invalid, "No data folder is named. Name one with --data.")
	}
	if create {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return explainDisk(err, c)
		}
		return writable(c)
	}
	if c.DB != "" {
		return nil
	}
	file := filepath.Join(c.Data, databaseFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return fault.Newf(fault.NotFound, "There is no Mercat in the folder %s (no %s). Name its data folder with --data.", c.Data, databaseFile)
	} else if err != nil {
		return explainDisk(err, c)
	}
	return nil
}

// writable writes a file into the folder, since permissions alone do not tell.
func writable(c Config) error {
	f, err := os.CreateTemp(c.Data, ".writable-*")
	if err != nil {
		return explainDisk(err, c)
	}
	_, err = f.WriteString("Mercat looks whether it can write here.\n")
	if err := errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return explainDisk(err, c)
	}
	return nil
}

// explainDisk turns what an operating system or SQLite says about a folder into
// a sentence. Other errors are returned as they are.
func explainDisk(err error, c Config) error {
	if err == nil || fault.Of(err) != "" && !fault.Is(err, fault.Down) {
		return err
	}
	text := err.Error()
	switch {
	case isDiskFull(err) || strings.Contains(text, "database or disk is full"):
		return fault.Newf(fault.Down, "The disk that holds %s is full. Make room on it, then start again; nothing was lost.", c.Data).Because(err)
	case isReadOnly(err) || strings.Contains(text, "readonly database"):
		return fault.Newf(fault.Down, "The folder %s is on a disk that can only be read. Mount it for writing, or name another folder with --data.", c.Data).Because(err)
	case errors.Is(err, fs.ErrPermission):
		return fault.Newf(fault.Down, "Mercat may not write in %s. Give the folder to the user that runs Mercat, or name another one with --data.", c.Data).Because(err)
	}
	return err
}

var (
	errLocked = errors.New("somebody else has the lock")
	errInUse  = errors.New("the data folder is in use")
)

// InUse reports whether err says that another Mercat serves from the folder.
func InUse(err error) bool { return errors.Is(err, errInUse) }
