package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

func usual() Mapping {
	return Mapping{"external_id": "nr", "words": "Text", "service": "Service", "place": "where", "lat": "lat", "lon": "lon", "team": "team"}
}

func (h *house) imports(file string, m Mapping, rehearsal bool) Imported {
	h.t.Helper()
	done, err := h.Import(h.t.Context(), h.admin, CasesTable, strings.NewReader(file), m, rehearsal)
	must(h.t, err)
	return done
}

func (h *house) cases() []casework.Case {
	h.t.Helper()
	list, _, err := h.Casework.List(h.t.Context(), casework.Query{Limit: 500})
	must(h.t, err)
	return list
}

func (h *house) exports(t Table, mark bool) (string, [][]string) {
	h.t.Helper()
	var out bytes.Buffer
	_, err := h.Export(h.t.Context(), t, &out, mark)
	must(h.t, err)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), byteOrderMark))).ReadAll()
	must(h.t, err)
	return out.String(), lines
}

func TestATableOfCasesComesInOnceAndSaysWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		file := byteOrderMark + "nr,text,SERVICE,where,lat,lon,team\r\n" +
			"1,A pothole,Potholes,Tolbooth Wynd,57.41,-5.42,\r\n" +
			"2,\"Two lines\r\nand a \"\"quote\"\"\",,,,,roads\r\n" +
			"3,No such service,Dragons,,,,\r\n" +
			"4,No such place,,,91,0,\r\n" +
			"5,Half a place,,,57,,\r\n" +
			"6,\"\",,,,,\r\n" +
			",No number,,,,,\r\n" +
			"7,No such team,,,,,Wizards\r\n" +
			"8,Not a number,,,north,0,\r\n" +
			"9,Broken \xff text,,,,,\r\n" +
			"1,The same number again,,,,,\r\n" +
			"10,Short\r\n"
		want := Imported{Rows: 12, Made: 3, Known: 1, Wrong: 8}
		tried := h.imports(file, usual(), true)
		if tried.Made != want.Made || tried.Wrong != want.Wrong || len(h.cases()) != 0 {
			t.Errorf("tried: %+v, %d cases", tried, len(h.cases()))
		}
		done := h.imports(file, usual(), false)
		if done.Rows != want.Rows || done.Made != want.Made || done.Known != want.Known || done.Wrong != want.Wrong {
			t.Errorf("%+v", done)
		}
		if done.Says[0].Line != 5 || !strings.Contains(done.Says[0].Sentence, "Dragons") {
			t.Errorf("%+v", done.Says)
		}
		list := h.cases()
		if len(list) != 3 {
			t.Fatalf("%d cases", len(list))
		}
		for _, c := range list {
			if c.Words == "A pothole" && (c.ServiceID != h.service || c.TeamID != h.roads.ID || c.Lat != 57.41 || c.Lon != -5.42) {
				t.Errorf("%+v", c)
			}
			if strings.HasPrefix(c.Words, "Two lines") && (c.TeamID != h.roads.ID || c.Words != "Two lines\nand a \"quote\"") {
				t.Errorf("%+v", c)
			}
		}
		again := h.imports(file+"11,New,,,,,\r\n", usual(), false)
		if again.Made != 1 || again.Known != 4 || len(h.cases()) != 4 {
			t.Errorf("again: %+v", again)
		}
	})
}

func TestAFileThatIsNoTableIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, file := range map[string]string{"empty": "", "no columns": "a,b\n1,2\n", "a picture": "\x89PNG\r\n\x1a\n"} {
			if _, err := h.Import(t.Context(), h.admin, CasesTable, strings.NewReader(file), usual(), false); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		done := h.imports("nr,text\n1,good\n2,\"not closed\n3,x\n", Mapping{"external_id": "nr", "words": "text"}, false)
		if done.Made != 1 || done.Wrong != 1 {
			t.Errorf("%+v", done)
		}
		broken := errors.New("the connection is cut")
		_, err := h.Import(t.Context(), h.admin, CasesTable, io.MultiReader(strings.NewReader("nr,text\n7,good\n"), failing{broken}), Mapping{"external_id": "nr", "words": "text"}, false)
		if !errors.Is(err, broken) {
			t.Errorf("cut: %v", err)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWhatGoesOutComesInAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		words := []string{`=HYPERLINK("http://evil.example")`, "+44 1463", "-1", "@SUM(A1)", "'tis broken", "\tTab", "A \"quoted\", thing\nin two lines", "Sràid na h-Eaglaise 🐑"}
		var in strings.Builder
		w := csv.NewWriter(&in)
		must(t, w.Write([]string{"nr", "text"}))
		for i, one := range words {
			must(t, w.Write([]string{strconv.Itoa(i), safe(one)}))
		}
		w.Flush()
		h.imports(in.String(), Mapping{"external_id": "nr", "words": "text"}, false)
		raw, lines := h.exports(CasesTable, true)
		if !strings.HasPrefix(raw, byteOrderMark+"id,reference,") || strings.Count(raw, "\r\n") < len(words) || len(lines) != 1+len(words) {
			t.Fatalf("%d lines: %.80q", len(lines), raw)
		}
		for _, line := range lines {
			for _, cell := range line {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("a formula goes out: %q", cell)
				}
			}
		}
		h.imports(raw, Mapping{"external_id": "reference", "words": "words"}, false)
		got := map[string]int{}
		for _, c := range h.cases() {
			got[strings.TrimSpace(c.Words)]++
		}
		for _, one := range words {
			if got[strings.TrimSpace(one)] != 2 {
				t.Errorf("%q came back %d times", one, got[strings.TrimSpace(one)])
			}
		}
	})
}

