package directory_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// site is the room's pages behind a real Router on a real server. The header
// Role says who asks.
type site struct {
	world
	url    string
	router *web.Router
	client *http.Client
	role   staff.Role
}

func eachSite(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	each(t, func(w world) {
		if _, err := w.staff.CreateFirstAdministrator(w.t.Context(), staff.First{Email: "m@strathmarn.example", Name: "Mairi", Password: "heather kettle orbit"}, nil); err != nil {
			w.t.Fatal(err)
		}
		router, err := web.NewRouter(web.Options{
			Now: w.clock.Now, SigningKey: bytes.Repeat([]byte{7}, 32), Log: slog.New(slog.DiscardHandler),
			Authenticator: web.AuthenticatorFunc(func(r *http.Request) (*web.Viewer, error) {
				if r.Header.Get("Role") == "" {
					return nil, nil
				}
				return &web.Viewer{ID: 7, Name: "Mairi Nic Dhòmhnaill", Role: r.Header.Get("Role")}, nil
			}),
			Site: func(context.Context) (web.Site, error) { return web.Site{Council: "Strathmarn Council"}, nil },
		})
		if err != nil {
			w.t.Fatal(err)
		}
		w.Routes(router)
		server := httptest.NewServer(router)
		w.t.Cleanup(server.Close)
		jar, err := cookiejar.New(nil)
		if err != nil {
			w.t.Fatal(err)
		}
		client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		f(w.t, &site{w, server.URL, router, client, staff.Administrator})
	})
}

// answer is a page as it came.
type answer struct {
	status int
	to     string
	body   string
	words  string // what a reader sees
	fields map[string]string
}

func (s *site) ask(method, path, kind string, body io.Reader) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Role", string(s.role))
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, to: response.Header.Get("Location"), body: string(raw), fields: map[string]string{}}
	page, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	a.read(page)
	a.words = strings.Join(strings.Fields(a.words), " ")
	return a
}

