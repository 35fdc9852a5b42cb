package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlDraft = `SELECT conversation_id, body, subject, visibility, note, note_body, updated_at, warning FROM desk_draft WHERE officer_id = $1 AND conversation_id = $2`
const sqlDraftPut = `INSERT INTO desk_draft (officer_id, conversation_id, body, subject, visibility, note, note_body, updated_at, warning) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (officer_id, conversation_id) DO UPDATE SET body = excluded.body, subject = excluded.subject, visibility = excluded.visibility,
	note = excluded.note, note_body = excluded.note_body, updated_at = excluded.updated_at, warning = excluded.warning`
const sqlDraftDelete = `DELETE FROM desk_draft WHERE officer_id = $1 AND conversation_id = $2`

func scanDraft(row db.Scanner) (Draft, error) {
	var d Draft
	var updated int64
	err := row.Scan(&d.ConversationID, &d.Body, &d.Subject, &d.Visibility, &d.Noting, &d.Note, &updated, &d.Warning)
	d.UpdatedAt = db.Time(updated)
	return d, err
}

// readDraft returns a draft with its files; an empty one when there is none.
func readDraft(ctx context.Context, tx *db.Tx, officer, conversation int64) (Draft, error) {
	d, _, err := db.One(ctx, tx, scanDraft, sqlDraft, officer, conversation)
	if err != nil {
		return Draft{}, fmt.Errorf("read draft of officer %d in conversation %d: %w", officer, conversation, err)
	}
	d.ConversationID = conversation
	d.Media, err = draftFiles(ctx, tx, officer, conversation)
	return d, err
}

// putDraft keeps a draft; one in which nothing is left is removed.
func putDraft(ctx context.Context, tx *db.Tx, officer int64, d Draft) error {
	if d.empty() {
		return deleteDraft(ctx, tx, officer, d.ConversationID)
	}
	_, err := tx.Exec(ctx, sqlDraftPut, officer, d.ConversationID, d.Body, d.Subject, string(d.Visibility), d.Noting, d.Note, db.Micros(tx.Now), d.Warning)
	if err != nil {
		return fmt.Errorf("keep draft of officer %d in conversation %d: %w", officer, d.ConversationID, err)
	}
	return nil
}

// answerSentTx takes the answer out of a draft. A note that was begun beside it
// stays.
func answerSentTx(ctx context.Context, tx *db.Tx, officer, conversation int64) error {
	d, err := readDraft(ctx, tx, officer, conversation)
	if err != nil {
		return err
	}
	return putDraft(ctx, tx, officer, Draft{ConversationID: conversation, Note: d.Note, Media: d.Media})
}

func deleteDraft(ctx context.Context, tx *db.Tx, officer, conversation int64) error {
	if _, err := tx.Exec(ctx, sqlDraftDelete, officer, conversation); err != nil {
		return fmt.Errorf("remove draft of officer %d in conversation %d: %w", officer, conversation, err)
	}
	return nil
}

const sqlFileColumns = `id, message_id, draft_of, conversation_id, n, url, filename, content_type, alt, size, width, height, state, sentence, original, blob, thumbnail, focus_x, focus_y`
const sqlFileByID = `SELECT ` + sqlFileColumns + ` FROM desk_media WHERE id = $1`
const sqlFilesOfMessage = `SELECT ` + sqlFileColumns + ` FROM desk_media WHERE message_id = $1 ORDER BY n, id`
const sqlFilesOfDraft = `SELECT ` + sqlFileColumns + ` FROM desk_media WHERE draft_of = $1 AND conversation_id = $2 AND draft_of <> 0 ORDER BY n, id`
const sqlFileInsert = `INSERT INTO desk_media (` + sqlFileColumns + `, created_at) VALUES `
const fileArgsCount = 20
const sqlFileAlt = `UPDATE desk_media SET alt = $1 WHERE id = $2`
const sqlFileFocus = `UPDATE desk_media SET focus_x = $1, focus_y = $2 WHERE id = $3`
const sqlFileDelete = `DELETE FROM desk_media WHERE id = $1`
const sqlFilesToMessage = `UPDATE desk_media SET message_id = $1, draft_of = 0 WHERE draft_of = $2 AND conversation_id = $3 AND draft_of <> 0`
const sqlFilesToDraft = `UPDATE desk_media SET message_id = 0, draft_of = $1 WHERE message_id = $2`

