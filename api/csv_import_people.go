package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/staff"
)

func personFields() []Field {
	return []Field{
		{"external_id", "The number that the person has in your program. The same number again makes nobody else.", true},
		{"name", "What they are called.", true},
		{"phone", "A number, to ring back.", false},
		{"email", "An address, to answer.", false},
		{"address", "Where they live, for letters.", false},
	}
}

// importedIdentity is by which a person of another program is known again, on the
// network of what no program carried.
func importedIdentity(external string) string { return "csv-" + requestHash(external)[:40] }

// importPeople makes people of some rows. They are joined with nobody: that two
// are one is for an officer to say.
func (s *Service) importPeople(ctx context.Context, by staff.Officer, batch []importRow, rehearsal bool) (Imported, error) {
	made := map[int64]bool{} // handles, of which a second row is in the batch
	return s.importTx(ctx, by, PeopleTable, batch, rehearsal, func(ctx context.Context, tx *db.Tx, row importRow) (bool, error) {
		name, _ := text.CleanLine(row.fields["name"], 200)
		if name == "" {
			return false, fault.New(fault.Invalid, "The line has no name.")
		}
		facts := []person.Fact{
			{Kind: person.Phone, Value: row.fields["phone"], Purpose: "To ring back", Source: "A table"},
			{Kind: person.Email, Value: row.fields["email"], Purpose: "To answer", Source: "A table"},
			{Kind: person.Address, Value: row.fields["address"], Purpose: "For letters", Source: "A table"},
		}
		facts = slices.DeleteFunc(facts, func(f person.Fact) bool { return strings.TrimSpace(f.Value) == "" })
		for _, f := range facts {
			if err := f.Check(tx.Now); err != nil {
				return false, err
			}
		}
		who := network.Identity{ID: importedIdentity(row.fields["external_id"]), Name: name}
		found, err := s.People.ResolvePastTx(ctx, tx, phone.Kind, []network.Identity{who})
		if err != nil {
			return false, err
		}
		h := found[who.ID]
		for _, f := range facts {
			f.PersonID = h.PersonID
			if _, err := s.People.AddFactTx(ctx, tx, by.Actor(), f); err != nil {
				return false, err
			}
		}
		again := !h.FirstAt.Equal(tx.Now) || made[h.ID]
		made[h.ID] = true
		return again, nil
	})
}

func contactFields() []Field {
	return []Field{
		{"external_id", "The number that the contact has in your program. The same number again writes nothing down.", true},
		{"words", "What it was about.", true},
		{"told", "What they were told.", false},
		{"at", "When it was, within the last year: 2026-11-26T09:30:00Z or 2026-11-26 09:30. Now when it is left out.", false},
		{"channel", "call, visit or letter; call when it is left out.", false},
		{"outcome", "owed: an answer is owed and it stands in the inbox. answered: nothing is left to do, as when it is left out.", false},
		{"minutes", "How long it took.", false},
		{"person", "The person’s external id in the table of people, or another number that is theirs alone.", false},
		{"name", "What they are called. Needed with a person.", false},
		{"phone", "A number, to ring back.", false},
		{"email", "An address, to answer.", false},
		{"service", "The service’s code, its name, or its LGSL number; as the words say when it is left out.", false},
	}
}

// importContacts writes contacts down, each in a transaction of its own, as an
// officer does.
func (s *Service) importContacts(ctx context.Context, by staff.Officer, batch []importRow, rehearsal bool) (now Imported, err error) {
	for _, row := range batch {
		again, err := s.importContact(ctx, by, row, rehearsal)
		switch {
		case fault.Of(err) != "":
			now.complain(row.line, fault.Sentence(err))
		case err != nil:
			return now, fmt.Errorf("line %d: %w", row.line, err)
		case again:
			now.Known++
		default:
			now.Made++
		}
	}
	if rehearsal {
		return now, nil
	}
	return now, s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return now.recordTx(ctx, tx, by, ContactsTable, batch) })
}

func (s *Service) importContact(ctx context.Context, by staff.Officer, row importRow, rehearsal bool) (again bool, err error) {
	e, err := s.contactOf(ctx, row)
	if err != nil {
		return false, err
	}
	if again, err = s.Contacts.Phone.Logged(ctx, e.Key); err != nil || again {
		return again, err
	}
	if rehearsal {
		return false, s.Contacts.Try(ctx, by, e)
	}
	_, err = s.Contacts.Log(ctx, by, e)
	return false, err
}

func (s *Service) contactOf(ctx context.Context, row importRow) (e contact.Entry, err error) {
	if err := row.whole(); err != nil {
		return e, err
	}
	f := row.fields
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return e, err
	}
	e.Key = importedIdentity("contact:" + f["external_id"])
	e.Words, e.Told, e.Name, e.PhoneNumber, e.Email = f["words"], f["told"], f["name"], f["phone"], f["email"]
	e.Channel = phone.Channel(cmp.Or(strings.ToLower(f["channel"]), string(phone.Call)))
	e.Outcome = phone.Outcome(cmp.Or(strings.ToLower(f["outcome"]), string(phone.Answered)))
	if e.Outcome == phone.MadeCase {
		return e, fault.New(fault.Invalid, "An outcome is owed or answered. Cases come in with the table of cases.")
	}
	if who := f["person"]; who != "" {
		if e.Name == "" {
			return e, fault.New(fault.Invalid, "The line has a person and no name.")
		}
		e.Identity = importedIdentity(who)
	}
	if e.ServiceID, err = serviceNamed(snapshot, f["service"]); err != nil {
		return e, err
	}
	if e.At, err = readMoment(f["at"]); err != nil {
		return e, err
	}
	if f["minutes"] != "" {
		n, err := strconv.Atoi(f["minutes"])
		if err != nil || n < 0 || n > 24*60 {
			return e, fault.New(fault.Invalid, "Minutes are a whole number, at most a day.")
		}
		e.Lasted = time.Duration(n) * time.Minute
	}
	return e, nil
}

// readMoment reads a time as tables have it: as we write it, or as people do, in
// local time. "" is none.
func readMoment(value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, nil
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.Time{}, errors.New("there is no time zone of London")
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "02/01/2006 15:04:05", "02/01/2006 15:04", "2006-01-02", "02/01/2006"} {
		if at, err := time.ParseInLocation(form, value, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fault.Newf(fault.Invalid, "“%s” is no time. Write it as 2026-11-26 09:30.", text.Excerpt(value, 40))
}
