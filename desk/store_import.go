package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const sqlImportColumns = `id, account_id, format, file, size, sha256, mapping, state, position, seen, kept, known, aside, cases, actor, began_at, ended_at`
const sqlImportInsert = `INSERT INTO desk_import (` + sqlImportColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
const sqlImportByID = `SELECT ` + sqlImportColumns + ` FROM desk_import WHERE id = $1`
const sqlImportsOfFile = `SELECT ` + sqlImportColumns + ` FROM desk_import WHERE sha256 = $1 AND mapping = $2 AND state <> 'undone' ORDER BY id LIMIT 100`
const sqlImports = `SELECT ` + sqlImportColumns + ` FROM desk_import ORDER BY id DESC LIMIT 200`
const sqlImportUpdate = `UPDATE desk_import SET state = $1, position = $2, seen = $3, kept = $4, known = $5, aside = $6, cases = $7, ended_at = $8 WHERE id = $9`
const sqlAsideInsert = `INSERT INTO desk_import_aside (import_id, n, place, reason) VALUES `
const sqlAsides = `SELECT place, reason FROM desk_import_aside WHERE import_id = $1 ORDER BY n`
const sqlImportedInsert = `INSERT INTO desk_imported (message_id, import_id, conversation_id) VALUES `

// sqlConversationPast adds history to a conversation. It leaves the version
// alone: nothing that an officer may have open has changed for them.
const sqlConversationPast = `UPDATE desk_conversation SET messages = $1, last_id = $2, last_in_id = $3, sorted = $4, excerpt = $5, subject = $6, created_at = $7
	WHERE id = $8`
const sqlConversationCase = `UPDATE desk_conversation SET case_ref = $1 WHERE id = $2 AND case_ref = $3`

func scanImport(row db.Scanner) (Import, error) {
	var i Import
	var began, ended int64
	err := row.Scan(&i.ID, &i.AccountID, &i.Format, &i.File, &i.Size, &i.SHA256, &i.Mapping, &i.State, &i.Position,
		&i.Read, &i.Kept, &i.Known, &i.Aside, &i.Cases, &i.Actor, &began, &ended)
	i.BeganAt, i.EndedAt = db.Time(began), db.Time(ended)
	return i, err
}

func insertImport(ctx context.Context, tx *db.Tx, i Import) error {
	_, err := tx.Exec(ctx, sqlImportInsert, i.ID, i.AccountID, i.Format, i.File, i.Size, i.SHA256, i.Mapping, string(i.State), i.Position,
		i.Read, i.Kept, i.Known, i.Aside, i.Cases, i.Actor, db.Micros(i.BeganAt), db.Micros(i.EndedAt))
	if err != nil {
		return fmt.Errorf("note an import: %w", err)
	}
	return nil
}

func updateImport(ctx context.Context, tx *db.Tx, i Import) error {
	_, err := tx.Exec(ctx, sqlImportUpdate, string(i.State), i.Position, i.Read, i.Kept, i.Known, i.Aside, i.Cases, db.Micros(i.EndedAt), i.ID)
	if err != nil {
		return fmt.Errorf("note how far import %d is: %w", i.ID, err)
	}
	return nil
}

func importTx(ctx context.Context, tx *db.Tx, id int64) (Import, error) {
	i, found, err := db.One(ctx, tx, scanImport, sqlImportByID, id)
	if err != nil {
		return Import{}, fmt.Errorf("read import %d: %w", id, err)
	}
	if !found {
		return Import{}, fault.New(fault.NotFound, "There is no such import. See mercat import list.")
	}
	return i, nil
}

// importOfFile is an import of the same file in the same way, into the same
// account where one is named.
func importOfFile(ctx context.Context, tx *db.Tx, like Import) (Import, bool, error) {
	list, err := db.Collect(ctx, tx, scanImport, sqlImportsOfFile, like.SHA256, like.Mapping)
	if err != nil {
		return Import{}, false, fmt.Errorf("look for an earlier import: %w", err)
	}
	for _, i := range list {
		if like.AccountID == 0 || i.AccountID == like.AccountID {
			return i, true, nil
		}
	}
	return Import{}, false, nil
}

func readImports(ctx context.Context, tx *db.Tx) ([]Import, error) {
	list, err := db.Collect(ctx, tx, scanImport, sqlImports)
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	return list, nil
}

func insertAsides(ctx context.Context, tx *db.Tx, id, before int64, list []SetAside) error {
	list = list[:max(0, min(int64(len(list)), maxAsides-before))]
	return inRows(ctx, tx, sqlAsideInsert, 4, len(list), func(n int) ([]any, error) {
		return []any{id, before + int64(n), line(list[n].Place, maxRef), line(list[n].Reason, 500)}, nil
	})
}

func readAsides(ctx context.Context, tx *db.Tx, id int64) ([]SetAside, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (a SetAside, err error) {
		err = row.Scan(&a.Place, &a.Reason)
		return a, err
	}, sqlAsides, id)
	if err != nil {
		return nil, fmt.Errorf("read what import %d set aside: %w", id, err)
	}
	return list, nil
}

func insertImported(ctx context.Context, tx *db.Tx, id int64, list []Message) error {
	return inRows(ctx, tx, sqlImportedInsert, 3, len(list), func(n int) ([]any, error) {
		return []any{list[n].ID, id, list[n].ConversationID}, nil
	})
}

func addPast(ctx context.Context, tx *db.Tx, c Conversation) error {
	_, err := tx.Exec(ctx, sqlConversationPast, c.Messages, c.LastID, c.LastInID, db.Micros(c.Sorted), c.Excerpt, c.Subject, db.Micros(c.CreatedAt), c.ID)
	if err != nil {
		return fmt.Errorf("add history to conversation %d: %w", c.ID, err)
	}
	return nil
}

// NotePastCaseTx puts the reference of a case that came from an archive, or goes
// again, in the place of the one that a conversation shows, when that is as the
// caller believes. Nothing is recorded and nobody is told.
func (s *Service) NotePastCaseTx(ctx context.Context, tx *db.Tx, conversation int64, before, now string) error {
	if _, err := tx.Exec(ctx, sqlConversationCase, now, conversation, before); err != nil {
		return fmt.Errorf("note the case of conversation %d: %w", conversation, err)
	}
	return nil
}
