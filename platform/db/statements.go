package db

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
)

// maxStatements bounds the prepared statements of a pool. Ours are constants,
// a few hundred; what comes after is run unprepared.
const maxStatements = 1000

// statements prepares what is used again. SQLite compiles a statement each time
// it is run otherwise; pgx does the same by itself, so a nil *statements does
// nothing. A statement cannot be prepared while the transaction that first uses
// it holds the one connection, so it is noted then and prepared afterwards.
type statements struct {
	pool *sql.DB

	mu     sync.RWMutex
	known  map[string]*sql.Stmt
	wanted map[string]bool
}

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, known: map[string]*sql.Stmt{}, wanted: map[string]bool{}}
}

// ready returns the prepared statement, or nil when there is none yet.
func (s *statements) ready(query string) *sql.Stmt {
	if s == nil {
		return nil
	}
	s.mu.RLock()
	st, full := s.known[query], len(s.known)+len(s.wanted) >= maxStatements
	s.mu.RUnlock()
	if st != nil || full {
		return st
	}
	s.mu.Lock()
	s.wanted[query] = true
	s.mu.Unlock()
	return nil
}

// settle prepares what was noted. Failing is no harm: the statement is run
// unprepared and says itself what is wrong with it.
func (s *statements) settle(ctx context.Context) {
	if s == nil {
		return
	}
	s.mu.RLock()
	none := len(s.wanted) == 0
	s.mu.RUnlock()
	if none {
		return
	}
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = map[string]bool{}
	s.mu.Unlock()
	for query := range wanted {
		st, err := s.pool.PrepareContext(ctx, numbered(query))
		if err != nil {
			continue
		}
		s.mu.Lock()
		if s.known[query] == nil {
			s.known[query] = st
			st = nil
		}
		s.mu.Unlock()
		if st != nil {
			_ = st.Close() // another transaction was quicker; nothing depends on this one
		}
	}
}

// dialect is the query as the engine wants it.
func (tx *Tx) dialect(query string) string {
	if tx.db.engine == SQLite {
		return numbered(query)
	}
	return query
}

// numbered rewrites $1 to ?1 outside of quotes: SQLite takes $1 for a name and
// binds names in the order in which they appear.
//
// Where arguments stand in their order, each once, it writes ? alone. SQLite
// keeps ?1 in a list of names, in which the driver looks every argument up, from
// the beginning: with the two thousand arguments of an INSERT of several rows
// that takes longer than all else that the statement does.
func numbered(query string) string {
	if !strings.Contains(query, "$") {
		return query
	}
	var with, without strings.Builder
	with.Grow(len(query))
	without.Grow(len(query))
	quote, next, inOrder := byte(0), 1, true
	for i := 0; i < len(query); i++ {
		c := query[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '$' && i+1 < len(query) && isDigit(query[i+1]):
			n := 0
			for i++; i < len(query) && isDigit(query[i]); i++ {
				n = 10*n + int(query[i]-'0')
			}
			i--
			inOrder = inOrder && n == next
			next++
			with.WriteString("?" + strconv.Itoa(n))
			without.WriteByte('?')
			continue
		}
		with.WriteByte(c)
		without.WriteByte(c)
	}
	if inOrder {
		return without.String()
	}
	return with.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
