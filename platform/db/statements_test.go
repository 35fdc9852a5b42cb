package db

import "testing"

func TestArgumentsInTheirOrderHaveNoNumbersOnSQLite(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT 1`:                                             `SELECT 1`,
		`INSERT INTO t VALUES ($1,$2),($3,$4)`:                 `INSERT INTO t VALUES (?,?),(?,?)`,
		`SELECT a FROM t WHERE b = $2 AND c = $1`:              `SELECT a FROM t WHERE b = ?2 AND c = ?1`,
		`SELECT $1, $1`:                                        `SELECT ?1, ?1`,
		`SELECT $1, $3`:                                        `SELECT ?1, ?3`,
		`SELECT '$1', "$2", $1`:                                `SELECT '$1', "$2", ?`,
		`SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11`:            `SELECT ?,?,?,?,?,?,?,?,?,?,?`,
		`UPDATE t SET a = $10 WHERE b = $1 AND c = 'it''s $1'`: `UPDATE t SET a = ?10 WHERE b = ?1 AND c = 'it''s $1'`,
	} {
		if got := numbered(query); got != want {
			t.Errorf("%s becomes %s", query, got)
		}
	}
}
