package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network/georeport"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/staff"
)

// reporter is another program that sends requests in.
type reporter struct {
	*browser
	t     *testing.T
	r     *running
	token string
}

// reporting is a Mercat that takes requests, with a program that has a key.
func reporting(t *testing.T, c Config) *reporter {
	t.Helper()
	r := start(t, c)
	r.setUp(t)
	addPlaces(t, r, directory.Place{Kind: "street", Name: "Tolbooth Wynd", Within: "Kirkbrae", Lat: 57.41, Lon: -5.42})
	write(t, r, func(ctx context.Context, tx *db.Tx) error {
		_, err := r.directory.AddServicesTx(ctx, tx, operator(), []directory.Service{
			{Name: "Potholes", Code: "potholes", Public: true, Active: true, NeedsPlace: true, Promise: "Made safe within 5 working days.", Attributes: directory.Attributes{
				{Code: "depth", Description: "How deep is it?", Variable: true, Required: true, Datatype: directory.Number, Order: 1},
				{Code: "where", Description: "Where on the road?", Variable: true, Datatype: directory.MultiValueList, Order: 2, Values: []directory.Value{{Key: "edge", Name: "Edge"}, {Key: "middle", Name: "Middle"}}},
			}},
			{Name: "Staff", Code: "staff", Active: true},
		})
		return err
	})
	if _, err := r.desk.Connect(t.Context(), operator(), desk.NewAccount{Network: georeport.Kind, Name: "Open311"}); err != nil {
		t.Fatal(err)
	}
	p := &reporter{browser: r.browser(t), t: t, r: r}
	p.token = p.key("Fix it", staff.WriteOpen311)
	return p
}

func (p *reporter) key(name string, scopes ...staff.Scope) string {
	p.t.Helper()
	return p.keyOf(staff.Key{Name: name, Scopes: scopes})
}

