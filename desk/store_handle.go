package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlSee = `INSERT INTO desk_seen (officer_id, conversation_id, message_id) VALUES ($1, $2, $3)
	ON CONFLICT (officer_id, conversation_id) DO UPDATE SET message_id = excluded.message_id WHERE desk_seen.message_id < excluded.message_id`
const sqlUnsee = `DELETE FROM desk_seen WHERE officer_id = $1 AND conversation_id = $2`
const sqlSeen = `SELECT message_id FROM desk_seen WHERE officer_id = $1 AND conversation_id = $2`

// seeTx notes how far an officer has read; never back.
func seeTx(ctx context.Context, tx *db.Tx, officer, conversation, message int64) error {
	if _, err := tx.Exec(ctx, sqlSee, officer, conversation, message); err != nil {
		return fmt.Errorf("note what officer %d has seen: %w", officer, err)
	}
	return nil
}

func unseeTx(ctx context.Context, tx *db.Tx, officer, conversation int64) error {
	if _, err := tx.Exec(ctx, sqlUnsee, officer, conversation); err != nil {
		return fmt.Errorf("make conversation %d unread: %w", conversation, err)
	}
	return nil
}

func seenTx(ctx context.Context, tx *db.Tx, officer, conversation int64) (int64, error) {
	id, _, err := db.One(ctx, tx, db.ScanID, sqlSeen, officer, conversation)
	if err != nil {
		return 0, fmt.Errorf("read what officer %d has seen: %w", officer, err)
	}
	return id, nil
}

const sqlConversationsOfHandles = `SELECT id FROM desk_conversation WHERE person_id = $1 AND handle_id IN `
const sqlConversationPerson = `UPDATE desk_conversation SET person_id = $1, version = version + 1 WHERE id = $2`

// handleRows is how many handles one query names.
const handleRows = 256

// movePerson gives the conversations of handles from one person to another, and
// returns which they were.
func movePerson(ctx context.Context, tx *db.Tx, from, into int64, handles []int64) ([]int64, error) {
	var moved []int64
	for chunk := range slices.Chunk(handles, handleRows) {
		padded := db.Padded(chunk)
		args := []any{from}
		for _, h := range padded {
			args = append(args, h)
		}
		ids, err := db.Collect(ctx, tx, db.ScanID, sqlConversationsOfHandles+db.In(1, len(padded)), args...)
		if err != nil {
			return nil, fmt.Errorf("read the conversations of person %d: %w", from, err)
		}
		for _, id := range ids {
			if _, err := tx.Exec(ctx, sqlConversationPerson, into, id); err != nil {
				return nil, fmt.Errorf("give conversation %d to person %d: %w", id, into, err)
			}
		}
		moved = append(moved, ids...)
	}
	return moved, nil
}

const sqlNotificationColumns = `id, conversation_id, message_id, kind, body, at, read_at`
const sqlNotifications = `SELECT ` + sqlNotificationColumns + ` FROM desk_notification WHERE officer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`
const sqlNotificationsUnread = `SELECT COUNT(*) FROM (SELECT id FROM desk_notification WHERE officer_id = $1 AND read_at = 0 LIMIT 100) unread`
const sqlNotificationRead = `UPDATE desk_notification SET read_at = $1 WHERE officer_id = $2 AND id = $3 AND read_at = 0`
const sqlNotificationsRead = `UPDATE desk_notification SET read_at = $1 WHERE officer_id = $2 AND read_at = 0`
const sqlNotificationInsert = `INSERT INTO desk_notification (id, officer_id, conversation_id, message_id, kind, body, at) VALUES `

func scanNotification(row db.Scanner) (Notification, error) {
	var n Notification
	var at, read int64
	err := row.Scan(&n.ID, &n.ConversationID, &n.MessageID, &n.Kind, &n.Body, &at, &read)
	n.At, n.ReadAt = db.Time(at), db.Time(read)
	return n, err
}

func readNotifications(ctx context.Context, tx *db.Tx, officer, before int64, limit int) ([]Notification, error) {
	list, err := db.Collect(ctx, tx, scanNotification, sqlNotifications, officer, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read notifications of officer %d: %w", officer, err)
	}
	return list, nil
}

func countUnread(ctx context.Context, tx *db.Tx, officer int64) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlNotificationsUnread, officer).Scan(&n); err != nil {
		return 0, fmt.Errorf("count notifications of officer %d: %w", officer, err)
	}
	return n, nil
}

// markRead marks one notification, or all when id is 0, and returns how many
// were unread.
func markRead(ctx context.Context, tx *db.Tx, officer, id int64, at time.Time) (int64, error) {
	query, args := sqlNotificationsRead, []any{db.Micros(at), officer}
	if id != 0 {
		query, args = sqlNotificationRead, append(args, id)
	}
	n, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("mark notifications of officer %d: %w", officer, err)
	}
	return n, nil
}

func insertNotifications(ctx context.Context, tx *db.Tx, n notice, officers []int64) error {
	for chunk := range slices.Chunk(officers, 100) {
		args := make([]any, 0, 7*len(chunk))
		for _, officer := range chunk {
			args = append(args, tx.NewID(), officer, n.conversation, n.message, n.kind, n.body, db.Micros(tx.Now))
		}
		if _, err := tx.Exec(ctx, sqlNotificationInsert+db.Values(0, len(chunk), 7), args...); err != nil {
			return fmt.Errorf("notify of conversation %d: %w", n.conversation, err)
		}
	}
	return nil
}
