package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

func TestThePlacesBelowOneStandBesideTheirPages(t *testing.T) {
	b := newBench(t, func(o *web.Options) {
		o.Site = func(context.Context) (web.Site, error) {
			return web.Site{Nav: []web.NavItem{
				{Label: "Desk", URL: "/desk"},
				{Label: "Settings", URL: "/settings", Items: []web.NavItem{
					{Label: "People", URL: "/settings/people", Roles: []string{"administrator"}},
					{Label: "Teams", URL: "/settings/teams"},
					{Label: "Rules", URL: "/settings/rules"},
				}},
			}}, nil
		}
	})
	for _, path := range []string{"/desk", "/settings", "/settings/teams", "/settings/people"} {
		b.Handle("GET "+path, web.SignedIn(), func(w http.ResponseWriter, r *http.Request) error {
			return web.Render(w, r, http.StatusOK, web.DeskLayout(web.Page{Current: path}))
		})
	}
	for _, c := range []struct{ path, role, want string }{
		{"/desk", "officer", ""},
		{"/settings", "officer", ""},
		{"/settings/teams", "officer", "*Teams, Rules"},
		{"/settings/teams", "administrator", "People, *Teams, Rules"},
		{"/settings/people", "administrator", "*People, Teams, Rules"},
	} {
		page := parse(t, read(t, b.do(t, "GET", c.path, "", header{"X-Role": c.role})))
		var places []string
		inMain := false
		each(page, func(n *html.Node) {
			if n.Data == "nav" && attr(n, "aria-label") == "Settings" {
				for a := range n.Descendants() {
					if a.Type == html.ElementNode && a.Data == "a" {
						places = append(places, map[bool]string{true: "*"}[attr(a, "aria-current") == "page"]+text(a))
					}
				}
				for up := range n.Ancestors() {
					inMain = inMain || up.Data == "main"
				}
			}
		})
		if got := strings.Join(places, ", "); got != c.want || inMain {
			t.Errorf("%s as %s: %q, want %q; past the skip link: %t", c.path, c.role, got, c.want, inMain)
		}
	}
}

func TestAFormIsShownAgainWithTheStatusOfWhatIsWrong(t *testing.T) {
	b := newBench(t)
	for path, err := range map[string]error{
		"/fine": nil, "/wrong": fault.Field("name", "Enter a name."), "/conflict": fault.New(fault.Conflict, "Changed meanwhile."), "/busy": fault.New(fault.TooMany, "Wait a minute."),
	} {
		b.Handle("GET "+path, web.Public("test"), func(w http.ResponseWriter, r *http.Request) error {
			f := web.NewForm()
			if err != nil && !f.Take(err) {
				return err
			}
			return web.RenderForm(w, r, f, web.PlainLayout(web.Page{Title: "Form"}))
		})
	}
	for path, want := range map[string]int{"/fine": 200, "/wrong": 422, "/conflict": 409, "/busy": 429} {
		res := b.do(t, "GET", path, "", nil)
		if res.StatusCode != want || (res.Header.Get("Retry-After") != "") != (want == 429) {
			t.Errorf("%s: %d, retry after %q", path, res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
}

func TestOriginIsHowTheBrowserReachesUs(t *testing.T) {
	for _, secure := range []bool{false, true} {
		b := newBench(t, func(o *web.Options) { o.Secure = secure })
		var got string
		b.Handle("GET /x", web.Public("test"), func(_ http.ResponseWriter, r *http.Request) error {
			got = web.Origin(r)
			return nil
		})
		b.do(t, "GET", "http://mercat.example:8080/x", "", nil)
		if want := map[bool]string{false: "http", true: "https"}[secure] + "://mercat.example:8080"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