func TestTablesAreWholeHoweverLong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var in strings.Builder
		in.WriteString("nr,text\n")
		for i := range 2*piece + 7 {
			in.WriteString(strconv.Itoa(i) + ",A pothole\n")
		}
		done := h.imports(in.String(), Mapping{"external_id": "nr", "words": "text"}, false)
		if done.Made != 2*piece+7 {
			t.Fatalf("%+v", done)
		}
		_, lines := h.exports(CasesTable, false)
		seen := map[string]bool{}
		for _, line := range lines[1:] {
			seen[line[0]] = true
		}
		if len(lines) != 2*piece+8 || len(seen) != 2*piece+7 {
			t.Errorf("%d lines, %d cases", len(lines), len(seen))
		}
	})
}

func TestTheOtherTables(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.opens("A pothole in Tolbooth Wynd swallowed my bicycle")
		for table, want := range map[Table][]string{
			ConversationsTable: {number(c.ConversationID), "quiet", "Quiet", number(c.PersonID), "open", "public"},
			PeopleTable:        {number(c.PersonID), "Tam Wishart"},
			ContactsTable:      {"quiet", "in", "public", number(c.PersonID), number(c.ConversationID)},
		} {
			raw, lines := h.exports(table, false)
			if len(lines) != 2 || len(lines[0]) != len(lines[1]) {
				t.Fatalf("%s: %v", table, lines)
			}
			for _, one := range want {
				if !strings.Contains(strings.Join(lines[1], "|"), one) {
					t.Errorf("%s lacks %s: %v", table, one, lines[1])
				}
			}
			if table == ContactsTable && strings.Contains(raw, "bicycle") {
				t.Error("contacts hold words")
			}
		}
	})
}

func TestTablesInTheBrowserAreOnTheRecord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.shows("/settings/csv", "Make cases of a table", "Bring people in", "Write contacts down")
		b.shows("/settings/csv/cases", "Make cases of a table", "column-external_id")
		b.shows("/settings/csv/contacts", "Write contacts down", "column-outcome")
		upload := func(file string, fields ...string) (int, string) {
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			part, err := m.CreateFormFile("file", "cases.csv")
			must(t, err)
			_, err = part.Write([]byte(file))
			must(t, err)
			for i := 0; i < len(fields); i += 2 {
				must(t, m.WriteField(fields[i], fields[i+1]))
			}
			must(t, m.Close())
			a, err := b.client.Post(b.url+"/settings/csv/import", m.FormDataContentType(), &body)
			must(t, err)
			defer a.Body.Close()
			page, err := io.ReadAll(a.Body)
			must(t, err)
			return a.StatusCode, string(page)
		}
		columns := []string{"column-external_id", "nr", "column-words", "text"}
		if status, page := upload("nr,text\n1,Hole\n2,\n", append(columns, "rehearsal", "on")...); status != 200 || !strings.Contains(page, "Nothing is kept yet") || !strings.Contains(page, "what is to be done") {
			t.Errorf("rehearsal: %d", status)
		}
		if status, page := upload("nr,text\n1,Hole\n2,\n", columns...); status != 200 || !strings.Contains(page, "1 case made") {
			t.Errorf("import: %d", status)
		}
		if status, page := upload("a,b\n1,Hole\n", columns...); status != 422 || !strings.Contains(page, "It has: a, b") {
			t.Errorf("wrong columns: %d", status)
		}
		if status, page := upload("", columns...); status != 422 || !strings.Contains(page, "Choose a CSV file") {
			t.Errorf("no file: %d", status)
		}
		if status, body, _ := b.post("/settings/csv/export", "table", "cases", "mark", "on"); status != 200 || !strings.HasPrefix(body, byteOrderMark+"id,") || !strings.Contains(body, "Hole") {
			t.Errorf("export: %d %.60q", status, body)
		}
		if status, _, _ := b.post("/settings/csv/export", "table", "passwords"); status != 422 {
			t.Errorf("no such table: %d", status)
		}
		var acts []string
		must(t, h.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := record.About(ctx, tx, record.Subject{Kind: "council", ID: 1}, 0, 10)
			acts = nil
			for _, k := range list {
				acts = append(acts, k.Act)
			}
			return err
		}))
		if !strings.HasPrefix(strings.Join(acts, " "), "api.csv.exported api.csv.imported") {
			t.Errorf("%v", acts)
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add("nr,text\n1,A pothole\n")
	f.Add("\ufeffnr,text\r\n\"1\",\"a\r\nb\"\r\n")
	f.Add("nr;text\n1;2")
	f.Fuzz(func(t *testing.T, file string) {
		in := csv.NewReader(strings.NewReader(file))
		in.FieldsPerRecord, in.ReuseRecord = -1, true
		head, err := in.Read()
		if err != nil {
			return
		}
		columns, err := Mapping{"external_id": "nr", "words": "text"}.columns(CasesTable, head)
		if err != nil {
			return
		}
		done := Imported{}
		for rounds := 0; ; rounds++ {
			batch, end, err := readBatch(in, columns, &done)
			if err != nil || end {
				return
			}
			if len(batch) == 0 || rounds > len(file) {
				t.Fatal("it goes on for ever")
			}
		}
	})
}
