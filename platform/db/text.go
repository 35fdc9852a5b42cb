package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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

// addRows is how many texts one INSERT indexes: a statement for each would take
// longer than the indexing on PostgreSQL.
const addRows = 64

// AddAll is Add for many.
func (x TextIndex) AddAll(ctx context.Context, tx *Tx, list []Indexed) error {
	for some := range Chunks(list, addRows) {
		args := make([]any, 0, 2*len(some))
		for _, one := range some {
			args = append(args, one.ID, one.Folded)
		}
		query := `INSERT INTO ` + string(x) + ` (rowid, body) VALUES ` + Values(0, len(some), 2)
		if tx.Engine() == Postgres {
			query = x.sqlAddAll(len(some))
		}
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return fmt.Errorf("index %d texts: %w", len(some), err)
		}
	}
	return nil
}

func (x TextIndex) sqlAddAll(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + string(x) + ` (id, body) VALUES `)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`($` + strconv.Itoa(2*i+1) + `, to_tsvector('simple', $` + strconv.Itoa(2*i+2) + `))`)
	}
	b.WriteString(` ON CONFLICT (id) DO UPDATE SET body = excluded.body`)
	return b.String()
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
			if err != nil {
				return err
			}
			if more = len(list) > 0; more {
				last = list[len(list)-1].ID
			}
			return x.AddAll(ctx, tx, list)
		})
		after = last
	}
	if err != nil {
		return fmt.Errorf("build %s anew: %w", x, err)
	}
	return nil
}

// Search returns ids below before (0 for no bound) whose text holds every term,
// newest first, at most limit of them. When fewer are found, rest says how far it
// has come: 0 when there are no more, otherwise the before from which to go on,
// for it was stopped because it took too long. It always comes some way.
func (x TextIndex) Search(ctx context.Context, tx *Tx, terms []Term, before int64, limit int) (ids []int64, rest int64, err error) {
	return x.search(ctx, tx, terms, before, limit, usualPace())
}

