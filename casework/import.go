package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Row is a request as another program's list has it, or the reason why it
// cannot be read.
type Row struct {
	Place     string // for people: "line 12"
	Wrong     string // a sentence; nothing else is set then
	Ref       string // its number there
	At        time.Time
	EndedAt   time.Time // zero while it is open, or when nobody knows
	State     State
	Reason    Reason
	ServiceID int64
	Words     string
	Where     string
	Asset     string
	Lat, Lon  float64
}

// Import is a list of requests that is brought in as cases without
// conversations: there is nobody to tell. What had ended is history; what is
// open is in its team's queue.
type Import struct {
	ID       int64
	Name     string // of the other program: the same number there is the same case
	File     string // its name, without folders
	Size     int64
	SHA256   string
	Mapping  string // SHA-256 of the mapping
	Position string // where it goes on, in the reader's own form
	State    ImportState
	Tally
	Actor   string
	BeganAt time.Time
	EndedAt time.Time
}

// ImportState is how far an import is.
type ImportState string

const (
	ImportRunning ImportState = "running" // or broken off, and can go on
	ImportDone    ImportState = "done"
	ImportUndoing ImportState = "undoing"
	ImportUndone  ImportState = "undone"
)

// Tally counts what came of rows.
type Tally struct {
	Read  int64
	Kept  int64
	Ended int64 // known ones that had ended meanwhile
	Known int64 // there already, and left as they were
	Aside int64
}

// Add returns both together.
func (t Tally) Add(o Tally) Tally {
	return Tally{t.Read + o.Read, t.Kept + o.Kept, t.Ended + o.Ended, t.Known + o.Known, t.Aside + o.Aside}
}

// Subject is the import as a thing that something happens to.
func (i Import) Subject() record.Subject { return record.Subject{Kind: "request_import", ID: i.ID} }

func (i Import) entry(by record.Actor, act string) record.Entry {
	return record.Entry{Actor: by, Act: act, Subject: i.Subject(), After: map[string]any{"name": i.Name, "file": i.File, "sha256": i.SHA256,
		"bytes": i.Size, "state": i.State, "read": i.Read, "kept": i.Kept, "ended": i.Ended, "known": i.Known, "set_aside": i.Aside}}
}

// SetAside is a row that could not be brought in.
type SetAside struct{ Place, Reason string }

// maxAsides is how many of an import's are kept with their reasons; all are
// counted.
const maxAsides = 1_000

// BeginImport begins to bring a list in, or goes on with the same file of the
// same name and mapping, which is returned as far as it is.
//
// Errors: fault.Conflict while the earlier import of it is being undone.
func (s *Service) BeginImport(ctx context.Context, by record.Actor, i Import) (Import, error) {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		had, found, err := importOfFile(ctx, tx, i)
		if err != nil {
			return err
		}
		if found && had.State == ImportUndoing {
			return fault.Newf(fault.Conflict, "This file was imported before, and that is being undone. Finish it first: mercat import undo %d.", had.ID)
		}
		if found {
			i = had
			return nil
		}
		i.ID, i.State, i.Actor, i.BeganAt = tx.NewID(), ImportRunning, by.Name, tx.Now
		if err := putImport(ctx, tx, i); err != nil {
			return err
		}
		return record.Append(ctx, tx, i.entry(by, "casework.import.began"))
	})
	if err != nil {
		return Import{}, fmt.Errorf("begin to import %s: %w", i.File, err)
	}
	return i, nil
}

// ImportRows keeps a batch together with the reader's position behind it. from
// is the position before it: when the import stands elsewhere, somebody else
// imports the same file.
//
// Errors: fault.Conflict.
func (s *Service) ImportRows(ctx context.Context, by record.Actor, id int64, from, to string, rows []Row) (Import, error) {
	var i Import
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if i, err = importTx(ctx, tx, id); err != nil {
			return err
		}
		if i.State != ImportRunning || i.Position != from {
			return fault.New(fault.Conflict, "Somebody else imports this file at the moment. Wait until that is done.")
		}
		t, err := s.keepRows(ctx, tx, i, rows)
		if err != nil {
			return err
		}
		i.Tally, i.Position = i.Tally.Add(t), to
		if err := putImport(ctx, tx, i); err != nil {
			return err
		}
		return errors.Join(record.Append(ctx, tx, i.entry(by, "casework.import.went_on")), s.Hub.Announce(ctx, tx, TopicCases))
	})
	if err != nil {
		return Import{}, fmt.Errorf("import requests: %w", err)
	}
	return i, nil
}

