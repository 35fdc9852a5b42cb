package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/backoffice"
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/staff"
)

// crm is another system as it behaves on a bad day.
type crm struct {
	*httptest.Server
	mu       sync.Mutex
	requests []open311.Request
	updates  []open311.Update
	posts    int           // that came in
	lose     bool          // the answer to what was taken
	page     bool          // answers with a web page and takes nothing
	down     bool          // answers 503
	refuse   bool          // answers 400
	tokens   bool          // gives tokens
	settled  bool          // tokens have become ids
	ahead    time.Duration // of its clock
}

func newCRM(t *testing.T) *crm {
	c := &crm{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *crm) now() time.Time { return time.Now().Add(c.ahead).UTC().Truncate(time.Second) }

func (c *crm) does(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *crm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Date", c.now().Format(http.TimeFormat))
	name := strings.TrimSuffix(r.URL.Path, ".xml")
	switch {
	case c.down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case c.page:
		fmt.Fprint(w, "<!DOCTYPE html><html><body>Scheduled maintenance</body></html>")
	case r.Method == http.MethodPost && name == "/requests":
		c.post(w, r)
	case strings.HasPrefix(name, "/tokens/"):
		if !c.settled {
			fmt.Fprint(w, "<service_requests/>")
			return
		}
		fmt.Fprintf(w, "<service_requests><request><service_request_id>%s</service_request_id><token>t</token></request></service_requests>", strings.TrimPrefix(name, "/tokens/t"))
	case name == "/services":
		fmt.Fprint(w, "<services><service><service_code>001</service_code><service_name>Holes in roads</service_name></service></services>")
	case name == "/requests":
		c.list(w, r.URL.Query())
	case name == "/servicerequestupdates":
		from, _ := open311.ParseTime(r.URL.Query().Get("start_date"), time.UTC)
		to, _ := open311.ParseTime(r.URL.Query().Get("end_date"), time.UTC)
		var list []open311.Update
		for _, u := range c.updates {
			if !u.At.Before(from) && !u.At.After(to) {
				list = append(list, u)
			}
		}
		if err := open311.WriteUpdates(w, open311.XML, list); err != nil {
			panic(err)
		}
	default:
		http.NotFound(w, r)
	}
}

func (c *crm) post(w http.ResponseWriter, r *http.Request) {
	c.posts++
	if c.refuse {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, "<errors><error><code>400</code><description>Which lane?</description></error></errors>")
		return
	}
	if err := r.ParseForm(); err != nil {
		panic(err)
	}
	id := fmt.Sprint(1000 + len(c.requests))
	c.requests = append(c.requests, open311.Request{ID: id, Status: open311.Open, ServiceCode: r.PostForm.Get("service_code"), Description: r.PostForm.Get("description"), RequestedAt: c.now(), UpdatedAt: c.now()})
	switch {
	case c.lose:
		panic(http.ErrAbortHandler)
	case c.tokens:
		fmt.Fprintf(w, "<service_requests><request><token>t%s</token></request></service_requests>", id)
	default:
		fmt.Fprintf(w, "<service_requests><request><service_request_id>%s</service_request_id></request></service_requests>", id)
	}
}

