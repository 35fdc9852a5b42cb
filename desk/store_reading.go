package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlReadingInsert = `INSERT INTO desk_reading (conversation_id, service_id, sure, words, others, at) VALUES `
const readingArgsCount = 6
const sqlReading = `SELECT service_id, sure, words, others, right_id, corrected_at FROM desk_reading WHERE conversation_id = $1`
const sqlReadingCorrect = `UPDATE desk_reading SET right_id = $1, corrected_at = $2, officer_id = $3 WHERE conversation_id = $4`

// begun is a reading on its way into the table.
type begun struct {
	conversation int64
	reading      Reading
}

func insertReadings(ctx context.Context, tx *db.Tx, list []begun) error {
	return inRows(ctx, tx, sqlReadingInsert, readingArgsCount, len(list), func(i int) ([]any, error) {
		r := list[i].reading
		words, err := json.Marshal(orEmpty(r.Led))
		if err != nil {
			return nil, err
		}
		others, err := json.Marshal(orEmpty(r.Others))
		return []any{list[i].conversation, r.ServiceID, r.Sure, string(words), string(others), db.Micros(tx.Now)}, err
	})
}

// orEmpty writes no list as [] and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// readingTx returns how a conversation was read, false when it was not.
func readingTx(ctx context.Context, tx *db.Tx, conversation int64) (k Kept, found bool, err error) {
	var words, others string
	var corrected int64
	err = tx.QueryRow(ctx, sqlReading, conversation).Scan(&k.ServiceID, &k.Sure, &words, &others, &k.RightID, &corrected)
	if errors.Is(err, sql.ErrNoRows) {
		return Kept{}, false, nil
	}
	if err == nil {
		k.CorrectedAt = db.Time(corrected)
		err = errors.Join(json.Unmarshal([]byte(words), &k.Led), json.Unmarshal([]byte(others), &k.Others))
	}
	if err != nil {
		return Kept{}, false, fmt.Errorf("read how conversation %d was read: %w", conversation, err)
	}
	return k, true, nil
}

func keepCorrection(ctx context.Context, tx *db.Tx, conversation, right, officer int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlReadingCorrect, right, db.Micros(at), officer, conversation); err != nil {
		return fmt.Errorf("note the correction of conversation %d: %w", conversation, err)
	}
	return nil
}

const sqlReads = `SELECT at / $1 AS week, service_id, COUNT(*), SUM(CASE WHEN corrected_at > 0 THEN 1 ELSE 0 END)
	FROM desk_reading WHERE at >= $2 GROUP BY at / $1, service_id ORDER BY week DESC, COUNT(*) DESC`

func readReads(ctx context.Context, tx *db.Tx, since time.Time) ([]Reads, error) {
	return db.Collect(ctx, tx, func(row db.Scanner) (r Reads, err error) {
		var week int64
		err = row.Scan(&week, &r.ServiceID, &r.Read, &r.Corrected)
		r.Week = db.Time(week * readsSpan.Microseconds())
		return r, err
	}, sqlReads, readsSpan.Microseconds(), db.Micros(since))
}
