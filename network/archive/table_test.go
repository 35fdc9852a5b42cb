package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
)

// today is the clock of these tests.
var today = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// requests is the mapping that the manual explains.
func requests(t testing.TB) *Mapping {
	t.Helper()
	return mappingOf(t, readFile(t, "../../docs/import/gainesville311.json"))
}

func mappingOf(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := ReadMapping(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read reads everything that is left of an archive.
func read(t testing.TB, f Format, path string, o Options) ([]Item, error) {
	t.Helper()
	o.Now = today
	if o.Scratch == "" {
		o.Scratch = t.TempDir()
	}
	r, err := Open(f, path, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var list []Item
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, item)
	}
}

// whole is read for an archive that can be read to its end.
func whole(t testing.TB, f Format, path string, o Options) []Item {
	t.Helper()
	list, err := read(t, f, path, o)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// told is what items say, for comparing them.
func told(list []Item) []string {
	var out []string
	for _, i := range list {
		if i.Wrong != "" {
			out = append(out, i.Place+": "+i.Wrong)
			continue
		}
		post, err := json.Marshal(i.Post)
		if err != nil {
			panic(err)
		}
		out = append(out, fmt.Sprintf("%s %s to %q", i.Place, post, i.To.ID))
	}
	return out
}

// goesOnAnywhere holds a reader to its positions: from each of them it returns
// what it would have returned without a break.
func goesOnAnywhere(t *testing.T, f Format, path string, o Options) {
	t.Helper()
	all := told(whole(t, f, path, o))
	o.Now, o.Scratch = today, t.TempDir()
	r, err := Open(f, path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for n := 0; ; n++ {
		at, err := ParsePosition(r.Position().String())
		if err != nil {
			t.Fatal(err)
		}
		rest := o
		rest.From = at
		if got := told(whole(t, f, path, rest)); !slices.Equal(got, all[n:]) {
			t.Fatalf("from %s it reads\n%s\nnot\n%s", at, strings.Join(got, "\n"), strings.Join(all[n:], "\n"))
		}
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			if n != len(all) {
				t.Errorf("%d items, then %d", len(all), n)
			}
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRequestsAreReadAsTheMappingSays(t *testing.T) {
	list := whole(t, Table, "testdata/requests.csv", Options{Mapping: requests(t)})
	wrong := map[string]string{"line 7": "1 January 1970", "line 8": "quotation mark stands within", "line 9": "2099", "line 10": "4 values, and the table has 11"}
	if len(list) != 9 {
		t.Fatalf("%d rows: %q", len(list), told(list))
	}
	for _, i := range list {
		if want := wrong[i.Place]; (want == "") != (i.Wrong == "") || !strings.Contains(i.Wrong, want) {
			t.Errorf("%s: %q", i.Place, i.Wrong)
		}
	}
	first := list[0]
	p := first.Post
	if p.Ref != "gainesville311:9000001" || p.Text != "Hole at the junction, deep enough to lose a wheel in.\nIt has been there since the \"new year\"." || p.Subject != "Road Repair" {
		t.Errorf("%+v", p)
	}
	if want := time.Date(2016, 2, 3, 13, 15, 0, 0, time.UTC); !p.At.Equal(want) {
		t.Errorf("it was reported at %s", p.At)
	}
	if p.Place == nil || p.Place.Lat != 57.4 || p.Place.Label != "100 BLOCK OF HIGH ST" {
		t.Errorf("place %+v", p.Place)
	}
	if k := first.Case; k == nil || k.State != "done" || k.Service != "Potholes and road surface" || k.Ended.Sub(p.At) != 6*24*time.Hour+5*time.Hour+45*time.Minute {
		t.Errorf("case %+v", first.Case)
	}
	if p := list[1].Post; p.Text != "Streetlight/Lamp" || list[1].Case.State != "done" || !list[1].Case.Ended.IsZero() {
		t.Errorf("without words: %+v, %+v", p, list[1].Case)
	}
	if p := list[2].Post; p.Place.Lat != 0 || p.Place.Lon != 0 || p.Place.Label != "MARKET PL" {
		t.Errorf("a place that is none: %+v", p.Place)
	}
	if list[3].Case.State != "" {
		t.Errorf("an open one became %q", list[3].Case.State)
	}
	if k := list[8].Case; k.State != "done" || !k.Ended.IsZero() || k.Service != "Pest control" {
		t.Errorf("ended before it began: %+v", k)
	}
	if list[0].Post.Author.ID == list[1].Post.Author.ID {
		t.Error("two who did not say who they are became one person")
	}
	goesOnAnywhere(t, Table, "testdata/requests.csv", Options{Mapping: requests(t)})
}

const talk = `{"format": "jsonl", "ref": "{id}", "thread": "{ticket.number}", "at": "{when}", "times": ["unix", "2006-01-02"], "author": ["{from.name}", "{from.mail}"],
	"author_id": "{from.mail}", "handle": "{from.mail}", "out": {"of": "{way}", "is": ["Sent"]}, "to_id": "{to}", "text": "{text}", "zone": "Europe/London"}`

func TestLinesOfJSONAreReadWithFieldsWithin(t *testing.T) {
	path := writeFile(t, "talk.jsonl", `{"id": 1, "ticket": {"number": 7}, "when": 1400000000, "from": {"mail": "ann@example.org"}, "way": "got", "text": "My bin was not emptied"}
{"id": "2", "ticket": {"number": 7}, "when": "2014-05-14", "from": {"name": "Council", "mail": "us@council.example"}, "way": "sent", "to": "ann@example.org", "text": "It will be today"}

{"id": 3, "when": 1400000000, "text": ["a", 1, true]} {}
[1]
{"id": 4, "when": "soon", "text": "x"}
{"id": 5, "when": 1400000000, "text": "bad `+"\xff"+` utf \ud800"}
`)
	o := Options{Mapping: mappingOf(t, talk)}
	list := whole(t, Table, path, o)
	if len(list) != 6 || list[0].Wrong+list[1].Wrong+list[5].Wrong != "" {
		t.Fatalf("%q", told(list))
	}
	if a, b := list[0].Post, list[1].Post; a.Thread != "7" || a.Author.Name != "ann@example.org" || !b.FromUs || b.Thread != "7" || list[1].To.ID != "ann@example.org" ||
		!b.At.Equal(time.Date(2014, 5, 13, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("%q", told(list))
	}
	for n, want := range map[int]string{2: "behind the JSON object", 3: "no JSON object", 4: `cannot be read: "soon"`} {
		if !strings.Contains(list[n].Wrong, want) {
			t.Errorf("%s: %q", list[n].Place, list[n].Wrong)
		}
	}
	if list[4].Place != "line 6" {
		t.Errorf("it is in %s", list[4].Place)
	}
	goesOnAnywhere(t, Table, path, o)
}

func TestAMappingSaysWhatIsWrongWithIt(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                       "line 1",
		"{\n\"format\": 7}":       "line 2",
		"{\n\"fromat\": \"csv\"}": "fromat",
		`{"format": "csv"} {}`:    "behind its end",
		`{"format": "xls"}`:       "format",
		`{"format": "csv", "ref": "{id}", "at": "{a}", "text": "{t}", "zone": "Narnia"}`:     "Narnia",
		`{"format": "csv", "ref": "{id", "at": "{a}", "text": "{t}"}`:                        "a brace is open",
		`{"format": "csv", "ref": "{id}", "at": "{a}", "text": "{t}", "visibility": "loud"}`: "visibility",
		`{"format": "csv", "ref": "{id}", "at": "{a}", "text": "{t}", "comma": "||"}`:        "comma",
		`{"format": "csv", "at": "{a}"}`:                                                     "ref",
	} {
		if _, err := ReadMapping(strings.NewReader(text)); err == nil || !strings.Contains(inWords(err), want) {
			t.Errorf("%s: %s", text, inWords(err))
		}
	}
	o := Options{Mapping: requests(t), Now: today}
	for name, text := range map[string]string{"empty": "", "a column is missing": "id,created\n1,2\n"} {
		if _, err := Open(Table, writeFile(t, "x.csv", text), o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(Table, "testdata/none.csv", o); !fault.Is(err, fault.NotFound) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(Table, "testdata", o); !fault.Is(err, fault.Invalid) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(Table, "testdata/requests.csv", Options{Now: today}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no mapping: %v", err)
	}
}

const small = `{"format": "csv", "ref": "{id}", "at": "{at}", "text": "{text}"}`

func TestATableWithBrokenRowsIsReadToItsEnd(t *testing.T) {
	long := strings.Repeat("x", 5<<20)
	path := writeFile(t, "broken.csv", "\uFEFFid,at,text\r\n1,2020-01-01,good\r\n2,2020-01-01,\""+"never closed\r\n3,2020-01-01,good\r\n4,2020-01-01,"+long+
		"\r\n5,2020-01-01,\"five\"\"\r\nlines\"\r\n,2020-01-01,no number\r\n6,2020-01-01,\r\n7,2020-01-01,nul \x00 and \xc3\x28\r\n8,2020-01-01,no end of line")
	o := Options{Mapping: mappingOf(t, small)}
	got := told(whole(t, Table, path, o))
	for n, want := range []string{`"Text":"good"`, "line 3: It begins a quotation", `"Text":"good"`, "line 5: It is longer than 4 MB", `five\"\nlines`, "line 8: It has no number", "line 9: It has no words", `"Ref":"7"`, `"Ref":"8"`} {
		if n >= len(got) || !strings.Contains(got[n], want) {
			t.Fatalf("row %d is not %s: %.300q", n, want, got)
		}
	}
	goesOnAnywhere(t, Table, path, o)
}

func TestATableOfOpenQuotationsIsGivenUp(t *testing.T) {
	path := writeFile(t, "open.csv", "id,at,text\n1,2020-01-01,\"x\n"+strings.Repeat("y", 5<<20))
	r, err := Open(Table, path, Options{Mapping: mappingOf(t, small), Now: today})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.(*table).unclosed = maxUnclosed
	if _, err := r.Next(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("it goes on: %v", err)
	}
}

// inWords is an error with the fields that it is about.
func inWords(err error) string {
	var b strings.Builder
	var fields fault.Fields
	if errors.As(err, &fields) {
		for _, f := range fields {
			b.WriteString(f.Field + ": ")
		}
	}
	return fmt.Sprint(b.String(), err)
}

func FuzzTable(f *testing.F) {
	f.Add([]byte(readFile(f, "testdata/requests.csv")), false)
	f.Add([]byte("id,at,text\n1,2020-01-01,\"a\nb\"\n\"\n2,2020-01-01,x"), false)
	f.Add([]byte(`{"id":1,"at":"2020-01-01","text":{"a":[{}]}}`), true)
	f.Fuzz(func(t *testing.T, text []byte, lines bool) {
		m := mappingOf(t, small)
		if lines {
			m.Format = "jsonl"
		}
		path := writeFile(t, "x", string(text))
		list, err := read(t, Table, path, Options{Mapping: m})
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		for _, i := range list {
			if (i.Post == nil) == (i.Wrong == "") || i.Place == "" || i.Post != nil && (i.Post.Ref == "" || i.Post.Author.ID == "" || !sane(i.Post.At, today)) {
				t.Fatalf("%+v", i)
			}
		}
		if err == nil && len(text) < 2_000 {
			goesOnAnywhere(t, Table, path, Options{Mapping: m})
		}
	})
}
