package backoffice

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlPushColumns = `case_id, office_id, code, state, remote_id, token, attempts, next_at, asked_at, trouble, status, status_at`
const sqlPushInsert = `INSERT INTO backoffice_push (` + sqlPushColumns + `, closed, checked_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, FALSE, 0, $13) ON CONFLICT (case_id) DO NOTHING`
const sqlPushUpdate = `UPDATE backoffice_push SET state = $1, remote_id = $2, token = $3, attempts = $4, next_at = $5, asked_at = $6, trouble = $7, status = $8, status_at = $9, closed = $10 WHERE case_id = $11`
const sqlPushOf = `SELECT ` + sqlPushColumns + ` FROM backoffice_push WHERE case_id = $1`
const sqlPushByRemote = `SELECT ` + sqlPushColumns + ` FROM backoffice_push WHERE office_id = $1 AND remote_id = $2 AND remote_id <> ''`
const sqlPushDue = `SELECT ` + sqlPushColumns + ` FROM backoffice_push WHERE office_id = $1 AND state = $2 AND next_at <= $3 ORDER BY next_at, case_id LIMIT 1`
const sqlPushUnderWay = `SELECT COUNT(*) FROM backoffice_push WHERE office_id = $1 AND state IN ('asked', 'token', 'waiting')`
const sqlPushCounts = `SELECT state, COUNT(*) FROM backoffice_push WHERE office_id = $1 GROUP BY state`
const sqlPushHasten = `UPDATE backoffice_push SET next_at = $1 WHERE office_id = $2 AND state = 'waiting' AND next_at > $3`
const sqlPushAgain = `UPDATE backoffice_push SET state = 'waiting', attempts = 0, next_at = $1, trouble = '' WHERE office_id = $2 AND state = 'refused'`
const sqlPushesIn = `SELECT ` + sqlPushColumns + ` FROM backoffice_push WHERE office_id = $1 AND state = $2 ORDER BY next_at, case_id LIMIT $3`
const sqlPushCheckable = `SELECT ` + sqlPushColumns + ` FROM backoffice_push WHERE office_id = $1 AND state = 'pushed' AND remote_id <> ''
	AND (closed = FALSE OR status_at >= $2) ORDER BY checked_at, case_id LIMIT $3`
const sqlPushChecked = `UPDATE backoffice_push SET checked_at = $1 WHERE case_id = $2`

func scanPush(row db.Scanner) (p Push, err error) {
	var next, asked, status int64
	err = row.Scan(&p.CaseID, &p.OfficeID, &p.Code, &p.State, &p.RemoteID, &p.Token, &p.Attempts, &next, &asked, &p.Trouble, &p.Status, &status)
	p.NextAt, p.AskedAt, p.StatusAt = db.Time(next), db.Time(asked), db.Time(status)
	return p, err
}

// insertPush puts a case on its way; false when it is already.
func insertPush(ctx context.Context, tx *db.Tx, p Push) (bool, error) {
	n, err := tx.Exec(ctx, sqlPushInsert, p.CaseID, p.OfficeID, p.Code, string(p.State), p.RemoteID, p.Token, p.Attempts, db.Micros(p.NextAt), db.Micros(p.AskedAt), p.Trouble, p.Status,
		db.Micros(p.StatusAt), db.Micros(tx.Now))
	if err != nil {
		return false, fmt.Errorf("put case %d on its way to a back office: %w", p.CaseID, err)
	}
	return n == 1, nil
}

func updatePush(ctx context.Context, tx *db.Tx, p Push) error {
	if _, err := tx.Exec(ctx, sqlPushUpdate, string(p.State), p.RemoteID, p.Token, p.Attempts, db.Micros(p.NextAt), db.Micros(p.AskedAt), p.Trouble, p.Status, db.Micros(p.StatusAt), p.closed(), p.CaseID); err != nil {
		return fmt.Errorf("note how far case %d is on its way: %w", p.CaseID, err)
	}
	return nil
}

func onePush(ctx context.Context, tx *db.Tx, query string, args ...any) (Push, bool, error) {
	p, found, err := db.One(ctx, tx, scanPush, query, args...)
	if err != nil {
		return Push{}, false, fmt.Errorf("look for a case on its way: %w", err)
	}
	return p, found, nil
}

func pushOf(ctx context.Context, tx *db.Tx, id int64) (Push, bool, error) {
	return onePush(ctx, tx, sqlPushOf, id)
}

func pushByRemote(ctx context.Context, tx *db.Tx, office int64, remote string) (Push, bool, error) {
	return onePush(ctx, tx, sqlPushByRemote, office, remote)
}

// duePush is what of an office is due first.
func duePush(ctx context.Context, tx *db.Tx, office int64, now time.Time) (first Push, found bool, err error) {
	for _, state := range []PushState{Asked, Token, Waiting} {
		p, due, err := onePush(ctx, tx, sqlPushDue, office, string(state), db.Micros(now))
		if err != nil {
			return Push{}, false, err
		}
		if due && (!found || p.NextAt.Before(first.NextAt)) {
			first, found = p, true
		}
	}
	return first, found, nil
}

// underWay reports whether something is on its way of which no id is known.
func underWay(ctx context.Context, tx *db.Tx, office int64) (bool, error) {
	n, err := db.ScanID(tx.QueryRow(ctx, sqlPushUnderWay, office))
	if err != nil {
		return false, fmt.Errorf("count what is on its way: %w", err)
	}
	return n > 0, nil
}

func countPushes(ctx context.Context, tx *db.Tx, office int64) (map[PushState]int64, error) {
	type count struct {
		state PushState
		n     int64
	}
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (c count, err error) {
		err = row.Scan(&c.state, &c.n)
		return c, err
	}, sqlPushCounts, office)
	if err != nil {
		return nil, fmt.Errorf("count what is on its way: %w", err)
	}
	counts := map[PushState]int64{}
	for _, c := range list {
		counts[c.state] = c.n
	}
	return counts, nil
}

// hastenPushes lets what waits be sent at once.
func hastenPushes(ctx context.Context, tx *db.Tx, office int64, now time.Time) error {
	if _, err := tx.Exec(ctx, sqlPushHasten, db.Micros(now), office, db.Micros(now)); err != nil {
		return fmt.Errorf("hasten what waits: %w", err)
	}
	return nil
}

func againPushes(ctx context.Context, tx *db.Tx, office int64, now time.Time) (int64, error) {
	n, err := tx.Exec(ctx, sqlPushAgain, db.Micros(now), office)
	if err != nil {
		return 0, fmt.Errorf("send again what was refused: %w", err)
	}
	return n, nil
}

func pushesIn(ctx context.Context, tx *db.Tx, office int64, state PushState, limit int) ([]Push, error) {
	list, err := db.Collect(ctx, tx, scanPush, sqlPushesIn, office, string(state), limit)
	if err != nil {
		return nil, fmt.Errorf("list what is on its way: %w", err)
	}
	return list, nil
}

// checkable are requests of which the status is asked for, those that were asked
// for longest ago first.
func checkable(ctx context.Context, tx *db.Tx, office int64, since time.Time, limit int) ([]Push, error) {
	list, err := db.Collect(ctx, tx, scanPush, sqlPushCheckable, office, db.Micros(since), limit)
	if err != nil {
		return nil, fmt.Errorf("list what is followed: %w", err)
	}
	return list, nil
}

func noteChecked(ctx context.Context, tx *db.Tx, id int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlPushChecked, db.Micros(at), id); err != nil {
		return fmt.Errorf("note that case %d was asked for: %w", id, err)
	}
	return nil
}
