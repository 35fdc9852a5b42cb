package api

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Field is what of a row a column can be for.
type Field struct {
	Name   string
	Hint   string
	Needed bool
}

// Imports are the tables that come in here.
func Imports() []Table { return []Table{CasesTable, PeopleTable, ContactsTable} }

// Fields are what columns of a table that comes in can be for, in the order in
// which they are asked for.
func (t Table) Fields() []Field {
	switch t {
	case PeopleTable:
		return personFields()
	case ContactsTable:
		return contactFields()
	}
	return []Field{
		{"external_id", "The number that the row has in your program. The same number again makes no second case.", true},
		{"words", "What is to be done.", true},
		{"service", "The service’s code, its name, or its LGSL number.", false},
		{"place", "Street and settlement.", false},
		{"lat", "Latitude in degrees.", false},
		{"lon", "Longitude in degrees.", false},
		{"asset", "Number of the lamp, bin or gully.", false},
		{"team", "The team’s name; the service’s own when it is left out.", false},
		{"language", "Of whoever reported it: en, cy, gd.", false},
	}
}

// Mapping says from which column each field comes: by its head, in any case.
type Mapping map[string]string

// Imported is what came of an import.
type Imported struct {
	Table  Table
	Rows   int
	Made   int
	Known  int // were there already
	Wrong  int
	Says   []LineProblem // the first of what is wrong
	Rehear bool          // it was only tried
}

// LineProblem is what is wrong with one line of a file.
type LineProblem struct {
	Line     int
	Sentence string
}

const (
	maxSays      = 100
	importAtOnce = 100
	maxImport    = 200_000 // rows of one file
)

// errRehearsal takes back what a rehearsal did.
var errRehearsal = errors.New("rehearsal")

// Import brings the rows of a CSV file in, a hundred at a time: as open cases, as
// people, or as contacts that were written down. A row with an external id that
// came before makes nothing, so a file that was broken off, or has grown, is
// imported again as it is. Rows that are wrong are left out and named. A rehearsal
// does all of it and keeps nothing.
//
// Errors: fault.Invalid when the file is no CSV or a column is missing.
func (s *Service) Import(ctx context.Context, by staff.Officer, t Table, file io.Reader, m Mapping, rehearsal bool) (Imported, error) {
	in := csv.NewReader(file)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	head, err := in.Read()
	if err != nil {
		return Imported{}, fault.Field("file", "This is no CSV file with a line of column names. Save it as “CSV UTF-8” and choose it again.").Because(err)
	}
	columns, err := m.columns(t, head)
	if err != nil {
		return Imported{}, err
	}
	done := Imported{Table: t, Rehear: rehearsal}
	for {
		batch, end, err := readBatch(in, columns, &done)
		if err != nil {
			return done, err
		}
		if len(batch) > 0 {
			keep := s.importCases
			switch t {
			case PeopleTable:
				keep = s.importPeople
			case ContactsTable:
				keep = s.importContacts
			}
			now, err := keep(ctx, by, batch, rehearsal)
			done.add(now)
			if err != nil {
				return done, fmt.Errorf("import %s: %w", t, err)
			}
		}
		if end {
			return done, nil
		}
	}
}

// columns finds the column of each field.
func (m Mapping) columns(t Table, head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range head {
		at[text.Fold(strings.TrimPrefix(name, byteOrderMark))] = i
	}
	columns := map[string]int{}
	var wrong fault.Fields
	for _, f := range t.Fields() {
		wants := text.Fold(m[f.Name])
		i, found := at[wants]
		switch {
		case wants == "" && f.Needed:
			wrong.Add(f.Name, "Say which column this is.")
		case wants == "":
		case !found:
			wrong.Add(f.Name, "The file has no column “"+m[f.Name]+"”. It has: "+text.Excerpt(strings.Join(head, ", "), 300)+".")
		default:
			columns[f.Name] = i
		}
	}
	return columns, wrong.Err()
}

// importRow is a row on its way to be a case.
type importRow struct {
	line   int
	fields map[string]string
}

// readBatch reads the next rows. What cannot be read is counted as wrong.
func readBatch(in *csv.Reader, columns map[string]int, done *Imported) (batch []importRow, end bool, err error) {
	for len(batch) < importAtOnce {
		line, err := in.Read()
		if errors.Is(err, io.EOF) {
			return batch, true, nil
		}
		var parse *csv.ParseError
		if err != nil && !errors.As(err, &parse) {
			return batch, true, err
		}
		done.Rows++
		if done.Rows > maxImport {
			return batch, true, fault.Newf(fault.TooLarge, "A file may have %d rows. Part it, or use mercat import requests on the server.", maxImport)
		}
		if err != nil {
			done.complain(parse.StartLine, "The line is not as CSV has it: look for a quote that is not closed.")
			continue
		}
		at, _ := in.FieldPos(0)
		row := importRow{line: at, fields: map[string]string{}}
		for field, i := range columns {
			if i < len(line) {
				row.fields[field] = unsafe(strings.TrimSpace(line[i]))
			}
		}
		batch = append(batch, row)
	}
	return batch, false, nil
}

