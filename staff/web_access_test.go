package staff_test

import (
	"net/url"
	"strings"
	"testing"

	"mercat.scot/mercat/staff"
)

// Who may use which route: everybody, only whoever is signed out, whoever is
// signed in, or a role and those above it.
const (
	everybody = "everybody"
	signedOut = "signed out"
)

func access() map[string]string {
	reader, admin := string(staff.Reader), string(staff.Administrator)
	return map[string]string{
		"GET /sign-in": signedOut, "POST /sign-in": signedOut, "POST /sign-out": everybody,
		"GET /password/{token}": everybody, "POST /password/{token}": everybody,
		"GET /account": reader, "POST /account": reader, "POST /account/password": reader,
		"POST /account/sessions/{id}/end": reader, "POST /account/sign-out-everywhere": reader,
		"GET /settings/people": admin, "GET /settings/people/new": admin, "POST /settings/people/new": admin,
		"GET /settings/people/{id}": admin, "POST /settings/people/{id}": admin,
		"POST /settings/people/{id}/deactivate": admin, "POST /settings/people/{id}/reactivate": admin, "POST /settings/people/{id}/link": admin,
		"GET /settings/teams": reader, "GET /settings/teams/new": admin, "POST /settings/teams/new": admin,
		"GET /settings/teams/{id}": admin, "POST /settings/teams/{id}": admin,
		"GET /settings/keys": admin, "GET /settings/keys/new": admin, "POST /settings/keys/new": admin, "POST /settings/keys/{id}/revoke": admin,
		"GET /desk": reader, "GET /assets/{hash}/{name}": everybody,
	}
}

func TestEveryRouteAdmitsTheRolesThatItShould(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		expected := access()
		ranks := map[string]int{}
		for i, role := range staff.Roles() {
			ranks[string(role)] = i
		}
		// Nobody's own id: what a handler does with it is not the matter here.
		paths := strings.NewReplacer("{id}", "1", "{token}", "x", "{hash}", "x", "{name}", "x")
		for _, role := range append([]staff.Role{""}, staff.Roles()...) {
			var token string
			if role != "" {
				email := string(role) + "@strathmarn.example"
				s.add(t, email, "Somebody Else", role)
				token = s.signIn(t, email, newWords)
			}
			for _, route := range s.router.Routes() {
				want, known := expected[route.Pattern]
				if !known {
					t.Fatalf("%s is in no list of who may use it", route.Pattern)
				}
				method, path, _ := strings.Cut(paths.Replace(route.Pattern), " ")
				b := s.browser(t)
				if token != "" {
					if _, in := s.sessionOf(t, token); !in { // the route before ended it
						token = s.signIn(t, string(role)+"@strathmarn.example", newWords)
					}
					b.header.Set("Cookie", "session="+token)
				}
				a := b.do(t, method, path, url.Values{})
				switch {
				case want == everybody || want == signedOut && role == "":
					if a.status == 401 || a.status == 403 || strings.HasPrefix(a.to, "/sign-in?") {
						t.Errorf("%s as %q: %d to %q", route.Pattern, role, a.status, a.to)
					}
				case want == signedOut:
					a.leads("/desk")
				case role == "" && method == "GET":
					a.leads("/sign-in?next=" + url.QueryEscape(path))
				case role == "":
					a.wants(401, "Sign in first")
				case ranks[string(role)] < ranks[want]:
					a.wants(403, "Your role does not allow this")
				default:
					if a.status == 401 || a.status == 403 || a.status >= 500 {
						t.Errorf("%s as %q: %d %s", route.Pattern, role, a.status, a.text())
					}
				}
			}
		}
	})
}

func (s *site) sessionOf(t *testing.T, token string) (staff.SignedIn, bool) {
	t.Helper()
	in, ok, err := s.BySession(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return in, ok
}

func TestAPostFromAnotherSiteChangesNothing(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, adminEmail, adminWords)
		before, err := s.Sessions(t.Context(), s.admin.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{"cross-site", "same-site"} {
			b.header.Set("Sec-Fetch-Site", from)
			for pattern := range access() {
				method, path, _ := strings.Cut(strings.NewReplacer("{id}", "1", "{token}", "x").Replace(pattern), " ")
				if method != "POST" {
					continue
				}
				b.post(t, path, "email", "new@strathmarn.example", "name", "New", "role", "reader").wants(403, "sent from another website")
			}
		}
		after, err := s.Sessions(t.Context(), s.admin.ID)
		if err != nil || len(after) != len(before) {
			t.Errorf("%d sessions became %d, %v", len(before), len(after), err)
		}
		if all, err := s.Officers(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("%d officers, %v", len(all), err)
		}
	})
}

func TestWhatIsNoIdIsNotFound(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, adminEmail, adminWords)
		for _, id := range []string{"0", "-1", "1", "x", "99999999999999999999", "%00", "1%2F2", "Llanfair"} {
			b.get(t, "/settings/people/"+id).wants(404)
			b.get(t, "/settings/teams/"+id).wants(404)
			for _, act := range []string{"", "/deactivate", "/reactivate", "/link"} {
				b.post(t, "/settings/people/"+id+act).wants(404)
			}
		}
	})
}
