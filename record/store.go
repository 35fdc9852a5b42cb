package record

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"mercat.scot/mercat/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

const sqlHead = `SELECT number, hash FROM record_head WHERE id = 1`
const sqlHeadMove = `UPDATE record_head SET number = $1, hash = $2 WHERE id = 1`
const sqlEntryColumns = `number, at, actor_kind, actor_id, actor_name, act, subject, subject_id, about, before, after, hash`
const sqlEntriesAfter = `SELECT ` + sqlEntryColumns + ` FROM record_entry WHERE number > $1 ORDER BY number LIMIT $2`
const sqlEntriesAbout = `SELECT ` + sqlEntryColumns + ` FROM record_entry WHERE number IN (
	SELECT number FROM record_about WHERE subject = $1 AND subject_id = $2 AND number < $3 ORDER BY number DESC LIMIT $4)
	ORDER BY number DESC`
const sqlEntryNumbered = `SELECT ` + sqlEntryColumns + ` FROM record_entry WHERE number = $1`
const sqlEntriesBefore = `SELECT ` + sqlEntryColumns + ` FROM record_entry WHERE number < $1 ORDER BY number DESC LIMIT $2`

// insertRows is how many entries one INSERT holds: 12 arguments each stay well
// below both engines' limits.
const insertRows = 64

// aboutRows is the same for what entries are about, 3 arguments each.
const aboutRows = 256

func insertEntries(ctx context.Context, tx *db.Tx, kept []Kept) error {
	type about struct {
		Subject
		number int64
	}
	abouts := make([]about, 0, 3*len(kept))
	for some := range db.Chunks(kept, insertRows) {
		args := make([]any, 0, 12*len(some))
		for _, k := range some {
			all, err := json.Marshal(k.About)
			if err != nil {
				return fmt.Errorf("record %s: %w", k.Act, err)
			}
			args = append(args, k.Number, db.Micros(k.At), string(k.Actor.Kind), k.Actor.ID, k.Actor.Name, k.Act,
				k.Subject.Kind, k.Subject.ID, string(all), string(k.Before), string(k.After), k.Hash)
			abouts = append(abouts, about{k.Subject, k.Number})
			for i, s := range k.About {
				if s != k.Subject && !slices.Contains(k.About[:i], s) {
					abouts = append(abouts, about{s, k.Number})
				}
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO record_entry (`+sqlEntryColumns+`) VALUES `+db.Values(0, len(some), 12), args...); err != nil {
			return fmt.Errorf("write the record: %w", err)
		}
	}
	for some := range db.Chunks(abouts, aboutRows) {
		args := make([]any, 0, 3*len(some))
		for _, a := range some {
			args = append(args, a.Kind, a.ID, a.number)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO record_about (subject, subject_id, number) VALUES `+db.Values(0, len(some), 3), args...); err != nil {
			return fmt.Errorf("write the record: %w", err)
		}
	}
	return nil
}

func readHead(ctx context.Context, tx *db.Tx) (number int64, hash []byte, err error) {
	if err := tx.QueryRow(ctx, sqlHead).Scan(&number, &hash); err != nil {
		return 0, nil, fmt.Errorf("read the record's head: %w", err)
	}
	return number, hash, nil
}

func moveHead(ctx context.Context, tx *db.Tx, number int64, hash []byte) error {
	if _, err := tx.Exec(ctx, sqlHeadMove, number, hash); err != nil {
		return fmt.Errorf("move the record's head: %w", err)
	}
	return nil
}

func readEntries(ctx context.Context, tx *db.Tx, query string, args ...any) ([]Kept, error) {
	list, err := db.Collect(ctx, tx, scanEntry, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	return list, nil
}

func scanEntry(row db.Scanner) (Kept, error) {
	var k Kept
	var at int64
	var about, before, after string
	if err := row.Scan(&k.Number, &at, &k.Actor.Kind, &k.Actor.ID, &k.Actor.Name, &k.Act, &k.Subject.Kind, &k.Subject.ID,
		&about, &before, &after, &k.Hash); err != nil {
		return Kept{}, fmt.Errorf("read the record: %w", err)
	}
	k.At, k.Before, k.After = db.Time(at), json.RawMessage(before), json.RawMessage(after)
	if err := json.Unmarshal([]byte(about), &k.About); err != nil {
		return Kept{}, fmt.Errorf("read entry %d of the record: %w", k.Number, err)
	}
	return k, nil
}

// ClearTx begins the record anew. It is for taking a demonstration away, where
// nothing is real; nothing else may call it. The caller notes in the new record
// what was taken away, and the hash of its end, which ClearTx returns.
func ClearTx(ctx context.Context, tx *db.Tx) (entries int64, head []byte, err error) {
	if entries, head, err = readHead(ctx, tx); err != nil {
		return 0, nil, err
	}
	if err := db.Empty(ctx, tx, "record_about", "record_entry"); err != nil {
		return 0, nil, err
	}
	return entries, head, moveHead(ctx, tx, 0, []byte{})
}
