package db

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
)

// Rows are the rows of a table in order, each as one line of JSON, an object
// whose keys are the columns: integers and reals as numbers, bytes in base64. The
// same row is the same line on both engines. A line is good until the next one
// is asked for; an error is the last.
func (t Table) Rows(ctx context.Context, tx *Tx) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		broken := func(err error) { yield(nil, fmt.Errorf("read table %s: %w", t.Name, err)) }
		rows, err := tx.Query(ctx, t.selectSQL())
		if err != nil {
			broken(err)
			return
		}
		defer rows.Close() // whoever stops early does not mind what it says
		row := newCarriedRow(t.Columns)
		var line []byte
		for rows.Next() {
			if err := rows.Scan(row.targets...); err != nil {
				broken(err)
				return
			}
			if line, err = row.appendJSON(line[:0]); err != nil {
				broken(err)
				return
			}
			if !yield(line, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			broken(err)
		}
	}
}

func (t Table) selectSQL() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		if c.Read == "" {
			b.WriteString(quoted(c.Name))
		} else {
			b.WriteString(c.Read)
		}
	}
	b.WriteString(" FROM " + quoted(t.Name))
	if t.Where != "" {
		b.WriteString(" WHERE " + t.Where)
	}
	b.WriteString(" ORDER BY " + t.Order)
	return b.String()
}

// carriedRow holds one row while it is turned into a line.
type carriedRow struct {
	columns []Column
	keys    [][]byte // `{"id":`, `,"name":`
	targets []any
}

func newCarriedRow(columns []Column) *carriedRow {
	r := &carriedRow{columns: columns}
	for i, c := range columns {
		key, begin := strconv.Quote(c.Name), ","
		if i == 0 {
			begin = "{"
		}
		r.keys = append(r.keys, []byte(begin+key+":"))
		switch c.Kind {
		case Integer:
			r.targets = append(r.targets, new(sql.NullInt64))
		case Real:
			r.targets = append(r.targets, new(sql.NullFloat64))
		case Boolean:
			r.targets = append(r.targets, new(sql.NullBool))
		case Bytes:
			r.targets = append(r.targets, new(sql.RawBytes))
		default:
			r.targets = append(r.targets, new(sql.NullString))
		}
	}
	return r
}

func (r *carriedRow) appendJSON(line []byte) (_ []byte, err error) {
	for i, target := range r.targets {
		line = append(line, r.keys[i]...)
		switch v := target.(type) {
		case *sql.NullInt64:
			if v.Valid {
				line = strconv.AppendInt(line, v.Int64, 10)
				continue
			}
		case *sql.NullFloat64:
			if v.Valid {
				if math.IsNaN(v.Float64) || math.IsInf(v.Float64, 0) {
					return nil, fmt.Errorf("column %s is no number", r.columns[i].Name)
				}
				line = strconv.AppendFloat(line, v.Float64, 'g', -1, 64)
				continue
			}
		case *sql.NullBool:
			if v.Valid {
				line = strconv.AppendBool(line, v.Bool)
				continue
			}
		case *sql.RawBytes:
			if *v != nil {
				line = append(line, '"')
				line = base64.StdEncoding.AppendEncode(line, *v)
				line = append(line, '"')
				continue
			}
		case *sql.NullString:
			if v.Valid && r.columns[i].Kind == JSON {
				if line, err = appendCanonical(line, v.String); err != nil {
					return nil, fmt.Errorf("column %s is no JSON: %w", r.columns[i].Name, err)
				}
				continue
			}
			if v.Valid {
				line = appendText(line, v.String)
				continue
			}
		}
		line = append(line, "null"...)
	}
	return append(line, '}'), nil
}

