package desk

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// trustingNetwork lets administrators sign in on its own server.
type trustingNetwork struct{ *toldNetwork }

func (trustingNetwork) Authorize(_ context.Context, options map[string]string, redirect string) (network.Authorization, error) {
	if options["password"] != "" {
		return network.Authorization{}, fault.Fields{fault.Field("password", "A secret was handed on.")}
	}
	query := url.Values{"redirect_uri": {redirect}, "state": {"opaque"}}
	return network.Authorization{URL: "https://told.example/authorize?" + query.Encode(), Host: "told.example", Pending: []byte("opaque")}, nil
}

func (trustingNetwork) Finish(_ context.Context, pending []byte, back url.Values) (map[string]string, error) {
	if string(pending) != back.Get("state") {
		return nil, &network.Error{Trouble: network.Refused, Sentence: "This sign-in was not begun here. Begin again."}
	}
	return map[string]string{"password": "granted"}, nil
}

// comesBack asks for the page to which the other server sends a browser that has
// these cookies.
func (b browser) comesBack(query string, cookies []*http.Cookie) answer {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, authorizedPath+"?"+query, nil)
	r.Header.Set("X-As", b.email)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.site.router.ServeHTTP(w, r)
	a := answer{t: b.t, status: w.Code, header: w.Header(), body: w.Body.String()}
	var err error
	if a.page, err = html.Parse(strings.NewReader(a.body)); err != nil {
		b.t.Fatal(err)
	}
	return a
}

func cookiesOf(a answer) []*http.Cookie { return (&http.Response{Header: a.header}).Cookies() }

func TestAnAccountIsConnectedBySigningInOnItsServer(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.networks[toldKind] = trustingNetwork{s.net}
		admin := s.as(t, s.admin)
		if form := admin.get("/settings/accounts/new?network=told").want(200); !strings.Contains(form.body, "Sign in on the server") {
			t.Error("the form does not offer it")
		}
		admin.post("/settings/accounts", "network", "told", "act", "authorize").want(422)
		begun := admin.post("/settings/accounts", "network", "told", "name", "Roads", "option_password", "typed", "act", "authorize").want(200)
		if !strings.Contains(begun.body, `href="https://told.example/authorize?`) || !strings.Contains(begun.body, url.QueryEscape(authorizedPath)) {
			t.Fatalf("the way there is not shown: %s", words(begun.page))
		}
		cookies := cookiesOf(begun)
		if len(cookies) != 1 || !cookies[0].HttpOnly || strings.Contains(cookies[0].Value, "opaque") {
			t.Fatalf("cookies are %+v", cookies)
		}
		count := func() int {
			t.Helper()
			list, err := s.Accounts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		before := count()

		second, _, err := s.Staff.AddOfficer(t.Context(), s.admin.Actor(), staff.Person{Email: "isla@strathcarron.example", Name: "Isla Reid", Role: staff.Administrator}, nil)
		if err != nil {
			t.Fatal(err)
		}
		other := s.as(t, second)
		for name, a := range map[string]answer{
			"another officer": other.comesBack("state=opaque", cookies), "another browser": admin.comesBack("state=opaque", nil),
			"a cookie made up": admin.comesBack("state=opaque", []*http.Cookie{{Name: cookies[0].Name, Value: "AAAA"}}),
			"another state":    admin.comesBack("state=x", cookies),
		} {
			if a.status < 400 || a.status >= 500 {
				t.Errorf("%s: status %d", name, a.status)
			}
		}
		if n := count(); n != before {
			t.Fatalf("%d accounts were connected", n-before)
		}
		back := admin.comesBack("state=opaque", cookies).want(303)
		if gone := cookiesOf(back); len(gone) == 0 || gone[0].MaxAge >= 0 {
			t.Errorf("the sign-in is kept: %+v", gone)
		}
		list, err := s.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		made := list[len(list)-1]
		for _, a := range list {
			if a.Name == "Roads" {
				made = a
			}
		}
		if opened, err := s.unseal(made); err != nil || len(list) != before+1 || opened.Options["password"] != "granted" {
			t.Errorf("%+v, %v", opened, err)
		}
	})
}

func TestASignInThatTakesTooLongIsBegunAgain(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.networks[toldKind] = trustingNetwork{s.net}
		admin := s.as(t, s.admin)
		begun := admin.post("/settings/accounts", "network", "told", "name", "Roads", "act", "authorize").want(200)
		s.clock.Advance(authorizeTime + 1)
		late := admin.comesBack("state=opaque", cookiesOf(begun)).want(422)
		if !strings.Contains(words(late.page), "Begin again") || !strings.Contains(late.body, `value="Roads"`) {
			t.Errorf("it says %s", words(late.page))
		}
	})
}
