package app

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/platform/db"
)

var formKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

// newForm opens the form on which a contact is written down, and returns its key.
func newForm(t *testing.T, b *browser, path string) string {
	t.Helper()
	page := b.get(path).want(t, http.StatusOK, "Log a contact")
	found := formKey.FindStringSubmatch(page.body)
	if found == nil {
		t.Fatal("the form has no key")
	}
	return found[1]
}

func (d *desked) everything() []desk.Row {
	d.t.Helper()
	rows, _, err := d.desk.Inbox(d.t.Context(), desk.Query{View: desk.Everything, OfficerID: d.officer.ID})
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

func personPath(id int64) string { return "/people/" + strconv.FormatInt(id, 10) }

func TestACallIsWrittenDownOnceAndFoundByItsNumber(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		d := r.at(t, b)
		key := newForm(t, b, "/contacts/new?back=/desk")
		call := []string{"key", key, "back", "/desk?view=all", "words", "The lamp outside 12 High Street is out.", "who", "Ann Baird", "phone", "01334 412345", "channel", "call", "outcome", "owed", "minutes", "4"}
		b.post("/contacts", call...).leads(t, "/desk?view=all")
		b.post("/contacts", call...).leads(t, "/desk?view=all") // a double click
		rows := d.everything()
		if len(rows) != 1 || rows[0].State != desk.Open || rows[0].DueAt.IsZero() || rows[0].Who != "Ann Baird" || rows[0].Network != phone.Kind {
			t.Fatalf("%+v", rows)
		}
		ann := rows[0].PersonID
		b.get(pathOf(rows[0].ID)).want(t, http.StatusOK, "Phone call", "4 minutes", "Written down, not sent", "Write it down", personPath(ann))

		// Other words under the same key are not lost.
		other := append([]string{}, call...)
		other[5] = "And the bin was not emptied."
		again := b.post("/contacts", other...).want(t, http.StatusUnprocessableEntity, "written down already", "And the bin was not emptied.")
		if k := formKey.FindStringSubmatch(again.body); k == nil || k[1] == key {
			t.Error("the form has the used key still")
		}

		// The number finds her, however it is written; nothing is kept before somebody chose.
		second := newForm(t, b, "/contacts/new")
		visit := []string{"key", second, "back", "/desk", "words", "When is the hall open?", "told", "Until nine on Tuesdays.", "who", "+44 (0)1334 412 345", "channel", "visit", "outcome", "answered"}
		b.post("/contacts", visit...).want(t, http.StatusUnprocessableEntity, "Is it one of these?", "Ann Baird")
		b.post("/contacts", append(visit, "person", strconv.FormatInt(ann, 10))...).leads(t, "/desk")
		rows = d.everything()
		if len(rows) != 2 || rows[0].PersonID != ann || rows[1].PersonID != ann || rows[0].HandleID != rows[1].HandleID {
			t.Fatalf("%+v", rows)
		}
		var hall desk.Row
		for _, row := range rows {
			if row.State == desk.Closed {
				hall = row
			}
		}
		if hall.ClosedReason != "Answered at once" || hall.OfficerID != d.officer.ID || hall.Messages != 2 {
			t.Errorf("answered at once: %+v", hall)
		}
		b.get(personPath(ann)).want(t, http.StatusOK, "Phone call, 4 minutes", "Counter visit", "When is the hall open?", "Until nine on Tuesdays.", "01334 412345", "To ring back")
		b.get("/people?q=0044+1334+412345").want(t, http.StatusOK, personPath(ann))
		b.get("/people?q=bair").want(t, http.StatusOK, personPath(ann))
		b.get(personPath(ann)+"?channel=email").want(t, http.StatusOK, "No contacts here")
		b.get("/people/999").want(t, http.StatusNotFound, "no such person")
	})
}

