package casework

import (
	"context"
	"fmt"
	"math"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
)

const sqlCaseByReference = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE reference = $1`

// sqlOpenCases are the open cases, newest first, by one of the partial indexes.
const sqlOpenCases = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE ended_at = 0 AND (created_at, id) < ($1, $2)`
const sqlOpenOrder = ` ORDER BY created_at DESC, id DESC LIMIT $3`

const sqlSalt = `SELECT salt FROM casework_salt WHERE day = $1`
const sqlSaltForget = `DELETE FROM casework_salt WHERE day <> $1`
const sqlSaltInsert = `INSERT INTO casework_salt (day, salt) VALUES ($1, $2)`
const sqlMeTooInsert = `INSERT INTO casework_me_too (case_id, hash, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
const sqlMeTooForget = `DELETE FROM casework_me_too WHERE at < $1`
const sqlMeTooCount = `UPDATE casework_case SET me_too = me_too + 1 WHERE id = $1`

func caseByReference(ctx context.Context, tx *db.Tx, reference string) (Case, error) {
	c, found, err := db.One(ctx, tx, scanCase, sqlCaseByReference, reference)
	if err != nil {
		return Case{}, fmt.Errorf("find a case by its reference: %w", err)
	}
	if !found {
		return Case{}, errNoReport
	}
	return c, nil
}

func openCasesQuery(q PublicQuery, before Key, limit int) (string, []any) {
	at, id := int64(math.MaxInt64), int64(math.MaxInt64)
	if before.ID != 0 {
		at, id = db.Micros(before.At), before.ID
	}
	query, args := sqlOpenCases, []any{at, id, int64(limit)}
	switch {
	case q.ServiceID != 0 && q.AreaID != 0:
		query, args = query+" AND service_id = $4 AND area_id = $5", append(args, q.ServiceID, q.AreaID)
	case q.ServiceID != 0:
		query, args = query+" AND service_id = $4", append(args, q.ServiceID)
	case q.AreaID != 0:
		query, args = query+" AND area_id = $4", append(args, q.AreaID)
	}
	return query + sqlOpenOrder, args
}

// openCases reads open cases, newest first, from a key on.
func openCases(ctx context.Context, tx *db.Tx, q PublicQuery, before Key, limit int) ([]Case, error) {
	query, args := openCasesQuery(q, before, limit)
	return collectCases(ctx, tx, query, args)
}

// saltOf is the salt of a day; those of other days are thrown away.
func saltOf(ctx context.Context, tx *db.Tx, day string) (string, error) {
	scan := func(row db.Scanner) (salt string, err error) {
		err = row.Scan(&salt)
		return salt, err
	}
	salt, found, err := db.One(ctx, tx, scan, sqlSalt, day)
	if err != nil {
		return "", fmt.Errorf("read the salt of the day: %w", err)
	}
	if found {
		return salt, nil
	}
	if _, err := tx.Exec(ctx, sqlSaltForget, day); err != nil {
		return "", fmt.Errorf("throw the salts of other days away: %w", err)
	}
	salt = secret.Token(32)
	if _, err := tx.Exec(ctx, sqlSaltInsert, day, salt); err != nil {
		return "", fmt.Errorf("keep the salt of the day: %w", err)
	}
	return salt, nil
}

// insertMeToo notes a tap, and reports whether it is the first of its hash.
func insertMeToo(ctx context.Context, tx *db.Tx, id int64, hash string) (bool, error) {
	n, err := tx.Exec(ctx, sqlMeTooInsert, id, hash, db.Micros(tx.Now))
	if err != nil {
		return false, fmt.Errorf("note one more for case %d: %w", id, err)
	}
	return n > 0, nil
}

func forgetMeToo(ctx context.Context, tx *db.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, sqlMeTooForget, db.Micros(before)); err != nil {
		return fmt.Errorf("forget who said me too: %w", err)
	}
	return nil
}

func countMeToo(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlMeTooCount, id); err != nil {
		return fmt.Errorf("count one more for case %d: %w", id, err)
	}
	return nil
}

const sqlReferences = `SELECT id, reference FROM casework_case WHERE id IN `

// references are those of some cases.
func (s *Service) references(ctx context.Context, ids []int64) (map[int64]string, error) {
	found := map[int64]string{}
	if len(ids) == 0 {
		return found, nil
	}
	scan := func(row db.Scanner) (c Case, err error) {
		err = row.Scan(&c.ID, &c.Reference)
		return c, err
	}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		padded := db.Padded(ids)
		list, err := db.Collect(ctx, tx, scan, sqlReferences+db.In(0, len(padded)), anys(padded)...)
		if err != nil {
			return fmt.Errorf("read references: %w", err)
		}
		for _, c := range list {
			found[c.ID] = c.Reference
		}
		return nil
	})
	return found, err
}
