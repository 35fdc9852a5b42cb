package staff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlSessionColumns = `id, officer_id, created_at, used_at, agent, address`
const sqlSessionByToken = `SELECT ` + sqlSessionColumns + ` FROM staff_session WHERE token_hash = $1`
const sqlSessionsOf = `SELECT ` + sqlSessionColumns + ` FROM staff_session WHERE officer_id = $1 ORDER BY used_at DESC, id DESC`
const sqlSessionInsert = `INSERT INTO staff_session (id, token_hash, officer_id, created_at, used_at, agent, address) VALUES ($1, $2, $3, $4, $5, $6, $7)`
const sqlSessionTouch = `UPDATE staff_session SET used_at = $1 WHERE id = $2 AND used_at < $1`
const sqlSessionEnd = `DELETE FROM staff_session WHERE id = $1 AND officer_id = $2`
const sqlSessionsEnd = `DELETE FROM staff_session WHERE officer_id = $1 AND id <> $2`
const sqlSessionsPrune = `DELETE FROM staff_session WHERE created_at < $1 OR (officer_id = $2 AND (used_at < $3 OR id IN (
	SELECT id FROM staff_session WHERE officer_id = $2 ORDER BY used_at DESC, id DESC LIMIT 1000 OFFSET $4)))`

const sqlBrowserKnown = `SELECT COUNT(*) FROM staff_browser b JOIN staff_officer o ON o.id = b.officer_id WHERE o.email = $1 AND b.token_hash = $2 AND b.used_at > $3`
const sqlBrowserPut = `INSERT INTO staff_browser (officer_id, token_hash, used_at) VALUES ($1, $2, $3)
	ON CONFLICT (officer_id, token_hash) DO UPDATE SET used_at = excluded.used_at`
const sqlBrowsersForget = `DELETE FROM staff_browser WHERE officer_id = $1`
const sqlBrowsersPrune = `DELETE FROM staff_browser WHERE used_at < $1 OR (officer_id = $2 AND token_hash IN (
	SELECT token_hash FROM staff_browser WHERE officer_id = $2 ORDER BY used_at DESC, token_hash LIMIT 1000 OFFSET $3))`

const sqlLinkPut = `INSERT INTO staff_link (officer_id, token_hash, purpose, expires_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (officer_id) DO UPDATE SET token_hash = excluded.token_hash, purpose = excluded.purpose, expires_at = excluded.expires_at`
const sqlLinkByToken = `SELECT officer_id, purpose, expires_at FROM staff_link WHERE token_hash = $1`
const sqlLinkDelete = `DELETE FROM staff_link WHERE officer_id = $1`

const sqlFailures = `SELECT failures, last_at FROM staff_failure WHERE bucket = $1`
const sqlFailuresPut = `INSERT INTO staff_failure (bucket, failures, last_at) VALUES ($1, $2, $3)
	ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at`
const sqlFailuresDelete = `DELETE FROM staff_failure WHERE bucket = $1`

func scanSession(row db.Scanner) (Session, error) {
	var s Session
	var created, used int64
	err := row.Scan(&s.ID, &s.OfficerID, &created, &used, &s.Agent, &s.Address)
	s.CreatedAt, s.UsedAt = db.Time(created), db.Time(used)
	return s, err
}

// readSession returns false when no session has the token.
func readSession(ctx context.Context, tx *db.Tx, tokenHash string) (Session, bool, error) {
	s, err := scanSession(tx.QueryRow(ctx, sqlSessionByToken, tokenHash))
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, fmt.Errorf("read session: %w", err)
	}
	return s, true, nil
}

func readSessions(ctx context.Context, tx *db.Tx, officer int64) ([]Session, error) {
	list, err := db.Collect(ctx, tx, scanSession, sqlSessionsOf, officer)
	if err != nil {
		return nil, fmt.Errorf("read sessions of officer %d: %w", officer, err)
	}
	return list, nil
}

