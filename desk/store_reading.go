package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlReadingInsert = `INSERT INTO desk_reading (conversation_id, service_id, sure, words, others, at, urgency, no_need, tone) VALUES `
const readingArgsCount = 9
const sqlReading = `SELECT service_id, sure, words, others, right_id, corrected_at, urgency, no_need, tone FROM desk_reading WHERE conversation_id = $1`
const sqlReadingCorrect = `UPDATE desk_reading SET right_id = $1, corrected_at = $2, officer_id = $3 WHERE conversation_id = $4`
const sqlReadingUrgency = `UPDATE desk_reading SET right_urgency = $1, urgency_at = $2 WHERE conversation_id = $3`

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
		return []any{list[i].conversation, r.ServiceID, r.Sure, string(words), string(others), db.Micros(tx.Now), int64(r.Urgency), flag(r.NoNeed), r.Tone}, err
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
	var corrected, noNeed int64
	err = tx.QueryRow(ctx, sqlReading, conversation).Scan(&k.ServiceID, &k.Sure, &words, &others, &k.RightID, &corrected, &k.Urgency, &noNeed, &k.Tone)
	if errors.Is(err, sql.ErrNoRows) {
		return Kept{}, false, nil
	}
	if err == nil {
		k.CorrectedAt, k.NoNeed = db.Time(corrected), noNeed != 0
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

func keepUrgency(ctx context.Context, tx *db.Tx, conversation int64, u Urgency, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlReadingUrgency, int64(u), db.Micros(at), conversation); err != nil {
		return fmt.Errorf("note how urgent conversation %d is: %w", conversation, err)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Lessons stand behind three keys: corrections of the service, of the urgency,
// and the newest readings, of which those count that somebody has dealt with.
const sqlLessonColumns = `SELECT r.conversation_id, r.service_id, r.right_id, r.corrected_at, r.right_urgency, r.urgency_at, m.subject, m.body `
const sqlLessonMessage = ` JOIN desk_message m ON m.id = (SELECT id FROM desk_message WHERE conversation_id = r.conversation_id AND direction = 'in' ORDER BY at, id LIMIT 1)`
const sqlLessonsCorrected = sqlLessonColumns + `FROM (SELECT * FROM desk_reading WHERE corrected_at > 0 ORDER BY corrected_at DESC LIMIT $1) AS r` + sqlLessonMessage
const sqlLessonsUrged = sqlLessonColumns + `FROM (SELECT * FROM desk_reading WHERE urgency_at > 0 ORDER BY urgency_at DESC LIMIT $1) AS r` + sqlLessonMessage
const sqlLessonsLeft = sqlLessonColumns + `FROM (SELECT * FROM desk_reading ORDER BY at DESC LIMIT $1) AS r
	JOIN desk_conversation c ON c.id = r.conversation_id AND c.state IN ('waiting', 'closed') AND c.service_id = r.service_id` + sqlLessonMessage + `
	WHERE r.corrected_at = 0 AND r.service_id > 0`

func readLessons(ctx context.Context, tx *db.Tx, most int) ([]Lesson, error) {
	type numbered struct {
		conversation int64
		lesson       Lesson
	}
	scan := func(row db.Scanner) (n numbered, err error) {
		var read, right, corrected, urged int64
		var subject, body string
		err = row.Scan(&n.conversation, &read, &right, &corrected, &n.lesson.Urgency, &urged, &subject, &body)
		n.lesson.Chosen, n.lesson.Urged, n.lesson.ServiceID = corrected > 0, urged > 0, read
		if corrected > 0 {
			n.lesson.ServiceID = right
		}
		n.lesson.Text = subject + "\n" + body
		return n, err
	}
	byConversation := map[int64]Lesson{}
	for _, query := range []string{sqlLessonsCorrected, sqlLessonsUrged, sqlLessonsLeft} { // what was left comes last, for it knows more of the same
		list, err := db.Collect(ctx, tx, scan, query, most)
		if err != nil {
			return nil, fmt.Errorf("read lessons: %w", err)
		}
		for _, n := range list {
			n.lesson.Left = query == sqlLessonsLeft
			byConversation[n.conversation] = n.lesson
		}
	}
	list := make([]Lesson, 0, len(byConversation))
	for _, id := range slices.Sorted(maps.Keys(byConversation)) {
		list = append(list, byConversation[id])
	}
	return list, nil
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