func TestACallThatWeMadeBeginsAConversationAndAnUnknownCallerIsNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		d := r.at(t, b)
		for range 2 {
			b.post("/contacts", "key", newForm(t, b, "/contacts/new"), "words", "A dog is loose", "channel", "call", "outcome", "owed").leads(t, "/desk")
		}
		b.post("/contacts", "key", newForm(t, b, "/contacts/new"), "words", "Told him that the lamp is mended", "who", "Bob", "by_us", "1", "channel", "call", "outcome", "answered").leads(t, "/desk")
		rows := d.everything()
		if len(rows) != 3 {
			t.Fatalf("%+v", rows)
		}
		persons := map[int64]bool{}
		for _, row := range rows {
			persons[row.PersonID] = true
			if row.Who == "Bob" && (row.State != desk.Closed || row.Messages != 1) {
				t.Errorf("our own call: %+v", row)
			}
		}
		if len(persons) != 3 {
			t.Errorf("%d persons", len(persons))
		}
		b.post("/contacts", "key", newForm(t, b, "/contacts/new"), "words", "", "channel", "fax", "outcome", "owed").
			want(t, http.StatusUnprocessableEntity, "Write in a few words", "Choose how you were in contact")
		b.post("/contacts", "words", "Bins", "channel", "call", "outcome", "owed").want(t, http.StatusUnprocessableEntity, "not complete")
		b.post("/contacts", "key", newForm(t, b, "/contacts/new"), "words", "Bins", "phone", "Ann", "channel", "call", "outcome", "owed").
			want(t, http.StatusUnprocessableEntity, "Enter a phone number")
		if n := len(d.everything()); n != 3 {
			t.Errorf("%d conversations after refusals", n)
		}
	})
}

func TestAnAnswerToACallIsWrittenDownAndACaseOwesACallBack(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		d := r.at(t, b)
		made := b.post("/contacts", "key", newForm(t, b, "/contacts/new"), "words", "A pothole in High Street", "who", "Ann", "channel", "call", "outcome", "case")
		row := d.row("A pothole in High Street")
		made.leads(t, "/cases/new?conversation="+strconv.FormatInt(row.ID, 10))
		b.get(made.to).want(t, http.StatusOK, "A pothole in High Street")
		a := b.post(pathOf(row.ID)+"/reply", "body", "Rang back: it is on Thursday's list.", "as", "direct", "seen", strconv.FormatInt(row.LastInID, 10))
		if a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, visible(a.body))
		}
		d.sent(row.ID, "Rang back")
		b.get(pathOf(row.ID)).want(t, http.StatusOK, "Written down", "not sent: Mercat carries nothing here")

		// What another room would tell the citizen is owed, not said.
		err := r.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			m, err := r.desk.SayTx(ctx, tx, row.ID, d.officer.Actor(), "case:1", "Your case is MC-1.")
			if err == nil && (m.Direction != desk.Note || !strings.HasPrefix(m.Body, "To tell Ann: ")) {
				t.Errorf("%+v", m)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if now := d.row("Rang back"); now.State != desk.Open || now.DueAt.IsZero() {
			t.Errorf("%+v", now)
		}
		b.get(pathOf(row.ID)).want(t, http.StatusOK, "To tell Ann: Your case is MC-1.")
	})
}

func TestHowAPersonCanBeReachedIsCorrectedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		d := r.at(t, b)
		b.post("/contacts", "key", newForm(t, b, "/contacts/new"), "words", "Bins", "who", "Ann", "channel", "call", "outcome", "owed").leads(t, "/desk")
		ann := personPath(d.row("Bins").PersonID)
		b.post(ann+"/facts", "kind", "phone", "value", "Ann", "source", "", "purpose", "To ring").want(t, http.StatusUnprocessableEntity, "Enter a phone number", "from where you have it")
		b.post(ann+"/facts", "kind", "email", "value", "ann@example.org", "source", "Letter", "purpose", "To answer", "until", "2099-01-01").want(t, http.StatusUnprocessableEntity, "ten years")
		b.post(ann+"/facts", "kind", "email", "value", "ann@example.org", "source", "Letter", "purpose", "To answer").leads(t, ann)
		page := b.get(ann).want(t, http.StatusOK, "ann@example.org", "From: Letter", "No end is set.", "What is kept, and until when")
		fact := regexp.MustCompile(`name="fact" value="(\d+)"`).FindStringSubmatch(page.body)[1]
		b.post(ann+"/facts/change", "fact", fact, "version", "1", "kind", "email", "value", "ann.baird@example.org", "source", "Letter", "purpose", "To answer").leads(t, ann)
		b.post(ann+"/facts/remove", "fact", fact, "version", "1").want(t, http.StatusUnprocessableEntity, "changed this meanwhile")
		b.post(ann+"/facts/remove", "fact", fact, "version", "2").leads(t, ann)
		b.get(ann).want(t, http.StatusOK, "Nothing was written down.")
	})
}
