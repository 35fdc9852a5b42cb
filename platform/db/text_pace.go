package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// pace is how long a search on PostgreSQL goes on. Words that are each in millions
// of texts and never meet in one take as long as there are texts, and somebody
// waits.
type pace struct {
	parts    int // milliseconds after which no further part is asked
	patience int // milliseconds after which a part is given up that is being asked
	walk     int // rows that are looked at one by one in its place
}

func usualPace() pace { return pace{parts: 60, patience: 250, walk: 20_000} }

// walk looks at the newest most rows before one, one by one, and adds those that
// match to ids, up to limit. It returns how far it came, and whether there may be
// more.
func (x TextIndex) walk(ctx context.Context, tx *Tx, match string, before int64, most int, ids []int64, limit int) (_ []int64, end int64, more bool, err error) {
	rows, err := Collect(ctx, tx, scanNear, x.sqlNear(most), match, before, limit-len(ids))
	if err != nil {
		return nil, 0, false, err
	}
	for _, row := range rows {
		if row.found {
			ids = append(ids, row.id)
		}
		before, more = row.id, row.last
	}
	return ids, before, more, nil
}

// canceled is the code of a statement that was stopped.
// https://www.postgresql.org/docs/15/errcodes-appendix.html
const canceled = "57014"

// patiently does something on PostgreSQL that only reads, and gives it up after
// some milliseconds: late says so, and the transaction goes on as if it had not
// been tried.
func patiently(ctx context.Context, tx *Tx, milliseconds int, f func() error) (late bool, err error) {
	if _, err := tx.tx.ExecContext(ctx, `SAVEPOINT patience`); err != nil {
		return false, fmt.Errorf("begin to be patient: %w", err)
	}
	if _, err := tx.tx.ExecContext(ctx, `SET LOCAL statement_timeout = `+strconv.Itoa(milliseconds)); err != nil {
		return false, fmt.Errorf("begin to be patient: %w", err)
	}
	err = f()
	var pg *pgconn.PgError
	if late = errors.As(err, &pg) && pg.Code == canceled && ctx.Err() == nil; err != nil && !late {
		return false, err
	}
	// With it goes the limit, and what was given up.
	if _, err := tx.tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT patience`); err != nil {
		return late, fmt.Errorf("end to be patient: %w", err)
	}
	return late, nil
}
