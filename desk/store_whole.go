package desk

import (
	"context"
	"fmt"
	"slices"

	"mercat.scot/mercat/platform/db"
)

const sqlMessagesNewest = `SELECT ` + sqlMessageColumns + ` FROM desk_message WHERE conversation_id = $1 ORDER BY at DESC, id DESC LIMIT $2`
const sqlMessagesBefore = `SELECT ` + sqlMessageColumns + ` FROM desk_message WHERE conversation_id = $1
	AND (at, id) < ((SELECT at FROM desk_message WHERE id = $2), $2) ORDER BY at DESC, id DESC LIMIT $3`
const sqlOthers = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation WHERE person_id = $1 AND id <> $2 ORDER BY sorted DESC, id DESC LIMIT $3`

const sqlPartsOf = `SELECT message_id, n, key, body, tried, ref, url, gone FROM desk_part WHERE message_id IN `
const sqlRevisionsOf = `SELECT message_id, at, body FROM desk_revision WHERE message_id IN `
const sqlMediaOf = `SELECT ` + sqlMediaColumns + ` FROM desk_media WHERE message_id IN `

// messagesBefore reads a page of a conversation, oldest first.
func messagesBefore(ctx context.Context, tx *db.Tx, conversation, before int64, limit int) ([]Message, error) {
	query, args := sqlMessagesNewest, []any{conversation, limit}
	if before != 0 {
		query, args = sqlMessagesBefore, []any{conversation, before, limit}
	}
	list, err := db.Collect(ctx, tx, scanMessage, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read messages of conversation %d: %w", conversation, err)
	}
	slices.Reverse(list)
	return list, nil
}

func othersOf(ctx context.Context, tx *db.Tx, c Conversation, limit int) ([]Conversation, error) {
	list, err := db.Collect(ctx, tx, scanConversation, sqlOthers, c.PersonID, c.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("read other conversations of person %d: %w", c.PersonID, err)
	}
	return list, nil
}

// attached is a row that belongs to a message.
type attached[T any] struct {
	message int64
	row     T
}

func readAttached[T any](ctx context.Context, tx *db.Tx, query, order string, ids []int64, scan func(db.Scanner) (attached[T], error)) ([]attached[T], error) {
	return db.Collect(ctx, tx, scan, query+db.In(0, len(ids))+order, anys(ids)...)
}

func scanPartOf(row db.Scanner) (a attached[Part], err error) {
	p := &a.row
	return a, row.Scan(&a.message, &p.N, &p.Key, &p.Body, &p.Tried, &p.Ref, &p.URL, &p.Gone)
}

func scanRevisionOf(row db.Scanner) (a attached[Revision], err error) {
	var at int64
	err = row.Scan(&a.message, &at, &a.row.Body)
	a.row.At = db.Time(at)
	return a, err
}

// withAttached reads parts, media and revisions of all messages of a list.
func withAttached(ctx context.Context, tx *db.Tx, list []Message) error {
	at := make(map[int64]int, len(list))
	ids := make([]int64, len(list))
	for i, m := range list {
		at[m.ID], ids[i] = i, m.ID
	}
	ids = db.Padded(ids)
	parts, err := readAttached(ctx, tx, sqlPartsOf, " ORDER BY message_id, n", ids, scanPartOf)
	if err != nil {
		return fmt.Errorf("read parts of messages: %w", err)
	}
	for _, p := range parts {
		m := &list[at[p.message]]
		m.Parts = append(m.Parts, p.row)
	}
	revisions, err := readAttached(ctx, tx, sqlRevisionsOf, " ORDER BY message_id, at", ids, scanRevisionOf)
	if err != nil {
		return fmt.Errorf("read revisions of messages: %w", err)
	}
	for _, r := range revisions {
		m := &list[at[r.message]]
		m.Revisions = append(m.Revisions, r.row)
	}
	media, err := db.Collect(ctx, tx, scanMedia, sqlMediaOf+db.In(0, len(ids))+" ORDER BY message_id, n", anys(ids)...)
	if err != nil {
		return fmt.Errorf("read media of messages: %w", err)
	}
	for _, f := range media {
		m := &list[at[f.MessageID]]
		m.Media = append(m.Media, f)
	}
	return nil
}

const sqlMediaByID = `SELECT ` + sqlMediaColumns + ` FROM desk_media WHERE id = $1`

// mediaByID returns a file.
//
// Errors: fault.NotFound.
func mediaByID(ctx context.Context, tx *db.Tx, id int64) (Media, error) {
	m, found, err := db.One(ctx, tx, scanMedia, sqlMediaByID, id)
	if err != nil {
		return Media{}, fmt.Errorf("read file %d: %w", id, err)
	}
	if !found {
		return Media{}, errNoFile
	}
	return m, nil
}
