package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const sqlCaseByTrack = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE track = $1 AND track <> ''`
const sqlTrackSet = `UPDATE casework_case SET track = $1 WHERE id = $2 AND track = ''`
const sqlFeedbackColumns = `id, case_id, closing_id, who, answer, way, words, message_id, step_id, at, undone_at`
const sqlFeedback = `SELECT ` + sqlFeedbackColumns + ` FROM casework_feedback WHERE case_id = $1 ORDER BY id LIMIT 200`
const sqlFeedbackOn = `SELECT ` + sqlFeedbackColumns + ` FROM casework_feedback WHERE case_id = $1 AND closing_id = $2 AND who = $3`
const sqlFeedbackPut = `INSERT INTO casework_feedback (` + sqlFeedbackColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
	ON CONFLICT (case_id, closing_id, who) DO UPDATE SET answer = excluded.answer, way = excluded.way, words = excluded.words, message_id = excluded.message_id,
	step_id = excluded.step_id, at = excluded.at, undone_at = excluded.undone_at`

// errNoPage answers a reference that opens no private page.
var errNoPage = fault.New(fault.NotFound, "There is no page under this reference.")

// caseByTrack finds a case by the long reference of its private page.
func caseByTrack(ctx context.Context, tx *db.Tx, track string) (Case, error) {
	c, found, err := db.One(ctx, tx, scanCase, sqlCaseByTrack, track)
	if err != nil {
		return Case{}, fmt.Errorf("find the case of a private page: %w", err)
	}
	if !found {
		return Case{}, errNoPage
	}
	return c, nil
}

// setTrack gives an older case its private page.
func setTrack(ctx context.Context, tx *db.Tx, id int64, track string) error {
	if _, err := tx.Exec(ctx, sqlTrackSet, track, id); err != nil {
		return fmt.Errorf("give case %d a private page: %w", id, err)
	}
	return nil
}

func scanFeedback(row db.Scanner) (Feedback, error) {
	var f Feedback
	var at, undone int64
	err := row.Scan(&f.ID, &f.CaseID, &f.ClosingID, &f.Who, &f.Verdict, &f.Way, &f.Words, &f.MessageID, &f.StepID, &at, &undone)
	f.At, f.UndoneAt = db.Time(at), db.Time(undone)
	return f, err
}

// feedbackOf are the verdicts on a case, oldest first.
func feedbackOf(ctx context.Context, tx *db.Tx, id int64) ([]Feedback, error) {
	list, err := db.Collect(ctx, tx, scanFeedback, sqlFeedback, id)
	if err != nil {
		return nil, fmt.Errorf("read what citizens say of case %d: %w", id, err)
	}
	return list, nil
}

// feedbackOn is one citizen's verdict on one closing; the zero value is none.
func feedbackOn(ctx context.Context, tx *db.Tx, id, closing int64, who string) (Feedback, error) {
	f, _, err := db.One(ctx, tx, scanFeedback, sqlFeedbackOn, id, closing, who)
	if err != nil {
		return Feedback{}, fmt.Errorf("read what a citizen says of case %d: %w", id, err)
	}
	return f, nil
}

func putFeedback(ctx context.Context, tx *db.Tx, f Feedback) error {
	_, err := tx.Exec(ctx, sqlFeedbackPut, f.ID, f.CaseID, f.ClosingID, f.Who, string(f.Verdict), string(f.Way), f.Words, f.MessageID, f.StepID,
		db.Micros(f.At), db.Micros(f.UndoneAt))
	if err != nil {
		return fmt.Errorf("keep what a citizen says of case %d: %w", f.CaseID, err)
	}
	return nil
}

const sqlDoneAmong = `SELECT id, conversation_id FROM casework_case WHERE state = 'done' AND conversation_id IN %[1]s
	UNION SELECT c.id, j.conversation_id FROM casework_conversation j JOIN casework_case c ON c.id = j.case_id WHERE c.state = 'done' AND j.conversation_id IN %[1]s
	ORDER BY 1 DESC`

// doneAmong are the done cases of some conversations, the newest first.
func doneAmong(ctx context.Context, tx *db.Tx, conversations []int64) ([]doneCase, error) {
	padded := db.Padded(conversations)
	scan := func(row db.Scanner) (d doneCase, err error) {
		err = row.Scan(&d.id, &d.conversation)
		return d, err
	}
	list, err := db.Collect(ctx, tx, scan, fmt.Sprintf(sqlDoneAmong, db.In(0, len(padded))), anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("look for closed cases of conversations: %w", err)
	}
	return list, nil
}
