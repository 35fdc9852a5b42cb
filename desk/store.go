package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

func topic(kind string, id int64) string { return kind + "/" + strconv.FormatInt(id, 10) }

const sqlConversationColumns = `id, account_id, network, handle_id, person_id, thread, token, subject, excerpt, who, state, visibility,
	team_id, officer_id, service_id, language, place, lat, lon, messages, last_id, last_in_id, sorted, due_at, snoozed_until, closed_reason,
	case_ref, created_at, version, urgency`
const sqlConversationByID = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation WHERE id = $1`
const sqlConversationByToken = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation WHERE token = $1`

// sqlConversationUpdate moves the version; it touches nothing when the row has
// another one than the caller read.
const sqlConversationUpdate = `UPDATE desk_conversation SET person_id = $1, subject = $2, excerpt = $3, who = $4, state = $5, visibility = $6,
	team_id = $7, officer_id = $8, service_id = $9, language = $10, place = $11, place_folded = $12, lat = $13, lon = $14, messages = $15,
	last_id = $16, last_in_id = $17, sorted = $18, due_at = $19, snoozed_until = $20, closed_reason = $21, case_ref = $22, urgency = $23, version = version + 1
	WHERE id = $24 AND version = $25`

// sqlConversationsUpdate is the same for many at once: the rows stand between
// the two parts, the first with its types, which PostgreSQL takes for all.
const sqlConversationsUpdate = `UPDATE desk_conversation SET person_id = v.column1, subject = v.column2, excerpt = v.column3, who = v.column4, state = v.column5, visibility = v.column6,
	team_id = v.column7, officer_id = v.column8, service_id = v.column9, language = v.column10, place = v.column11, place_folded = v.column12, lat = v.column13, lon = v.column14, messages = v.column15,
	last_id = v.column16, last_in_id = v.column17, sorted = v.column18, due_at = v.column19, snoozed_until = v.column20, closed_reason = v.column21, case_ref = v.column22, urgency = v.column23, version = version + 1
	FROM (VALUES (CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT),
	CAST($7 AS BIGINT), CAST($8 AS BIGINT), CAST($9 AS BIGINT), CAST($10 AS TEXT), CAST($11 AS TEXT), CAST($12 AS TEXT), CAST($13 AS DOUBLE PRECISION), CAST($14 AS DOUBLE PRECISION), CAST($15 AS BIGINT),
	CAST($16 AS BIGINT), CAST($17 AS BIGINT), CAST($18 AS BIGINT), CAST($19 AS BIGINT), CAST($20 AS BIGINT), CAST($21 AS TEXT), CAST($22 AS TEXT), CAST($23 AS BIGINT), CAST($24 AS BIGINT), CAST($25 AS BIGINT))`
const sqlConversationsUpdateWhere = `) AS v WHERE desk_conversation.id = v.column24 AND desk_conversation.version = v.column25`
const conversationUpdateArgsCount = 25

func scanConversation(row db.Scanner) (Conversation, error) {
	var c Conversation
	var sorted, due, snoozed, created int64
	err := row.Scan(&c.ID, &c.AccountID, &c.Network, &c.HandleID, &c.PersonID, &c.Thread, &c.Token, &c.Subject, &c.Excerpt, &c.Who,
		&c.State, &c.Visibility, &c.TeamID, &c.OfficerID, &c.ServiceID, &c.Language, &c.Place, &c.Lat, &c.Lon, &c.Messages, &c.LastID,
		&c.LastInID, &sorted, &due, &snoozed, &c.ClosedReason, &c.CaseRef, &created, &c.Version, &c.Urgency)
	c.Sorted, c.DueAt, c.SnoozedUntil, c.CreatedAt = db.Time(sorted), db.Time(due), db.Time(snoozed), db.Time(created)
	return c, err
}

var errNoConversation = fault.New(fault.NotFound, "There is no such conversation. It may have been removed; look for it in the inbox.")

// ConversationTx returns a conversation.
//
// Errors: fault.NotFound.
func (s *Service) ConversationTx(ctx context.Context, tx *db.Tx, id int64) (Conversation, error) {
	c, found, err := db.One(ctx, tx, scanConversation, sqlConversationByID, id)
	if err != nil {
		return Conversation{}, fmt.Errorf("read conversation %d: %w", id, err)
	}
	if !found {
		return Conversation{}, errNoConversation
	}
	return c, nil
}

