package expect

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
)

// Table is a history read from a file.
type Table struct {
	History  *History
	Services []string // names, by index
	Areas    []string
	Rows     int // of the file
	Unread   int // rows without a readable time of opening
	Instant  int // closed no later than opened
	Columns  map[string]string
}

// columns are the names under which other programs export what is needed, by
// what it is, the surest first.
func columns() map[string][]string {
	return map[string][]string{
		"opened":  {"opened", "opendt", "openeddate", "opendate", "created", "createddate", "createdat", "datecreated", "requesteddatetime", "requestdate", "requesteddate", "datereceived", "received", "datetimeinit", "submitted", "ticketcreateddatetime"},
		"closed":  {"closed", "closeddt", "closeddate", "closedat", "dateclosed", "closedatetime", "closedatetime", "completed", "completiondate", "completeddate", "resolved", "resolveddate", "datetimeclosed", "ticketcloseddatetime"},
		"service": {"type", "service", "servicename", "category", "requesttype", "servicerequesttype", "srtype", "casetype", "complainttype", "issuetype", "servicecode", "subject", "reason"},
		"area":    {"area", "ward", "neighborhood", "neighbourhood", "district", "borough", "communityarea", "councildistrict", "localarea", "locality", "zip", "zipcode"},
	}
}

func layouts() []string {
	return []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02 15:04:05-07",
		"01/02/2006 03:04:05 PM", "01/02/2006 15:04:05", "1/2/2006 15:04", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM",
		"02/01/2006 15:04:05", "2/1/2006 15:04", "2006/01/02 15:04:05", "2006-01-02", "01/02/2006", "1/2/2006", "02/01/2006",
	}
}

// maxRows bounds what is read of a file.
const maxRows = 5_000_000

// ReadCSV reads the history in a table with a line per case, also when it is
// gzipped. Its columns are found by their names: when a case was opened, when it
// was closed (empty: it is open), of what service it is and in which area. The
// last two may be missing.
//
// Errors: fault.Invalid when it is no such table.
func ReadCSV(r io.Reader, c *Calendar) (*Table, error) {
	b := bufio.NewReader(r)
	if head, err := b.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fault.New(fault.Invalid, "This file begins like a gzipped one, but cannot be read.")
		}
		defer func() { _ = z.Close() }()
		b = bufio.NewReader(z)
	}
	table := csv.NewReader(b)
	table.FieldsPerRecord = -1
	table.LazyQuotes = true
	head, err := table.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "This file has no line of column names.")
	}
	t := &Table{Columns: map[string]string{}}
	at := map[string]int{}
	for what, names := range columns() {
		at[what] = find(head, names)
		if at[what] >= 0 {
			t.Columns[what] = head[at[what]]
		}
	}
	if at["opened"] < 0 || at["closed"] < 0 {
		return nil, fault.New(fault.Invalid, "This file has no columns for when a case was opened and closed. Name them “opened” and “closed”.")
	}
	var lines [][4]string
	for {
		line, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.Newf(fault.Invalid, "The table cannot be read after line %d.", len(lines)+1)
		}
		if len(lines) == maxRows {
			return nil, fault.Newf(fault.Invalid, "The table has more than %d lines.", maxRows)
		}
		field := func(what string) string {
			if i := at[what]; i >= 0 && i < len(line) {
				return strings.Clone(strings.TrimSpace(line[i]))
			}
			return ""
		}
		lines = append(lines, [4]string{field("opened"), field("closed"), field("service"), field("area")})
	}
	t.fill(lines, c)
	return t, nil
}

func find(head, names []string) int {
	for _, name := range names {
		for i, h := range head {
			plain := strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' {
					return r
				}
				return -1
			}, strings.ToLower(h))
			if plain == name {
				return i
			}
		}
	}
	return -1
}

// layout is the one that most of the values have.
func layout(lines [][4]string, column int) string {
	best, most := "", 0
	for _, l := range layouts() {
		n := 0
		for i := 0; i < len(lines); i += 1 + len(lines)/1000 {
			if _, err := time.Parse(l, lines[i][column]); err == nil {
				n++
			}
		}
		if n > most {
			best, most = l, n
		}
	}
	return best
}

func (t *Table) fill(lines [][4]string, c *Calendar) {
	openedAs, closedAs := layout(lines, 0), layout(lines, 1)
	services, areas := map[string]int{}, map[string]int{}
	var rows []Row
	for i, line := range lines {
		t.Rows++
		opened, err := time.Parse(openedAs, line[0])
		if err != nil {
			t.Unread++
			continue
		}
		r := Row{Opened: c.Position(opened), Service: index(services, &t.Services, line[2]), Area: Nowhere, Cases: 1}
		if line[3] != "" {
			r.Area = index(areas, &t.Areas, line[3])
		}
		if closed, err := time.Parse(closedAs, line[1]); err == nil && line[1] != "" {
			if !strings.Contains(closedAs, "04") { // a day without a time: somewhere within it
				_, part := math.Modf(float64(i) * math.Phi)
				closed = closed.Add(time.Duration((0.3 + 0.4*part) * float64(24*time.Hour)))
			}
			r.Ended, r.End = c.Position(closed), Done
			if r.Ended <= r.Opened {
				t.Instant++
			}
		}
		rows = append(rows, r)
	}
	t.History = NewHistory(rows)
}

func index(known map[string]int, names *[]string, name string) int {
	i, ok := known[name]
	if !ok {
		i = len(*names)
		known[name] = i
		*names = append(*names, name)
	}
	return i
}
