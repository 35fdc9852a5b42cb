package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Table is what can be written as CSV.
type Table string

const (
	CasesTable         Table = "cases"
	ConversationsTable Table = "conversations"
	PeopleTable        Table = "people"
	ContactsTable      Table = "contacts"
)

// Tables are all of them, in the order in which they are offered.
func Tables() []Table {
	return []Table{CasesTable, ConversationsTable, PeopleTable, ContactsTable}
}

// Explains says in a line what is in it.
func (t Table) Explains() string {
	switch t {
	case CasesTable:
		return "A row for each case: what it is about, where, how it stands, and its times."
	case ConversationsTable:
		return "A row for each conversation, without what was said in it."
	case PeopleTable:
		return "A row for each identity of everybody who wrote: names and handles. Personal data."
	case ContactsTable:
		return "A row for each message of either side: when, on which network, by whom. No words."
	}
	return ""
}

// byteOrderMark tells Excel that a file is UTF-8.
const byteOrderMark = "\ufeff"

// piece is how many rows are read at a time: each piece is a snapshot of its own,
// so that a long download holds nothing up.
const piece = 500

// Export writes a table as CSV (RFC 4180, UTF-8), a piece at a time, and returns
// how many rows it had. What somebody could have written so that a spreadsheet
// takes it for a formula has an apostrophe before it.
func (s *Service) Export(ctx context.Context, t Table, w io.Writer, mark bool) (rows int, err error) {
	if mark {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return 0, fmt.Errorf("export %s: %w", t, err)
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	head, read := s.tableOf(t)
	if head == nil {
		return 0, fmt.Errorf("export: there is no table %q", t)
	}
	if err := out.Write(head); err != nil {
		return 0, fmt.Errorf("export %s: %w", t, err)
	}
	after := int64(0)
	for {
		var lines [][]string
		var last int64
		err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			names, err := s.namesTx(ctx, tx)
			if err != nil {
				return err
			}
			lines, last, err = read(ctx, tx, names, after)
			return err
		})
		if err != nil {
			return rows, fmt.Errorf("export %s: %w", t, err)
		}
		if last == 0 {
			out.Flush()
			return rows, out.Error()
		}
		for _, line := range lines {
			if err := out.Write(line); err != nil {
				return rows, fmt.Errorf("export %s: %w", t, err)
			}
		}
		rows, after = rows+len(lines), last
		if out.Flush(); out.Error() != nil {
			return rows, out.Error()
		}
	}
}

// NoteExport puts on the record that somebody takes a table away. It comes
// first, so that a download which is broken off stands there too.
func (s *Service) NoteExport(ctx context.Context, by staff.Officer, t Table) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.csv.exported", Subject: record.Subject{Kind: "council", ID: 1}, After: map[string]any{"table": t}})
	})
}

// names are what ids are called in a table.
type names struct {
	services *directory.Snapshot
	teams    *staff.Roster
	accounts map[int64]string
}

func (s *Service) namesTx(ctx context.Context, tx *db.Tx) (names, error) {
	n := names{accounts: map[int64]string{}}
	var err error
	if n.services, err = s.Directory.SnapshotTx(ctx, tx); err != nil {
		return n, err
	}
	if n.teams, err = s.Staff.RosterTx(ctx, tx); err != nil {
		return n, err
	}
	accounts, err := s.Desk.AccountsTx(ctx, tx)
	for _, a := range accounts {
		n.accounts[a.ID] = a.Name
	}
	return n, err
}

func (n names) team(id int64) string {
	t, _ := n.teams.Team(id)
	return t.Name
}

func (n names) code(id int64) string {
	one, _ := n.services.Service(id)
	return one.Code
}

// reader reads a piece of a table behind an id; last is 0 when there is none.
type reader func(ctx context.Context, tx *db.Tx, n names, after int64) (lines [][]string, last int64, err error)

// tableOf is a table's first line, and how its rows are read.
func (s *Service) tableOf(t Table) ([]string, reader) {
	switch t {
	case CasesTable:
		return caseColumns(), s.readCases
	case ConversationsTable:
		return []string{"id", "network", "account", "person_id", "state", "visibility", "subject", "language", "service_code", "service", "team", "place", "lat", "lon",
			"messages", "case_reference", "created_at", "last_at"}, s.readConversations
	case PeopleTable:
		return []string{"person_id", "name", "created_at", "network", "handle", "handle_name", "profile", "first_at"}, s.readPeople
	case ContactsTable:
		return []string{"id", "at", "network", "direction", "visibility", "person_id", "conversation_id", "service", "case_reference"}, s.readContacts
	}
	return nil, nil
}