func (c *crm) list(w http.ResponseWriter, v url.Values) {
	var list []open311.Request
	for _, r := range c.requests {
		if ids := v.Get("service_request_id"); ids == "" || strings.Contains(","+ids+",", ","+r.ID+",") {
			list = append(list, r)
		}
	}
	err := open311.WriteRequests(w, open311.XML, func(yield func(open311.Request, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err)
	}
}

// handing is a Mercat that hands the cases of a service to a back office.
type handing struct {
	*running
	t       *testing.T
	service int64
	office  backoffice.Office
}

func handsTo(t *testing.T, c Config, address, key, code string) *handing {
	t.Helper()
	c.Guard = httpx.Guard{AllowPrivate: true}
	h := &handing{running: start(t, c), t: t}
	h.setUp(t)
	write(t, h.running, func(ctx context.Context, tx *db.Tx) error {
		ids, err := h.directory.AddServicesTx(ctx, tx, operator(), []directory.Service{{Name: "Holes", Code: "holes", Public: true, Active: true}})
		h.service = ids[0]
		return err
	})
	roster, err := h.staff.Roster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.office, err = h.backoffice.Save(t.Context(), roster.Officers()[0], backoffice.Office{Name: "Lagan CRM", URL: address, Format: open311.XML, Person: true}, key, "holes = "+code)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *handing) report(words string) casework.Case {
	h.t.Helper()
	var c casework.Case
	write(h.t, h.running, func(ctx context.Context, tx *db.Tx) (err error) {
		c, _, err = h.casework.ReportTx(ctx, tx, operator(), casework.Report{Key: words, Source: casework.FromAPI, ServiceID: h.service, Words: words, Lat: 57.4101, Lon: -5.4203, Who: "Tam Wishart"})
		return err
	})
	return c
}

// until does what the jobs do, without their pauses, until a case is somewhere.
func (h *handing) until(c casework.Case, where string) {
	h.t.Helper()
	says := ""
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		if _, err := h.backoffice.PushSome(h.t.Context(), h.office.ID); err != nil {
			h.t.Fatal(err)
		}
		if says = h.says(c); strings.Contains(says, where) {
			return
		}
		h.hasten()
	}
	h.t.Fatalf("the case is not where it should be (%s): %s", where, says)
}

// hasten ends the pauses, but not the lease of what is under way just now.
func (h *handing) hasten() {
	h.t.Helper()
	if _, err := h.db.Handle().ExecContext(h.t.Context(), `UPDATE backoffice_push SET next_at = 0 WHERE state <> 'asked' OR trouble <> ''`); err != nil {
		h.t.Fatal(err)
	}
}

func (h *handing) says(c casework.Case) (says string) {
	h.t.Helper()
	err := h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		says, err = h.backoffice.ElsewhereTx(ctx, tx, c.ID)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return says
}

func (h *handing) pull() {
	h.t.Helper()
	if err := h.backoffice.Pull(h.t.Context(), h.office.ID); err != nil {
		h.t.Fatal(err)
	}
}

func (h *handing) isNow(c casework.Case, state casework.State, reason casework.Reason) {
	h.t.Helper()
	whole, err := h.casework.Whole(h.t.Context(), c.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	if whole.State != state || whole.Reason != reason {
		h.t.Errorf("the case is %s (%s), not %s (%s)", whole.State, whole.Reason, state, reason)
	}
}

// TestACaseIsHandedToAnotherMercat lets one Mercat be the back office of another.
func TestACaseIsHandedToAnotherMercat(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		there := reporting(t, testConfig(t, "sqlite"))
		write(t, there.r, func(ctx context.Context, tx *db.Tx) error {
			_, err := there.r.directory.AddServicesTx(ctx, tx, operator(), []directory.Service{{Name: "Road holes", Code: "road-holes", Public: true, Active: true}})
			return err
		})
		h := handsTo(t, c, there.r.url+"/open311/v2/", there.token, "road-holes")
		one := h.report("A hole in the road")
		h.until(one, "In Lagan CRM as MC-")
		var far casework.Case
		reference := strings.TrimSuffix(strings.TrimPrefix(h.says(one), "In Lagan CRM as "), ".")
		far = there.caseOf(reference).Case
		if !strings.Contains(far.Words, "A hole in the road") || !strings.Contains(far.Words, one.Reference) || far.Who != "Tam Wishart" || far.Lat != one.Lat {
			t.Errorf("%+v", far)
		}
		move := func(m casework.Moving) {
			write(t, there.r, func(ctx context.Context, tx *db.Tx) error {
				c, err := there.r.casework.CaseTx(ctx, tx, far.ID)
				if err == nil {
					_, err = there.r.casework.MoveTx(ctx, tx, operator(), &c, m)
				}
				return err
			})
			h.pull()
			h.pull()
		}
		move(casework.Moving{To: casework.Accepted})
		h.isNow(one, casework.Accepted, "")
		move(casework.Moving{To: casework.InProgress})
		h.isNow(one, casework.InProgress, "")
		move(casework.Moving{To: casework.Done, Reason: casework.Fixed})
		h.isNow(one, casework.Done, casework.Fixed)
		move(casework.Moving{To: casework.InProgress})
		h.isNow(one, casework.InProgress, "")
		// What comes back to where it was sent from goes no further.
		var back casework.Case
		write(t, h.running, func(ctx context.Context, tx *db.Tx) (err error) {
			back, _, err = h.casework.ReportTx(ctx, tx, operator(), casework.Report{Key: "back", Source: casework.FromOpen311, ServiceID: h.service, Words: far.Words + "\n\nMercat " + far.Reference})
			return err
		})
		if says := h.says(back); says != "" {
			t.Errorf("it goes round: %s", says)
		}
		if list := there.updates(""); len(list) != 4 {
			t.Errorf("%d updates", len(list))
		}
		roster, err := h.staff.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.backoffice.SetState(t.Context(), roster.Officers()[0], h.office.ID, h.office.Version, backoffice.Ended); err != nil {
			t.Fatal(err)
		}
		if says := h.says(one); !strings.Contains(says, reference) {
			t.Errorf("after its end: %s", says)
		}
	})
}

