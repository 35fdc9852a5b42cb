package open311

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

const sqlRequestByThread = `SELECT ` + sqlRequestColumns + ` FROM open311_request WHERE thread = $1`
const sqlRequestOfCase = `SELECT ` + sqlRequestColumns + ` FROM open311_request WHERE case_id = $1`

const sqlAnswerInsert = `INSERT INTO open311_answer (id, send_key, case_id, key_name, body, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (send_key) DO NOTHING`
const sqlAnswerEmpty = `UPDATE open311_answer SET body = '' WHERE send_key = $1`
const sqlAnswersBetween = `SELECT id, send_key, case_id, key_name, body, at FROM open311_answer WHERE key_name = $1 AND id >= $2 AND id < $3 AND body <> '' ORDER BY id LIMIT $4`

// kept is an answer that a program may fetch.
type kept struct {
	id      int64
	key     string
	caseID  int64
	keyName string
	body    string
	at      time.Time
}

func scanRequest(row db.Scanner) (r sent, err error) {
	err = row.Scan(&r.caseID, &r.keyID, &r.keyName, &r.author, &r.thread, &r.conversation)
	return r, err
}

func requestByThread(ctx context.Context, tx *db.Tx, thread network.Ref) (sent, bool, error) {
	r, found, err := db.One(ctx, tx, scanRequest, sqlRequestByThread, string(thread))
	if err != nil {
		return sent{}, false, fmt.Errorf("look for who sent a request: %w", err)
	}
	return r, found, nil
}

func requestOfCase(ctx context.Context, tx *db.Tx, id int64) (sent, bool, error) {
	r, found, err := db.One(ctx, tx, scanRequest, sqlRequestOfCase, id)
	if err != nil {
		return sent{}, false, fmt.Errorf("look for who sent a request: %w", err)
	}
	return r, found, nil
}

func insertAnswer(ctx context.Context, tx *db.Tx, a kept) error {
	if _, err := tx.Exec(ctx, sqlAnswerInsert, a.id, a.key, a.caseID, a.keyName, a.body, db.Micros(a.at)); err != nil {
		return fmt.Errorf("keep an answer for another program: %w", err)
	}
	return nil
}

func emptyAnswer(ctx context.Context, tx *db.Tx, key string) error {
	if _, err := tx.Exec(ctx, sqlAnswerEmpty, key); err != nil {
		return fmt.Errorf("take an answer to another program back: %w", err)
	}
	return nil
}

func answersBetween(ctx context.Context, tx *db.Tx, keyName string, from, to int64, limit int) ([]kept, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (a kept, err error) {
		var at int64
		err = row.Scan(&a.id, &a.key, &a.caseID, &a.keyName, &a.body, &at)
		a.at = db.Time(at)
		return a, err
	}, sqlAnswersBetween, keyName, from, to, limit)
	if err != nil {
		return nil, fmt.Errorf("read answers for another program: %w", err)
	}
	return list, nil
}
