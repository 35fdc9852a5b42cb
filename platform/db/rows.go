package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strconv"
	"strings"
)

// Scanner is a row: *sql.Row or *sql.Rows.
type Scanner interface{ Scan(...any) error }

// Collect reads every row of a query. Use it where the query bounds its rows.
func Collect[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// One reads the one row of a query, and false when there is none.
func One[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, bool, error) {
	one, err := scan(tx.QueryRow(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		var none T
		return none, false, nil
	}
	return one, err == nil, err
}

// ScanID reads rows of one id.
func ScanID(row Scanner) (int64, error) {
	var id int64
	err := row.Scan(&id)
	return id, err
}

// Values writes rows groups of n arguments each, "($1,$2),($3,$4)", for an
// INSERT of several rows. Numbers begin behind the first after arguments.
func Values(after, rows, n int) string {
	var b strings.Builder
	b.Grow(rows * n * 6)
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(after + r*n + i + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// In writes a list of n arguments, "($1,$2,$3)", for IN. Numbers begin behind
// the first after arguments. Round n up with Padded, so that few different
// statements come about.
func In(after, n int) string { return Values(after, 1, n) }

// Padded returns keys repeated up to the next power of two, for IN lists: the
// answer is the same, and the number of different statements stays small.
func Padded[T any](keys []T) []T {
	if len(keys) == 0 {
		return nil
	}
	n := 1
	for n < len(keys) {
		n *= 2
	}
	out := make([]T, n)
	for i := range out {
		out[i] = keys[min(i, len(keys)-1)]
	}
	return out
}

// Chunks parts a list into pieces whose lengths are powers of two, at most
// most, for INSERTs of several rows: few different statements come about.
func Chunks[T any](list []T, most int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			n := 1 << (bits.Len(uint(min(len(list), most))) - 1)
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// Empty removes every row of tables, in their order: those that refer to others
// first. The names are the program's own.
func Empty(ctx context.Context, tx *Tx, tables ...string) error {
	for _, table := range tables {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
			return fmt.Errorf("empty %s: %w", table, err)
		}
	}
	return nil
}
