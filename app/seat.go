package app

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
)

// seat is a place from which one process at a time serves: a locked file in the
// data folder. The lock ends with the process, whichever way it ends, so whoever
// has it knows that all earlier runs from this file are over.
type seat struct {
	file *os.File // nil: nothing is locked
	run  jobs.Run
}

// Close gives the seat up.
func (s seat) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// takeSeat takes the seat that a configuration names. With SQLite it keeps a
// second process from serving the same folder: two would each hold their own
// idea of who is signed in and what is being sent. With PostgreSQL it is one
// seat for each --node, and a process that cannot have it (one that takes over
// from another that is still stopping, or two that wrongly share a number)
// serves without: it then knows nothing of other runs, and waits for what they
// may be doing.
//
// Errors: fault.Conflict, for which InUse is true.
func takeSeat(c Config) (seat, error) {
	name := "mercat.lock"
	if c.DB != "" {
		name = fmt.Sprintf("mercat-node-%d.lock", c.Node)
	}
	path := filepath.Join(c.Data, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return seat{}, fmt.Errorf("lock the data folder: %w", explainDisk(err, c))
	}
	if err := lockFile(f); err != nil {
		text, readErr := os.ReadFile(path)
		closeErr := f.Close()
		if !errors.Is(err, errLocked) {
			return seat{}, errors.Join(fmt.Errorf("lock the data folder: %w", err), closeErr)
		}
		who := "another process"
		first, _, _ := strings.Cut(string(text), "\n")
		if pid, err := strconv.Atoi(strings.TrimSpace(first)); readErr == nil && err == nil {
			who = fmt.Sprintf("process %d", pid)
		}
		if c.DB != "" {
			c.Log.Warn("another process serves with this node number from this folder; give each process its own with --node", "node", c.Node, "by", who)
			return seat{}, nil
		}
		return seat{}, fault.Newf(fault.Conflict, "Mercat already serves from %s (%s). Stop that one first, or name another folder with --data.", c.Data, who).Because(errInUse)
	}
	s := seat{file: f, run: jobs.Run{Boot: rand.Int64()}}
	if s.run.Seat, err = sit(f); err != nil {
		return seat{}, errors.Join(fmt.Errorf("lock the data folder: %w", explainDisk(err, c)), f.Close())
	}
	return s, nil
}

// sit reads the seat's number from the locked file, and writes who sits there
// now. The number belongs to this file on this machine: a copy of it elsewhere
// is another seat, for the lock of one says nothing of the other.
func sit(f *os.File) (number int64, err error) {
	inode, err := fileNumber(f)
	if err != nil {
		return 0, err
	}
	host, err := os.Hostname()
	if err != nil {
		return 0, err
	}
	place := fmt.Sprintf("%d on %q", inode, host)
	text := make([]byte, 1024)
	n, _ := f.ReadAt(text, 0) // what cannot be read is a new seat
	_, second, _ := strings.Cut(string(text[:n]), "\nseat ")
	was, where, _ := strings.Cut(strings.TrimSpace(second), " is file ")
	if number, err = strconv.ParseInt(was, 36, 64); err != nil || number <= 0 || where != place {
		number = 1 + rand.Int64N(1<<62)
	}
	// The process number is a help for whoever reads the error above. All is
	// written at once: a process that is killed leaves the old text or the new.
	now := fmt.Sprintf("%-10d\nseat %s is file %s\n", os.Getpid(), strconv.FormatInt(number, 36), place)
	if _, err := f.WriteAt([]byte(now), 0); err != nil {
		return 0, err
	}
	return number, f.Truncate(int64(len(now)))
}
