package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// program is a program with a key, which checks all that it gets against the
// description that the server gives of itself.
type program struct {
	h     *house
	url   string
	token string
	check validator.Validator
}

func (h *house) program(scopes ...staff.Scope) *program {
	h.t.Helper()
	server := httptest.NewServer(h.router)
	h.t.Cleanup(server.Close)
	p := &program{h: h, url: server.URL}
	a := p.send("GET", "/api/v1/openapi.json", "")
	document, err := libopenapi.NewDocument([]byte(a.body))
	must(h.t, err)
	check, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		h.t.Fatal(errs)
	}
	if ok, problems := check.ValidateDocument(); !ok {
		h.t.Fatalf("the description is not valid: %v", problems)
	}
	p.check = check
	p.token = h.key(scopes...)
	return p
}

func (h *house) key(scopes ...staff.Scope) string {
	h.t.Helper()
	_, token, err := h.Staff.AddKey(h.t.Context(), h.admin, staff.Key{Name: "Lagan CRM", Scopes: scopes})
	must(h.t, err)
	return token
}

type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request, with headers in pairs, and holds the answer against the
// description.
func (p *program) send(method, path, body string, headers ...string) reply {
	p.h.t.Helper()
	q, err := http.NewRequestWithContext(p.h.t.Context(), method, p.url+path, strings.NewReader(body))
	must(p.h.t, err)
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		q.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	a, err := http.DefaultClient.Do(q)
	must(p.h.t, err)
	raw, err := io.ReadAll(a.Body)
	must(p.h.t, err)
	must(p.h.t, a.Body.Close())
	if p.check != nil && a.StatusCode != http.StatusNotModified && !strings.HasSuffix(path, "openapi.yaml") && path != "/api" {
		a.Body = io.NopCloser(strings.NewReader(string(raw)))
		if ok, problems := p.check.ValidateHttpResponse(q, a); !ok {
			for _, e := range problems {
				p.h.t.Errorf("%s %s: %d is not as described: %s: %s %v\n%s", method, path, a.StatusCode, e.Message, e.Reason, e.SchemaValidationErrors, raw)
			}
		}
	}
	return reply{a.StatusCode, a.Header, string(raw)}
}

// into reads an answer.
func (r reply) into(t *testing.T, status int, v any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("%d instead of %d: %s", r.status, status, r.body)
	}
	if v != nil {
		must(t, json.Unmarshal([]byte(r.body), v))
	}
}

func TestAProgramMakesACaseAndBringsItToItsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.ReadCases, staff.WriteCases)
		words := `{"words":"A pothole in Tolbooth Wynd","service_id":"` + number(h.service) + `","place":{"label":"Tolbooth Wynd","lat":57.41,"lon":-5.42}}`
		var c CaseView
		made := p.send("POST", "/api/v1/cases", words)
		made.into(t, 201, &c)
		if c.State != "received" || c.TeamID != number(h.roads.ID) || c.Source != "api" || made.header.Get("Location") != "/api/v1/cases/"+c.ID || made.header.Get("ETag") != `"1"` || *c.Place.Lat != 57.41 {
			t.Errorf("%+v, %v", c, made.header)
		}
		var whole WholeCase
		got := p.send("GET", "/api/v1/cases/"+strings.ToLower(c.Reference), "")
		got.into(t, 200, &whole)
		if whole.ID != c.ID || len(whole.Steps) != 1 || whole.Steps[0].By != "program" || !strings.HasSuffix(got.body[:strings.Index(got.body, `"changed_at"`)], ",") || got.header.Get("ETag") != `"1"` {
			t.Errorf("%+v", whole)
		}
		p.send("GET", "/api/v1/cases/"+c.ID, "", "If-None-Match", `W/"1"`).into(t, 304, nil)
		move := "/api/v1/cases/" + c.ID + "/moves"
		p.send("POST", move, `{"state":"accepted"}`).into(t, 428, nil)
		p.send("POST", move, `{"state":"accepted"}`, "If-Match", `"1"`).into(t, 200, &c)
		p.send("POST", move, `{"state":"in_progress"}`, "If-Match", `"1"`).into(t, 412, nil)
		p.send("POST", move, `{"state":"received"}`, "If-Match", `"2"`).into(t, 409, nil)
		p.send("POST", move, `{"state":"done"}`, "If-Match", `"2"`).into(t, 422, nil)
		p.send("POST", move, `{"state":"done","reason":"fixed"}`, "If-Match", `"2"`).into(t, 200, &c)
		if c.State != "done" || c.Reason != "fixed" || c.EndedAt == nil || c.Version != 3 {
			t.Errorf("%+v", c)
		}
		p.send("POST", "/api/v1/cases/"+c.ID+"/notes", `{"body":"The crew was there."}`).into(t, 409, nil)
		for path, status := range map[string]int{"/api/v1/cases/1": 404, "/api/v1/cases/MC-0000-0000": 404, "/api/v1/cases/x/photos/1": 404, "/api/v1/cases/" + c.ID + "/photos/1": 404} {
			p.send("GET", path, "").into(t, status, nil)
		}
	})
}

func TestTheSameRequestAgainDoesNothingTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.ReadCases, staff.WriteCases)
		key := []string{"Idempotency-Key", "report-17"}
		var first, second CaseView
		p.send("POST", "/api/v1/cases", `{"words":"A pothole"}`, key...).into(t, 201, &first)
		again := p.send("POST", "/api/v1/cases", `{"words":"A pothole"}`, key...)
		again.into(t, 201, &second)
		if first.ID != second.ID || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("ETag") != `"1"` {
			t.Errorf("%s, then %s, %v", first.ID, second.ID, again.header)
		}
		p.send("POST", "/api/v1/cases", `{"words":"Another"}`, key...).into(t, 422, nil)
		move := "/api/v1/cases/" + first.ID + "/moves"
		with := []string{"Idempotency-Key", "move-1", "If-Match", `"1"`}
		p.send("POST", move, `{"state":"accepted"}`, with...).into(t, 200, nil)
		p.send("POST", move, `{"state":"accepted"}`, with...).into(t, 200, &second)
		if second.Version != 2 {
			t.Errorf("moved to version %d", second.Version)
		}
		// What failed has changed nothing and may be tried again with the same key.
		with[1], with[3] = "move-2", `"1"`
		p.send("POST", move, `{"state":"scheduled"}`, with...).into(t, 412, nil)
		with[3] = `"2"`
		p.send("POST", move, `{"state":"in_progress"}`, with...).into(t, 200, nil)
		// Another program may use the same name.
		p.token = h.key(staff.WriteCases)
		p.send("POST", "/api/v1/cases", `{"words":"A pothole"}`, key...).into(t, 201, &second)
		if first.ID == second.ID {
			t.Error("two programs share a key")
		}
		h.clock.Advance(onceFor + 1)
		must(t, h.Prune(t.Context()))
	})
}

func TestANoteOfAProgramStandsInTheConversation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.opens("A pothole in Tolbooth Wynd")
		p := h.program(staff.WriteCases, staff.ReadConversations)
		path := "/api/v1/cases/" + c.Reference + "/notes"
		for range 2 {
			p.send("POST", path, `{"body":"The crew was there."}`, "Idempotency-Key", "n1").into(t, 201, nil)
		}
		w, err := h.Desk.Whole(t.Context(), c.ConversationID, 0, 50)
		must(t, err)
		notes := 0
		for _, m := range w.Messages {
			if m.Direction == "note" && m.Body == "The crew was there." && m.Author == "Lagan CRM" {
				notes++
			}
		}
		if notes != 1 {
			t.Errorf("%d notes", notes)
		}
		var list MessageList
		p.send("GET", "/api/v1/conversations/"+number(c.ConversationID)+"/messages", "").into(t, 200, &list)
		for _, m := range list.Items {
			if strings.Contains(m.Body, "crew") {
				t.Error("a note is told to a program")
			}
		}
	})
}

func TestListsArePagedWithoutGapOrDouble(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for range 7 {
			h.opens("A pothole in Tolbooth Wynd")
			h.clock.Advance(1000)
		}
		p := h.program(staff.ReadCases, staff.ReadConversations)
		for _, path := range []string{"/api/v1/cases?limit=3", "/api/v1/conversations?limit=3", "/api/v1/cases?limit=3&q=pothole", "/api/v1/cases?limit=2&open=true&team_id=" + number(h.roads.ID)} {
			seen := map[string]bool{}
			next := ""
			for range 10 {
				var page struct {
					Items []struct{ ID string }
					Next  string
				}
				p.send("GET", path+next, "").into(t, 200, &page)
				for _, one := range page.Items {
					if seen[one.ID] {
						t.Errorf("%s: %s twice", path, one.ID)
					}
					seen[one.ID] = true
				}
				if page.Next == "" {
					break
				}
				next = "&cursor=" + page.Next
			}
			if len(seen) != 7 {
				t.Errorf("%s: %d", path, len(seen))
			}
		}
		for _, path := range []string{"/api/v1/cases?cursor=x", "/api/v1/cases?limit=0", "/api/v1/cases?limit=51", "/api/v1/cases?state=lost", "/api/v1/cases?team_id=x", "/api/v1/cases?sort=id"} {
			p.send("GET", path, "").into(t, 422, nil)
		}
	})
}

