package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlJoinedColumns = `case_id, conversation_id, person_id, who, told, counted, case_before, message_id, officer, at`
const sqlJoined = `SELECT ` + sqlJoinedColumns + ` FROM casework_conversation WHERE case_id = $1 ORDER BY at, conversation_id LIMIT $2`
const sqlJoinedOne = `SELECT ` + sqlJoinedColumns + ` FROM casework_conversation WHERE case_id = $1 AND conversation_id = $2`
const sqlJoinedInsert = `INSERT INTO casework_conversation (` + sqlJoinedColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
const sqlJoinedDelete = `DELETE FROM casework_conversation WHERE case_id = $1 AND conversation_id = $2`
const sqlDuplicatesOf = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE into_id = $1 AND into_id <> 0 AND state = 'duplicate' ORDER BY id LIMIT $2`
const sqlToldInsert = `INSERT INTO casework_told (step_id, conversation_id, message_id) VALUES ($1, $2, $3)`
const sqlToldWith = `SELECT message_id FROM casework_told WHERE step_id = $1 ORDER BY conversation_id`

func scanJoined(row db.Scanner) (Joined, error) {
	var j Joined
	var at int64
	err := row.Scan(&j.CaseID, &j.ConversationID, &j.PersonID, &j.Who, &j.Told, &j.Counted, &j.CaseBefore, &j.MessageID, &j.Officer, &at)
	j.At = db.Time(at)
	return j, err
}

// joinedList are the conversations beside that in which a case began, oldest
// first.
func joinedList(ctx context.Context, tx *db.Tx, id int64, limit int) ([]Joined, error) {
	list, err := db.Collect(ctx, tx, scanJoined, sqlJoined, id, limit)
	if err != nil {
		return nil, fmt.Errorf("read the conversations of case %d: %w", id, err)
	}
	return list, nil
}

func joinedOf(ctx context.Context, tx *db.Tx, id, conversation int64) (Joined, bool, error) {
	j, found, err := db.One(ctx, tx, scanJoined, sqlJoinedOne, id, conversation)
	if err != nil {
		return j, false, fmt.Errorf("look for conversation %d at case %d: %w", conversation, id, err)
	}
	return j, found, nil
}

func insertJoined(ctx context.Context, tx *db.Tx, j Joined) error {
	_, err := tx.Exec(ctx, sqlJoinedInsert, j.CaseID, j.ConversationID, j.PersonID, j.Who, j.Told, j.Counted, j.CaseBefore, j.MessageID, j.Officer, db.Micros(j.At))
	if err != nil {
		return fmt.Errorf("keep conversation %d at case %d: %w", j.ConversationID, j.CaseID, err)
	}
	return nil
}

func deleteJoined(ctx context.Context, tx *db.Tx, id, conversation int64) error {
	if _, err := tx.Exec(ctx, sqlJoinedDelete, id, conversation); err != nil {
		return fmt.Errorf("take conversation %d from case %d: %w", conversation, id, err)
	}
	return nil
}

// duplicatesOf are the cases that are joined into one, oldest first.
func duplicatesOf(ctx context.Context, tx *db.Tx, id int64, limit int) ([]Case, error) {
	return collectCases(ctx, tx, sqlDuplicatesOf, []any{id, int64(limit)})
}

func insertTold(ctx context.Context, tx *db.Tx, step, conversation, message int64) error {
	if _, err := tx.Exec(ctx, sqlToldInsert, step, conversation, message); err != nil {
		return fmt.Errorf("note who was told with step %d: %w", step, err)
	}
	return nil
}

// toldWith are the messages by which others were told of a step.
func toldWith(ctx context.Context, tx *db.Tx, step int64) ([]int64, error) {
	list, err := db.Collect(ctx, tx, db.ScanID, sqlToldWith, step)
	if err != nil {
		return nil, fmt.Errorf("read who was told with step %d: %w", step, err)
	}
	return list, nil
}
