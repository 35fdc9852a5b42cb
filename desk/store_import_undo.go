package desk

import (
	"context"
	"fmt"
	"slices"

	"mercat.scot/mercat/platform/db"
)

const sqlImportConversations = `SELECT DISTINCT conversation_id FROM desk_imported WHERE import_id = $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3`
const sqlSomeImported = `SELECT message_id, conversation_id FROM desk_imported WHERE import_id = $1 ORDER BY conversation_id, message_id LIMIT $2`
const sqlTouched = `SELECT id FROM desk_conversation WHERE id IN `
const sqlTouchedHow = ` AND (version > 1 OR EXISTS (SELECT 1 FROM desk_message m WHERE m.conversation_id = desk_conversation.id AND m.officer_id <> 0))`
const sqlDrafted = `SELECT DISTINCT conversation_id FROM desk_draft WHERE conversation_id IN `
const sqlHandlesUsed = `SELECT DISTINCT handle_id FROM desk_conversation WHERE handle_id IN `
const sqlLastOf = `SELECT COALESCE(MAX(CASE WHEN direction IN ('in', 'out') THEN id END), 0), COALESCE(MAX(CASE WHEN direction = 'in' THEN id END), 0)
	FROM desk_message WHERE conversation_id = $1`

const sqlAccountUsed = `SELECT id FROM desk_conversation WHERE account_id = $1 LIMIT 1`
const sqlAccountImports = `SELECT id FROM desk_import WHERE account_id = $1 AND state <> 'undone' LIMIT 1`

// What refers to messages goes before them.
const (
	sqlUndoImported     = `DELETE FROM desk_imported WHERE message_id IN `
	sqlUndoMedia        = `DELETE FROM desk_media WHERE message_id IN `
	sqlUndoRevision     = `DELETE FROM desk_revision WHERE message_id IN `
	sqlUndoMessage      = `DELETE FROM desk_message WHERE id IN `
	sqlUndoDraft        = `DELETE FROM desk_draft WHERE conversation_id = $1`
	sqlUndoSeen         = `DELETE FROM desk_seen WHERE conversation_id = $1`
	sqlUndoNotification = `DELETE FROM desk_notification WHERE conversation_id = $1`
	sqlUndoReading      = `DELETE FROM desk_reading WHERE conversation_id = $1`
	sqlUndoConversation = `DELETE FROM desk_conversation WHERE id = $1`
)

func conversationsOfImport(ctx context.Context, tx *db.Tx, id, after int64, limit int) ([]int64, error) {
	list, err := db.Collect(ctx, tx, db.ScanID, sqlImportConversations, id, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the conversations of import %d: %w", id, err)
	}
	return list, nil
}

func someImported(ctx context.Context, tx *db.Tx, id int64, limit int) ([]hit, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (h hit, err error) {
		err = row.Scan(&h.message, &h.conversation)
		return h, err
	}, sqlSomeImported, id, limit)
	if err != nil {
		return nil, fmt.Errorf("read the messages of import %d: %w", id, err)
	}
	return list, nil
}

// touchedOf are those of some conversations that changed after they were made.
func touchedOf(ctx context.Context, tx *db.Tx, ids []int64) ([]int64, error) {
	padded := db.Padded(ids)
	list, err := db.Collect(ctx, tx, db.ScanID, sqlTouched+db.In(0, len(padded))+sqlTouchedHow, anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("look for what was worked on: %w", err)
	}
	return list, nil
}

// draftedOf are those of some conversations that somebody is writing in.
func draftedOf(ctx context.Context, tx *db.Tx, ids []int64) ([]int64, error) {
	padded := db.Padded(ids)
	list, err := db.Collect(ctx, tx, db.ScanID, sqlDrafted+db.In(0, len(padded)), anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("look for drafts: %w", err)
	}
	return list, nil
}

func deleteMessages(ctx context.Context, tx *db.Tx, ids []int64) error {
	padded := db.Padded(ids)
	for _, query := range []string{sqlUndoImported, sqlUndoMedia, sqlUndoRevision, sqlUndoMessage} {
		if _, err := tx.Exec(ctx, query+db.In(0, len(padded)), anys(padded)...); err != nil {
			return fmt.Errorf("take messages of an import out: %w", err)
		}
	}
	return nil
}

func deleteConversation(ctx context.Context, tx *db.Tx, id int64) error {
	for _, query := range []string{sqlUndoDraft, sqlUndoSeen, sqlUndoNotification, sqlUndoReading, sqlUndoConversation} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return fmt.Errorf("take conversation %d of an import out: %w", id, err)
		}
	}
	return nil
}

// unused are those of some handles that no conversation is with.
func unused(ctx context.Context, tx *db.Tx, handles []int64) ([]int64, error) {
	if len(handles) == 0 {
		return nil, nil
	}
	padded := db.Padded(handles)
	used, err := db.Collect(ctx, tx, db.ScanID, sqlHandlesUsed+db.In(0, len(padded)), anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("look for conversations of some handles: %w", err)
	}
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(handles))), func(id int64) bool { return slices.Contains(used, id) }), nil
}

func lastOf(ctx context.Context, tx *db.Tx, conversation int64) (last, lastIn int64, err error) {
	if err := tx.QueryRow(ctx, sqlLastOf, conversation).Scan(&last, &lastIn); err != nil {
		return 0, 0, fmt.Errorf("read the newest messages of conversation %d: %w", conversation, err)
	}
	return last, lastIn, nil
}

// accountUsed reports whether conversations are in an account, or an import may
// bring some.
func accountUsed(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	for _, query := range []string{sqlAccountUsed, sqlAccountImports} {
		if _, found, err := db.One(ctx, tx, db.ScanID, query, id); err != nil || found {
			return found, err
		}
	}
	return false, nil
}
