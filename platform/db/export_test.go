package db

import "context"

// SearchStopping is Search that stops at the first chance.
func (x TextIndex) SearchStopping(ctx context.Context, tx *Tx, terms []Term, before int64, limit int) (ids []int64, rest int64, err error) {
	p := usualPace()
	p.parts = 0
	return x.search(ctx, tx, terms, before, limit, p)
}

// SearchHurried is Search that gives each part up after a millisecond, and looks
// at some rows in its place.
func (x TextIndex) SearchHurried(ctx context.Context, tx *Tx, terms []Term, before int64, limit int) (ids []int64, rest int64, err error) {
	return x.search(ctx, tx, terms, before, limit, pace{parts: 0, patience: 1, walk: 97})
}

// WalkAlone is Search as it goes when every part is given up.
func (x TextIndex) WalkAlone(ctx context.Context, tx *Tx, terms []Term, before int64, most, limit int) (ids []int64, rest int64, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	ids, end, more, err := x.walk(ctx, tx, tsquery(terms), before, most, nil, limit)
	if !more {
		end = 0
	}
	return ids, end, err
}

// Patiently is patiently.
func Patiently(ctx context.Context, tx *Tx, milliseconds int, f func() error) (late bool, err error) {
	return patiently(ctx, tx, milliseconds, f)
}

// SearchQueries are what a search asks PostgreSQL: of the newest rows, and of the
// parts.
func (x TextIndex) SearchQueries(limit int) (near, far string) {
	return x.sqlNear(nearRows * limit), x.sqlFar()
}

// AmongQuery is what Among asks PostgreSQL about n rows.
func (x TextIndex) AmongQuery(n int) string {
	query, rest := x.sqlAmong()
	return query + In(1, n) + rest
}
