package directory

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Import is what became of a table of places.
type Import struct {
	ID    int64 // for UndoImport
	Added int
	Moved int // were there, at another position or spelt otherwise
	Same  int // were there
	Wrong int // lines that were left out
	// Problems say what is wrong with the first lines that were left out.
	Problems []LineProblem
}

// LineProblem is what is wrong with one line of a table.
type LineProblem struct {
	Line     int
	Sentence string // "the name is missing"
}

const (
	maxProblems = 100  // that are told
	importRows  = 5000 // written in one transaction, so that others get their turn
)

// ImportPlaces adds the places of a table: CSV in UTF-8 with the columns name,
// kind, within, lat and lon in any order, parted by commas, semicolons or tabs.
// Lines that are wrong are left out and told; the same table again changes
// nothing. Positions are in degrees (WGS 84).
//
// Errors: fault.Invalid (file) when it is no such table; fault.TooLarge with
// more than 200,000 lines, or when the gazetteer would hold more.
func (d *Directory) ImportPlaces(ctx context.Context, by record.Actor, file io.Reader) (Import, error) {
	places, done, err := readTable(file)
	if err != nil {
		return Import{}, fmt.Errorf("import places: %w", err)
	}
	done.ID = d.DB.NewID()
	for at := 0; at < len(places); at += importRows {
		part := places[at:min(at+importRows, len(places))]
		var n counts
		err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, written, err := addPlaces(ctx, tx, part, done.ID)
			if n = written; err != nil || n.Added+n.Moved == 0 {
				return err
			}
			return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.places.imported", Subject: gazetteerSubject(),
				After: map[string]any{"import": done.ID, "added": n.Added, "moved": n.Moved, "same": n.Same}})
		})
		if err != nil {
			return Import{}, fmt.Errorf("import places: %w", err)
		}
		done.Added, done.Moved, done.Same = done.Added+n.Added, done.Moved+n.Moved, done.Same+n.Same
	}
	// Always, so that places of an import that broke off are seen after the next.
	if err := d.publishPlaces(ctx); err != nil {
		return Import{}, fmt.Errorf("import places: %w", err)
	}
	return done, nil
}

// UndoImport takes out the places that an import added, and says how many.
// Those that it moved stay where they are.
//
// Errors: fault.NotFound when nothing of it is there.
func (d *Directory) UndoImport(ctx context.Context, by record.Actor, id int64) (int, error) {
	var removed int64
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if id <= 0 {
			return errNoImport
		}
		if removed, err = deletePlacesOf(ctx, tx, id); err != nil {
			return err
		}
		if removed == 0 {
			return errNoImport
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.places.import_undone", Subject: gazetteerSubject(),
			Before: map[string]any{"import": id, "places": removed}})
	})
	if err == nil {
		err = d.publishPlaces(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("undo import %d: %w", id, err)
	}
	return int(removed), nil
}

var errNoImport = fault.New(fault.NotFound, "The places of this import are not there any more. Nothing was changed.")

// readTable reads a table of places, line by line.
func readTable(file io.Reader) ([]Place, Import, error) {
	in := bufio.NewReaderSize(file, 1<<16)
	comma, err := separator(in)
	if err != nil {
		return nil, Import{}, err
	}
	rows := csv.NewReader(in)
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = comma, -1, true, true
	head, err := rows.Read()
	if err != nil {
		return nil, Import{}, tableError(err)
	}
	columns, err := columnsOf(head)
	if err != nil {
		return nil, Import{}, err
	}
	var places []Place
	var done Import
	for lines := 1; ; lines++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return places, done, nil
		}
		if err != nil {
			return nil, Import{}, tableError(err)
		}
		if lines > maxPlaces {
			return nil, Import{}, fault.New(fault.TooLarge, "The table has more than 200,000 lines. Nothing was imported. Leave out what people do not write about, such as single houses.")
		}
		line, _ := rows.FieldPos(0)
		p, err := columns.place(row, comma != ',')
		if err == nil {
			p, err = p.clean()
		}
		if err != nil {
			if done.Wrong++; len(done.Problems) < maxProblems {
				done.Problems = append(done.Problems, LineProblem{line, fault.Sentence(err)})
			}
			continue
		}
		places = append(places, p)
	}
}

