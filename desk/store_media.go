package desk

import (
	"context"
	"fmt"
	"slices"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
)

const sqlMediaColumns = `id, message_id, conversation_id, draft_of, n, url, filename, content_type, alt, size, width, height, state, sentence, original, blob, thumbnail`
const sqlMediaWaiting = `SELECT ` + sqlMediaColumns + ` FROM desk_media WHERE message_id = $1 AND state = 'waiting' ORDER BY n`
const sqlMediaDone = `UPDATE desk_media SET filename = $1, content_type = $2, size = $3, width = $4, height = $5, state = $6, sentence = $7, original = $8,
	blob = $9, thumbnail = $10, likeness = $11 WHERE id = $12 AND state = 'waiting'`
const sqlLikenesses = `SELECT id, likeness FROM desk_media WHERE likeness <> 0 AND id IN `

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
	n, err := tx.Exec(ctx, sqlMediaDone, m.Filename, m.ContentType, m.Size, int64(m.Width), int64(m.Height), m.State, m.Sentence, m.Original, m.Blob, m.Thumbnail, int64(m.Likeness), m.ID)
	if err != nil {
		return false, fmt.Errorf("keep what became of file %d: %w", m.ID, err)
	}
	return n == 1, nil
}

// LikenessesTx says what pictures look like, by their ids. Those of which it is
// not known are left out.
func (s *Service) LikenessesTx(ctx context.Context, tx *db.Tx, media []int64) (map[int64]blob.Likeness, error) {
	type one struct{ id, likeness int64 }
	scan := func(row db.Scanner) (o one, err error) {
		err = row.Scan(&o.id, &o.likeness)
		return o, err
	}
	looks := make(map[int64]blob.Likeness, len(media))
	for part := range slices.Chunk(media, 500) {
		ids := db.Padded(part)
		list, err := db.Collect(ctx, tx, scan, sqlLikenesses+db.In(0, len(ids)), anys(ids)...)
		if err != nil {
			return nil, fmt.Errorf("read what pictures look like: %w", err)
		}
		for _, o := range list {
			looks[o.id] = blob.Likeness(o.likeness)
		}
	}
	return looks, nil
}