// EndImport notes that all of it is in.
//
// Errors: fault.NotFound.
func (s *Service) EndImport(ctx context.Context, by record.Actor, id int64) (Import, error) {
	var i Import
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if i, err = importTx(ctx, tx, id); err != nil || i.State != ImportRunning {
			return err
		}
		i.State, i.EndedAt = ImportDone, tx.Now
		if err := putImport(ctx, tx, i); err != nil {
			return err
		}
		return record.Append(ctx, tx, i.entry(by, "casework.import.done"))
	})
	if err != nil {
		return Import{}, fmt.Errorf("end an import: %w", err)
	}
	return i, nil
}

// keepRows makes cases of the rows that are new, and ends those that have ended
// meanwhile and that nobody has worked on.
func (s *Service) keepRows(ctx context.Context, tx *db.Tx, i Import, rows []Row) (Tally, error) {
	t := Tally{Read: int64(len(rows))}
	var fresh []Row
	keys := map[string]bool{} // of this batch
	known, err := rowsKnown(ctx, tx, i, rows)
	if err != nil {
		return t, err
	}
	for _, r := range rows {
		if len(r.Ref) > maxRef {
			r.Wrong = "Its number is longer than 200 characters. Is it the right column?"
		}
		key := i.key(r.Ref)
		had, is := known[key]
		switch {
		case r.Wrong != "":
			if err := putAside(ctx, tx, i, i.Aside+t.Aside, r); err != nil {
				return t, err
			}
			t.Aside++
		case is && had.behind(r):
			if err := s.endRow(ctx, tx, i, had.Case, r); err != nil {
				return t, err
			}
			had.EndedAt = tx.Now // twice in one batch, it is not behind any more
			known[key] = had
			t.Ended++
		case is || keys[key]:
			t.Known++
		default:
			keys[key] = true
			fresh = append(fresh, r)
		}
	}
	t.Kept = int64(len(fresh))
	return t, s.addRows(ctx, tx, i, fresh)
}

// key is what makes a row's case be known again.
func (i Import) key(ref string) string { return "rows:" + i.Name + ":" + ref }

// imported is a case that came in with an import.
type imported struct {
	Case
	written int64 // the version that the last import wrote; 0 when none did
}

// behind reports whether a row has the end of a case that is open here, and
// nobody has worked on it.
func (c imported) behind(r Row) bool {
	return r.State.Ended() && !c.State.Ended() && c.EndedAt.IsZero() && c.Version == c.written
}

// addRows makes the cases of a batch.
func (s *Service) addRows(ctx context.Context, tx *db.Tx, i Import, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return err
	}
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return err
	}
	centre, _ := roster.ContactCentre()
	times := make([]time.Time, len(rows))
	for n, r := range rows {
		times[n] = r.At
	}
	ids, err := tx.PastIDs(ctx, "casework_case", times)
	if err != nil {
		return err
	}
	references, err := newReferences(ctx, tx, len(rows))
	if err != nil {
		return err
	}
	cases, steps, keys := make([]Case, len(rows)), make([]Step, 0, 2*len(rows)), make([]string, len(rows))
	for n, r := range rows {
		c := r.asCase(tx.Now)
		c.ID, c.Reference, c.Track = ids[n], references[n], secret.LongReference()
		if c.TeamID = snapshot.OwnerOf(c.ServiceID); c.TeamID == 0 {
			c.TeamID = centre.ID
		}
		cases[n], keys[n] = c, i.key(r.Ref)
		steps = append(steps, r.steps(tx, c)...)
	}
	if err := insertCases(ctx, tx, cases, keys); err != nil {
		return err
	}
	if err := insertSteps(ctx, tx, steps); err != nil {
		return err
	}
	if err := noteImported(ctx, tx, i.ID, cases); err != nil {
		return err
	}
	return s.followPast(ctx, tx, nil, cases)
}