func TestNothingIsLostOrDoubledWhateverABackOfficeDoes(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		there := newCRM(t)
		h := handsTo(t, c, there.URL, "k", "001")
		count := func(requests int) {
			t.Helper()
			there.mu.Lock()
			defer there.mu.Unlock()
			if len(there.requests) != requests {
				t.Errorf("%d requests, not %d", len(there.requests), requests)
			}
		}
		// The answer to what it took is lost.
		there.does(func() { there.lose = true })
		lost := h.report("The first")
		h.until(lost, "In Lagan CRM as 1000")
		count(1)
		there.does(func() {
			if there.posts != 1 {
				t.Errorf("it was posted %d times", there.posts)
			}
			there.lose = false
		})
		// It answers with a page for people.
		there.does(func() { there.page = true })
		page := h.report("The second")
		h.until(page, "has not answered well")
		b := h.as(t, staff.Administrator)
		b.get(fmt.Sprintf("/settings/backoffices/%d", h.office.ID)).want(t, http.StatusOK, "does not answer as it should", "web page instead of data")
		b.get(fmt.Sprintf("/cases/%d", page.ID)).want(t, http.StatusOK, "Waits to be sent to Lagan CRM")
		b.get("/settings/backoffices").want(t, http.StatusOK, "Not answering")
		there.does(func() { there.page = false })
		h.until(page, "In Lagan CRM as 1001")
		count(2)
		// It is down.
		there.does(func() { there.down = true })
		down := h.report("The third")
		h.until(down, "has not answered well")
		there.does(func() { there.down = false })
		h.until(down, "In Lagan CRM as 1002")
		count(3)
		// It gives a token first, and speaks of the request before it has an id.
		there.does(func() {
			there.tokens = true
			there.updates = append(there.updates, open311.Update{ID: "u2", RequestID: "1003", Status: "FIXED", At: there.now().Add(2 * time.Second), Description: "All done"},
				open311.Update{ID: "u1", RequestID: "1003", Status: "IN_PROGRESS", At: there.now().Add(-time.Second)}, open311.Update{ID: "x", RequestID: "9", Status: "FIXED", At: there.now()})
		})
		token := h.report("The fourth")
		h.until(token, "has not given it a number yet")
		h.pull()
		h.isNow(token, casework.Received, "")
		there.does(func() { there.settled = true })
		h.until(token, "In Lagan CRM as 1003")
		h.isNow(token, casework.Done, casework.Fixed)
		count(4)
		// What is older than that moves nothing, and what came before is taken once.
		there.does(func() {
			there.tokens = false
			there.updates = append(there.updates, open311.Update{ID: "u0", RequestID: "1003", Status: "INVESTIGATING", At: there.now().Add(-time.Hour)})
			there.requests[3].Status = open311.Closed
		})
		h.pull()
		h.pull()
		h.isNow(token, casework.Done, casework.Fixed)
		// It has no updates of another, and closes it without a word.
		there.does(func() { there.requests[0].Status, there.requests[0].UpdatedAt = open311.Closed, there.now() })
		h.pull()
		h.isNow(lost, casework.Done, casework.Unknown)
		// It refuses one for good.
		there.does(func() { there.refuse = true })
		refused := h.report("The fifth")
		h.until(refused, "Refused by Lagan CRM: Which lane?")
		b.get(fmt.Sprintf("/settings/backoffices/%d", h.office.ID)).want(t, http.StatusOK, "Which lane?", refused.Reference)
		there.does(func() { there.refuse = false })
		b.post(fmt.Sprintf("/settings/backoffices/%d/again", h.office.ID)).want(t, http.StatusSeeOther)
		h.until(refused, "In Lagan CRM as 1004")
		count(5)
		b.get(fmt.Sprintf("/settings/backoffices/%d/services", h.office.ID)).want(t, http.StatusOK, "Holes in roads", "001")
		if one := h.report("The first"); one.ID != lost.ID {
			t.Error("the same report is another case")
		}
	})
}

