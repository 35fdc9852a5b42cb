package open311

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mercat.scot/mercat/platform/fault"
)

func collect[T any](t *testing.T, list iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for one, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

var asked = time.Date(2010, 4, 14, 14, 37, 38, 0, time.UTC)

func full() Request {
	return Request{ID: "638344", Status: Closed, RawStatus: "closed", StatusNotes: "Duplicate request.", ServiceName: "Sidewalk & Curb <Issues>", ServiceCode: "006",
		Description: "Two lines:\nthe \"second\" ]]> one", RequestedAt: asked, UpdatedAt: asked, ExpectedAt: asked.Add(24 * time.Hour), Address: "8TH AVE and JUDAH ST",
		AddressID: "545483", Zipcode: "94122", Located: true, Lat: 37.762221815, Lon: -122.4651145, MediaURL: "https://city.example/638344.jpg"}
}

func TestWhatIsWrittenIsReadAsItWas(t *testing.T) {
	for _, f := range []Format{XML, JSON} {
		t.Run(string(f), func(t *testing.T) {
			requests := []Request{full(), {ID: "638349", Status: Open, RawStatus: "open", ServiceCode: "006", RequestedAt: asked}}
			var b bytes.Buffer
			must(t, WriteRequests(&b, f, all(requests)))
			same(t, collect(t, ReadRequests(&b, time.UTC)), requests)

			services := []Service{{Code: "001", Name: "Cans left out", Description: "Cans", Metadata: true, Type: "realtime", Keywords: "a, b", Group: "sanitation"}, {Code: "002", Type: "batch"}}
			b.Reset()
			must(t, WriteServices(&b, f, services))
			same(t, collect(t, ReadServices(&b)), services)

			definition := Definition{Code: "DMV66", Attributes: []Attribute{
				{Variable: true, Code: "MAKE", Datatype: "singlevaluelist", Required: true, Order: 1, Description: "Which make?", Values: []Value{{"123", "Ford"}, {"124", "Chrysler"}}},
				{Variable: true, Code: "ONE", Datatype: "multivaluelist", Order: 2, Values: []Value{{"1", "Only this"}}},
				{Code: "SAY", Datatype: "text", Order: 3, DatatypeDescription: "A remark"},
			}}
			b.Reset()
			must(t, WriteDefinition(&b, f, definition))
			d, err := ReadDefinition(&b)
			must(t, err)
			same(t, d, definition)

			updates := []Update{{ID: "7", RequestID: "638344", Status: "CLOSED", At: asked, Description: "Done.", MediaURL: "https://city.example/7.jpg"}}
			b.Reset()
			must(t, WriteUpdates(&b, f, updates))
			same(t, collect(t, ReadUpdates(&b, time.UTC)), updates)

			for _, a := range []Accepted{{ID: "293944", ServiceNotice: "Within a day."}, {Token: "12345"}, {ID: "638344", Token: "12345"}} {
				b.Reset()
				must(t, WriteAccepted(&b, f, a))
				got, err := ReadAccepted(&b)
				must(t, err)
				same(t, got, a)
			}

			troubles := []Trouble{{"403", "Invalid api_key."}, {"400", "No lat."}}
			b.Reset()
			must(t, WriteTroubles(&b, f, troubles))
			same(t, ReadTroubles(&b), troubles)

			discovery := Discovery{ChangedAt: asked, Contact: "Ring us", KeyService: "Ask us", Endpoints: []Endpoint{
				{Specification: "http://wiki.open311.org/GeoReport_v2", URL: "https://city.example/v2", ChangedAt: asked, Type: "production", Formats: []string{"text/xml", "application/json"}},
			}}
			b.Reset()
			must(t, WriteDiscovery(&b, f, discovery))
			found, err := ReadDiscovery(&b, time.UTC)
			must(t, err)
			same(t, found, discovery)
		})
	}
}

func TestWhatIsWrittenIsWellFormed(t *testing.T) {
	r := full()
	r.Extended = &Extended{State: "done", HalfAt: asked, MediaURLs: []string{"https://a.example/1", "https://a.example/2"}, Notes: []Note{{asked, "Done", ""}}}
	var b bytes.Buffer
	must(t, WriteRequests(&b, JSON, all([]Request{r, {}})))
	var rows []map[string]any
	must(t, json.Unmarshal(b.Bytes(), &rows))
	if rows[0]["lat"] != 37.762221815 || rows[1]["lat"] != nil || rows[1]["description"] != nil {
		t.Errorf("the JSON has %v", rows)
	}
	b.Reset()
	must(t, WriteRequests(&b, XML, all([]Request{r, {}})))
	if !strings.HasPrefix(b.String(), `<?xml version="1.0" encoding="UTF-8"?>`) {
		t.Errorf("the XML begins with %.60s", b.String())
	}
	d := xml.NewDecoder(&b)
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// The examples of the specification, as it prints them: its JSON has numbers
// that JSON forbids, and its XML white space around values.
func TestTheSpecificationsExamplesAreRead(t *testing.T) {
	got := collect(t, ReadRequests(strings.NewReader(`[
  { "service_request_id":638344, "status":"closed", "status_notes":"Duplicate request.", "service_name":"Sidewalk and Curb Issues", "service_code":006,
    "description":null, "requested_datetime":"2010-04-14T06:37:38-08:00", "lat":37.762221815, "long":-122.4651145, "media_url":"http://city.example/638344.jpg " } ]`), time.UTC))
	want := Request{ID: "638344", Status: Closed, RawStatus: "closed", StatusNotes: "Duplicate request.", ServiceName: "Sidewalk and Curb Issues", ServiceCode: "006",
		RequestedAt: asked, Located: true, Lat: 37.762221815, Lon: -122.4651145, MediaURL: "http://city.example/638344.jpg"}
	same(t, got, []Request{want})
	services := collect(t, ReadServices(strings.NewReader(`<?xml version="1.0" encoding="utf-8"?>
<services><service><service_code>001</service_code><service_name>Cans left out 24x7</service_name><metadata>true</metadata><type>realtime</type></service></services>`)))
	same(t, services, []Service{{Code: "001", Name: "Cans left out 24x7", Metadata: true, Type: "realtime"}})
	a, err := ReadAccepted(strings.NewReader("<service_requests>\n<request>\n<service_request_id>293944</service_request_id>\n<service_notice>\nThe City will inspect\n</service_notice>\n<account_id/>\n</request></service_requests>"))
	must(t, err)
	same(t, a, Accepted{ID: "293944", ServiceNotice: "The City will inspect"})
	d, err := ReadDefinition(strings.NewReader(`{"service_code":"DMV66","attributes":[{"variable":true,"code":"WHISHETN","datatype":"singlevaluelist","required":true,"datatype_description":null,"order":1,"description":"What?","values":[{"key":123,"name":"Ford"},{"key":124,"name":"Chrysler"}]}]}`))
	must(t, err)
	same(t, d, Definition{Code: "DMV66", Attributes: []Attribute{{Variable: true, Code: "WHISHETN", Datatype: "singlevaluelist", Required: true, Order: 1, Description: "What?", Values: []Value{{"123", "Ford"}, {"124", "Chrysler"}}}}})
}

// What real servers of cities were seen to send.
func TestWhatRealServersSendIsRead(t *testing.T) {
	one := Request{ID: "1129806", Status: Open, RawStatus: "Open", ServiceCode: "280", RequestedAt: time.Date(2012, 5, 22, 23, 57, 23, 970_000_000, time.UTC), Address: "SAN FRANCISCO , CA", Zipcode: "0"}
	const inner = `<service_request_id>1129806</service_request_id><status>Open</status><status_notes/><service_code>280</service_code><requested_datetime>2012-05-22 23:57:23.97</requested_datetime>` +
		`<updated_datetime xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/><address>     SAN FRANCISCO , CA </address><zipcode>0</zipcode><lat>0.0</lat><long>0.0</long>`
	fields := `"service_request_id":1129806,"status":"Open","service_code":280,"requested_datetime":"2012-05-22 23:57:23.97","address":"  SAN FRANCISCO , CA ","zipcode":0,"lat":0.0,"long":null`
	for name, document := range map[string]string{
		"with namespaces":         `<?xml version="1.0"?><service_requests xmlns:m="http://org/sf"><request>` + inner + `</request></service_requests>`,
		"behind a mark":           "\xef\xbb\xbf \n<service_requests><request>" + inner + `</request></service_requests>`,
		"an entry by itself":      `<request>` + inner + `</request>`,
		"within an envelope":      `<soap><body><service_requests><request>` + inner + `</request></service_requests></body></soap>`,
		"a list":                  `[{` + fields + `}]`,
		"an object for a list":    `{` + fields + `}`,
		"a named list":            `{"service_requests":[{` + fields + `}]}`,
		"a named list of names":   `{"service_requests":{"request":[{` + fields + `}]}}`,
		"a named single one":      `{"service_requests":{"request":{` + fields + `}}}`,
		"an error between":        `[{"code":400,"description":"One is missing"},{` + fields + `}]`,
		"upper case":              `<SERVICE_REQUESTS><REQUEST>` + inner + `</REQUEST></SERVICE_REQUESTS>`,
		"under another charset":   `<?xml version="1.0" encoding="ISO-8859-1"?><service_requests><request>` + inner + `</request></service_requests>`,
		"with a line break in it": `[{` + strings.Replace(fields, "SAN FRANCISCO", "SAN\nFRANCISCO", 1) + `}]`,
	} {
		t.Run(name, func(t *testing.T) {
			got := collect(t, ReadRequests(iotest.OneByteReader(strings.NewReader(document)), time.UTC))
			if name == "within an envelope" && len(got) == 0 {
				t.Fatal("nothing was found")
			}
			same(t, got, []Request{one})
		})
	}
}

func TestWhatIsNoDataSaysSo(t *testing.T) {
	for document, want := range map[string]string{
		"<!DOCTYPE html><html><body>Sorry</body></html>": "web page",
		" <HTML><head/></HTML>":                          "web page",
		`<?xml version="1.0"?><html xmlns="x"></html>`:   "web page",
		"":                            "nothing",
		"Service Unavailable":         "neither",
		"<service_requests><request>": "breaks off",
		`[{"service_request_id":"1"`:  "breaks off",
		`[{"a":"1"},`:                 "breaks off",
		strings.Repeat("[", 100):      "deeply",
		strings.Repeat("<a>", 100):    "deeply",
	} {
		var last error
		for _, err := range ReadRequests(strings.NewReader(document), time.UTC) {
			last = err
		}
		if !fault.Is(last, fault.Down) || !strings.Contains(fault.Sentence(last), want) {
			t.Errorf("%.40q: %v, wanted %q", document, last, want)
		}
	}
}

func TestDatesInManyForms(t *testing.T) {
	zone := time.FixedZone("", -8*3600)
	for s, want := range map[string]string{
		"1994-11-05T08:15:30-05:00": "1994-11-05T13:15:30Z", "1994-11-05T13:15:30Z": "1994-11-05T13:15:30Z", "2012-05-22 23:57:23.97": "2012-05-23T07:57:23.97Z",
		"2011-07-05 05:30:00": "2011-07-05T13:30:00Z", "2011-07-05": "2011-07-05T08:00:00Z", "2012-05-23T15:55:28-0400": "2012-05-23T19:55:28Z",
		"Tue, 15 Nov 1994 08:12:31 GMT": "1994-11-15T08:12:31Z", " 2012-05-22T23:57 ": "2012-05-23T07:57:00Z", "2012-05-22 23:57:23 +0100": "2012-05-22T22:57:23Z",
		"yesterday": "", "": "", "2012-13-45T00:00:00Z": "", strings.Repeat("9", 1000): "",
	} {
		got, ok := ParseTime(s, zone)
		if text := got.Format(time.RFC3339Nano); ok != (want != "") || ok && text != want {
			t.Errorf("%.30q is %s, wanted %s", s, text, want)
		}
	}
}

// recorded is a folder of real servers' answers.
const recorded = "MERCAT_TEST_OPEN311"

func TestRecordedAnswersAreReadWhole(t *testing.T) {
	folder := os.Getenv(recorded)
	if folder == "" {
		t.Log("set " + recorded + " to a folder of answers to read those too")
		return
	}
	zone := time.FixedZone("", -8*3600)
	for name, want := range map[string]int{"bloomington_requests.json": 1, "san_francisco_requests.xml": 1, "sf_requests_2011_500.json": 500} {
		f, err := os.Open(filepath.Join(folder, name))
		must(t, err)
		defer f.Close()
		list := collect(t, ReadRequests(f, zone))
		if len(list) < want {
			t.Errorf("%s has %d requests", name, len(list))
		}
		for _, r := range list {
			if r.ID == "" || r.ServiceCode == "" || r.RequestedAt.IsZero() || r.RawStatus == "" {
				t.Errorf("%s: %+v", name, r)
			}
		}
		t.Logf("%s: %d requests", name, len(list))
	}
	for _, name := range []string{"bloomington_services.json", "san_francisco_services.xml"} {
		f, err := os.Open(filepath.Join(folder, name))
		must(t, err)
		defer f.Close()
		list := collect(t, ReadServices(f))
		for _, s := range list {
			if s.Code == "" || s.Name == "" || s.Type != "realtime" {
				t.Errorf("%s: %+v", name, s)
			}
		}
		t.Logf("%s: %d services", name, len(list))
	}
}

// FuzzReaders looks whether any document makes a reader fail otherwise than by
// saying so, or makes something that cannot be written and read again.
func FuzzReaders(f *testing.F) {
	for _, s := range []string{`<service_requests><request><service_request_id>1</service_request_id></request></service_requests>`, `[{"service_request_id":001}]`,
		`{"service_requests":[{"lat":1e400}]}`, `<a><b/></a>`, `{"service_code":"a","attributes":{"attribute":[{"code":1,"values":{"value":{"key":1}}}]}}`, "[-", `["\`, "\xef\xbb\xbf[1]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		var list []Request
		for r, err := range ReadRequests(bytes.NewReader(document), time.UTC) {
			if err != nil && fault.Of(err) == "" {
				t.Fatalf("%v is not for people", err)
			}
			if err == nil {
				list = append(list, r)
			}
		}
		for range ReadServices(bytes.NewReader(document)) {
		}
		for range ReadUpdates(bytes.NewReader(document), time.UTC) {
		}
		ReadTroubles(bytes.NewReader(document))
		if _, err := ReadDefinition(bytes.NewReader(document)); err != nil && fault.Of(err) == "" {
			t.Fatal(err)
		}
		for _, format := range []Format{XML, JSON} {
			var b bytes.Buffer
			must(t, WriteRequests(&b, format, all(list)))
			again := collect(t, ReadRequests(&b, time.UTC))
			if len(again) != len(list) {
				t.Fatalf("%d requests became %d in %s: %s", len(list), len(again), format, b.Bytes())
			}
			for i := range again {
				if again[i].Description != list[i].Description || again[i].ID != list[i].ID {
					t.Fatalf("%+v became %+v", list[i], again[i])
				}
			}
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwanted\n%+v", got, want)
	}
}