// insertSession keeps a session, and removes what has run out or is too many.
func insertSession(ctx context.Context, tx *db.Tx, s Session, tokenHash string) error {
	_, err := tx.Exec(ctx, sqlSessionsPrune, db.Micros(s.CreatedAt.Add(-sessionFor)), s.OfficerID, db.Micros(s.CreatedAt.Add(-idleFor)), maxSessions-1)
	if err != nil {
		return fmt.Errorf("remove sessions that have ended: %w", err)
	}
	_, err = tx.Exec(ctx, sqlSessionInsert, s.ID, tokenHash, s.OfficerID, db.Micros(s.CreatedAt), db.Micros(s.UsedAt), s.Agent, s.Address)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

func touchSession(ctx context.Context, tx *db.Tx, id int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlSessionTouch, db.Micros(at), id); err != nil {
		return fmt.Errorf("touch session %d: %w", id, err)
	}
	return nil
}

// endSession reports whether there was such a session.
func endSession(ctx context.Context, tx *db.Tx, id, officer int64) (bool, error) {
	n, err := tx.Exec(ctx, sqlSessionEnd, id, officer)
	if err != nil {
		return false, fmt.Errorf("end session %d: %w", id, err)
	}
	return n > 0, nil
}

// endSessions ends all of an officer's sessions but one (0 for none), and says
// how many. Their browsers are strangers from then on.
func endSessions(ctx context.Context, tx *db.Tx, officer, but int64) (int64, error) {
	n, err := tx.Exec(ctx, sqlSessionsEnd, officer, but)
	if err == nil {
		_, err = tx.Exec(ctx, sqlBrowsersForget, officer)
	}
	if err != nil {
		return 0, fmt.Errorf("end sessions of officer %d: %w", officer, err)
	}
	return n, nil
}

// browserKnown reports whether the officer with an address has signed in in a
// browser since a time.
func browserKnown(ctx context.Context, tx *db.Tx, email, tokenHash string, since time.Time) (bool, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlBrowserKnown, email, tokenHash, db.Micros(since)).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a known browser: %w", err)
	}
	return n > 0, nil
}

// putBrowser keeps that an officer signed in in a browser, and forgets those of
// long ago or too many.
func putBrowser(ctx context.Context, tx *db.Tx, officer int64, tokenHash string) error {
	_, err := tx.Exec(ctx, sqlBrowserPut, officer, tokenHash, db.Micros(tx.Now))
	if err == nil {
		_, err = tx.Exec(ctx, sqlBrowsersPrune, db.Micros(tx.Now.Add(-knownFor)), officer, maxBrowsers)
	}
	if err != nil {
		return fmt.Errorf("keep a known browser of officer %d: %w", officer, err)
	}
	return nil
}

func putLink(ctx context.Context, tx *db.Tx, l Link, tokenHash string) error {
	if _, err := tx.Exec(ctx, sqlLinkPut, l.OfficerID, tokenHash, string(l.Purpose), db.Micros(l.ExpiresAt)); err != nil {
		return fmt.Errorf("put link for officer %d: %w", l.OfficerID, err)
	}
	return nil
}

// readLink returns false when no link has the token.
func readLink(ctx context.Context, tx *db.Tx, tokenHash string) (Link, bool, error) {
	var l Link
	var expires int64
	err := tx.QueryRow(ctx, sqlLinkByToken, tokenHash).Scan(&l.OfficerID, &l.Purpose, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, false, nil
	}
	if err != nil {
		return Link{}, false, fmt.Errorf("read link: %w", err)
	}
	l.ExpiresAt = db.Time(expires)
	return l, true, nil
}

func deleteLink(ctx context.Context, tx *db.Tx, officer int64) error {
	if _, err := tx.Exec(ctx, sqlLinkDelete, officer); err != nil {
		return fmt.Errorf("delete link of officer %d: %w", officer, err)
	}
	return nil
}

func readFailures(ctx context.Context, tx *db.Tx, bucket int64) (failures, error) {
	var f failures
	var last int64
	err := tx.QueryRow(ctx, sqlFailures, bucket).Scan(&f.count, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return failures{}, fmt.Errorf("read failures to sign in: %w", err)
	}
	f.last = db.Time(last)
	return f, nil
}

func putFailures(ctx context.Context, tx *db.Tx, bucket int64, f failures) error {
	if _, err := tx.Exec(ctx, sqlFailuresPut, bucket, f.count, db.Micros(f.last)); err != nil {
		return fmt.Errorf("count a failure to sign in: %w", err)
	}
	return nil
}

func forgetFailures(ctx context.Context, tx *db.Tx, bucket int64) error {
	if _, err := tx.Exec(ctx, sqlFailuresDelete, bucket); err != nil {
		return fmt.Errorf("forget failures to sign in: %w", err)
	}
	return nil
}
