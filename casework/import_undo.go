package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// Imports are the lists that were brought in, the newest first, 200 at most.
func (s *Service) Imports(ctx context.Context) (list []Import, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = db.Collect(ctx, tx, scanImport, sqlImports)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return list, nil
}

// Asides are the rows of an import that were set aside, with the reasons: the
// first thousand.
func (s *Service) Asides(ctx context.Context, id int64) (list []SetAside, err error) {
	scan := func(row db.Scanner) (a SetAside, err error) {
		err = row.Scan(&a.Place, &a.Reason)
		return a, err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = db.Collect(ctx, tx, scan, sqlAsides, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what was set aside: %w", err)
	}
	return list, nil
}

// UndoImport takes the cases of an import out again, a few hundred in a
// transaction. Broken off, it goes on with the same call.
//
// Errors: fault.NotFound; fault.Conflict when somebody has worked on a case of
// it, or when it is undone already.
func (s *Service) UndoImport(ctx context.Context, by record.Actor, id int64, progress func(done int64)) (Import, error) {
	var i Import
	for done, more := int64(0), true; more; {
		err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			var n int64
			if i, n, err = s.undoSome(ctx, tx, by, id); err != nil {
				return err
			}
			more = i.State == ImportUndoing
			tx.AfterCommit(func() { done += n })
			return nil
		})
		if err != nil {
			return Import{}, fmt.Errorf("undo an import: %w", err)
		}
		progress(done)
	}
	return i, nil
}

func (s *Service) undoSome(ctx context.Context, tx *db.Tx, by record.Actor, id int64) (Import, int64, error) {
	i, err := importTx(ctx, tx, id)
	if err != nil {
		return i, 0, err
	}
	if i.State == ImportUndone {
		return i, 0, fault.New(fault.Conflict, "This import has been undone already.")
	}
	if i.State != ImportUndoing {
		if err := refuseWorked(ctx, tx, id); err != nil {
			return i, 0, err
		}
		i.State = ImportUndoing
	}
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlImportedOf, id)
	if err != nil {
		return i, 0, fmt.Errorf("read what an import brought: %w", err)
	}
	if len(ids) > 0 {
		if err := s.takeOut(ctx, tx, ids); err != nil {
			return i, 0, err
		}
		return i, int64(len(ids)), putImport(ctx, tx, i)
	}
	i.State, i.EndedAt = ImportUndone, tx.Now
	if err := putImport(ctx, tx, i); err != nil {
		return i, 0, err
	}
	if err := record.Append(ctx, tx, i.entry(by, "casework.import.undone")); err != nil {
		return i, 0, err
	}
	return i, 0, s.Hub.Announce(ctx, tx, TopicCases)
}

func refuseWorked(ctx context.Context, tx *db.Tx, id int64) error {
	worked, found, err := db.One(ctx, tx, db.ScanID, sqlImportWorked, id)
	if err != nil {
		return fmt.Errorf("look whether somebody worked on an import: %w", err)
	}
	if !found {
		return nil
	}
	c, err := caseTx(ctx, tx, worked)
	if err != nil {
		return err
	}
	return fault.Newf(fault.Conflict, "Somebody has worked on case %s of this import, so it stays. Nothing has been taken out.", c.Reference)
}

// takeOut removes cases whole.
func (s *Service) takeOut(ctx context.Context, tx *db.Tx, ids []int64) error {
	found, err := casesByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	var gone []Case
	for _, id := range ids {
		if err := searchIndex.Delete(ctx, tx, id); err != nil {
			return err
		}
		if c, there := found[id]; there {
			gone = append(gone, c)
		}
	}
	padded := db.Padded(ids)
	for _, query := range []string{sqlPastPhotos, sqlPastSteps, sqlPastCases, sqlImportedGone} {
		if _, err := tx.Exec(ctx, query+db.In(0, len(padded)), anys(padded)...); err != nil {
			return fmt.Errorf("take imported cases out: %w", err)
		}
	}
	return s.followPast(ctx, tx, gone, nil)
}
