package bench

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// twin is a second database that was as the first is before intake, and is given
// the rows that intake writes by plain inserts: the most that the machine can do
// in the time.
type twin struct {
	from, to *db.DB
	tables   []*twinTable
	texts    *twinTable // the full-text index
	ready    map[string]*sql.Stmt
	messages int // so far
	written  int // rows, so far
}

// twinTable is a table of which rows are taken over.
type twinTable struct {
	name    string
	columns []db.Column
	last    string // the column that tells new rows from old ones, and their order
	high    int64  // its greatest value before
	rows    [][]any
	cuts    []int // where the rows of each transaction begin, and the end
}

// newTwin makes a twin of a database as it is now.
func newTwin(ctx context.Context, g *ground, from *db.DB, c app.Config) (*twin, error) {
	own, err := g.council(ctx, "twin")
	if err != nil {
		return nil, err
	}
	if _, err := app.CopyDatabase(ctx, own, app.CopyOptions{From: c.DSN(), To: own.DSN()}); err != nil {
		return nil, fmt.Errorf("make a twin of the database: %w", err)
	}
	t := &twin{from: from}
	if t.to, err = db.Open(ctx, db.Options{DSN: own.DSN(), Now: g.o.Now}); err != nil {
		return nil, err
	}
	return t, from.Read(ctx, t.look)
}

func (t *twin) close() error {
	var errs []error
	for _, st := range t.ready {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, t.to.Close())...)
}