// maxRef bounds the number of a row: it is a key.
const maxRef = 200

// followPast tells those who keep tallies of cases what came in. before has the
// cases as they were, or is nil when they are new.
func (s *Service) followPast(ctx context.Context, tx *db.Tx, before, after []Case) error {
	sums := flowSums{}
	for _, c := range before {
		sums.add(c, -1)
	}
	for _, c := range after {
		sums.add(c, 1)
	}
	if err := sums.writeTx(ctx, tx); err != nil {
		return err
	}
	tx.AfterCommit(s.points.forget)
	if err := noteChanged(ctx, tx, 0); err != nil {
		return err
	}
	if err := tallyPastTx(ctx, tx, before, after); err != nil {
		return err
	}
	for _, follow := range s.FollowPast {
		if err := follow(ctx, tx, before, after); err != nil {
			return err
		}
	}
	return nil
}

// asCase is the case of a row, without what makes it one of its own.
func (r Row) asCase(now time.Time) Case {
	c := Case{Source: FromImport, ServiceID: r.ServiceID, Lat: r.Lat, Lon: r.Lon, State: r.State, Reason: r.Reason,
		CreatedAt: r.At, ChangedAt: r.At, Version: 1}
	c.Words, _ = text.Clean(r.Words, maxWords)
	c.Place, _ = text.CleanLine(r.Where, maxPlace)
	c.Asset, _ = text.CleanLine(r.Asset, maxAsset)
	if r.State.Ended() {
		c.EndedAt = r.ended()
		c.ChangedAt = c.EndedAt
	}
	return c
}

// ended is when a row ended. An end that nobody knows is set to the beginning:
// without one it would look open, and any other would be made up. Whoever counts
// how long things take leaves imported cases out that took no time at all.
func (r Row) ended() time.Time {
	if r.EndedAt.IsZero() {
		return r.At
	}
	return r.EndedAt
}

func (r Row) steps(tx *db.Tx, c Case) []Step {
	first := Step{ID: tx.NewID(), CaseID: c.ID, At: c.CreatedAt, State: Received, By: record.Program, Officer: pastOfficer}
	if c.State == Received {
		return []Step{first}
	}
	return []Step{first, {ID: tx.NewID(), CaseID: c.ID, At: c.ChangedAt, Before: Received, State: c.State, Reason: c.Reason, By: record.Program, Officer: pastOfficer}}
}

// endRow ends a case that has ended in the other program meanwhile.
func (s *Service) endRow(ctx context.Context, tx *db.Tx, i Import, c Case, r Row) error {
	before := c
	c.State, c.Reason, c.EndedAt = r.State, r.Reason, r.ended()
	if ok, err := updateCase(ctx, tx, &c); err != nil || !ok {
		return errors.Join(err, errors.New("the case changed while it was written"))
	}
	step := Step{ID: tx.NewID(), CaseID: c.ID, At: c.EndedAt, Before: before.State, State: c.State, Reason: c.Reason, Was: before.was(), By: record.Program, Officer: pastOfficer}
	if err := insertStep(ctx, tx, step); err != nil {
		return err
	}
	if err := noteImported(ctx, tx, i.ID, []Case{c}); err != nil {
		return err
	}
	return s.followPast(ctx, tx, []Case{before}, []Case{c})
}

// newReferences draws references of which none is taken.
func newReferences(ctx context.Context, tx *db.Tx, n int) ([]string, error) {
	list := make([]string, 0, n)
	drawn := map[string]bool{}
	for range 20 {
		for len(list) < n {
			if one := secret.ShortReference(); !drawn[one] {
				drawn[one] = true
				list = append(list, one)
			}
		}
		taken, err := referencesTaken(ctx, tx, list)
		if err != nil || len(taken) == 0 {
			return list, err
		}
		free := list[:0]
		for _, one := range list {
			if !taken[one] {
				free = append(free, one)
			}
		}
		list = free
	}
	return nil, errors.New("no free references were found")
}
