package desk

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// ImportState is how far an import is.
type ImportState string

const (
	ImportRunning ImportState = "running" // or broken off, and can go on
	ImportDone    ImportState = "done"
	ImportUndoing ImportState = "undoing"
	ImportUndone  ImportState = "undone"
)

// Import is a file of another program that is brought in. Its messages come as
// history: into conversations that are closed, at their own times. Nothing is
// owed for them, nobody is told of them, and nothing is sent.
type Import struct {
	ID        int64
	AccountID int64
	Format    string
	File      string // its name, without folders
	Size      int64
	SHA256    string
	Mapping   string // SHA-256 of the mapping, "" without one
	State     ImportState
	Position  string // where it goes on, in the reader's own form
	Tally
	Actor   string // who, as the record has it
	BeganAt time.Time
	EndedAt time.Time // done or undone
}

// Tally counts what came of an import's posts.
type Tally struct {
	Read  int64 // posts and rows
	Kept  int64
	Known int64 // there already
	Aside int64 // set aside, with a reason
	Cases int64
}

// Add returns both together.
func (t Tally) Add(o Tally) Tally {
	return Tally{t.Read + o.Read, t.Kept + o.Kept, t.Known + o.Known, t.Aside + o.Aside, t.Cases + o.Cases}
}

// Subject is the import as a thing that something happens to.
func (i Import) Subject() record.Subject { return record.Subject{Kind: "import", ID: i.ID} }

// facts are what the record keeps of it.
func (i Import) facts() map[string]any {
	return map[string]any{"file": i.File, "sha256": i.SHA256, "bytes": i.Size, "format": i.Format, "state": i.State,
		"read": i.Read, "kept": i.Kept, "known": i.Known, "set_aside": i.Aside, "cases": i.Cases}
}

func (i Import) entry(by record.Actor, act string) record.Entry {
	return record.Entry{Actor: by, Act: act, Subject: i.Subject(), About: []record.Subject{{Kind: "account", ID: i.AccountID}}, After: i.facts()}
}

// SetAside is a post that could not be brought in.
type SetAside struct{ Place, Reason string }

// maxAsides is how many of an import's are kept with their reasons; all are
// counted.
const maxAsides = 1_000

// Archive is what is to be brought in, and where to.
type Archive struct {
	Import                   // its file; AccountID 0 is the owner's account, which is made where there is none
	Network network.Kind     // of an account that is made
	Name    string           // of an account that is made
	Owner   network.Identity // whose archive it is, as far as it is known
}

// BeginImport begins to bring a file in, or goes on with one that was begun:
// then that is returned as far as it is. Without an account it goes where the
// same file went before, else to the account whose owner's it is, else to one
// that is made for it, for which nothing is fetched or sent.
//
// Errors: fault.NotFound for the account; fault.Conflict when it is removed, or
// while an earlier import of the file is being undone; fault.Invalid for a
// network that this version does not know.
func (s *Service) BeginImport(ctx context.Context, by record.Actor, from Archive) (i Import, a Account, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		i = from.Import
		had, found, err := importOfFile(ctx, tx, i)
		if err != nil {
			return err
		}
		if found {
			i = had
		}
		if a, err = s.accountForTx(ctx, tx, by, from, i.AccountID); err != nil {
			return err
		}
		if found && i.State == ImportUndoing {
			return fault.Newf(fault.Conflict, "This file was imported before, and that is being undone. Finish it first: mercat import undo %d.", i.ID)
		}
		if found {
			return nil
		}
		i.ID, i.AccountID, i.State, i.Actor, i.BeganAt = tx.NewID(), a.ID, ImportRunning, by.Name, tx.Now
		i.File = line(i.File, maxFilename)
		if err := insertImport(ctx, tx, i); err != nil {
			return err
		}
		return record.Append(ctx, tx, i.entry(by, "desk.import.begun"))
	})
	if err != nil {
		return Import{}, Account{}, fmt.Errorf("begin to import %s: %w", from.File, err)
	}
	return i, a, nil
}

// ArchiveAccount is the account that BeginImport would take, as far as it is
// there: for a rehearsal.
func (s *Service) ArchiveAccount(ctx context.Context, from Archive) (a Account, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		had, found, err := importOfFile(ctx, tx, from.Import)
		if err != nil {
			return err
		}
		if found {
			a, err = s.accountTx(ctx, tx, had.AccountID)
		} else {
			a, err = s.ownersAccountTx(ctx, tx, from)
		}
		return err
	})
	return a, err
}

// ownersAccountTx is the account whose archive it is, or none.
func (s *Service) ownersAccountTx(ctx context.Context, tx *db.Tx, from Archive) (Account, error) {
	list, err := s.AccountsTx(ctx, tx)
	if err != nil {
		return Account{}, err
	}
	for _, a := range list {
		if from.Owner.ID != "" && a.Network == from.Network && a.Self.ID == from.Owner.ID {
			return a, nil
		}
	}
	return Account{}, nil
}

// actMadeForArchive is how the record has an account that was made for an
// archive.
const actMadeForArchive = "desk.account.made_for_archive"

// accountForTx is the account that an archive goes into.
func (s *Service) accountForTx(ctx context.Context, tx *db.Tx, by record.Actor, from Archive, id int64) (Account, error) {
	if id != 0 {
		a, err := s.accountTx(ctx, tx, id)
		if err == nil && a.State == Removed {
			err = fault.Newf(fault.Conflict, "The account “%s” has been removed. Name another one with --account.", a.Name)
		}
		return a, err
	}
	if a, err := s.ownersAccountTx(ctx, tx, from); err != nil || a.ID != 0 {
		return a, err
	}
	if _, _, err := s.networkOf(from.Network); err != nil {
		return Account{}, err
	}
	list, err := s.AccountsTx(ctx, tx)
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: tx.NewID(), Network: from.Network, Name: freeName(list, line(from.Name, maxAccountName)), Options: map[string]string{}, Secrets: []string{},
		Self: from.Owner, State: Paused, CreatedAt: tx.Now, Version: 1}
	if err := insertAccount(ctx, tx, a); err != nil {
		return Account{}, err
	}
	return a, s.accountChanged(ctx, tx, by, actMadeForArchive, a, nil)
}

// EndImport notes that a file is brought in whole. What is done stays done.
func (s *Service) EndImport(ctx context.Context, by record.Actor, id int64) (Import, error) {
	var i Import
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if i, err = importTx(ctx, tx, id); err != nil || i.State != ImportRunning {
			return err
		}
		i.State, i.EndedAt = ImportDone, tx.Now
		if err := updateImport(ctx, tx, i); err != nil {
			return err
		}
		if err := record.Append(ctx, tx, i.entry(by, "desk.import.done")); err != nil {
			return err
		}
		return s.Hub.Announce(ctx, tx, TopicInbox, TopicAccounts)
	})
	if err != nil {
		return Import{}, fmt.Errorf("end import %d: %w", id, err)
	}
	return i, nil
}

// Imports are all imports, the newest first, 200 at most.
func (s *Service) Imports(ctx context.Context) (list []Import, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readImports(ctx, tx)
		return err
	})
	return list, err
}

// Asides are what of an import was set aside, the first thousand of them.
func (s *Service) Asides(ctx context.Context, id int64) (list []SetAside, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readAsides(ctx, tx, id)
		return err
	})
	return list, err
}

func freeName(list []Account, name string) string {
	taken := map[string]bool{}
	for _, a := range list {
		taken[a.Name] = true
	}
	for n, tried := 2, name; ; n++ {
		if !taken[tried] {
			return tried
		}
		tried = fmt.Sprintf("%s (%d)", name, n)
	}
}
