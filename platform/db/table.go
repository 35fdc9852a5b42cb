package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a column holds, the same on both engines.
type Kind string

// The kinds of columns. JSON is text whose form may change on the way, but not
// its meaning: PostgreSQL's jsonb orders keys anew.
const (
	Integer Kind = "integer"
	Real    Kind = "real"
	Text    Kind = "text"
	Boolean Kind = "boolean"
	Bytes   Kind = "bytes"
	JSON    Kind = "json"
)

// kinds are the declared types that migrations use, as each engine names them.
var kinds = map[string]Kind{
	"bigint": Integer, "integer": Integer, "text": Text, "boolean": Boolean, "double precision": Real,
	"blob": Bytes, "bytea": Bytes,
}

// Column is a column of a table that is carried.
type Column struct {
	Name string
	Kind Kind
	// Read is the expression that reads it; Name when empty.
	Read string
	// Write is the expression that takes the value, which ? stands for; ? when
	// empty.
	Write string
}

// Table is a table that can be carried from one database to another.
type Table struct {
	Name    string
	Columns []Column
	// Where bounds what is carried; all of it when empty.
	Where string
	// Order sorts the rows, the same on both engines.
	Order string
	// After is run when all rows are in; nothing when empty.
	After string

	parents []string // tables that its rows refer to
}

const sqlTablesSQLite = `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
const sqlColumnsSQLite = `SELECT name, lower(type), pk FROM pragma_table_info($1) ORDER BY cid`
const sqlParentsSQLite = `SELECT DISTINCT "table" FROM pragma_foreign_key_list($1)`

// A table with a tsvector is a full-text index: SQLite cannot read its own back,
// so on both engines it is built anew from what it indexes.
const sqlTablesPostgres = `SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
	AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'tsvector'::regtype)
	ORDER BY c.relname COLLATE "C"`
const sqlColumnsPostgres = `SELECT a.attname, format_type(a.atttypid, NULL),
	coalesce((SELECT array_position(i.indkey::int2[], a.attnum) + 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary), 0)
	FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
const sqlParentsPostgres = `SELECT DISTINCT r.relname FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
	WHERE k.contype = 'f' AND k.conrelid = to_regclass($1)`

// Tables lists Mercat's own tables with their columns, each after those that it
// refers to. It leaves out full-text indexes, the list of migrations and what
// skip says.
func (tx *Tx) Tables(ctx context.Context, skip func(name string) bool) ([]Table, error) {
	query := sqlTablesSQLite
	if tx.Engine() == Postgres {
		query = sqlTablesPostgres
	}
	names, err := Collect(ctx, tx, scanText, query)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	var list []Table
	for _, name := range names {
		if name == "db_migration" || skip(name) {
			continue
		}
		t, err := tx.table(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("describe table %s: %w", name, err)
		}
		list = append(list, t)
	}
	return parentsFirst(list)
}

func (tx *Tx) table(ctx context.Context, name string) (Table, error) {
	columns, parents := sqlColumnsSQLite, sqlParentsSQLite
	if tx.Engine() == Postgres {
		columns, parents = sqlColumnsPostgres, sqlParentsPostgres
	}
	t := Table{Name: name}
	keys := map[int]string{}
	var err error
	t.Columns, err = Collect(ctx, tx, func(row Scanner) (Column, error) {
		var c Column
		var declared string
		var key int
		if err := row.Scan(&c.Name, &declared, &key); err != nil {
			return c, err
		}
		kind, known := kinds[declared]
		if !known {
			return c, fmt.Errorf("column %s has the type %s, which is not carried", c.Name, declared)
		}
		c.Kind = kind
		if key > 0 {
			keys[key] = ordered(tx.Engine(), c)
		}
		return c, nil
	}, columns, name)
	if err != nil {
		return t, err
	}
	if len(keys) == 0 {
		return t, fmt.Errorf("it has no primary key")
	}
	var order []string
	for i := range len(keys) {
		order = append(order, keys[i+1])
	}
	t.Order = strings.Join(order, ", ")
	t.parents, err = Collect(ctx, tx, scanText, parents, name)
	return t, err
}

// ordered is a column as both engines sort it alike: text by its bytes.
func ordered(engine Engine, c Column) string {
	if c.Kind == Text && engine == Postgres {
		return quoted(c.Name) + ` COLLATE "C"`
	}
	return quoted(c.Name)
}

func scanText(row Scanner) (string, error) {
	var s string
	err := row.Scan(&s)
	return s, err
}

func quoted(name string) string { return `"` + name + `"` }

// parentsFirst sorts tables so that each stands behind those that it refers to,
// and otherwise by name.
func parentsFirst(list []Table) ([]Table, error) {
	done := map[string]bool{}
	var out []Table
	for len(out) < len(list) {
		before := len(out)
		for _, t := range list {
			ready := !slices.ContainsFunc(t.parents, func(p string) bool { return p != t.Name && !done[p] })
			if !done[t.Name] && ready {
				done[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("tables refer to each other in a circle, or to one that is not carried")
		}
	}
	return out, nil
}

// Applied lists the numbers of the migrations that the database has.
func (tx *Tx) Applied(ctx context.Context) ([]int, error) {
	list, err := Collect(ctx, tx, ScanID, `SELECT number FROM db_migration ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("read applied migrations: %w", err)
	}
	numbers := make([]int, len(list))
	for i, n := range list {
		numbers[i] = int(n)
	}
	return numbers, nil
}