// ConversationByTokenTx returns the conversation that a network knows by a
// token (Outgoing.Conversation).
//
// Errors: fault.NotFound.
func (s *Service) ConversationByTokenTx(ctx context.Context, tx *db.Tx, token string) (Conversation, error) {
	c, found, err := db.One(ctx, tx, scanConversation, sqlConversationByToken, token)
	if err != nil {
		return Conversation{}, fmt.Errorf("read conversation by token: %w", err)
	}
	if !found {
		return Conversation{}, errNoConversation
	}
	return c, nil
}

// updateConversation writes c back; it returns false when somebody else was
// quicker. On success c has its new version.
func updateConversation(ctx context.Context, tx *db.Tx, c *Conversation) (bool, error) {
	n, err := tx.Exec(ctx, sqlConversationUpdate, conversationUpdateArgs(*c)...)
	if err != nil {
		return false, fmt.Errorf("update conversation %d: %w", c.ID, err)
	}
	if n == 1 {
		c.Version++
	}
	return n == 1, nil
}

func conversationUpdateArgs(c Conversation) []any {
	return []any{c.PersonID, c.Subject, c.Excerpt, c.Who, string(c.State), string(c.Visibility),
		c.TeamID, c.OfficerID, c.ServiceID, c.Language, c.Place, text.Fold(c.Place), c.Lat, c.Lon, c.Messages, c.LastID, c.LastInID,
		db.Micros(c.Sorted), db.Micros(c.DueAt), db.Micros(c.SnoozedUntil), c.ClosedReason, c.CaseRef, int64(c.Urgency), c.ID, c.Version}
}

// updateConversations writes many back, as the transaction read them: all of
// them or none.
func updateConversations(ctx context.Context, tx *db.Tx, list []Conversation) error {
	for some := range db.Chunks(list, insertRows) {
		args := make([]any, 0, len(some)*conversationUpdateArgsCount)
		for _, c := range some {
			args = append(args, conversationUpdateArgs(c)...)
		}
		query := sqlConversationsUpdate
		if len(some) > 1 {
			query += "," + db.Values(conversationUpdateArgsCount, len(some)-1, conversationUpdateArgsCount)
		}
		n, err := tx.Exec(ctx, query+sqlConversationsUpdateWhere, args...)
		if err == nil && n != int64(len(some)) {
			err = fmt.Errorf("%d of them changed while they were written", int64(len(some))-n)
		}
		if err != nil {
			return fmt.Errorf("update %d conversations: %w", len(some), err)
		}
	}
	return nil
}

const sqlMessageColumns = `id, conversation_id, account_id, direction, ref, reply_to, thread, handle_id, officer_id, author, visibility,
	subject, body, html, warning, language, url, automatic, details, raw IS NOT NULL, at, received_at, edited_at, deleted_at, state, send_at,
	retry_at, attempts, trouble, version`
const sqlMessageByID = `SELECT ` + sqlMessageColumns + ` FROM desk_message WHERE id = $1`

// sqlMessageInsertColumns go with messageArgs.
const sqlMessageInsertColumns = `id, conversation_id, account_id, direction, ref, reply_to, thread, handle_id, officer_id, author, visibility,
	subject, body, html, warning, language, url, automatic, details, raw, at, received_at, edited_at, deleted_at, state, send_at,
	retry_at, attempts, trouble, version`
const messageArgsCount = 30

// sqlMessageUpdate writes back what can change of a message.
const sqlMessageUpdate = `UPDATE desk_message SET ref = $1, thread = $2, visibility = $3, subject = $4, body = $5, html = $6, warning = $7, url = $8,
	details = $9, edited_at = $10, deleted_at = $11, state = $12, send_at = $13, retry_at = $14, attempts = $15, trouble = $16, version = version + 1
	WHERE id = $17 AND version = $18`

