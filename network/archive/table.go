package archive

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

const (
	maxRow     = 4 << 20 // bytes of one row
	maxColumns = 1_000
	// maxUnclosed is how many rows may begin a quotation that never ends: each
	// costs a look at all that could belong to it.
	maxUnclosed = 100
)

// table reads rows: CSV with a header, as RFC 4180 has it, or one JSON object a
// line.
type table struct {
	file     *os.File
	lines    *lines
	mapping  *Mapping
	now      time.Time
	header   []string // of CSV
	column   map[string]int
	items    int64
	unclosed int
}

func newTable(file *os.File, o Options) (Reader, error) {
	if o.Mapping == nil {
		return nil, fault.New(fault.Invalid, "A table needs a mapping that says what its columns are. Name one with --mapping.")
	}
	t := &table{file: file, mapping: o.Mapping, now: o.Now}
	if err := t.goTo(Position{}); err != nil {
		return nil, err
	}
	if o.Mapping.Format == "csv" {
		if err := t.readHeader(); err != nil {
			return nil, err
		}
	}
	if o.From.Offset > 0 {
		return t, t.goTo(o.From)
	}
	return t, nil
}

func (t *table) goTo(p Position) error {
	if _, err := t.file.Seek(p.Offset, io.SeekStart); err != nil {
		return fmt.Errorf("go on in a table: %w", err)
	}
	t.lines, t.items = newLines(t.file, p), p.Items
	return nil
}

var byteOrderMark = []byte("\uFEFF")

func (t *table) readHeader() error {
	record, err := t.record()
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "The table is empty: not even a header is in it.")
	}
	if err != nil {
		return err
	}
	if record.wrong == "" {
		t.header, record.wrong = t.cells(bytes.TrimPrefix(record.text, byteOrderMark))
	}
	if record.wrong != "" {
		return fault.New(fault.Invalid, "The first line of the table is no header. "+record.wrong)
	}
	if len(t.header) > maxColumns {
		return fault.Newf(fault.Invalid, "The table has %d columns, and %d are the most. Is it the right file?", len(t.header), maxColumns)
	}
	t.column = make(map[string]int, len(t.header))
	for i, name := range t.header {
		t.header[i] = strings.TrimSpace(name)
		t.column[t.header[i]] = i
	}
	for _, want := range t.mapping.columns() {
		if _, there := t.column[want]; !there {
			return fault.Newf(fault.Invalid, "The mapping names the column {%s}, and the table has none. Its columns are: %s.",
				want, clipTo(strings.Join(t.header, ", "), 500))
		}
	}
	return nil
}

// record is what stands in the lines of one row.
type record struct {
	text  []byte
	line  int64 // where it begins
	wrong string
}

// record reads the lines of the next row that is not empty. A row that cannot
// be told from those behind it ends with its first line.
func (t *table) record() (record, error) {
	for {
		first, whole, err := t.lines.next(maxRow)
		if err != nil {
			return record{}, t.readError(err)
		}
		if len(bytes.TrimSpace(first)) == 0 && whole {
			continue
		}
		r := record{text: bytes.Clone(first), line: t.lines.number}
		if !whole {
			r.wrong = "It is longer than 4 MB."
			return r, nil
		}
		if t.mapping.Format == "csv" {
			return r, t.more(&r)
		}
		return r, nil
	}
}

func (t *table) readError(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("read a table beyond line %d: %w", t.lines.number, err)
}

// more adds the lines that belong to a row because a quotation goes on.
func (t *table) more(r *record) error {
	comma := t.mapping.Comma[0]
	open := quoted(r.text, comma, false)
	if !open {
		return nil
	}
	after := Position{Offset: t.lines.offset, Line: t.lines.number, Items: t.items}
	for open {
		line, whole, err := t.lines.next(maxRow)
		if err != nil && !errors.Is(err, io.EOF) {
			return t.readError(err)
		}
		if err != nil || !whole || len(r.text)+len(line) > maxRow {
			if t.unclosed++; t.unclosed > maxUnclosed {
				return broken("line "+strconv.FormatInt(r.line, 10), "more than %d rows begin a quotation that does not end. Is it separated by %q?", maxUnclosed, t.mapping.Comma)
			}
			r.wrong = "It begins a quotation that does not end within 4 MB."
			return t.goTo(after)
		}
		r.text = append(r.text, line...)
		open = quoted(line, comma, true)
	}
	if _, wrong := t.cells(r.text); wrong != "" {
		r.wrong = wrong
		return t.goTo(after)
	}
	return nil
}

// quoted reports whether a quotation is open at the end of a line, which begins
// within one or not.
func quoted(line []byte, comma byte, in bool) bool {
	start := !in // of a cell
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case in && c == '"' && i+1 < len(line) && line[i+1] == '"':
			i++
		case in:
			in = c != '"'
		case c == comma:
			start = true
		default:
			in = start && c == '"'
			start = false
		}
	}
	return in
}

// cells are the values of a row, or what is wrong with it.
func (t *table) cells(text []byte) (cells []string, wrong string) {
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.FieldsPerRecord = rune(t.mapping.Comma[0]), -1
	cells, err := in.Read()
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return nil, "A quotation mark stands within a value that is not quoted."
	case errors.Is(err, csv.ErrQuote):
		return nil, "A quotation mark is missing, or there is one too many."
	case err != nil:
		return nil, "It cannot be read as CSV."
	}
	return cells, ""
}

// Next implements Reader.
func (t *table) Next() (Item, error) {
	r, err := t.record()
	if err != nil {
		return Item{}, err
	}
	t.items++
	place := "line " + strconv.FormatInt(r.line, 10)
	if r.wrong != "" {
		return Item{Place: place, Wrong: r.wrong}, nil
	}
	value, wrong := t.values(bytes.TrimPrefix(r.text, byteOrderMark))
	if wrong != "" {
		return Item{Place: place, Wrong: wrong}, nil
	}
	item := t.mapping.item(value, place, t.now)
	item.Size = int64(len(r.text))
	return item, nil
}

func (t *table) values(text []byte) (value row, wrong string) {
	if t.mapping.Format == "jsonl" {
		return jsonRow(text)
	}
	cells, wrong := t.cells(text)
	if wrong != "" {
		return nil, wrong
	}
	if len(cells) != len(t.header) {
		return nil, fmt.Sprintf("It has %d values, and the table has %d columns.", len(cells), len(t.header))
	}
	return func(name string) string { return cells[t.column[name]] }, ""
}

// jsonRow reads an object. A name with full stops leads into objects within it.
func jsonRow(text []byte) (value row, wrong string) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return nil, "It is no JSON object."
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, "Something stands behind the JSON object."
	}
	return func(name string) string {
		var at any = object
		for name != "" {
			o, is := at.(map[string]any)
			if !is {
				return ""
			}
			if whole, there := o[name]; there {
				return jsonText(whole)
			}
			var key string
			key, name, _ = strings.Cut(name, ".")
			at = o[key]
		}
		return jsonText(at)
	}, ""
}

// jsonText is a value in JSON as a cell of a table would have it.
func jsonText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		var list []string
		for _, one := range v[:min(len(v), 100)] {
			list = append(list, jsonText(one))
		}
		return strings.Join(list, ", ")
	}
	return ""
}

// Position implements Reader.
func (t *table) Position() Position {
	return Position{Offset: t.lines.offset, Line: t.lines.number, Items: t.items}
}

// Owner implements Reader: a table does not say whose it is.
func (t *table) Owner() network.Identity { return network.Identity{} }

// Close implements Reader.
func (t *table) Close() error { return t.file.Close() }

func clipTo(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
