package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlMediaColumns = `id, message_id, conversation_id, draft_of, n, url, filename, content_type, alt, size, width, height, state, sentence, original, blob, thumbnail`
const sqlMediaWaiting = `SELECT ` + sqlMediaColumns + ` FROM desk_media WHERE message_id = $1 AND state = 'waiting' ORDER BY n`
const sqlMediaDone = `UPDATE desk_media SET filename = $1, content_type = $2, size = $3, width = $4, height = $5, state = $6, sentence = $7, original = $8,
	blob = $9, thumbnail = $10 WHERE id = $11 AND state = 'waiting'`

func scanMedia(row db.Scanner) (Media, error) {
	var m Media
	err := row.Scan(&m.ID, &m.MessageID, &m.ConversationID, &m.DraftOf, &m.N, &m.URL, &m.Filename, &m.ContentType, &m.Alt, &m.Size, &m.Width, &m.Height,
		&m.State, &m.Sentence, &m.Original, &m.Blob, &m.Thumbnail)
	return m, err
}

func waitingMedia(ctx context.Context, tx *db.Tx, message int64) ([]Media, error) {
	list, err := db.Collect(ctx, tx, scanMedia, sqlMediaWaiting, message)
	if err != nil {
		return nil, fmt.Errorf("read the files of message %d: %w", message, err)
	}
	return list, nil
}

func updateMedia(ctx context.Context, tx *db.Tx, m Media) (bool, error) {
	n, err := tx.Exec(ctx, sqlMediaDone, m.Filename, m.ContentType, m.Size, int64(m.Width), int64(m.Height), m.State, m.Sentence, m.Original, m.Blob, m.Thumbnail, m.ID)
	if err != nil {
		return false, fmt.Errorf("keep what became of file %d: %w", m.ID, err)
	}
	return n == 1, nil
}
