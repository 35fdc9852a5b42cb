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

// Field is what of a case a column can be for.
type Field struct {
	Name   string
	Hint   string
	Needed bool
}

// Fields are all of them, in the order in which they are asked for.
func Fields() []Field {
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

// ImportCases makes open cases of the rows of a CSV file, a hundred in a
// transaction. A row with an external id that came before makes none, so a file
// that was broken off, or has grown, is imported again as it is. Rows that are
// wrong are left out and named. A rehearsal does all of it and keeps nothing.
//
// Errors: fault.Invalid when the file is no CSV or a column is missing.
func (s *Service) ImportCases(ctx context.Context, by staff.Officer, file io.Reader, m Mapping, rehearsal bool) (Imported, error) {
	in := csv.NewReader(file)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	head, err := in.Read()
	if err != nil {
		return Imported{}, fault.Field("file", "This is no CSV file with a line of column names. Save it as “CSV UTF-8” and choose it again.").Because(err)
	}
	columns, err := m.columns(head)
	if err != nil {
		return Imported{}, err
	}
	done := Imported{Rehear: rehearsal}
	for {
		batch, end, err := readBatch(in, columns, &done)
		if err != nil {
			return done, err
		}
		if len(batch) > 0 {
			if err := s.importBatch(ctx, by, batch, rehearsal, &done); err != nil {
				return done, fmt.Errorf("import cases: %w", err)
			}
		}
		if end {
			return done, nil
		}
	}
}

// columns finds the column of each field.
func (m Mapping) columns(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range head {
		at[text.Fold(strings.TrimPrefix(name, byteOrderMark))] = i
	}
	columns := map[string]int{}
	var wrong fault.Fields
	for _, f := range Fields() {
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

// importBatch makes the cases of some rows in one transaction.
func (s *Service) importBatch(ctx context.Context, by staff.Officer, batch []importRow, rehearsal bool, done *Imported) error {
	var now Imported
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now = Imported{}
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		roster, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		for _, row := range batch {
			report, err := row.report(snapshot, roster)
			again := false
			if err == nil {
				_, again, err = s.Casework.ReportTx(ctx, tx, by.Actor(), report)
			}
			switch {
			case fault.Is(err, fault.Invalid): // it was found before anything was written
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
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.csv.imported", Subject: record.Subject{Kind: "council", ID: 1},
			After: map[string]any{"made": now.Made, "known": now.Known, "wrong": now.Wrong, "first_line": batch[0].line}})
	})
	if err != nil && !errors.Is(err, errRehearsal) {
		return err
	}
	done.Made, done.Known, done.Wrong = done.Made+now.Made, done.Known+now.Known, done.Wrong+now.Wrong
	done.Says = append(done.Says, now.Says[:min(len(now.Says), maxSays-len(done.Says))]...)
	return nil
}

// report reads a row.
func (r importRow) report(snapshot *directory.Snapshot, roster *staff.Roster) (casework.Report, error) {
	for _, value := range r.fields {
		if !utf8.ValidString(value) {
			return casework.Report{}, fault.New(fault.Invalid, "The line is not in UTF-8. Save the file as “CSV UTF-8”.")
		}
	}
	external := r.fields["external_id"]
	if external == "" {
		return casework.Report{}, fault.New(fault.Invalid, "The line has no external id.")
	}
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
