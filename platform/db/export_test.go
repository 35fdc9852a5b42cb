package db

// SearchQueries are what a search asks PostgreSQL: of the newest rows, and of the
// parts.
func (x TextIndex) SearchQueries(limit int) (near, far string) { return x.sqlNear(limit), x.sqlFar() }

// AmongQuery is what Among asks PostgreSQL about n rows.
func (x TextIndex) AmongQuery(n int) string {
	query, rest := x.sqlAmong()
	return query + In(1, n) + rest
}