func TestABackOfficeWhoseClockIsAYearOffIsFollowed(t *testing.T) {
	for _, ahead := range []time.Duration{366 * 24 * time.Hour, -366 * 24 * time.Hour} {
		there := newCRM(t)
		there.ahead = ahead
		h := handsTo(t, testConfig(t, "sqlite"), there.URL, "", "001")
		there.does(func() { there.lose = true })
		one := h.report("A hole")
		h.until(one, "In Lagan CRM as 1000")
		there.does(func() {
			there.updates = append(there.updates, open311.Update{ID: "u1", RequestID: "1000", Status: "IN_PROGRESS", At: there.now()})
		})
		h.pull()
		h.isNow(one, casework.InProgress, "")
		there.does(func() {
			there.updates = append(there.updates, open311.Update{ID: "u2", RequestID: "1000", Status: "FIXED", At: there.now().Add(time.Second)})
		})
		h.pull()
		h.isNow(one, casework.Done, casework.Fixed)
		if len(there.requests) != 1 {
			t.Errorf("%d requests", len(there.requests))
		}
		h.as(t, staff.Administrator).get(fmt.Sprintf("/settings/backoffices/%d", h.office.ID)).want(t, http.StatusOK, "Its clock is")
	}
}

func TestABackOfficeIsArrangedInTheSettings(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		h := handsTo(t, c, "http://127.0.0.1:1/open311/v2", "a secret of theirs", "001")
		b := h.as(t, staff.Administrator)
		b.get("/settings/backoffices").want(t, http.StatusOK, "Lagan CRM", "127.0.0.1:1")
		b.get("/settings/backoffices/new").want(t, http.StatusOK, "Services that go there")
		page := b.get(fmt.Sprintf("/settings/backoffices/%d", h.office.ID)).want(t, http.StatusOK, "holes = 001", "One is kept")
		if strings.Contains(page.body, "a secret of theirs") {
			t.Error("the key is shown")
		}
		b.post("/settings/backoffices/new", "name", "", "url", "ftp://x", "routes", "holes").want(t, http.StatusUnprocessableEntity, "Say what it is called", "Enter the address")
		b.post("/settings/backoffices/new", "name", "Two", "url", "https://two.example/v2", "routes", "none = 1").want(t, http.StatusUnprocessableEntity, "no service with the code")
		b.post("/settings/backoffices/new", "name", "Two", "url", "https://two.example/v2", "routes", "holes = 1").want(t, http.StatusUnprocessableEntity, "goes to Lagan CRM already")
		b.post("/settings/backoffices/new", "name", "Two", "url", "https://two.example/v2/services.xml", "routes", "").want(t, http.StatusSeeOther)
		for _, to := range []string{"pause", "resume", "end"} {
			o, _, err := h.backoffice.Office(t.Context(), h.office.ID)
			if err != nil {
				t.Fatal(err)
			}
			b.post(fmt.Sprintf("/settings/backoffices/%d/%s", o.ID, to), "version", fmt.Sprint(o.Version)).want(t, http.StatusSeeOther)
		}
		b.get(fmt.Sprintf("/settings/backoffices/%d", h.office.ID)).want(t, http.StatusNotFound)
		var kept string
		if err := h.db.Handle().QueryRowContext(t.Context(), `SELECT name FROM backoffice_office WHERE id = `+fmt.Sprint(h.office.ID)).Scan(&kept); err != nil || kept != "Lagan CRM" {
			t.Errorf("%q, %v", kept, err)
		}
	})
}