func (a *answer) read(n *html.Node) {
	if n.Type == html.TextNode {
		a.words += n.Data + " "
	}
	if n.Type == html.ElementNode && n.Data == "input" {
		attrs := map[string]string{}
		for _, at := range n.Attr {
			attrs[at.Key] = at.Val
		}
		if _, checked := attrs["checked"]; attrs["type"] != "checkbox" && attrs["type"] != "radio" || checked {
			a.fields[attrs["name"]] = attrs["value"]
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		a.read(c)
	}
}

func (s *site) get(path string) answer { s.t.Helper(); return s.ask("GET", path, "", nil) }

func (s *site) post(path string, pairs ...string) answer {
	s.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return s.ask("POST", path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

func (s *site) upload(path, file string) answer {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", "places.csv")
	if err == nil {
		_, err = io.WriteString(part, file)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s.ask("POST", path, m.FormDataContentType(), &b)
}

func (s *site) says(a answer, status int, words ...string) {
	s.t.Helper()
	if a.status != status {
		s.t.Errorf("status %d, want %d: %.300s", a.status, status, a.words)
	}
	for _, w := range words {
		if !strings.Contains(a.words, w) {
			s.t.Errorf("does not say %q: %.600s", w, a.words)
		}
	}
}

func TestEveryPageAdmitsTheRolesThatItShould(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		least := func(pattern string) staff.Role {
			switch {
			case strings.Contains(pattern, "/settings/council"):
				return staff.Administrator
			case strings.Contains(pattern, "/suggest"):
				return staff.Reader
			}
			return staff.Leader
		}
		ranks := map[staff.Role]int{"": -1}
		for i, role := range staff.Roles() {
			ranks[role] = i
		}
		seen := 0
		for _, route := range s.router.Routes() {
			if strings.Contains(route.Pattern, "/assets/") {
				continue
			}
			seen++
			method, path, _ := strings.Cut(strings.ReplaceAll(route.Pattern, "{id}", "1"), " ")
			for role := range ranks {
				s.role = role
				a := s.ask(method, path, "application/x-www-form-urlencoded", nil)
				refused := a.status == 401 || a.status == 403 || strings.HasPrefix(a.to, "/sign-in")
				if refused != (ranks[role] < ranks[least(route.Pattern)]) || a.status >= 500 {
					t.Errorf("%s as %q: %d to %q", route.Pattern, role, a.status, a.to)
				}
			}
		}
		if seen < 20 {
			t.Errorf("%d routes", seen)
		}
	})
}

func TestTheCouncilIsChangedOnItsPage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.seeded()
		a := s.get("/settings/council")
		s.says(a, 200, "Hours within which you answer")
		if a.fields["name"] != "Strathmarn Council" || a.fields["middle-lat"] != "56.2" || a.fields["version"] != "1" {
			t.Errorf("%v", a.fields)
		}
		form := []string{"name", "Strathmarn", "language", "gd-GB", "answer_within", "7.5", "middle", "", "middle-lat", "56.3", "middle-lng", "-3.1", "zoom", "9"}
		s.says(s.post("/settings/council", append(form, "version", "1")...), 303)
		c := s.now().Council()
		if c.Name != "Strathmarn" || c.Language != "gd-GB" || c.AnswerWithin.Hours() != 7.5 || c.Lat != 56.3 || c.Zoom != 9 || c.Version != 2 {
			t.Errorf("%+v", c)
		}
		a = s.post("/settings/council", append([]string{"version", "1"}, "name", "Other", "language", "en-GB", "answer_within", "24", "middle", "Kirkbrae", "zoom", "9")...)
		s.says(a, 409, "Mairi Nic Dhòmhnaill changed this meanwhile", "What is there now", "Name : now “Strathmarn”, you entered “Other”")
		if a.fields["version"] != "2" || a.fields["name"] != "Other" {
			t.Errorf("after a conflict: %v", a.fields)
		}
		s.says(s.post("/settings/council", "version", "2", "name", "Other", "language", "en-GB", "answer_within", "24", "middle", "Kirkbrae", "zoom", "9"), 303)
		if c := s.now().Council(); c.Lat != 56.20 || c.Lon != -3.00 {
			t.Errorf("by the name of a place: %+v", c)
		}
		s.says(s.post("/settings/council", "version", "3", "middle", "Atlantis", "answer_within", "0", "zoom", "x"), 422,
			"Enter a number of hours", "The gazetteer knows no such place", "Enter a number from 1 to 20")
		s.says(s.post("/settings/council", append(form, "version", "3", "language", "klingon")...), 303) // the first value counts
	})
}

func TestServicesAreFoundAddedAndChanged(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.says(s.get("/settings/services"), 200, "There are no services yet", "Add the usual services")
		s.says(s.post("/settings/services/usual"), 303)
		s.says(s.get("/settings/services"), 200, "Added 44 services.", "44 services", "Potholes and road surface")
		s.says(s.post("/settings/services/usual"), 303)
		s.says(s.get("/settings/services?q=leabharlann"), 200, "1 of 44 services", "Libraries")
		s.says(s.get("/settings/services?q=zzz"), 200, "No service fits")
		s.says(s.get("/settings/services?"+url.Values{"words": {"There is <b>a pothole</b>"}}.Encode()), 200, "Potholes and road surface", "None recognised")

		s.says(s.post("/settings/services/new", "name", "", "lgsl", "many", "team", "42"), 422, "Enter the number of the Local Government Service List")
		s.says(s.post("/settings/services/new", "name", "", "team", "42"), 422, "Enter the service’s name")
		s.says(s.post("/settings/services/new", "name", "Ferries", "words", "ferry, slip", "team", "0", "active", "1", "lgsl", "7"), 303)
		ferries := s.service("Ferries")
		if ferries.LGSL != 7 || ferries.Public || !ferries.Active {
			t.Errorf("%+v", ferries)
		}
		path := fmt.Sprintf("/settings/services/%d", ferries.ID)
		a := s.get(path)
		s.says(a, 200, "ferry, slip")
		if a.fields["name"] != "Ferries" || a.fields["lgsl"] != "7" || a.fields["lgil"] != "" || a.fields["public"] != "" || a.fields["active"] != "1" {
			t.Errorf("%v", a.fields)
		}
		s.says(s.post(path, "version", "1", "name", "Ferries and piers", "team", "0"), 303)
		s.says(s.get("/settings/services"), 200, "Saved Ferries and piers.", "Not in use")
		a = s.post(path, "version", "1", "name", "Ferries", "team", "0", "active", "1")
		s.says(a, 409, "changed this meanwhile", "In use : now “no”, you entered “yes”")
		if a.fields["version"] != "2" {
			t.Errorf("%v", a.fields)
		}
		s.says(s.get("/settings/services/42"), 404, "There is no such service")
		s.says(s.get("/settings/services/ferries"), 404, "There is no such service")
	})
}

