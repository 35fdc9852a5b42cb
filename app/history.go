package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/archive"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/network/email"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/staff"
)

// History brings a council's history in, from the command line. It works also
// while Mercat serves.
type History struct {
	config    Config
	db        *db.DB
	blobs     *blob.Disk
	directory *directory.Directory
	desk      *desk.Service
	casework  *casework.Service
}

// importNodes are the numbers that imports give their ids, so that they are
// others than those of a Mercat that serves.
const importNodes = 512

// OpenHistory opens the database and the media of a Mercat for it.
//
// Errors: fault.NotFound when there is none; fault.Conflict when it is older
// than this program, or has not been set up.
func OpenHistory(ctx context.Context, c Config) (*History, error) {
	c = c.withDefaults()
	if c.Node == 0 {
		c.Node = importNodes + os.Getpid()%importNodes
	}
	d, err := OpenDatabase(ctx, c, false)
	if err != nil {
		return nil, err
	}
	h := &History{config: c, db: d}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *History) open(ctx context.Context) error {
	missing, err := h.db.Missing(ctx, Migrations()...)
	if err == nil && len(missing) > 0 {
		err = fault.New(fault.Conflict, "The database is older than this program. Run mercat migrate first.")
	}
	if err != nil {
		return err
	}
	if h.blobs, err = blob.NewDisk(filepath.Join(h.config.Data, mediaFolder)); err != nil {
		return explainDisk(err, h.config)
	}
	people, err := staff.New(staff.Options{DB: h.db, Cost: h.config.PasswordCost})
	if err != nil {
		return err
	}
	roster, err := people.Roster(ctx)
	if err != nil {
		return err
	}
	if _, ok := roster.ContactCentre(); !ok {
		return fault.New(fault.Conflict, "Mercat has not been set up yet. Open it in a browser first: the first page makes the administrator.")
	}
	// Accounts are made on these, and nothing is fetched or sent.
	networks := []network.Network{bluesky.New(bluesky.Options{Now: h.config.Now}), mastodon.New(mastodon.Options{Now: h.config.Now}), email.New(email.Options{Now: h.config.Now})}
	hub := live.New(strconv.Itoa(h.config.Node))
	h.directory = directory.New(directory.Options{DB: h.db, Staff: people})
	h.desk = desk.New(desk.Options{DB: h.db, Queue: jobs.New(h.db, jobs.Options{}), Hub: hub, Blobs: h.blobs, Photos: blob.NewPhotos(2),
		Networks: append(networks, archive.Networks()...), Staff: people, Directory: h.directory, People: person.New(), Log: h.config.Log, Now: h.config.Now})
	h.casework = casework.New(casework.Options{DB: h.db, Hub: hub, Desk: h.desk, Directory: h.directory, Staff: people})
	return nil
}

// Close ends its use.
func (h *History) Close() error {
	var err error
	if h.blobs != nil {
		err = h.blobs.Close()
	}
	return errors.Join(err, h.db.Close())
}

// Imports are all imports, the newest first.
func (h *History) Imports(ctx context.Context) ([]desk.Import, error) { return h.desk.Imports(ctx) }

// AccountName is what an account is called.
func (h *History) AccountName(ctx context.Context, id int64) (string, error) {
	a, err := h.desk.Account(ctx, id)
	return a.Name, err
}

// hash reads the file once, to know it again.
func (r *importing) hash(ctx context.Context) (sum string, size int64, err error) {
	f, err := os.Open(r.options.File)
	if err != nil {
		return "", 0, fmt.Errorf("read the file: %w", err)
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", 0, fmt.Errorf("read the file: %w", err)
	}
	hash := sha256.New()
	to := &counting{ctx: ctx, w: hash, progress: func(bytes int64) {
		r.tell(ImportProgress{Hashing: true, Bytes: bytes, Size: info.Size()})
	}}
	size, err = io.CopyBuffer(onlyWriter{to}, f, make([]byte, 1<<20))
	if err != nil {
		return "", 0, fmt.Errorf("read the file: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), size, nil
}

// onlyWriter keeps a copy to pieces of its buffer.
type onlyWriter struct{ io.Writer }

// Undo takes an import out again, whole.
//
// Errors: those of desk.UndoImport.
func (h *History) Undo(ctx context.Context, id int64, progress func(done int64)) (desk.Import, error) {
	return h.desk.UndoImport(ctx, operator(), id, desk.Undoing{Worked: h.casework.ImportWorkedTx, Gone: h.casework.UndoImportTx}, progress)
}