// appendText writes a JSON string without escaping what only HTML minds.
func appendText(line []byte, s string) []byte {
	buffer := bytes.NewBuffer(line)
	e := json.NewEncoder(buffer)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string into memory cannot fail
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

// appendCanonical writes JSON with its keys sorted and no space.
func appendCanonical(line []byte, text string) ([]byte, error) {
	var v any
	if err := unmarshalNumbers([]byte(text), &v); err != nil {
		return nil, err
	}
	b, err := json.Marshal(v)
	return append(line, b...), err
}

// maxLoadArgs and maxLoadRows bound one INSERT of a loader; SQLite takes 32,766
// arguments and PostgreSQL 65,535.
const (
	maxLoadArgs = 16_000
	maxLoadRows = 256
)

// ErrRow is the cause when a row does not fit its table: it has another form, or
// the table does not let it in.
var ErrRow = errors.New("the row does not fit")

// Loader puts rows, as Rows gives them, into an empty table.
type Loader struct {
	table  Table
	args   []any
	rows   int
	atOnce int
	total  int64
}

// Load empties a table and returns a loader for it.
func (t Table) Load(ctx context.Context, tx *Tx) (*Loader, error) {
	if err := Empty(ctx, tx, quoted(t.Name)); err != nil {
		return nil, err
	}
	atOnce := 1
	for atOnce*2 <= maxLoadRows && atOnce*2*len(t.Columns) <= maxLoadArgs {
		atOnce *= 2
	}
	return &Loader{table: t, atOnce: atOnce}, nil
}

// Add takes one line. It must have exactly the columns of the table.
func (l *Loader) Add(ctx context.Context, tx *Tx, line []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return l.wrong("row %d is not a JSON object: %w", err)
	}
	if len(fields) != len(l.table.Columns) {
		return l.wrong("row %d has other columns than the table: %w", fmt.Errorf("%d of %d", len(fields), len(l.table.Columns)))
	}
	for _, c := range l.table.Columns {
		raw, there := fields[c.Name]
		if !there {
			return l.wrong("row %d lacks a column: %w", fmt.Errorf("%s", c.Name))
		}
		v, err := c.value(raw)
		if err != nil {
			return l.wrong("row %d cannot be read: %w", fmt.Errorf("%s: %w", c.Name, err))
		}
		l.args = append(l.args, v)
	}
	l.rows++
	l.total++
	if l.rows == l.atOnce {
		return l.flush(ctx, tx)
	}
	return nil
}

func (l *Loader) wrong(format string, err error) error {
	return fmt.Errorf("load table %s: "+format+" (%w)", l.table.Name, l.total+1, err, ErrRow)
}

// value turns a field into what the drivers take.
func (c Column) value(raw json.RawMessage) (any, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	switch c.Kind {
	case Integer:
		return strconv.ParseInt(string(raw), 10, 64)
	case Real:
		return strconv.ParseFloat(string(raw), 64)
	case Boolean:
		return strconv.ParseBool(string(raw))
	case JSON:
		return string(raw), nil
	case Bytes:
		var b []byte
		err := json.Unmarshal(raw, &b)
		if b == nil {
			b = []byte{} // empty, and not absent
		}
		return b, err
	default:
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
}

func (l *Loader) flush(ctx context.Context, tx *Tx) error {
	if l.rows == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, l.table.insertSQL(l.rows), l.args...); isRefused(err) {
		return fmt.Errorf("load table %s, rows up to %d: %w (%w)", l.table.Name, l.total, err, ErrRow)
	} else if err != nil {
		return fmt.Errorf("load table %s, rows up to %d: %w", l.table.Name, l.total, err)
	}
	l.args, l.rows = l.args[:0], 0
	return nil
}

func (t Table) insertSQL(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + quoted(t.Name) + " (")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(c.Name))
	}
	b.WriteString(") VALUES ")
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for i, c := range t.Columns {
			if i > 0 {
				b.WriteByte(',')
			}
			n++
			place := "$" + strconv.Itoa(n)
			if c.Write == "" {
				b.WriteString(place)
			} else {
				b.WriteString(strings.ReplaceAll(c.Write, "?", place))
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

// End puts in what is left and returns how many rows the table was given.
func (l *Loader) End(ctx context.Context, tx *Tx) (int64, error) {
	for rows := l.atOnce; l.rows > 0; rows /= 2 {
		// Powers of two, so that few different statements come about.
		if l.rows < rows {
			continue
		}
		args, left, n := l.args, l.rows-rows, rows*len(l.table.Columns)
		l.args, l.rows = args[:n], rows
		if err := l.flush(ctx, tx); err != nil {
			return l.total, err
		}
		l.args, l.rows = args[n:], left
		rows *= 2
	}
	if l.table.After != "" {
		if _, err := tx.Exec(ctx, l.table.After); err != nil {
			return l.total, fmt.Errorf("end table %s: %w", l.table.Name, err)
		}
	}
	return l.total, nil
}
