package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

func TestANoticeIsShownOnceOnThePageAfterTheRedirect(t *testing.T) {
	b := newBench(t)
	b.Handle("POST /close", web.SignedIn(), func(w http.ResponseWriter, r *http.Request) error {
		return web.RedirectNotice(w, r, "/desk", web.Notice{Text: "Closed & thanked.", UndoURL: "/reopen", Undo: map[string]string{"version": "4"}})
	})
	b.Handle("GET /desk", web.SignedIn(), says("Desk"))

	posted := b.do(t, "POST", "/close", "", header{"X-Role": "officer"})
	cookies := posted.Cookies()
	if posted.StatusCode != 303 || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("%d, cookies %v", posted.StatusCode, cookies)
	}
	shown := b.do(t, "GET", "/desk", "", header{"X-Role": "officer", "Cookie": cookies[0].Name + "=" + cookies[0].Value})
	page := read(t, shown)
	for _, want := range []string{"Closed &amp; thanked.", `action="/reopen"`, `name="version" value="4"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if gone := shown.Cookies(); len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Errorf("the cookie stays: %v", gone)
	}
	forged := b.do(t, "GET", "/desk", "", header{"X-Role": "officer", "Cookie": cookies[0].Name + "=" + strings.Repeat("A", 60)})
	if page := read(t, forged); strings.Contains(page, "m-notice\"") {
		t.Error("a forged notice is shown")
	}
}

func TestCookiesAreHostOnlyOverHTTPS(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Secure = true })
	var back string
	b.Handle("GET /set", web.Public("test"), func(w http.ResponseWriter, r *http.Request) error {
		web.SetCookie(r.Context(), w, "session", "abc", time.Hour)
		back = web.Cookie(r, "session")
		return nil
	})
	c := b.do(t, "GET", "/set", "", header{"Cookie": "__Host-session=abc; session=planted"}).Cookies()[0]
	if c.Name != "__Host-session" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.MaxAge != 3600 {
		t.Errorf("cookie %+v", c)
	}
	if back != "abc" {
		t.Errorf("read %q", back)
	}
}

func TestARedirectFollowsHtmxAndNeverLeavesTheSite(t *testing.T) {
	b := newBench(t)
	var to string
	b.Handle("POST /go", web.Public("test"), func(w http.ResponseWriter, r *http.Request) error { return web.Redirect(w, r, to) })
	for given, want := range map[string]string{
		"/desk?c=1": "/desk?c=1", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/", "": "/", "/a\r\nSet-Cookie: x=1": "/",
	} {
		to = given
		if res := b.do(t, "POST", "/go", "", nil); res.StatusCode != 303 || res.Header.Get("Location") != want {
			t.Errorf("%q: %d to %q, want %q", given, res.StatusCode, res.Header.Get("Location"), want)
		}
		if res := b.do(t, "POST", "/go", "", header{"HX-Request": "true"}); res.StatusCode != 200 || res.Header.Get("HX-Redirect") != want {
			t.Errorf("%q by htmx: %d to %q, want %q", given, res.StatusCode, res.Header.Get("HX-Redirect"), want)
		}
	}
}

func TestABoostedLinkGetsAWholePage(t *testing.T) {
	for name, c := range map[string]struct {
		h    header
		want bool
	}{
		"browser": {header{}, false},
		"htmx":    {header{"HX-Request": "true"}, true},
		"boosted": {header{"HX-Request": "true", "HX-Boosted": "true"}, false},
		"back":    {header{"HX-Request": "true", "HX-History-Restore-Request": "true"}, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		for k, v := range c.h {
			r.Header.Set(k, v)
		}
		if web.IsFragment(r) != c.want {
			t.Errorf("%s: %t", name, !c.want)
		}
	}
}

func TestALongPageIsCompressedForWhoTakesIt(t *testing.T) {
	b := newBench(t)
	b.Handle("GET /x", web.SignedIn(), says("Long enough"))
	plain := read(t, b.do(t, "GET", "/x", "", header{"X-Role": "officer"}))
	res := b.do(t, "GET", "/x", "", header{"X-Role": "officer", "Accept-Encoding": "gzip, br"})
	if res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Accept-Encoding") {
		t.Fatalf("headers %v", res.Header)
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(z)
	if err != nil || string(unzipped) != plain {
		t.Errorf("differs: %v", err)
	}
}

func TestAssetsAreKeptForEverUnderTheirHash(t *testing.T) {
	b := newBench(t)
	res := b.do(t, "GET", web.Asset("base.css"), "", header{"Accept-Encoding": "gzip"})
	if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	again := b.do(t, "GET", web.Asset("base.css"), "", header{"Accept-Encoding": "gzip", "If-None-Match": res.Header.Get("ETag")})
	if again.StatusCode != http.StatusNotModified || len(read(t, again)) != 0 {
		t.Errorf("%d", again.StatusCode)
	}
	old := b.do(t, "GET", "/assets/000000000000/base.css", "", nil)
	if old.StatusCode != 200 || old.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("an old page's asset: %d %q", old.StatusCode, old.Header.Get("Cache-Control"))
	}
	if css := read(t, old); strings.Contains(css, "asset:") || !strings.Contains(css, web.Asset("atkinson-next.woff2")) {
		t.Error("the style sheet does not name the fonts by their hash")
	}
	if res := b.do(t, "GET", "/assets/000000000000/nothing.css", "", nil); res.StatusCode != 404 {
		t.Errorf("no such asset: %d", res.StatusCode)
	}
}

func formOf(t *testing.T, body string) *web.Form {
	t.Helper()
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := web.ReadForm(r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	f := formOf(t, url.Values{
		"name": {"  Morag\r\nMacpherson  "}, "long": {"abcdef"}, "kind": {"royal"}, "ids": {"1", "2", "x"},
		"n": {"11"}, "lat": {"NaN"}, "bad": {"a\xffb\x00c"}, "tick": {"1"}, "version": {"12"},
	}.Encode())
	if got := f.Text("name", web.Required("Enter a name.")); got != "Morag\nMacpherson" {
		t.Errorf("name %q", got)
	}
	if got := f.Text("bad"); got != "a\uFFFDb\uFFFDc" {
		t.Errorf("bad %q", got)
	}
	f.Text("missing", web.Required("Enter what is missing."))
	f.Text("long", web.AtMost(5))
	f.Choice("kind", "Choose a kind.", "public", "private")
	f.IDs("ids", "Choose teams.")
	f.Int("n", 1, 10, "Enter a number from 1 to 10.")
	f.Float("lat", -90, 90, "Enter a latitude.")
	if !f.Ticked("tick") || f.Version() != 12 || f.Value("kind") != "royal" {
		t.Error("values are lost")
	}
	want := []string{"missing", "long", "kind", "ids", "n", "lat"}
	for i, p := range f.Problems() {
		if i >= len(want) || p.Field != want[i] {
			t.Errorf("problem %d is of %q", i, p.Field)
		}
	}
	if len(f.Problems()) != len(want) || !fault.Is(f.Err(), fault.Invalid) || f.Problem("long") != "Use 5 characters or fewer. There are 6." {
		t.Errorf("problems %v", f.Problems())
	}
	if !f.Take(fault.New(fault.Conflict, "Someone was quicker.")) || f.Take(errors.New("disk is full")) || f.Take(fault.New(fault.Forbidden, "No.")) {
		t.Error("Take takes the wrong errors")
	}
	var none *web.Form
	if none.Value("x") != "" || none.Err() != nil || none.Has("x", "y") {
		t.Error("no form is not an empty form")
	}
}

func TestADateIsADayOfTheCouncilsCalendar(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ day, month, year, want string }{
		{"7", "3", "2026", "2026-03-07T00:00:00Z"},
		{"1", "7", "2026", "2026-07-01T00:00:00+01:00"},
		{"29", "2", "2028", "2028-02-29T00:00:00Z"},
		{"29", "2", "2026", ""}, {"31", "4", "2026", ""}, {"1", "1", "1", ""}, {"x", "1", "2026", ""}, {"1", "", "2026", ""}, {"1", "1", "99999", ""},
	} {
		f := web.NewForm("d-day", c.day, "d-month", c.month, "d-year", c.year)
		got := f.Date("d", london, "Enter a real date.")
		if c.want == "" {
			if f.Err() == nil || !got.IsZero() {
				t.Errorf("%v was taken as %s", c, got)
			}
		} else if got.Format(time.RFC3339) != c.want {
			t.Errorf("%v: %s", c, got.Format(time.RFC3339))
		}
	}
	for typed, want := range map[string]string{
		"2026-07-01T09:30": "2026-07-01T08:30:00Z",
		"2026-10-25T01:30": "2026-10-25T00:30:00Z", // comes twice: the first
		"2026-10-25T02:30": "2026-10-25T02:30:00Z",
		"2026-03-29T01:30": "", // left out
		"2026-03-29":       "",
	} {
		f := web.NewForm("m", typed)
		got := f.Moment("m", london, "Enter a time.")
		if (want == "") != (f.Err() != nil) || (want != "" && got.UTC().Format(time.RFC3339) != want) {
			t.Errorf("%s: %s, %v", typed, got.UTC().Format(time.RFC3339), f.Err())
		}
	}
}

func upload(t *testing.T, fields map[string]string, files map[string]string) (string, string) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, v := range fields {
		must(m.WriteField(k, v))
	}
	for k, v := range files {
		w, err := m.CreateFormFile("photo", k)
		must(err)
		_, err = io.WriteString(w, v)
		must(err)
	}
	must(m.Close())
	return body.String(), m.FormDataContentType()
}

func TestAnUploadIsStreamedAndBounded(t *testing.T) {
	send := func(fields, files map[string]string, limit int64) (*web.Form, []string, error) {
		body, kind := upload(t, fields, files)
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		var got []string
		f, err := web.ReadUpload(r, limit, func(file *web.File) error {
			data, err := io.ReadAll(file)
			got = append(got, file.Field+" "+file.Name+" "+string(data))
			return err
		})
		return f, got, err
	}
	f, got, err := send(map[string]string{"what": "pothole"}, map[string]string{"a.jpg": "12345"}, 5)
	if err != nil || f.Value("what") != "pothole" || len(got) != 1 || got[0] != "photo a.jpg 12345" {
		t.Errorf("%v %v %v", f, got, err)
	}
	if _, _, err = send(nil, map[string]string{"a.jpg": "123456"}, 5); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a file over the limit: %v", err)
	}
	if _, _, err = send(map[string]string{"what": strings.Repeat("a", 1<<20+1)}, nil, 5); !fault.Is(err, fault.TooLarge) {
		t.Errorf("text over the limit: %v", err)
	}
	body, kind := upload(t, map[string]string{"a": "b"}, nil)
	r := httptest.NewRequest("POST", "/", strings.NewReader(body[:len(body)-30]))
	r.Header.Set("Content-Type", kind)
	if _, err = web.ReadForm(r); !fault.Is(err, fault.Invalid) {
		t.Errorf("half a body: %v", err)
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "a=b&c=%zz")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\xff\"\r\n\r\nb")
	f.Add("multipart/form-data", "")
	f.Add("text/plain", strings.Repeat("&", 3000))
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		form, err := web.ReadUpload(r, 1000, func(file *web.File) error {
			_, err := io.Copy(io.Discard, file)
			return err
		})
		if form == nil && err == nil {
			t.Fatalf("form %v, error %v", form, err)
		}
		if err != nil && fault.Of(err) == "" {
			t.Fatalf("bad input is not the program's fault: %v", err)
		}
	})
}

// streamed opens a stream on a real server and returns its lines.
func streamed(t *testing.T, b *bench) (lines <-chan string, end func()) {
	t.Helper()
	server := httptest.NewServer(b)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/live", nil)
	must(err)
	res, err := server.Client().Do(r)
	must(err)
	if got := res.Header.Get("Content-Type"); res.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, got)
	}
	out := make(chan string)
	go func() {
		defer close(out)
		body, err := io.ReadAll(res.Body)
		if err == nil {
			out <- string(body)
		}
	}()
	return out, func() { cancel(); server.Close() }
}

func TestAStreamSendsEventsAndEndsWhenTheProgramStops(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	b := newBench(t, func(o *web.Options) { o.Stopping = stopping })
	source := make(chan string)
	b.Handle("GET /live", web.Public("test"), func(w http.ResponseWriter, r *http.Request) error {
		return web.Stream(w, r, source, func(_ context.Context, topic string) ([]web.Event, error) {
			return []web.Event{{ID: "4", Name: "arrived\nevil", Data: topic + "\nsecond line"}}, nil
		})
	}, web.Live())
	lines, end := streamed(t, b)
	defer end()
	source <- "conversation"
	stop()
	select {
	case got := <-lines:
		want := "retry: 2000\n: open\n\nid: 4\nevent: arrived evil\ndata: conversation\ndata: second line\n\n"
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the stream did not end")
	}
}

func TestAStreamEndsWhenItsSourceDoes(t *testing.T) {
	b := newBench(t)
	source := make(chan int)
	close(source)
	b.Handle("GET /live", web.Public("test"), func(w http.ResponseWriter, r *http.Request) error {
		return web.Stream(w, r, source, func(context.Context, int) ([]web.Event, error) { return nil, nil })
	}, web.Live())
	lines, end := streamed(t, b)
	defer end()
	select {
	case <-lines:
	case <-time.After(5 * time.Second):
		t.Fatal("the stream did not end")
	}
}

func TestOnePersonCannotHoldEveryStream(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	b.Handle("GET /live", web.SignedIn(), func(w http.ResponseWriter, r *http.Request) error {
		source := make(chan int, 1)
		source <- 1
		return web.Stream(w, r, source, func(context.Context, int) ([]web.Event, error) {
			began <- struct{}{}
			return nil, nil
		})
	}, web.Live())
	open := func() int {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, "GET", "/live", nil)
		r.Header.Set("X-Role", "officer")
		b.ServeHTTP(w, r)
		return w.Code
	}
	ended := make(chan int, 12)
	for range 12 {
		go func() { ended <- open() }()
		<-began
	}
	if got := open(); got != http.StatusTooManyRequests {
		t.Errorf("the thirteenth: %d", got)
	}
	cancel()
	for range 12 {
		if got := <-ended; got != http.StatusOK {
			t.Errorf("an ended stream: %d", got)
		}
	}
}