func scanFile(row db.Scanner) (Media, error) {
	var m Media
	err := row.Scan(&m.ID, &m.MessageID, &m.DraftOf, &m.ConversationID, &m.N, &m.URL, &m.Filename, &m.ContentType, &m.Alt, &m.Size,
		&m.Width, &m.Height, &m.State, &m.Sentence, &m.Original, &m.Blob, &m.Thumbnail, &m.FocusX, &m.FocusY)
	return m, err
}

func draftFiles(ctx context.Context, tx *db.Tx, officer, conversation int64) ([]Media, error) {
	files, err := db.Collect(ctx, tx, scanFile, sqlFilesOfDraft, officer, conversation)
	if err != nil {
		return nil, fmt.Errorf("read files of the draft of officer %d in conversation %d: %w", officer, conversation, err)
	}
	return files, nil
}

func messageFiles(ctx context.Context, tx *db.Tx, message int64) ([]Media, error) {
	files, err := db.Collect(ctx, tx, scanFile, sqlFilesOfMessage, message)
	if err != nil {
		return nil, fmt.Errorf("read files of message %d: %w", message, err)
	}
	return files, nil
}

func readFile(ctx context.Context, tx *db.Tx, id int64) (Media, bool, error) {
	m, found, err := db.One(ctx, tx, scanFile, sqlFileByID, id)
	if err != nil {
		return Media{}, false, fmt.Errorf("read file %d: %w", id, err)
	}
	return m, found, nil
}

func insertFile(ctx context.Context, tx *db.Tx, m Media) error {
	_, err := tx.Exec(ctx, sqlFileInsert+db.Values(0, 1, fileArgsCount), m.ID, m.MessageID, m.DraftOf, m.ConversationID, m.N, m.URL, m.Filename,
		m.ContentType, m.Alt, m.Size, m.Width, m.Height, m.State, m.Sentence, m.Original, m.Blob, m.Thumbnail, m.FocusX, m.FocusY, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("keep file %d: %w", m.ID, err)
	}
	return nil
}

func describeFile(ctx context.Context, tx *db.Tx, id int64, alt string) error {
	if _, err := tx.Exec(ctx, sqlFileAlt, alt, id); err != nil {
		return fmt.Errorf("describe file %d: %w", id, err)
	}
	return nil
}

func focusFile(ctx context.Context, tx *db.Tx, id int64, x, y float64) error {
	if _, err := tx.Exec(ctx, sqlFileFocus, x, y, id); err != nil {
		return fmt.Errorf("keep what stays in sight of file %d: %w", id, err)
	}
	return nil
}

func deleteFile(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlFileDelete, id); err != nil {
		return fmt.Errorf("remove file %d: %w", id, err)
	}
	return nil
}

// sendFiles moves the files of a draft to the message that it became.
func sendFiles(ctx context.Context, tx *db.Tx, officer int64, m Message) error {
	if _, err := tx.Exec(ctx, sqlFilesToMessage, m.ID, officer, m.ConversationID); err != nil {
		return fmt.Errorf("move files to message %d: %w", m.ID, err)
	}
	return nil
}

// returnFiles moves the files of a message back into a draft.
func returnFiles(ctx context.Context, tx *db.Tx, officer, message int64) error {
	if _, err := tx.Exec(ctx, sqlFilesToDraft, officer, message); err != nil {
		return fmt.Errorf("move files of message %d back: %w", message, err)
	}
	return nil
}
