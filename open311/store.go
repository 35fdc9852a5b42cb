package open311

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

const sqlOnce = `SELECT digest, case_id, created_at FROM open311_once WHERE key_id = $1 AND name = $2`
const sqlOncePut = `INSERT INTO open311_once (key_id, name, digest, case_id, created_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (key_id, name) DO UPDATE SET digest = excluded.digest, case_id = excluded.case_id, created_at = excluded.created_at`
const sqlOnceForget = `DELETE FROM open311_once WHERE created_at < $1`

const sqlRequestColumns = `case_id, key_id, key_name, author, thread, conversation_id`
const sqlRequestInsert = `INSERT INTO open311_request (` + sqlRequestColumns + `, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// sent is a request that came in, and who sent it.
type sent struct {
	caseID, keyID int64
	keyName       string
	author        string
	thread        network.Ref
	conversation  int64
}

// once is a request that may come again.
type once struct {
	digest string
	caseID int64
	at     time.Time
}

func readOnce(ctx context.Context, tx *db.Tx, key int64, name string) (once, bool, error) {
	o, found, err := db.One(ctx, tx, func(row db.Scanner) (o once, err error) {
		var at int64
		err = row.Scan(&o.digest, &o.caseID, &at)
		o.at = db.Time(at)
		return o, err
	}, sqlOnce, key, name)
	if err != nil {
		return once{}, false, fmt.Errorf("look for the same request: %w", err)
	}
	return o, found, nil
}

func putOnce(ctx context.Context, tx *db.Tx, key int64, name string, o once) error {
	if _, err := tx.Exec(ctx, sqlOncePut, key, name, o.digest, o.caseID, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("note a request: %w", err)
	}
	return nil
}

func forgetOnce(ctx context.Context, tx *db.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, sqlOnceForget, db.Micros(before)); err != nil {
		return fmt.Errorf("forget requests: %w", err)
	}
	return nil
}

func insertRequest(ctx context.Context, tx *db.Tx, r sent) error {
	if _, err := tx.Exec(ctx, sqlRequestInsert, r.caseID, r.keyID, r.keyName, r.author, string(r.thread), r.conversation, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("note who sent a request: %w", err)
	}
	return nil
}

// ClearTx removes everything of this room. It is for taking a demonstration
// away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx, "open311_once", "open311_answer", "open311_request")
}