// separator looks at the first line for what parts its columns, and passes over
// a byte-order mark.
func separator(in *bufio.Reader) (rune, error) {
	start, err := in.Peek(2048)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, tableError(err)
	}
	if bytes.HasPrefix(start, []byte{0xFF, 0xFE}) || bytes.HasPrefix(start, []byte{0xFE, 0xFF}) {
		return 0, fault.Field("file", "This file is in UTF-16. Save it as CSV UTF-8 and choose it again.")
	}
	if bytes.HasPrefix(start, []byte("PK\x03\x04")) {
		return 0, fault.Field("file", "This is a workbook or an archive, not a CSV file. Save the sheet as CSV UTF-8 and choose that file.")
	}
	if bytes.HasPrefix(start, []byte("\uFEFF")) {
		if _, err := in.Discard(3); err != nil {
			return 0, tableError(err)
		}
		start = start[3:]
	}
	first, _, _ := bytes.Cut(start, []byte("\n"))
	if len(bytes.TrimSpace(first)) == 0 {
		return 0, errNoTable
	}
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best, nil
}

var errNoTable = fault.Field("file", "This is no table of places. Its first line must name the columns: name, kind, within, lat, lon.")

// tableError tells what people can put right from what went wrong on the way.
func tableError(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return errNoTable
	case errors.As(err, &parse):
		return fault.Field("file", fmt.Sprintf("Line %d cannot be read as CSV. Nothing was imported. Save the table as CSV UTF-8 and choose it again.", parse.Line)).Because(err)
	}
	return fmt.Errorf("read the table: %w", err)
}

// columns are where in a line what stands; within is -1 when there is none.
type columns struct{ name, kind, within, lat, lon int }

func columnsOf(head []string) (columns, error) {
	c := columns{-1, -1, -1, -1, -1}
	for i, title := range head {
		var column *int
		switch strings.TrimSpace(text.Fold(title)) {
		case "name", "place":
			column = &c.name
		case "kind", "type":
			column = &c.kind
		case "within", "in", "settlement":
			column = &c.within
		case "lat", "latitude":
			column = &c.lat
		case "lon", "lng", "long", "longitude":
			column = &c.lon
		}
		if column != nil && *column < 0 {
			*column = i
		}
	}
	var missing []string
	for _, m := range []struct {
		at   int
		name string
	}{{c.name, "name"}, {c.kind, "kind"}, {c.lat, "lat"}, {c.lon, "lon"}} {
		if m.at < 0 {
			missing = append(missing, m.name)
		}
	}
	if len(missing) == 4 {
		return columns{}, errNoTable
	}
	if len(missing) > 0 {
		return columns{}, fault.Field("file", "The first line does not name "+strings.Join(missing, ", ")+". It must name the columns: name, kind, within, lat, lon.")
	}
	return c, nil
}

// place reads a line. Tables that are parted by semicolons come from where the
// decimal sign is a comma.
func (c columns) place(row []string, commas bool) (Place, error) {
	field := func(i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	degrees := func(i int) (float64, error) {
		s := field(i)
		if commas {
			s = strings.Replace(s, ",", ".", 1)
		}
		return strconv.ParseFloat(s, 64)
	}
	p := Place{Name: field(c.name), Kind: field(c.kind), Within: field(c.within)}
	var err, err2 error
	p.Lat, err = degrees(c.lat)
	p.Lon, err2 = degrees(c.lon)
	if err != nil || err2 != nil {
		return p, fault.New(fault.Invalid, "the latitude and longitude are not two numbers such as 56.19 and -3.02")
	}
	return p, nil
}
