package db

import "context"

// SearchStopping is Search that stops at the first chance.
func (x TextIndex) SearchStopping(ctx context.Context, tx *Tx, terms []Term, before int64, limit int) (ids []int64, rest int64, err error) {
	return x.search(ctx, tx, terms, before, limit, 0)
}

// SearchQueries are what a search asks PostgreSQL: of the newest rows, and of the
// parts.
func (x TextIndex) SearchQueries(limit int) (near, far string) { return x.sqlNear(limit), x.sqlFar() }

// AmongQuery is what Among asks PostgreSQL about n rows.
func (x TextIndex) AmongQuery(n int) string {
	query, rest := x.sqlAmong()
	return query + In(1, n) + rest
}