func TestConversationsPeopleAndServices(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.hears("The street lamp in Tolbooth Wynd is out")
		p := h.program(staff.ReadConversations, staff.ReadPeople, staff.ReadServices)
		var c ConversationView
		got := p.send("GET", "/api/v1/conversations/"+number(id), "")
		got.into(t, 200, &c)
		if c.Network != "quiet" || c.State != "open" || c.PersonID == "" || strings.Contains(got.body, "Wishart") {
			t.Errorf("%s", got.body)
		}
		p.send("GET", "/api/v1/conversations/"+number(id), "", "If-None-Match", got.header.Get("ETag")).into(t, 304, nil)
		var messages MessageList
		p.send("GET", "/api/v1/conversations/"+number(id)+"/messages?limit=1", "").into(t, 200, &messages)
		if len(messages.Items) != 1 || messages.Items[0].Author != "Tam Wishart" || messages.Next != "" {
			t.Errorf("%+v", messages)
		}
		var people PersonList
		p.send("GET", "/api/v1/people?q=wish", "").into(t, 200, &people)
		if len(people.Items) != 1 || people.Items[0].ID != c.PersonID {
			t.Fatalf("%+v", people)
		}
		var one PersonView
		p.send("GET", "/api/v1/people/"+c.PersonID, "").into(t, 200, &one)
		if one.Name != "Tam Wishart" || len(one.Handles) != 1 {
			t.Errorf("%+v", one)
		}
		var services ServiceList
		p.send("GET", "/api/v1/services", "").into(t, 200, &services)
		if len(services.Services) != 1 || len(services.Teams) != 2 || services.Services[0].TeamID != number(h.roads.ID) {
			t.Errorf("%+v", services)
		}
		for _, path := range []string{"/api/v1/conversations/5", "/api/v1/conversations/5/messages", "/api/v1/people/5"} {
			p.send("GET", path, "").into(t, 404, nil)
		}
		p.send("GET", "/api/v1/people?q=w", "").into(t, 422, nil)
	})
}

// TestEachOperationAsksForItsScope walks all operations with each scope alone,
// with none and without a key.
func TestEachOperationAsksForItsScope(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.WriteOpen311)
		tokens := map[string]string{"": ""}
		for _, s := range staff.Scopes() {
			tokens[string(s)] = h.key(s)
		}
		walked := 0
		for _, route := range h.router.Routes() {
			scope, keyed := strings.CutPrefix(route.Access.String(), "key: ")
			if !keyed {
				continue
			}
			walked++
			method, path, _ := strings.Cut(route.Pattern, " ")
			path = strings.NewReplacer("{id}", "1", "{number}", "1").Replace(path)
			for has, token := range tokens {
				p.token = token
				a := p.send(method, path, "")
				want := []int{200, 404, 400, 422, 428}
				switch has {
				case "":
					want = []int{401}
				case scope:
				default:
					want = []int{403}
				}
				if !slices.Contains(want, a.status) {
					t.Errorf("%s with %q: %d", route.Pattern, has, a.status)
				}
			}
		}
		if walked < 11 {
			t.Errorf("only %d operations", walked)
		}
	})
}

func TestWhatIsTooMuchOrMalformedIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.WriteCases, staff.ReadCases)
		for body, status := range map[string]int{
			`{"words":""}`: 422, `{}`: 422, `{"words":5}`: 422, `[]`: 422, `{"words":"a`: 400, `{"words":"a","colour":"red"}`: 422,
			`{"words":"a","place":{"lat":91,"lon":0}}`: 422, `{"words":"a","place":{"lat":57}}`: 422, `{"words":"a","service_id":"5"}`: 422, `{"words":"a","team_id":"x"}`: 422,
			`{"words":"` + strings.Repeat("a", maxJSON) + `"}`: 413,
		} {
			if a := p.send("POST", "/api/v1/cases", body); a.status != status || a.header.Get("Content-Type") != web.ProblemType {
				t.Errorf("%.60s: %d instead of %d, %s", body, a.status, status, a.body)
			}
		}
		// NUL and broken text cannot be kept by one of the engines: they are cleaned.
		var c CaseView
		p.send("POST", "/api/v1/cases", `{"words":"A \u0000pothole \ud800 here"}`).into(t, 201, &c)
		if strings.ContainsRune(c.Words, 0) || !strings.Contains(c.Words, "pothole") {
			t.Errorf("%q", c.Words)
		}
		if list, _, err := h.Casework.List(t.Context(), casework.Query{}); err != nil || len(list) != 1 {
			t.Errorf("%d cases, %v", len(list), err)
		}
	})
}

func TestTheManualSaysWhatTheDescriptionDoes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.ReadCases)
		p.token = ""
		page := p.send("GET", "/api", "")
		for _, word := range []string{"/api/v1/cases/{id}/moves", "cases:write", "Idempotency-Key", "openapi.yaml"} {
			if !strings.Contains(page.body, word) {
				t.Errorf("the manual lacks %s", word)
			}
		}
		if strings.Contains(page.body, "<script>") || page.status != 200 {
			t.Errorf("%d, with a script in it", page.status)
		}
		if yaml := p.send("GET", "/api/v1/openapi.yaml", ""); yaml.status != 200 || !strings.Contains(yaml.body, "openapi: 3.1.0") {
			t.Errorf("%d %.100s", yaml.status, yaml.body)
		}
	})
}