// look notes what is there, which is on both sides.
func (t *twin) look(ctx context.Context, tx *db.Tx) error {
	list, err := tx.Tables(ctx, jobs.Foreign)
	if err != nil {
		return err
	}
	t.tables = nil
	for _, one := range append(list, jobs.Table(tx.Engine())) {
		keys := strings.Split(one.Order, ", ")
		last, _, _ := strings.Cut(keys[len(keys)-1], " ")
		last = strings.Trim(last, `"`)
		i := slices.IndexFunc(one.Columns, func(c db.Column) bool { return c.Name == last })
		if i < 0 || one.Columns[i].Kind != db.Integer {
			continue // intake writes nothing there
		}
		n := &twinTable{name: one.Name, columns: one.Columns, last: last}
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX("`+last+`"), 0) FROM `+one.Name).Scan(&n.high); err != nil {
			return fmt.Errorf("look into %s: %w", one.Name, err)
		}
		t.tables = append(t.tables, n)
	}
	return nil
}

// read reads what is there now and was not at the last time.
func (t *twin) read(ctx context.Context) error {
	return t.from.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, one := range t.tables {
			if err := one.read(ctx, tx); err != nil {
				return fmt.Errorf("read what was written to %s: %w", one.name, err)
			}
		}
		return t.readTexts()
	})
}

func (n *twinTable) read(ctx context.Context, tx *db.Tx) error {
	var names []string
	for _, c := range n.columns {
		read := c.Read
		if read == "" {
			read = `"` + c.Name + `"`
		}
		names = append(names, read)
	}
	rows, err := tx.Query(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+n.name+` WHERE "`+n.last+`" > $1 ORDER BY "`+n.last+`"`, n.high)
	if err != nil {
		return err
	}
	defer rows.Close()
	n.rows = nil
	for rows.Next() {
		row, targets := make([]any, len(n.columns)), make([]any, len(n.columns))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		n.rows = append(n.rows, row)
	}
	if len(n.rows) > 0 {
		key := slices.IndexFunc(n.columns, func(c db.Column) bool { return c.Name == n.last })
		n.high, _ = n.rows[len(n.rows)-1][key].(int64)
	}
	return rows.Err()
}

// readTexts makes what the full-text index was given: no engine gives it back.
func (t *twin) readTexts() error {
	i := slices.IndexFunc(t.tables, func(n *twinTable) bool { return n.name == "desk_message" })
	if i < 0 {
		return errors.New("intake has written no message")
	}
	messages := t.tables[i]
	at := func(column string) int {
		return slices.IndexFunc(messages.columns, func(c db.Column) bool { return c.Name == column })
	}
	id, author, subject, body := at("id"), at("author"), at("subject"), at("body")
	t.texts = &twinTable{name: "desk_text", columns: []db.Column{{Name: "rowid"}, {Name: "body"}}, last: "rowid"}
	if t.from.Engine() == db.Postgres {
		t.texts.last, t.texts.columns = "id", []db.Column{{Name: "id"}, {Name: "body", Write: `to_tsvector('simple', ?)`}}
	}
	for _, row := range messages.rows {
		var m desk.Message
		for _, field := range []struct {
			to *string
			v  any
		}{{&m.Author, row[author]}, {&m.Subject, row[subject]}, {&m.Body, row[body]}} {
			text, ok := field.v.(string)
			if !ok {
				return fmt.Errorf("a text of a message is %T", field.v)
			}
			*field.to = text
		}
		t.texts.rows = append(t.texts.rows, []any{row[id], m.Searchable()})
	}
	return nil
}

// cut parts the rows as intake did: so many messages to a transaction, with what
// was made before the next message. What has no id of the time, the record and
// the queue, is shared out evenly.
func (t *twin) cut(messages int) (parts int) {
	texts := t.texts.rows
	parts = (len(texts) + messages - 1) / messages
	for _, one := range append(slices.Clone(t.tables), t.texts) {
		key := slices.IndexFunc(one.columns, func(c db.Column) bool { return c.Name == one.last })
		one.cuts = []int{0}
		for part := 1; part < parts; part++ {
			first, _ := texts[part*messages][0].(int64)
			at := len(one.rows) * part / parts
			if len(one.rows) > 0 && ofTime(one.rows[0][key]) {
				at, _ = slices.BinarySearchFunc(one.rows, first, func(row []any, first int64) int {
					id, _ := row[key].(int64)
					return cmp.Compare(id, first)
				})
			}
			one.cuts = append(one.cuts, at)
		}
		one.cuts = append(one.cuts, len(one.rows))
	}
	return parts
}

// ofTime reports whether a value is an id as db makes them, and no number that
// counts.
func ofTime(v any) bool {
	id, ok := v.(int64)
	return ok && id > 1<<40
}

// count is how many rows were written, those of the full-text index among them.
func (t *twin) count() int {
	n := len(t.texts.rows)
	for _, one := range t.tables {
		n += len(one.rows)
	}
	return n
}

// write puts the rows of one part into a transaction.
func (t *twin) write(ctx context.Context, tx *sql.Tx, part int) error {
	for _, one := range append(slices.Clone(t.tables), t.texts) {
		for rows := one.rows[one.cuts[part]:one.cuts[part+1]]; len(rows) > 0; {
			n := min(1<<(bits.Len(uint(len(rows)))-1), one.atOnce())
			args := make([]any, 0, n*len(one.columns))
			for _, row := range rows[:n] {
				args = append(args, row...)
			}
			if _, err := tx.StmtContext(ctx, t.ready[one.insertSQL(t.to.Engine(), n)]).ExecContext(ctx, args...); err != nil {
				return fmt.Errorf("insert into %s: %w", one.name, err)
			}
			rows = rows[n:]
		}
	}
	return nil
}

// prepare prepares every statement that write may need.
func (t *twin) prepare(ctx context.Context) error {
	if t.ready == nil {
		t.ready = map[string]*sql.Stmt{}
	}
	for _, one := range append(slices.Clone(t.tables), t.texts) {
		for n := 1; n <= one.atOnce(); n *= 2 {
			query := one.insertSQL(t.to.Engine(), n)
			if len(one.rows) == 0 || t.ready[query] != nil {
				continue
			}
			st, err := t.to.Handle().PrepareContext(ctx, query)
			if err != nil {
				return fmt.Errorf("prepare an insert into %s: %w", one.name, err)
			}
			t.ready[query] = st
		}
	}
	return nil
}

// atOnce is how many rows one statement takes: with more it is no faster on
// either engine.
func (n *twinTable) atOnce() int { return 1 << (bits.Len(uint(1_500/len(n.columns))) - 1) }

func (n *twinTable) insertSQL(engine db.Engine, rows int) string {
	var names []string
	for _, c := range n.columns {
		names = append(names, c.Name)
	}
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + n.name + ` (` + strings.Join(names, ", ") + `) VALUES `)
	at := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		for i, c := range n.columns {
			b.WriteByte("(,"[min(i, 1)])
			at++
			write := c.Write
			if write == "" {
				write = "?"
			}
			argument := "?" // not ?1: the driver looks numbers up in a list
			if engine == db.Postgres {
				argument = "$" + strconv.Itoa(at)
			}
			b.WriteString(strings.ReplaceAll(write, "?", argument))
		}
		b.WriteByte(')')
	}
	return b.String()
}
