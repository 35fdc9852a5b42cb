package backoffice

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/httpx"
)

// recorded is a folder of real servers' answers.
const recorded = "MERCAT_TEST_OPEN311"

// TestRecordedAnswersOfCitiesAreFollowed holds what is made of answers to those
// of real servers.
func TestRecordedAnswersOfCitiesAreFollowed(t *testing.T) {
	folder := os.Getenv(recorded)
	if folder == "" {
		t.Log("set " + recorded + " to a folder of answers to follow those too")
		return
	}
	for name, least := range map[string]int{"san_francisco_requests.xml": 10, "bloomington_requests.json": 10} {
		body, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		a := Answer{Status: 200, Body: body, At: time.Now()}
		if out := reached(a, nil); out.kind != nothing {
			t.Errorf("%s is not read: %s", name, out.says)
		}
		n, moved := 0, 0
		for r, err := range open311.ReadRequests(a.body(), london()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			m, ok := moving(string(r.Status), casework.Case{State: casework.Received})
			if ok != (r.Status == open311.Closed) || ok && (m.To != casework.Done || m.Reason != casework.Unknown) {
				t.Errorf("%s: %q makes %+v, %v", name, r.RawStatus, m, ok)
			}
			if ok {
				moved++
			}
		}
		if n < least {
			t.Errorf("%s has %d requests", name, n)
		}
		t.Logf("%s: %d requests, of which %d close a case", name, n, moved)
	}
}

func TestWhatAnAnswerToARequestMeans(t *testing.T) {
	for name, c := range map[string]struct {
		a    Answer
		err  error
		want kind
		says string
	}{
		"an id":                 {a: Answer{Status: 200, Body: []byte(`[{"service_request_id":293944,"service_notice":"We will look","account_id":null}]`)}, want: done},
		"created":               {a: Answer{Status: 201, Body: []byte(`<service_requests><request><service_request_id>1</service_request_id></request></service_requests>`)}, want: done},
		"a token":               {a: Answer{Status: 200, Body: []byte(`<service_requests><request><token>12345</token></request></service_requests>`)}, want: pending},
		"a web page":            {a: Answer{Status: 200, Body: []byte("<!DOCTYPE html><html><body>Sorry</body></html>")}, want: unknown, says: "web page"},
		"nothing":               {a: Answer{Status: 200}, want: unknown, says: "nothing"},
		"half an answer":        {a: Answer{Status: 200, Body: []byte(`<service_requests><request><service_re`)}, want: unknown, says: "breaks off"},
		"an error with 200":     {a: Answer{Status: 200, Body: []byte(`[{"code":400,"description":"service_code was not found"}]`)}, want: refused, says: "service_code"},
		"an error":              {a: Answer{Status: 400, Body: []byte(`<errors><error><code>400</code><description>Which lane?</description></error></errors>`)}, want: refused, says: "Which lane?"},
		"an error without word": {a: Answer{Status: 404, Body: []byte("Not found")}, want: refused},
		"a bad key":             {a: Answer{Status: 403, Body: []byte(`[{"code":403,"description":"Invalid api_key"}]`)}, want: unsent, says: "Invalid api_key"},
		"too fast":              {a: Answer{Status: 429}, want: unsent},
		"an error of its own":   {a: Answer{Status: 502, Body: []byte("<html>Bad gateway</html>")}, want: unknown},
		"nobody there":          {err: &httpx.DialError{Host: "crm.example", Port: "443", Err: os.ErrDeadlineExceeded}, want: unsent},
		"cut off":               {err: os.ErrDeadlineExceeded, want: unknown},
	} {
		out := judge(c.a, c.err)
		if out.kind != c.want || c.says != "" && !strings.Contains(out.says, c.says) || out.kind != done && out.kind != pending && out.says == "" {
			t.Errorf("%s: %d (%s), wanted %d", name, out.kind, out.says, c.want)
		}
	}
}