func caseColumns() []string {
	return []string{"id", "reference", "source", "state", "reason", "whose", "service_code", "service", "team", "words", "place", "lat", "lon", "asset",
		"due_at", "scheduled_at", "me_too", "reopened", "created_at", "changed_at", "ended_at", "person_id", "conversation_id"}
}

func (s *Service) readCases(ctx context.Context, tx *db.Tx, n names, after int64) (lines [][]string, last int64, err error) {
	list, err := s.Casework.AfterTx(ctx, tx, after, piece)
	for _, c := range list {
		last = c.ID
		lines = append(lines, []string{number(c.ID), c.Reference, string(c.Source), string(c.State), string(c.Reason), safe(c.Whose), safe(n.code(c.ServiceID)), safe(n.services.ServiceName(c.ServiceID)),
			safe(n.team(c.TeamID)), safe(c.Words), safe(c.Place), degrees(c.Lat, c.Lon), degrees(c.Lon, c.Lat), safe(c.Asset), stamp(c.DueAt), stamp(c.ScheduledAt),
			strconv.FormatInt(c.MeToo, 10), strconv.FormatInt(c.Reopened, 10), stamp(c.CreatedAt), stamp(c.ChangedAt), stamp(c.EndedAt), number(c.PersonID), number(c.ConversationID)})
	}
	return lines, last, err
}

func (s *Service) readConversations(ctx context.Context, tx *db.Tx, n names, after int64) (lines [][]string, last int64, err error) {
	list, err := s.Desk.AfterTx(ctx, tx, after, piece)
	for _, c := range list {
		last = c.ID
		lines = append(lines, []string{number(c.ID), string(c.Network), safe(n.accounts[c.AccountID]), number(c.PersonID), string(c.State), string(c.Visibility), safe(c.Subject), safe(c.Language),
			safe(n.code(c.ServiceID)), safe(n.services.ServiceName(c.ServiceID)), safe(n.team(c.TeamID)), safe(c.Place), degrees(c.Lat, c.Lon), degrees(c.Lon, c.Lat),
			strconv.FormatInt(c.Messages, 10), c.CaseRef, stamp(c.CreatedAt), stamp(c.Sorted)})
	}
	return lines, last, err
}

func (s *Service) readPeople(ctx context.Context, tx *db.Tx, _ names, after int64) (lines [][]string, last int64, err error) {
	list, err := s.People.AfterTx(ctx, tx, after, piece)
	for _, f := range list {
		last = f.Person.ID
		for _, h := range f.Handles { // who was joined into another has none, and is in the other's rows
			lines = append(lines, []string{number(f.Person.ID), safe(f.Person.Name), stamp(f.Person.CreatedAt), string(h.Network), safe(h.Identity.Handle), safe(h.Identity.Name),
				safe(h.Identity.Profile), stamp(h.FirstAt)})
		}
	}
	return lines, last, err
}

func (s *Service) readContacts(ctx context.Context, tx *db.Tx, n names, after int64) (lines [][]string, last int64, err error) {
	list, err := s.Desk.ContactsTx(ctx, tx, after, piece)
	for _, c := range list {
		last = c.ID
		lines = append(lines, []string{number(c.ID), stamp(c.At), c.Network, string(c.Direction), string(c.Visibility), number(c.PersonID), number(c.ConversationID),
			safe(n.services.ServiceName(c.ServiceID)), c.CaseRef})
	}
	return lines, last, err
}

// safe keeps a spreadsheet from taking foreign text for a formula.
// https://owasp.org/www-community/attacks/CSV_Injection
func safe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r'", rune(text[0])) {
		return "'" + text
	}
	return text
}

// unsafe takes back what safe did.
func unsafe(text string) string {
	if len(text) > 1 && text[0] == '\'' && strings.ContainsRune("=+-@\t\r'", rune(text[1])) {
		return text[1:]
	}
	return text
}

// stamp is a time in a table: RFC 3339 in UTC, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// degrees is one part of a position, "" when neither part is known.
func degrees(v, other float64) string {
	if v == 0 && other == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
