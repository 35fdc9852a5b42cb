package casework

import (
	"context"
	"encoding/json"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlAnswers = `SELECT code, answer, origin, message_id, who, at, was FROM casework_answer WHERE case_id = $1 ORDER BY code`
const sqlAnswerPut = `INSERT INTO casework_answer (case_id, code, answer, origin, message_id, who, at, was) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (case_id, code) DO UPDATE SET answer = excluded.answer, origin = excluded.origin, message_id = excluded.message_id,
	who = excluded.who, at = excluded.at, was = excluded.was`
const sqlAnswerDelete = `DELETE FROM casework_answer WHERE case_id = $1 AND code = $2`

const sqlAskingOf = `SELECT case_id, conversation_id, codes, back, asked_at FROM casework_asking WHERE conversation_id = $1 ORDER BY case_id`
const sqlAskingPut = `INSERT INTO casework_asking (case_id, conversation_id, codes, back, asked_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (case_id) DO UPDATE SET codes = excluded.codes, back = excluded.back, asked_at = excluded.asked_at`
const sqlAskingByCase = `SELECT case_id, conversation_id, codes, back, asked_at FROM casework_asking WHERE case_id = $1`
const sqlAskingDelete = `DELETE FROM casework_asking WHERE case_id = $1`
const sqlAskingAmong = `SELECT DISTINCT conversation_id FROM casework_asking WHERE conversation_id IN `
const sqlHeardPut = `INSERT INTO casework_heard (case_id, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

// keptAnswer is how an answer before another is kept.
type keptAnswer struct {
	Values    []string `json:"values"`
	Origin    Origin   `json:"origin"`
	MessageID int64    `json:"message,omitempty"`
	Who       string   `json:"who"`
	At        int64    `json:"at"`
}

func scanAnswer(row db.Scanner) (Answer, error) {
	var a Answer
	var values, was string
	var at int64
	if err := row.Scan(&a.Code, &values, &a.Origin, &a.MessageID, &a.Who, &at, &was); err != nil {
		return a, err
	}
	a.At = db.Time(at)
	if err := json.Unmarshal([]byte(values), &a.Values); err != nil {
		return a, err
	}
	if was == "" {
		return a, nil
	}
	var k keptAnswer
	if err := json.Unmarshal([]byte(was), &k); err != nil {
		return a, err
	}
	a.Was = &Answer{Code: a.Code, Values: k.Values, Origin: k.Origin, MessageID: k.MessageID, Who: k.Who, At: db.Time(k.At)}
	return a, nil
}

func answersOf(ctx context.Context, tx *db.Tx, id int64) (answers, error) {
	list, err := db.Collect(ctx, tx, scanAnswer, sqlAnswers, id)
	if err != nil {
		return nil, fmt.Errorf("read the answers of case %d: %w", id, err)
	}
	all := make(answers, len(list))
	for _, a := range list {
		all[a.Code] = a
	}
	return all, nil
}

func putAnswer(ctx context.Context, tx *db.Tx, id int64, a Answer) error {
	values, err := json.Marshal(a.Values)
	if err != nil {
		return fmt.Errorf("keep an answer of case %d: %w", id, err)
	}
	was := ""
	if a.Was != nil {
		b, err := json.Marshal(keptAnswer{a.Was.Values, a.Was.Origin, a.Was.MessageID, a.Was.Who, db.Micros(a.Was.At)})
		if err != nil {
			return fmt.Errorf("keep an answer of case %d: %w", id, err)
		}
		was = string(b)
	}
	if _, err := tx.Exec(ctx, sqlAnswerPut, id, a.Code, string(values), string(a.Origin), a.MessageID, a.Who, db.Micros(a.At), was); err != nil {
		return fmt.Errorf("keep an answer of case %d: %w", id, err)
	}
	return nil
}

func deleteAnswer(ctx context.Context, tx *db.Tx, id int64, code string) error {
	if _, err := tx.Exec(ctx, sqlAnswerDelete, id, code); err != nil {
		return fmt.Errorf("take an answer of case %d away: %w", id, err)
	}
	return nil
}

func scanAsking(row db.Scanner) (asking, error) {
	var a asking
	var codes string
	var at int64
	if err := row.Scan(&a.CaseID, &a.ConversationID, &codes, &a.Back, &at); err != nil {
		return a, err
	}
	a.At = db.Time(at)
	return a, json.Unmarshal([]byte(codes), &a.Codes)
}

func askingsOf(ctx context.Context, tx *db.Tx, conversation int64) ([]asking, error) {
	list, err := db.Collect(ctx, tx, scanAsking, sqlAskingOf, conversation)
	if err != nil {
		return nil, fmt.Errorf("read what was asked in conversation %d: %w", conversation, err)
	}
	return list, nil
}

func askingOf(ctx context.Context, tx *db.Tx, id int64) (asking, bool, error) {
	a, found, err := db.One(ctx, tx, scanAsking, sqlAskingByCase, id)
	if err != nil {
		return asking{}, false, fmt.Errorf("read what was asked about case %d: %w", id, err)
	}
	return a, found, nil
}

// askingAmong are those of some conversations in which something was asked.
func askingAmong(ctx context.Context, tx *db.Tx, conversations []int64) (map[int64]bool, error) {
	asked := map[int64]bool{}
	for chunk := range db.Chunks(conversations, 256) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = id
		}
		list, err := db.Collect(ctx, tx, db.ScanID, sqlAskingAmong+db.Values(0, 1, len(chunk)), args...)
		if err != nil {
			return nil, fmt.Errorf("look for questions that wait for an answer: %w", err)
		}
		for _, id := range list {
			asked[id] = true
		}
	}
	return asked, nil
}

func putAsking(ctx context.Context, tx *db.Tx, a asking) error {
	codes, err := json.Marshal(a.Codes)
	if err == nil {
		_, err = tx.Exec(ctx, sqlAskingPut, a.CaseID, a.ConversationID, string(codes), string(a.Back), db.Micros(a.At))
	}
	if err != nil {
		return fmt.Errorf("note what was asked about case %d: %w", a.CaseID, err)
	}
	return nil
}

func deleteAsking(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlAskingDelete, id); err != nil {
		return fmt.Errorf("note that nothing is asked about case %d any more: %w", id, err)
	}
	return nil
}

// putHeard notes that a reply was looked at; false when it had been before.
func putHeard(ctx context.Context, tx *db.Tx, id, message int64) (bool, error) {
	n, err := tx.Exec(ctx, sqlHeardPut, id, message)
	if err != nil {
		return false, fmt.Errorf("note a reply about case %d: %w", id, err)
	}
	return n == 1, nil
}
