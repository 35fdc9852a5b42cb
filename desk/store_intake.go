package desk

import (
	"context"
	"fmt"
	"math/bits"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

// insertRows is how many rows of a wide table one INSERT holds: well below
// both engines' limits on arguments, and a power of two, as db.Chunks wants it.
const insertRows = 64

// lookupRows is how many keys one IN list holds.
const lookupRows = 256

// What is looked up by many refs is joined to a list of them, which stands
// between this and the rest. With IN, PostgreSQL reads the whole table while it
// has no statistics of it, that is, until a while after it has grown.
const sqlRefsBegin = ` FROM (VALUES (CAST($2 AS TEXT))`
const sqlRefsEnd = `) AS wanted CROSS JOIN `

const sqlMessagesByRef = `SELECT ` + sqlMessageColumns + sqlRefsBegin
const sqlMessagesByRefEnd = sqlRefsEnd + `desk_message WHERE account_id = $1 AND ref <> '' AND ref = wanted.column1`
const sqlPartsByRef = `SELECT p.ref, m.conversation_id, c.handle_id` + sqlRefsBegin
const sqlPartsByRefEnd = sqlRefsEnd + `desk_part p JOIN desk_message m ON m.id = p.message_id JOIN desk_conversation c ON c.id = m.conversation_id
	WHERE p.account_id = $1 AND p.ref <> '' AND p.ref = wanted.column1`
const sqlWhoseByRef = `SELECT m.ref, m.conversation_id, c.handle_id` + sqlRefsBegin
const sqlWhoseByRefEnd = sqlRefsEnd + `desk_message m JOIN desk_conversation c ON c.id = m.conversation_id
	WHERE m.account_id = $1 AND m.ref <> '' AND m.ref = wanted.column1`
const sqlGoneByRef = `SELECT ref, at` + sqlRefsBegin
const sqlGoneByRefEnd = sqlRefsEnd + `desk_gone WHERE account_id = $1 AND ref = wanted.column1`
const sqlConversationsByID = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation WHERE id IN `
const sqlConversationsByToken = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation WHERE account_id = $1 AND token IN `
const sqlConversationsByHandle = `SELECT ` + sqlConversationColumns + ` FROM (VALUES (CAST($2 AS BIGINT), CAST($3 AS TEXT))`
const sqlConversationsByHandleEnd = sqlRefsEnd + `desk_conversation WHERE account_id = $1 AND handle_id = wanted.column1 AND thread = wanted.column2`
const sqlGoneInsert = `INSERT INTO desk_gone (account_id, ref, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
const sqlUnreadableInsert = `INSERT INTO desk_unreadable (id, account_id, ref, event, reason, at) VALUES ($1, $2, $3, $4, $5, $6)`
const sqlRevisionInsert = `INSERT INTO desk_revision (message_id, at, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

const sqlConversationInsert = `INSERT INTO desk_conversation (id, account_id, network, handle_id, person_id, thread, token, subject, excerpt, who, state, visibility,
	team_id, officer_id, service_id, language, place, lat, lon, messages, last_id, last_in_id, sorted, due_at, snoozed_until, closed_reason,
	case_ref, created_at, version, place_folded, urgency) VALUES `
const conversationArgsCount = 31

const sqlMediaInsert = `INSERT INTO desk_media (id, message_id, draft_of, conversation_id, n, url, filename, content_type, alt, size, width, height, state,
	sentence, original, blob, thumbnail, created_at) VALUES `
const mediaArgsCount = 18

// byRef runs a query for refs, some at a time.
func byRef[T any](ctx context.Context, tx *db.Tx, scan func(db.Scanner) (T, error), query, end string, account int64, refs []network.Ref, each func(T)) error {
	for len(refs) > 0 {
		n := min(len(refs), lookupRows)
		args := []any{account}
		padded := db.Padded(refs[:n])
		for _, ref := range padded {
			args = append(args, string(ref))
		}
		whole := query
		if len(padded) > 1 {
			whole += "," + db.Values(2, len(padded)-1, 1)
		}
		list, err := db.Collect(ctx, tx, scan, whole+end, args...)
		if err != nil {
			return fmt.Errorf("look up posts of account %d: %w", account, err)
		}
		for _, one := range list {
			each(one)
		}
		refs = refs[n:]
	}
	return nil
}

func messagesByRef(ctx context.Context, tx *db.Tx, account int64, refs []network.Ref) (map[network.Ref]Message, error) {
	found := map[network.Ref]Message{}
	err := byRef(ctx, tx, scanMessage, sqlMessagesByRef, sqlMessagesByRefEnd, account, refs, func(m Message) { found[m.Ref] = m })
	return found, err
}

type refOf struct {
	ref network.Ref
	whose
}

func scanRefOf(row db.Scanner) (r refOf, err error) {
	err = row.Scan(&r.ref, &r.conversation, &r.handle)
	return r, err
}

func partsByRef(ctx context.Context, tx *db.Tx, account int64, refs []network.Ref) (map[network.Ref]whose, error) {
	found := map[network.Ref]whose{}
	err := byRef(ctx, tx, scanRefOf, sqlPartsByRef, sqlPartsByRefEnd, account, refs, func(r refOf) { found[r.ref] = r.whose })
	return found, err
}

func conversationsByRef(ctx context.Context, tx *db.Tx, account int64, refs []network.Ref) (map[network.Ref]whose, error) {
	found := map[network.Ref]whose{}
	err := byRef(ctx, tx, scanRefOf, sqlWhoseByRef, sqlWhoseByRefEnd, account, refs, func(r refOf) { found[r.ref] = r.whose })
	return found, err
}

type gone struct {
	ref network.Ref
	at  int64
}

func scanGone(row db.Scanner) (g gone, err error) {
	err = row.Scan(&g.ref, &g.at)
	return g, err
}

func goneByRef(ctx context.Context, tx *db.Tx, account int64, refs []network.Ref) (map[network.Ref]time.Time, error) {
	found := map[network.Ref]time.Time{}
	err := byRef(ctx, tx, scanGone, sqlGoneByRef, sqlGoneByRefEnd, account, refs, func(g gone) { found[g.ref] = db.Time(g.at) })
	return found, err
}

// conversationsFor reads the conversations with these ids, tokens or threads.
func conversationsFor(ctx context.Context, tx *db.Tx, account int64, ids []int64, tokens []string, threads []threadKey) ([]Conversation, error) {
	all := map[int64]Conversation{}
	collect := func(query string, args ...any) error {
		list, err := db.Collect(ctx, tx, scanConversation, query, args...)
		if err != nil {
			return fmt.Errorf("look up conversations of account %d: %w", account, err)
		}
		for _, c := range list {
			if c.AccountID == account {
				all[c.ID] = c
			}
		}
		return nil
	}
	for len(ids) > 0 {
		n := min(len(ids), lookupRows)
		var args []any
		for _, id := range db.Padded(ids[:n]) {
			args = append(args, id)
		}
		if err := collect(sqlConversationsByID+db.In(0, len(args)), args...); err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	for len(tokens) > 0 {
		n := min(len(tokens), lookupRows)
		args := []any{account}
		for _, t := range tokens[:n] {
			args = append(args, t)
		}
		if err := collect(sqlConversationsByToken+db.In(1, n), args...); err != nil {
			return nil, err
		}
		tokens = tokens[n:]
	}
	for len(threads) > 0 {
		n := min(len(threads), lookupRows)
		args := []any{account}
		padded := db.Padded(threads[:n])
		for _, t := range padded {
			args = append(args, t.handle, string(t.thread))
		}
		query := sqlConversationsByHandle // PostgreSQL takes the types of all rows from the first
		if len(padded) > 1 {
			query += `,` + db.Values(3, len(padded)-1, 2)
		}
		if err := collect(query+sqlConversationsByHandleEnd, args...); err != nil {
			return nil, err
		}
		threads = threads[n:]
	}
	list := make([]Conversation, 0, len(all))
	for _, c := range all {
		list = append(list, c)
	}
	return list, nil
}

func conversationArgs(c Conversation) []any {
	return []any{c.ID, c.AccountID, string(c.Network), c.HandleID, c.PersonID, string(c.Thread), c.Token, c.Subject, c.Excerpt, c.Who,
		string(c.State), string(c.Visibility), c.TeamID, c.OfficerID, c.ServiceID, c.Language, c.Place, c.Lat, c.Lon, c.Messages, c.LastID,
		c.LastInID, db.Micros(c.Sorted), db.Micros(c.DueAt), db.Micros(c.SnoozedUntil), c.ClosedReason, c.CaseRef, db.Micros(c.CreatedAt),
		c.Version, text.Fold(c.Place), int64(c.Urgency)}
}

func insertConversations(ctx context.Context, tx *db.Tx, list []Conversation) error {
	return inRows(ctx, tx, sqlConversationInsert, conversationArgsCount, len(list), func(i int) ([]any, error) { return conversationArgs(list[i]), nil })
}

func insertMessages(ctx context.Context, tx *db.Tx, list []Message, raws [][]byte) error {
	return inRows(ctx, tx, `INSERT INTO desk_message (`+sqlMessageInsertColumns+`) VALUES `, messageArgsCount, len(list), func(i int) ([]any, error) {
		return messageArgs(list[i], raws[i])
	})
}

func insertMedia(ctx context.Context, tx *db.Tx, list []Media) error {
	return inRows(ctx, tx, sqlMediaInsert, mediaArgsCount, len(list), func(i int) ([]any, error) {
		m := list[i]
		return []any{m.ID, m.MessageID, m.DraftOf, m.ConversationID, int64(m.N), m.URL, m.Filename, m.ContentType, m.Alt, m.Size,
			int64(m.Width), int64(m.Height), m.State, m.Sentence, m.Original, m.Blob, m.Thumbnail, db.Micros(tx.Now)}, nil
	})
}

// inRows inserts rows of n arguments each, many with one statement.
func inRows(ctx context.Context, tx *db.Tx, insert string, n, rows int, args func(i int) ([]any, error)) error {
	for at := 0; at < rows; {
		count := 1 << (bits.Len(uint(min(insertRows, rows-at))) - 1) // few different statements come about
		all := make([]any, 0, count*n)
		for i := range count {
			one, err := args(at + i)
			if err != nil {
				return err
			}
			all = append(all, one...)
		}
		if _, err := tx.Exec(ctx, insert+db.Values(0, count, n), all...); err != nil {
			return fmt.Errorf("keep %d rows: %w", count, err)
		}
		at += count
	}
	return nil
}

func insertGone(ctx context.Context, tx *db.Tx, account int64, ref network.Ref, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlGoneInsert, account, string(ref), db.Micros(at)); err != nil {
		return fmt.Errorf("note a deletion: %w", err)
	}
	return nil
}

func insertUnreadable(ctx context.Context, tx *db.Tx, account int64, ref, event, reason string) error {
	event, _ = text.Clean(event, len(event)) // it may hold what PostgreSQL refuses
	if _, err := tx.Exec(ctx, sqlUnreadableInsert, tx.NewID(), account, ref, event, reason, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("set an event aside: %w", err)
	}
	return nil
}

func insertRevision(ctx context.Context, tx *db.Tx, m Message, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlRevisionInsert, m.ID, db.Micros(at), m.Body); err != nil {
		return fmt.Errorf("keep the former words of message %d: %w", m.ID, err)
	}
	return nil
}
