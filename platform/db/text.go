package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// TextIndex is a full-text index that stands beside a table: a row per indexed
// row, by its id. The migration that makes it comes in two files, FTS5 for
// SQLite and tsvector with GIN for PostgreSQL; see TextIndexMigration.
//
// Text must already be folded (platform/text.Fold), so that both engines agree
// on what a word is.
type TextIndex string

// Term is one thing searched for: a word, or several in a row (a phrase).
// Prefix makes its last word the beginning of a word.
type Term struct {
	Words  []string
	Prefix bool
}

// Put indexes folded text under id; it replaces what was there.
func (x TextIndex) Put(ctx context.Context, tx *Tx, id int64, folded string) error {
	if tx.Engine() == SQLite {
		if err := x.Delete(ctx, tx, id); err != nil {
			return err
		}
	}
	return x.Add(ctx, tx, id, folded)
}

// Add is Put for an id that is known to be new.
func (x TextIndex) Add(ctx context.Context, tx *Tx, id int64, folded string) error {
	query := `INSERT INTO ` + string(x) + ` (rowid, body) VALUES ($1, $2)`
	if tx.Engine() == Postgres {
		query = `INSERT INTO ` + string(x) + ` (id, body) VALUES ($1, to_tsvector('simple', $2))
			ON CONFLICT (id) DO UPDATE SET body = excluded.body`
		// A tsvector holds at most 1 MiB; texts are capped far below it.
	}
	if _, err := tx.Exec(ctx, query, id, folded); err != nil {
		return fmt.Errorf("index text of %d: %w", id, err)
	}
	return nil
}

// Delete takes id out of the index.
func (x TextIndex) Delete(ctx context.Context, tx *Tx, id int64) error {
	query := `DELETE FROM ` + string(x) + ` WHERE rowid = $1`
	if tx.Engine() == Postgres {
		query = `DELETE FROM ` + string(x) + ` WHERE id = $1`
	}
	if _, err := tx.Exec(ctx, query, id); err != nil {
		return fmt.Errorf("take text of %d out of the index: %w", id, err)
	}
	return nil
}

// Indexed is a text on its way into an index.
type Indexed struct {
	ID     int64
	Folded string
}

// rebuildAtOnce bounds what one transaction of Rebuild indexes.
const rebuildAtOnce = 500

// Rebuild empties the index and fills it with what next lists: at most most
// texts whose ids are above after, in their order; none at the end.
func (x TextIndex) Rebuild(ctx context.Context, d *DB, next func(ctx context.Context, tx *Tx, after int64, most int) ([]Indexed, error)) error {
	err := d.Write(ctx, func(ctx context.Context, tx *Tx) error { return Empty(ctx, tx, string(x)) })
	for after, more := int64(0), true; more && err == nil; {
		var last int64
		err = d.Write(ctx, func(ctx context.Context, tx *Tx) error {
			list, err := next(ctx, tx, after, rebuildAtOnce)
			for _, one := range list {
				if err := x.Add(ctx, tx, one.ID, one.Folded); err != nil {
					return err
				}
				last = one.ID
			}
			more = len(list) > 0
			return err
		})
		after = last
	}
	if err != nil {
		return fmt.Errorf("build %s anew: %w", x, err)
	}
	return nil
}

// Search returns ids below before (0 for no bound) whose text holds every term,
// newest first, at most limit of them.
func (x TextIndex) Search(ctx context.Context, tx *Tx, terms []Term, before int64, limit int) ([]int64, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	query := `SELECT rowid FROM ` + string(x) + ` WHERE ` + string(x) + ` MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`
	match := fts5(terms)
	if tx.Engine() == Postgres {
		query = `SELECT id FROM ` + string(x) + ` WHERE body @@ to_tsquery('simple', $1) AND id < $2 ORDER BY id DESC LIMIT $3`
		match = tsquery(terms)
	}
	rows, err := tx.Query(ctx, query, match, before, limit)
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", x, err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("search %s: %w", x, err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("search %s: %w", x, err)
	}
	return ids, nil
}

// amongIDs bounds how many ids one statement of Among names.
const amongIDs = 1024

// Among returns those of ids whose text holds every term.
func (x TextIndex) Among(ctx context.Context, tx *Tx, terms []Term, ids []int64) ([]int64, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	query, match := `SELECT rowid FROM `+string(x)+` WHERE `+string(x)+` MATCH $1 AND rowid IN `, fts5(terms)
	if tx.Engine() == Postgres {
		query, match = `SELECT id FROM `+string(x)+` WHERE body @@ to_tsquery('simple', $1) AND id IN `, tsquery(terms)
	}
	var found []int64
	for some := range slices.Chunk(ids, amongIDs) {
		padded := Padded(some)
		args := []any{match}
		for _, id := range padded {
			args = append(args, id)
		}
		list, err := Collect(ctx, tx, ScanID, query+In(1, len(padded)), args...)
		if err != nil {
			return nil, fmt.Errorf("search %s: %w", x, err)
		}
		found = append(found, list...)
	}
	return found, nil
}

// TextIndexMigration is the statement that makes an index, for an engine.
func TextIndexMigration(engine Engine, name string) string {
	if engine == Postgres {
		return "CREATE TABLE " + name + " (id BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);\n" +
			"CREATE INDEX " + name + "_body ON " + name + " USING GIN (body) WITH (fastupdate = on);\n"
	}
	return "CREATE VIRTUAL TABLE " + name + " USING fts5(body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');\n"
}

// fts5 writes terms as an FTS5 query: quoted strings, joined by AND.
// https://www.sqlite.org/fts5.html#full_text_query_syntax
func fts5(terms []Term) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(strings.Join(t.Words, " "), `"`, `""`))
		b.WriteByte('"')
		if t.Prefix {
			b.WriteString(" *")
		}
	}
	return b.String()
}

// tsquery writes terms as a to_tsquery query: quoted lexemes, phrases with <->.
// https://www.postgresql.org/docs/15/datatype-textsearch.html#DATATYPE-TSQUERY
func tsquery(terms []Term) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteString(" & ")
		}
		b.WriteByte('(')
		for j, w := range t.Words {
			if j > 0 {
				b.WriteString(" <-> ")
			}
			b.WriteByte('\'')
			b.WriteString(strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(w))
			b.WriteByte('\'')
			if t.Prefix && j == len(t.Words)-1 {
				b.WriteString(":*")
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}
