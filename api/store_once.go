package api

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlOnce = `SELECT request_hash, answer, version, created_at FROM api_once WHERE key_id = $1 AND name = $2`
const sqlOncePut = `INSERT INTO api_once (key_id, name, request_hash, answer, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (key_id, name) DO UPDATE SET request_hash = excluded.request_hash, answer = excluded.answer, version = excluded.version, created_at = excluded.created_at`
const sqlOnceForget = `DELETE FROM api_once WHERE created_at < $1`

// done is what a request with an Idempotency-Key has done already.
type done struct {
	hash    string
	answer  []byte
	version int64
	at      time.Time
}

func readDone(ctx context.Context, tx *db.Tx, key int64, name string) (done, bool, error) {
	d, found, err := db.One(ctx, tx, func(row db.Scanner) (d done, err error) {
		var answer string
		var at int64
		err = row.Scan(&d.hash, &answer, &d.version, &at)
		d.answer, d.at = []byte(answer), db.Time(at)
		return d, err
	}, sqlOnce, key, name)
	if err != nil {
		return done{}, false, fmt.Errorf("look for an earlier request: %w", err)
	}
	return d, found, nil
}

func putDone(ctx context.Context, tx *db.Tx, key int64, name string, d done) error {
	if _, err := tx.Exec(ctx, sqlOncePut, key, name, d.hash, string(d.answer), d.version, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("keep the answer to a request: %w", err)
	}
	return nil
}

func forgetDone(ctx context.Context, tx *db.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, sqlOnceForget, db.Micros(before)); err != nil {
		return fmt.Errorf("forget answers to requests: %w", err)
	}
	return nil
}