func (x TextIndex) search(ctx context.Context, tx *Tx, terms []Term, before int64, limit int, p pace) (ids []int64, rest int64, err error) {
	if len(terms) == 0 || limit <= 0 {
		return nil, 0, nil
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	if tx.Engine() == Postgres {
		ids, rest, err = x.searchPostgres(ctx, tx, terms, before, limit, p)
	} else {
		ids, err = x.searchSQLite(ctx, tx, terms, before, limit)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("search %s: %w", x, err)
	}
	return ids, rest, nil
}

func (x TextIndex) searchSQLite(ctx context.Context, tx *Tx, terms []Term, before int64, limit int) ([]int64, error) {
	return Collect(ctx, tx, ScanID, `SELECT rowid FROM `+string(x)+` WHERE `+string(x)+` MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`,
		fts5(terms), before, limit)
}

// searchPostgres looks at the newest rows one by one, which is soonest done for
// a frequent word, and then through the index, a part at a time, which is
// soonest done for a rare one.
//
// A GIN index knows no order and gives all it has: the newest 200 of a million
// matches cost a million. PostgreSQL has to guess whether that or a walk over
// the primary key costs less, and for a prepared statement it guesses without
// the words. So each statement here can be run in one way only, and what it
// reads at most follows from how many rows a part holds.
func (x TextIndex) searchPostgres(ctx context.Context, tx *Tx, terms []Term, before int64, limit int, p pace) (ids []int64, rest int64, err error) {
	match := tsquery(terms)
	ids = make([]int64, 0, limit)
	ids, before, more, err := x.walk(ctx, tx, match, before, nearRows*limit, ids, limit)
	if err != nil || len(ids) == limit || !more {
		return ids, 0, err
	}
	var far []farRow
	late, err := patiently(ctx, tx, p.patience, func() (err error) {
		far, err = Collect(ctx, tx, scanFar, x.sqlFar(), match, before, limit-len(ids), p.parts)
		return err
	})
	if late {
		ids, before, more, err = x.walk(ctx, tx, match, before, p.walk, ids, limit)
		if err != nil || len(ids) == limit || !more {
			return ids, 0, err
		}
		return ids, before, nil
	}
	for _, row := range far {
		if row.stopped {
			return ids, (row.id + 1) << partShift, err
		}
		ids = append(ids, row.id)
	}
	return ids, 0, err
}

// nearRows is how many rows a search looks at one by one for each id that it
// is to return: words in fewer rows than one of so many are left to the index.
const nearRows = 4

// nearRow is a row that a search looked at: one that matches, or the last one.
type nearRow struct {
	id          int64
	found, last bool
}

func scanNear(row Scanner) (nearRow, error) {
	var n nearRow
	return n, row.Scan(&n.id, &n.found, &n.last)
}

// sqlNear asks which of the newest rows match, and where it stopped if it did
// not come to the end.
func (x TextIndex) sqlNear(most int) string {
	// The words are asked of what is read and not of the table, so that the
	// index cannot come in. The number of rows is written out: of an argument the
	// planner assumes that it asks for a tenth of the table.
	rows := strconv.Itoa(most)
	return `SELECT id, found, place = ` + rows + ` FROM (SELECT id, body @@ (SELECT to_tsquery('simple', $1)) AS found, ROW_NUMBER() OVER (ORDER BY id DESC) AS place
			FROM ` + string(x) + ` WHERE id < $2 ORDER BY id DESC LIMIT ` + rows + `) AS near
		WHERE found OR place = ` + rows + ` ORDER BY id DESC LIMIT $3`
}

// farRow is a row that matches, or the part before which a search has stopped.
type farRow struct {
	id      int64
	stopped bool
}

func scanFar(row Scanner) (farRow, error) {
	var f farRow
	return f, row.Scan(&f.id, &f.stopped)
}

// sqlFar asks each part in turn, the newest first, and stops as soon as there
// are enough, or before the first part for which there is no time any more; the
// newest is always asked, and given up when it alone takes too long (patiently).
func (x TextIndex) sqlFar() string {
	// OFFSET 0 keeps the order out of the choice of the index, the subquery
	// keeps the words out of it, and asks the clock once for each part.
	table := string(x)
	return `SELECT found.id, found.stopped FROM generate_series(
			(SELECT MAX(id) >> ` + partBits + ` FROM ` + table + ` WHERE id < $2),
			(SELECT MIN(id) >> ` + partBits + ` FROM ` + table + `), -1) WITH ORDINALITY AS part (number, place),
		LATERAL (SELECT part.place = 1 OR clock_timestamp() < statement_timestamp() + $4 * INTERVAL '1 millisecond' AS there_is OFFSET 0) AS budget,
		LATERAL (SELECT * FROM (SELECT id, FALSE AS stopped FROM (SELECT id FROM ` + table + `
				WHERE budget.there_is AND ` + partOf + ` @> ARRAY[part.number] AND body @@ (SELECT to_tsquery('simple', $1)) OFFSET 0) AS every
			WHERE id < $2 ORDER BY id DESC LIMIT $3) AS newest
			UNION ALL SELECT part.number, TRUE WHERE NOT budget.there_is) AS found
		ORDER BY part.place LIMIT $3`
}

// The index on PostgreSQL holds each row's part beside its words, so that it can
// be asked for the words within a part, and skips what is outside of it. The
// part comes first: from it the index leaps to the words, and not the other way
// round. A part is the rows whose ids begin with the same bits: those made within
// 25 days, 2^31 milliseconds, of each other. There are never more than 1024
// parts, and a word that is rare costs a tenth of a millisecond in each.
const (
	partShift = 53
	partBits  = "53" // the same, in SQL
	partOf    = "ARRAY[id >> " + partBits + "]"
)

// amongIDs bounds how many ids one statement of Among names.
const amongIDs = 1024

// Among returns those of ids whose text holds every term.
func (x TextIndex) Among(ctx context.Context, tx *Tx, terms []Term, ids []int64) ([]int64, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	query, rest, match := `SELECT rowid FROM `+string(x)+` WHERE `+string(x)+` MATCH $1 AND rowid IN `, "", fts5(terms)
	if tx.Engine() == Postgres {
		query, rest = x.sqlAmong()
		match = tsquery(terms)
	}
	var found []int64
	for some := range slices.Chunk(ids, amongIDs) {
		padded := Padded(some)
		args := []any{match}
		for _, id := range padded {
			args = append(args, id)
		}
		list, err := Collect(ctx, tx, ScanID, query+In(1, len(padded))+rest, args...)
		if err != nil {
			return nil, fmt.Errorf("search %s: %w", x, err)
		}
		found = append(found, list...)
	}
	return found, nil
}

// sqlAmong is what stands before and behind the list of ids. As in sqlNear, the
// words are asked of what is read, which is little.
func (x TextIndex) sqlAmong() (query, rest string) {
	return `SELECT id FROM (SELECT id, body FROM ` + string(x) + ` WHERE id IN `, ` OFFSET 0) AS named WHERE body @@ (SELECT to_tsquery('simple', $1))`
}

// TextIndexMigration is the statement that makes an index, for an engine.
//
// New rows wait in a list that every look into the index reads from end to end,
// and a search looks once for each part: so the list is kept as short as can be.
// Without any list, intake would be slower by a third.
func TextIndexMigration(engine Engine, name string) string {
	if engine == Postgres {
		return "CREATE TABLE " + name + " (id BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);\n" +
			"CREATE INDEX " + name + "_part ON " + name + " USING GIN ((" + partOf + "), body) WITH (gin_pending_list_limit = 64);\n"
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