func (d *Imported) complain(line int, sentence string) {
	d.Wrong++
	if len(d.Says) < maxSays {
		d.Says = append(d.Says, LineProblem{line, sentence})
	}
}

// add counts what came of further rows.
func (d *Imported) add(now Imported) {
	d.Made, d.Known, d.Wrong = d.Made+now.Made, d.Known+now.Known, d.Wrong+now.Wrong
	d.Says = append(d.Says, now.Says[:min(len(now.Says), maxSays-len(d.Says))]...)
}

// recordTx puts on the record that some rows came in.
func (d Imported) recordTx(ctx context.Context, tx *db.Tx, by staff.Officer, t Table, batch []importRow) error {
	return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.csv.imported", Subject: record.Subject{Kind: "council", ID: 1},
		After: map[string]any{"table": t, "made": d.Made, "known": d.Known, "wrong": d.Wrong, "first_line": batch[0].line}})
}

// importTx does f for each row in one transaction. f says whether the row was
// there already; what it says is wrong it has found before it wrote anything.
func (s *Service) importTx(ctx context.Context, by staff.Officer, t Table, batch []importRow, rehearsal bool, f func(ctx context.Context, tx *db.Tx, row importRow) (again bool, err error)) (now Imported, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now = Imported{}
		for _, row := range batch {
			again, err := false, row.whole()
			if err == nil {
				again, err = f(ctx, tx, row)
			}
			switch {
			case fault.Is(err, fault.Invalid):
				now.complain(row.line, fault.Sentence(err))
			case err != nil:
				return fmt.Errorf("line %d: %w", row.line, err)
			case again:
				now.Known++
			default:
				now.Made++
			}
		}
		if rehearsal {
			return errRehearsal
		}
		return now.recordTx(ctx, tx, by, t, batch)
	})
	if errors.Is(err, errRehearsal) {
		err = nil
	}
	return now, err
}

// importCases makes the cases of some rows in one transaction.
func (s *Service) importCases(ctx context.Context, by staff.Officer, batch []importRow, rehearsal bool) (Imported, error) {
	return s.importTx(ctx, by, CasesTable, batch, rehearsal, func(ctx context.Context, tx *db.Tx, row importRow) (bool, error) {
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return false, err
		}
		roster, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return false, err
		}
		report, err := row.report(snapshot, roster)
		if err != nil {
			return false, err
		}
		_, again, err := s.Casework.ReportTx(ctx, tx, by.Actor(), report)
		return again, err
	})
}

// whole says what keeps a row of any table from being read.
func (r importRow) whole() error {
	for _, value := range r.fields {
		if !utf8.ValidString(value) {
			return fault.New(fault.Invalid, "The line is not in UTF-8. Save the file as “CSV UTF-8”.")
		}
	}
	if r.fields["external_id"] == "" {
		return fault.New(fault.Invalid, "The line has no external id.")
	}
	return nil
}

// report reads a row.
func (r importRow) report(snapshot *directory.Snapshot, roster *staff.Roster) (casework.Report, error) {
	external := r.fields["external_id"]
	out := casework.Report{Key: "csv:" + requestHash(external)[:40], Source: casework.FromAPI, Words: r.fields["words"], Place: r.fields["place"], Asset: r.fields["asset"], Language: r.fields["language"]}
	var err error
	if out.ServiceID, err = serviceNamed(snapshot, r.fields["service"]); err != nil {
		return out, err
	}
	if name := r.fields["team"]; name != "" {
		for _, t := range roster.Teams() {
			if text.Fold(t.Name) == text.Fold(name) {
				out.TeamID = t.ID
			}
		}
		if out.TeamID == 0 {
			return out, fault.Newf(fault.Invalid, "There is no team “%s”.", text.Excerpt(name, 80))
		}
	}
	if out.Lat, err = readDegrees(r.fields["lat"]); err == nil {
		out.Lon, err = readDegrees(r.fields["lon"])
	}
	if err == nil && (r.fields["lat"] == "") != (r.fields["lon"] == "") {
		err = fault.New(fault.Invalid, "A position has both latitude and longitude, or neither.")
	}
	return out, err
}

func readDegrees(value string) (float64, error) {
	if value == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0, fault.Newf(fault.Invalid, "“%s” is no number of degrees. Write 57.41, with a point.", text.Excerpt(value, 40))
	}
	return v, nil
}

// serviceNamed finds a service by code, name or LGSL number; "" is none.
func serviceNamed(snapshot *directory.Snapshot, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	if one, ok := snapshot.ServiceByCode(name); ok {
		return one.ID, nil
	}
	lgsl, err := strconv.ParseInt(name, 10, 64)
	for _, one := range snapshot.Services() {
		if text.Fold(one.Name) == text.Fold(name) || err == nil && one.LGSL != 0 && one.LGSL == lgsl {
			return one.ID, nil
		}
	}
	return 0, fault.Newf(fault.Invalid, "There is no service “%s”.", text.Excerpt(name, 80))
}