func TestAnAreaThatIsDeletedCanBeBroughtBack(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.seeded()
		s.says(s.get("/settings/areas"), 200, "There are no areas yet")
		s.says(s.post("/settings/areas/new", "name", "East", "places", "Port Ellan, Atlantis", "team", "0"), 303)
		s.says(s.get("/settings/areas"), 200, "East", "Port Ellan, Atlantis", "1 place not in the gazetteer")
		area := s.now().Areas()[0]
		path := fmt.Sprintf("/settings/areas/%d", area.ID)
		s.says(s.post(path, "version", "1", "name", "East Neuk", "places", "Port Ellan", "team", "0"), 303)
		s.says(s.post(path, "version", "1", "name", "West", "places", "Port Ellan", "team", "0"), 409, "Name : now “East Neuk”, you entered “West”")
		s.says(s.post(path+"/delete", "version", "1"), 409, "changed this meanwhile")
		s.says(s.post(path+"/delete", "version", "2"), 303)
		a := s.get("/settings/areas")
		s.says(a, 200, "Deleted East Neuk.", "Undo")
		if !strings.Contains(a.body, `action="`+path+`/restore"`) {
			t.Error("the notice has no undo")
		}
		s.says(s.post(path+"/restore"), 303)
		s.says(s.get("/settings/areas"), 200, "East Neuk is back.")
		s.says(s.post(path+"/restore"), 404)
	})
}

func TestPlacesAreImportedOnTheirPage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.says(s.get("/settings/places"), 200, "There are no places yet")
		s.says(s.post("/settings/places/import"), 422, "Choose a CSV file.")
		s.says(s.upload("/settings/places/import", "PK\x03\x04"), 422, "workbook or an archive")
		s.says(s.upload("/settings/places/import", "name,kind,lat,lon\n<b>Shore</b>,street,56.1,-2.8\nPier,street,x,y\n"), 200, "1 line was left out", "Line 3: the latitude", "Added 1 place.")
		s.says(s.upload("/settings/places/import", "name,kind,lat,lon\nShore,street,56.1,-2.8\n"), 303)
		a := s.get("/settings/places?q=shore")
		s.says(a, 200, "Added 1 place.", "Take out what was added", "56.10000, -2.80000")
		if options := s.get("/settings/places/suggest?q=b"); strings.Contains(options.body, "<b>") || !strings.Contains(options.body, "&lt;b&gt;Shore") {
			t.Errorf("suggestions: %s", options.body)
		}
		s.says(s.post("/settings/places/new", "name", "Shore", "kind", "street", "lat", "56.2", "lon", "-2.8"), 303)
		s.says(s.get("/settings/places"), 200, "Shore was there already. It is now at this position.")
		s.says(s.post("/settings/places/new", "name", "Pier", "kind", "", "lat", "north", "lon", "-2.8"), 422, "Say what it is", "Enter the latitude")
		if n := len(s.now().Places()); n != 2 {
			t.Errorf("%d places", n)
		}
		s.says(s.upload("/settings/places/import", "name,kind,lat,lon\n"+strings.Repeat("x", 17<<20)), 413)
		s.says(s.post("/settings/places/imports/1/undo"), 404)
	})
}