func scanMessage(row db.Scanner) (Message, error) {
	var m Message
	var at, received, edited, deleted, send, retry int64
	var details, html string
	err := row.Scan(&m.ID, &m.ConversationID, &m.AccountID, &m.Direction, &m.Ref, &m.ReplyTo, &m.Thread, &m.HandleID, &m.OfficerID,
		&m.Author, &m.Visibility, &m.Subject, &m.Body, &html, &m.Warning, &m.Language, &m.URL, &m.Automatic, &details, &m.HasRaw,
		&at, &received, &edited, &deleted, &m.State, &send, &retry, &m.Attempts, &m.Trouble, &m.Version)
	if err != nil {
		return m, err
	}
	m.HTML = text.HTML(html) // it was sanitised before it was kept
	m.At, m.ReceivedAt, m.EditedAt, m.DeletedAt = db.Time(at), db.Time(received), db.Time(edited), db.Time(deleted)
	m.SendAt, m.RetryAt = db.Time(send), db.Time(retry)
	if details != "" {
		if err := json.Unmarshal([]byte(details), &m.Details); err != nil {
			return m, fmt.Errorf("read details of message %d: %w", m.ID, err)
		}
	}
	return m, nil
}

func (d Details) column() (string, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("write details of a message: %w", err)
	}
	if string(b) == "{}" {
		return "", nil
	}
	return string(b), nil
}

// messageArgs are the arguments of sqlMessageInsertColumns. Raw may be nil.
func messageArgs(m Message, raw []byte) ([]any, error) {
	details, err := m.Details.column()
	if err != nil {
		return nil, err
	}
	var kept any
	if raw != nil {
		kept = raw
	}
	return []any{m.ID, m.ConversationID, m.AccountID, string(m.Direction), string(m.Ref), string(m.ReplyTo), string(m.Thread), m.HandleID,
		m.OfficerID, m.Author, string(m.Visibility), m.Subject, m.Body, string(m.HTML), m.Warning, m.Language, m.URL, m.Automatic, details,
		kept, db.Micros(m.At), db.Micros(m.ReceivedAt), db.Micros(m.EditedAt), db.Micros(m.DeletedAt), string(m.State), db.Micros(m.SendAt),
		db.Micros(m.RetryAt), m.Attempts, m.Trouble, m.Version}, nil
}

// insertMessage keeps one message; batches are intake's.
func insertMessage(ctx context.Context, tx *db.Tx, m Message) error {
	args, err := messageArgs(m, nil)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlMessageInsert, args...); err != nil {
		return fmt.Errorf("keep message %d: %w", m.ID, err)
	}
	return nil
}

var sqlMessageInsert = `INSERT INTO desk_message (` + sqlMessageInsertColumns + `) VALUES ` + db.Values(0, 1, messageArgsCount)

var errNoMessage = fault.New(fault.NotFound, "There is no such message.")

// messageTx returns a message without its parts and media.
//
// Errors: fault.NotFound.
func messageTx(ctx context.Context, tx *db.Tx, id int64) (Message, error) {
	m, found, err := db.One(ctx, tx, scanMessage, sqlMessageByID, id)
	if err != nil {
		return Message{}, fmt.Errorf("read message %d: %w", id, err)
	}
	if !found {
		return Message{}, errNoMessage
	}
	return m, nil
}

// updateMessage writes m back; it returns false when somebody else was quicker.
func updateMessage(ctx context.Context, tx *db.Tx, m *Message) (bool, error) {
	details, err := m.Details.column()
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlMessageUpdate, string(m.Ref), string(m.Thread), string(m.Visibility), m.Subject, m.Body, string(m.HTML), m.Warning, m.URL,
		details, db.Micros(m.EditedAt), db.Micros(m.DeletedAt), string(m.State), db.Micros(m.SendAt), db.Micros(m.RetryAt), m.Attempts, m.Trouble,
		m.ID, m.Version)
	if err != nil {
		return false, fmt.Errorf("update message %d: %w", m.ID, err)
	}
	if n == 1 {
		m.Version++
	}
	return n == 1, nil
}

// searchIndex is the full-text index over messages, notes included.
const searchIndex = db.TextIndex("desk_text")

// Searchable is what of a message can be found by its words, folded.
func (m Message) Searchable() string {
	return text.Searchable(m.Author+"\n"+m.Subject+"\n"+m.Body, maxSearchTokens)
}

// maxSearchTokens bounds what of one message is indexed.
const maxSearchTokens = 20_000
