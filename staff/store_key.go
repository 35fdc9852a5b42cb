package staff

import (
	"context"
	"fmt"
	"strings"

	"mercat.scot/mercat/platform/db"
)

const sqlKeyColumns = `id, name, prefix, scopes, per_minute, created_at, created_by, expires_at, used_at, revoked_at`
const sqlKeys = `SELECT ` + sqlKeyColumns + ` FROM staff_key ORDER BY id DESC LIMIT 1000`
const sqlKeyByID = `SELECT ` + sqlKeyColumns + ` FROM staff_key WHERE id = $1`
const sqlKeyByToken = `SELECT ` + sqlKeyColumns + ` FROM staff_key WHERE token_hash = $1`
const sqlKeyInsert = `INSERT INTO staff_key (` + sqlKeyColumns + `, token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
const sqlKeyTouch = `UPDATE staff_key SET used_at = $1 WHERE id = $2 AND used_at < $1`
const sqlKeyRevoke = `UPDATE staff_key SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`
const sqlKeysGood = `SELECT COUNT(*) FROM staff_key WHERE revoked_at = 0 AND (expires_at = 0 OR expires_at > $1)`
const sqlKeysClear = `DELETE FROM staff_key`

func scanKey(row db.Scanner) (Key, error) {
	var k Key
	var scopes string
	var created, expires, used, revoked int64
	err := row.Scan(&k.ID, &k.Name, &k.Prefix, &scopes, &k.PerMinute, &created, &k.CreatedBy, &expires, &used, &revoked)
	for _, s := range strings.Fields(scopes) {
		k.Scopes = append(k.Scopes, Scope(s))
	}
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = db.Time(created), db.Time(expires), db.Time(used), db.Time(revoked)
	return k, err
}

func readKeys(ctx context.Context, tx *db.Tx) ([]Key, error) {
	list, err := db.Collect(ctx, tx, scanKey, sqlKeys)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return list, nil
}

func readKey(ctx context.Context, tx *db.Tx, id int64) (Key, bool, error) {
	k, found, err := db.One(ctx, tx, scanKey, sqlKeyByID, id)
	if err != nil {
		return Key{}, false, fmt.Errorf("read key %d: %w", id, err)
	}
	return k, found, nil
}

func readKeyByToken(ctx context.Context, tx *db.Tx, tokenHash string) (Key, bool, error) {
	k, found, err := db.One(ctx, tx, scanKey, sqlKeyByToken, tokenHash)
	if err != nil {
		return Key{}, false, fmt.Errorf("look for a key: %w", err)
	}
	return k, found, nil
}

func insertKey(ctx context.Context, tx *db.Tx, k Key, tokenHash string) error {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	_, err := tx.Exec(ctx, sqlKeyInsert, k.ID, k.Name, k.Prefix, strings.Join(scopes, " "), k.PerMinute, db.Micros(k.CreatedAt), k.CreatedBy,
		db.Micros(k.ExpiresAt), db.Micros(k.UsedAt), db.Micros(k.RevokedAt), tokenHash)
	if err != nil {
		return fmt.Errorf("keep a key: %w", err)
	}
	return nil
}

func touchKey(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlKeyTouch, db.Micros(tx.Now), id); err != nil {
		return fmt.Errorf("note the use of key %d: %w", id, err)
	}
	return nil
}

// revokeKey reports whether the key was good.
func revokeKey(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	n, err := tx.Exec(ctx, sqlKeyRevoke, db.Micros(tx.Now), id)
	if err != nil {
		return false, fmt.Errorf("revoke key %d: %w", id, err)
	}
	return n > 0, nil
}

func countGoodKeys(ctx context.Context, tx *db.Tx) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlKeysGood, db.Micros(tx.Now)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count keys: %w", err)
	}
	return n, nil
}