func (p *reporter) keyOf(k staff.Key) string {
	p.t.Helper()
	roster, err := p.r.staff.Roster(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	_, token, err := p.r.staff.AddKey(p.t.Context(), roster.Officers()[0], k)
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}

// form is a request with nothing wrong in it, changed by pairs; "" takes away.
func (p *reporter) form(pairs ...string) url.Values {
	v := url.Values{"api_key": {p.token}, "service_code": {"potholes"}, "lat": {"57.4101"}, "long": {"-5.4203"}, "address_string": {"Tolbooth Wynd, outside the baker’s"},
		"email": {"tam@example.org"}, "device_id": {"d-1"}, "first_name": {"Tam"}, "last_name": {"Wishart"}, "phone": {"01520 722 200"},
		"description": {"A deep hole.\nTwo cars have burst a tyre."}, "attribute[depth]": {"12"}, "attribute[where][]": {"edge", "middle"}, "attribute[easting]": {"178000"}}
	for i := 0; i < len(pairs); i += 2 {
		if v.Del(pairs[i]); pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

func (p *reporter) sends(path string, v url.Values, headers ...string) answer {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.r.url+"/open311/v2/"+path, strings.NewReader(v.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	return p.do(q)
}

// accepted sends a request and returns its id.
func (p *reporter) accepted(path string, v url.Values, headers ...string) string {
	p.t.Helper()
	a := p.sends(path, v, headers...).want(p.t, http.StatusOK)
	one, err := open311.ReadAccepted(strings.NewReader(a.body))
	if err != nil || one.ID == "" {
		p.t.Fatalf("%s, %v", a.body, err)
	}
	return one.ID
}

func (p *reporter) caseOf(reference string) casework.Whole {
	p.t.Helper()
	id, found, err := p.r.casework.ByReference(p.t.Context(), reference)
	if err != nil || !found {
		p.t.Fatalf("%s: %v, %v", reference, found, err)
	}
	whole, err := p.r.casework.Whole(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return whole
}

func TestARequestOfAnotherProgramIsAConversationAndItsCase(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := reporting(t, c)
		p.r.open311.BaseURL = "https://mercat.strathcarron.example"
		for _, format := range []string{"xml", "json"} {
			reference := p.accepted("requests."+format, p.form("account_id", "a-"+format, "jurisdiction_id", "mercat.strathcarron.example"))
			whole := p.caseOf(reference)
			if whole.Source != casework.FromOpen311 || whole.State != casework.Received || whole.Who != "Tam Wishart" || whole.ConversationID == 0 || whole.PersonID == 0 ||
				whole.Lat != 57.4101 || whole.Place != "Tolbooth Wynd, outside the baker’s" || !strings.HasPrefix(whole.Words, "A deep hole.\n") || whole.Track == "" {
				t.Errorf("%s: %+v", format, whole.Case)
			}
			err := p.r.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				answers, err := p.r.casework.AnswersTx(ctx, tx, whole.ID)
				if err == nil && (strings.Join(answers["depth"].Values, ",") != "12" || strings.Join(answers["where"].Values, ",") != "edge,middle" || answers["depth"].Origin != casework.FromProgram) {
					t.Errorf("the answers are %+v", answers)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w, err := p.r.desk.Whole(t.Context(), whole.ConversationID, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			if w.Conversation.CaseRef != reference || w.Conversation.ServiceID != whole.ServiceID || len(w.Messages) != 1 || w.Messages[0].Details.Contact.Email != "tam@example.org" {
				t.Errorf("%s: %+v", format, w.Conversation)
			}
			token := p.get("/open311/v2/tokens/"+reference+"."+format).want(t, http.StatusOK)
			if one, err := open311.ReadAccepted(strings.NewReader(token.body)); err != nil || one.ID != reference || one.Token != reference {
				t.Errorf("%s, %v", token.body, err)
			}
			notice := p.sends("requests."+format, p.form("account_id", "a-"+format, "jurisdiction_id", "mercat.strathcarron.example")).want(t, http.StatusOK)
			one, err := open311.ReadAccepted(strings.NewReader(notice.body))
			if err != nil || one.ID != reference || one.AccountID != "a-"+format || !strings.Contains(one.ServiceNotice, "Made safe within 5 working days") || !strings.Contains(one.ServiceNotice, "https://mercat.strathcarron.example/case/"+whole.Track) {
				t.Errorf("%+v, %v", one, err)
			}
		}
		if text := p.get("/open311/v2/requests.json").body; strings.Contains(text, "tyre") || strings.Contains(text, "Wishart") {
			t.Errorf("what a citizen wrote is public: %s", text)
		}
	})
}

func TestTheSameRequestAgainIsTheSameCase(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := reporting(t, c)
		// A phone that lost its network sends it twice at the same time.
		var all sync.WaitGroup
		bodies := make([]string, 6)
		for i := range bodies {
			all.Go(func() { bodies[i] = p.sends("requests.json", p.form()).body })
		}
		all.Wait()
		first, err := open311.ReadAccepted(strings.NewReader(bodies[0]))
		if err != nil || first.ID == "" {
			t.Fatalf("%s, %v", bodies[0], err)
		}
		for _, body := range bodies {
			if one, err := open311.ReadAccepted(strings.NewReader(body)); err != nil || one.ID != first.ID {
				t.Errorf("%s, and first %s", body, first.ID)
			}
		}
		if other := p.accepted("requests.json", p.form("device_id", "d-2")); other == first.ID {
			t.Error("another device’s request is taken for the same")
		}
		named := p.accepted("requests.json", p.form(), "Idempotency-Key", "k1")
		if again := p.accepted("requests.xml", p.form(), "Idempotency-Key", "k1"); again != named || named == first.ID {
			t.Errorf("%s, then %s", named, again)
		}
		p.refused("requests.json", p.form("description", "Other words"), http.StatusBadRequest, "another request", "Idempotency-Key", "k1")
		p.token = p.key("Another program", staff.WriteOpen311)
		if other := p.accepted("requests.json", p.form()); other == first.ID {
			t.Error("two programs share a request")
		}
	})
}

func (p *reporter) refused(path string, v url.Values, status int, says string, headers ...string) {
	p.t.Helper()
	a := p.sends(path, v, headers...)
	troubles := open311.ReadTroubles(strings.NewReader(a.body))
	found := false
	for _, trouble := range troubles {
		found = found || strings.Contains(trouble.Description, says)
	}
	if a.status != status || !found {
		p.t.Errorf("%d (wanted %d, “%s”): %s", a.status, status, says, a.body)
	}
}

func TestAWrongRequestIsToldAllThatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := reporting(t, c)
		for _, one := range []struct {
			says   string
			status int
			pairs  []string
		}{
			{"service_code was not provided", 400, []string{"service_code", ""}},
			{"service_code \"none\" was not found", 404, []string{"service_code", "none"}},
			{"was not found", 404, []string{"service_code", "staff"}},
			{"jurisdiction_id \"city.gov\" was not found", 404, []string{"jurisdiction_id", "city.gov"}},
			{"api_key is missing", 403, []string{"api_key", ""}},
			{"api_key is missing", 403, []string{"api_key", "mk_abcdefgh_" + strings.Repeat("x", 43)}},
			{"lacks the scope", 403, []string{"api_key", p.key("Reader", staff.ReadCases)}},
			{"attribute[depth]: Answer: How deep is it?", 400, []string{"attribute[depth]", ""}},
			{"attribute[depth]", 400, []string{"attribute[depth]", "very"}},
			{"attribute[where]", 400, []string{"attribute[where][]", "sky"}},
			{"are swapped", 400, []string{"lat", "-5.4203", "long", "57.4101"}},
			{"outside the area", 400, []string{"lat", "51.5", "long", "-0.12"}},
			{"outside the area", 400, []string{"lat", "0", "long", "0"}},
			{"lat and long are both needed", 400, []string{"long", ""}},
			{"lat and long are both needed", 400, []string{"lat", "NaN"}},
			{"No place was provided", 400, []string{"lat", "", "long", "", "address_string", ""}},
			{"email is not an address", 400, []string{"email", "tam at example"}},
			{"phone is not a number", 400, []string{"phone", "none"}},
			{"more than 4,000 characters", 400, []string{"description", strings.Repeat("ab ", 3334)}},
			{"media_url is not the address", 400, []string{"media_url", "javascript:alert(1)"}},
		} {
			for _, format := range []string{"requests.json", "requests.xml"} {
				p.refused(format, p.form(one.pairs...), one.status, one.says)
			}
		}
		a := p.sends("requests.json", p.form("email", "tam", "phone", "x", "lat", "1"))
		if troubles := open311.ReadTroubles(strings.NewReader(a.body)); len(troubles) != 3 {
			t.Errorf("not all that is wrong is said: %s", a.body)
		}
		p.refused("nothing.json", p.form(), 404, "nothing at this address")
		for _, path := range []string{"services.json?jurisdiction_id=city.gov", "requests.xml?jurisdiction_id=city.gov", "services/potholes.xml?jurisdiction_id=x", "tokens/x.json", "tokens/x.json?jurisdiction_id=x", "requests/x.json?jurisdiction_id=x"} {
			p.get("/open311/v2/"+path).want(t, http.StatusNotFound)
		}
		if list, _, err := p.r.desk.Inbox(t.Context(), desk.Query{View: desk.Everything}); err != nil || len(list) != 0 {
			t.Errorf("something was kept of what was refused: %d, %v", len(list), err)
		}
		// The switch: an account that is paused takes nothing.
		accounts, err := p.r.desk.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, account := range accounts {
			if account.Network == georeport.Kind {
				if err := p.r.desk.PauseAccount(t.Context(), operator(), account.ID, account.Version); err != nil {
					t.Fatal(err)
				}
			}
		}
		p.refused("requests.json", p.form(), http.StatusServiceUnavailable, "takes no requests")
	})
}

func TestAKeyThatIsTooFastIsSlowedDown(t *testing.T) {
	p := reporting(t, testConfig(t, "sqlite"))
	p.token = p.keyOf(staff.Key{Name: "Fast", Scopes: []staff.Scope{staff.WriteOpen311}, PerMinute: 2})
	p.accepted("requests.json", p.form())
	p.accepted("requests.json", p.form())
	p.refused("requests.json", p.form(), http.StatusTooManyRequests, "more requests than it may")
}

func TestAPhotoIsFetchedOnlyFromOutside(t *testing.T) {
	c := testConfig(t, "sqlite")
	p := reporting(t, c)
	asked := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer inside.Close()
	reference := p.accepted("requests.json", p.form("media_url", inside.URL+"/secret.jpg"))
	whole := p.caseOf(reference)
	if len(whole.Photos) != 1 {
		t.Fatalf("%d photos", len(whole.Photos))
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		w, err := p.r.desk.Whole(t.Context(), whole.ConversationID, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if m := w.Messages[0].Media[0]; m.State == "refused" {
			break
		} else if time.Since(began) > 20*time.Second {
			t.Fatalf("the photo is %s: %s", m.State, m.Sentence)
		}
	}
	if asked {
		t.Error("an address inside was called")
	}
}
