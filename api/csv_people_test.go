package api

import (
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/desk"
)

func (h *house) brings(t Table, file string, rehearsal bool, columns ...string) Imported {
	h.t.Helper()
	m := Mapping{}
	for _, c := range columns {
		m[c] = c
	}
	done, err := h.Import(h.t.Context(), h.admin, t, strings.NewReader(file), m, rehearsal)
	must(h.t, err)
	return done
}

func TestPeopleComeInOnceAndAreJoinedWithNobody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		file := "external_id,name,phone,email,address\n" +
			"7,Ailsa Rennie,01631 555 0142,ailsa@example.org,\"2 Mercat Lane\r\nOban\"\n" +
			"7,Ailsa Rennie again,,,\n" +
			"8,Ailsa Rennie,,ailsa@example.org,\n" +
			"9,,,,\n10,Tam,12,,\n11,Tam,,tam at home,\n,Nobody,,,\n"
		columns := []string{"external_id", "name", "phone", "email", "address"}
		for _, rehearsal := range []bool{true, false} {
			done := h.brings(PeopleTable, file, rehearsal, columns...)
			if done.Rows != 7 || done.Made != 2 || done.Known != 1 || done.Wrong != 4 || len(done.Says) != 4 || done.Says[1].Line != 7 || !strings.Contains(done.Says[1].Sentence, "phone number") {
				t.Errorf("rehearsal %v: %+v", rehearsal, done)
			}
		}
		if done := h.brings(PeopleTable, file, false, columns...); done.Made != 0 || done.Known != 3 {
			t.Errorf("again: %+v", done)
		}
		_, lines := h.exports(PeopleTable, false)
		if len(lines) != 3 || lines[1][1] != "Ailsa Rennie" || lines[1][0] == lines[2][0] || lines[1][3] != "phone" {
			t.Errorf("%v", lines)
		}
		found, err := h.Contacts.Find(t.Context(), "+44 1631 555 0142")
		must(t, err)
		if len(found) != 1 || len(found[0].Facts) != 3 {
			t.Errorf("found by number: %+v", found)
		}
	})
}

func TestContactsComeInAsTheyWereWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.brings(PeopleTable, "external_id,name\n7,Ailsa Rennie\n", false, "external_id", "name")
		day := h.clock.Now().Add(-48 * time.Hour).Format("2006-01-02 15:04")
		file := "external_id,words,told,at,channel,outcome,minutes,person,name,phone,service\n" +
			"1,A pothole in Tolbooth Wynd,,\"" + day + "\",call,owed,4,7,Ailsa Rennie,01631 555 0142,\n" +
			"2,Thanks,You are welcome," + day + ",visit,answered,,7,Ailsa Rennie,,Potholes\n" +
			"3,A letter,,," + "letter,,,,Tam,,\n" +
			"4,Long ago,,2001-01-01,call,,,,Tam,,\n5,No channel,,,pigeon,,,,,,\n6,A case,,,,case,,,,,\n7,A person,,,,,,9,,,\n8,When,,yesterday,,,,,,,\n9,,,,,,,,Tam,,\n10,x,,,,,,,,,Ferries\n"
		columns := []string{"external_id", "words", "told", "at", "channel", "outcome", "minutes", "person", "name", "phone", "service"}
		for _, rehearsal := range []bool{true, false} {
			done := h.brings(ContactsTable, file, rehearsal, columns...)
			if done.Rows != 10 || done.Made != 3 || done.Wrong != 7 || len(done.Says) != 7 {
				t.Errorf("rehearsal %v: %+v", rehearsal, done)
			}
			list, _, err := h.Desk.Inbox(t.Context(), desk.Query{View: desk.Everything})
			must(t, err)
			if rehearsal && len(list) != 0 || !rehearsal && len(list) != 3 {
				t.Errorf("rehearsal %v: %d conversations", rehearsal, len(list))
			}
		}
		if done := h.brings(ContactsTable, file, false, columns...); done.Made != 0 || done.Known != 3 {
			t.Errorf("again: %+v", done)
		}
		found, err := h.Contacts.Find(t.Context(), "01631 555 0142")
		must(t, err)
		if len(found) != 1 || found[0].Person.Name != "Ailsa Rennie" {
			t.Fatalf("%+v", found)
		}
		p := h.program("contacts:read", "people:read")
		var rec RecordList
		p.send("GET", "/api/v1/people/"+number(found[0].Person.ID)+"/contacts", "").into(t, 200, &rec)
		if len(rec.Items) != 2 || rec.Items[0].State != "closed" && rec.Items[1].State != "closed" || rec.Items[0].Minutes+rec.Items[1].Minutes != 4 {
			t.Errorf("%+v", rec)
		}
	})
}

func TestTablesThatDoNotComeInHere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.shows("/settings/csv", "mercat import table", "/settings/csv/people")
		if status, _, _ := b.post("/settings/csv/import", "table", "conversations"); status == 200 {
			t.Errorf("conversations: %d", status)
		}
	})
}
