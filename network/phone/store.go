package phone

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlSequenceNext = `UPDATE phone_sequence SET last = last + 1 WHERE id = 1`
const sqlSequenceLast = `SELECT last FROM phone_sequence WHERE id = 1`

const sqlContactColumns = `id, seq, account_id, form_key, digest, send_key, thread_id, reply_to, channel, direction, outcome, seconds,
	identity, name, officer_id, officer, words, told, at, logged_at`
const sqlContactInsert = `INSERT INTO phone_contact (` + sqlContactColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
const sqlContact = `SELECT ` + sqlContactColumns + ` FROM phone_contact WHERE id = $1`
const sqlContactsByID = `SELECT ` + sqlContactColumns + ` FROM phone_contact WHERE id IN `
const sqlContactByForm = `SELECT ` + sqlContactColumns + ` FROM phone_contact WHERE form_key = $1`
const sqlContactBySend = `SELECT ` + sqlContactColumns + ` FROM phone_contact WHERE account_id = $1 AND send_key = $2`
const sqlContactsAfter = `SELECT ` + sqlContactColumns + ` FROM phone_contact
	WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`
const sqlContactNewer = `SELECT seq FROM phone_contact WHERE account_id = $1 AND send_key IS NULL AND seq > $2 ORDER BY seq LIMIT 1`

func scanContact(row db.Scanner) (Contact, error) {
	var c Contact
	var form, send sql.NullString
	var direction string
	var seconds, at, logged int64
	err := row.Scan(&c.ID, &c.seq, &c.AccountID, &form, &c.digest, &send, &c.thread, &c.replyTo, &c.Channel, &direction, &c.Outcome, &seconds,
		&c.Identity, &c.Name, &c.OfficerID, &c.Officer, &c.Words, &c.Told, &at, &logged)
	c.Key, c.sendKey, c.ByUs = form.String, send.String, direction == "out"
	c.Lasted, c.At, c.LoggedAt = time.Duration(seconds)*time.Second, db.Time(at), db.Time(logged)
	return c, err
}

// insertContact gives a contact its number and keeps it.
func insertContact(ctx context.Context, tx *db.Tx, c *Contact) error {
	if _, err := tx.Exec(ctx, sqlSequenceNext); err != nil {
		return fmt.Errorf("number a contact: %w", err)
	}
	if err := tx.QueryRow(ctx, sqlSequenceLast).Scan(&c.seq); err != nil {
		return fmt.Errorf("number a contact: %w", err)
	}
	direction := "in"
	if c.ByUs {
		direction = "out"
	}
	_, err := tx.Exec(ctx, sqlContactInsert, c.ID, c.seq, c.AccountID, orNull(c.Key), c.digest, orNull(c.sendKey), c.thread, c.replyTo, string(c.Channel), direction,
		string(c.Outcome), int64(c.Lasted/time.Second), c.Identity, c.Name, c.OfficerID, c.Officer, c.Words, c.Told, db.Micros(c.At), db.Micros(c.LoggedAt))
	if err != nil {
		return fmt.Errorf("insert a contact: %w", err)
	}
	return nil
}

func orNull(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func readContact(ctx context.Context, tx *db.Tx, id int64) (Contact, bool, error) {
	return db.One(ctx, tx, scanContact, sqlContact, id)
}

func contactByForm(ctx context.Context, tx *db.Tx, key string) (Contact, bool, error) {
	return db.One(ctx, tx, scanContact, sqlContactByForm, key)
}

func contactBySend(ctx context.Context, tx *db.Tx, account int64, key string) (Contact, bool, error) {
	return db.One(ctx, tx, scanContact, sqlContactBySend, account, key)
}

func contactsAfter(ctx context.Context, tx *db.Tx, account, seq int64, limit int) ([]Contact, error) {
	return db.Collect(ctx, tx, scanContact, sqlContactsAfter, account, seq, limit)
}

func contactsByID(ctx context.Context, tx *db.Tx, ids []int64) ([]Contact, error) {
	var all []Contact
	for chunk := range db.Chunks(ids, 256) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = id
		}
		list, err := db.Collect(ctx, tx, scanContact, sqlContactsByID+db.In(0, len(chunk)), args...)
		if err != nil {
			return nil, fmt.Errorf("read contacts: %w", err)
		}
		all = append(all, list...)
	}
	return all, nil
}

func anyAfter(ctx context.Context, tx *db.Tx, account, seq int64) (bool, error) {
	_, found, err := db.One(ctx, tx, db.ScanID, sqlContactNewer, account, seq)
	return found, err
}

func lastSeq(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.ScanID(tx.QueryRow(ctx, sqlSequenceLast))
}
