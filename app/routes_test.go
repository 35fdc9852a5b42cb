package app

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryRouteAdmitsWhomItSays walks every route with every role, and with
// nobody: whoever is not admitted is sent to sign in, or told that they may not.
func TestEveryRouteAdmitsWhomItSays(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		r.setUp(t)
		routes := r.Routes()
		if len(routes) < 40 {
			t.Fatalf("only %d routes: the rooms are not wired", len(routes))
		}
		// What ends sessions comes last, or those behind it would meet nobody.
		ends := regexp.MustCompile(`sign-out|/account|sessions`)
		slices.SortStableFunc(routes, func(a, b web.Route) int {
			return boolInt(ends.MatchString(a.Pattern)) - boolInt(ends.MatchString(b.Pattern))
		})
		viewers := map[string]*web.Viewer{"nobody": nil}
		for _, role := range staff.Roles() {
			viewers[string(role)] = &web.Viewer{ID: 1, Role: string(role)}
		}
		for name, viewer := range viewers {
			t.Run(name, func(t *testing.T) {
				visitor := func() *browser {
					if viewer == nil {
						return r.browser(t)
					}
					return r.as(t, staff.Role(viewer.Role))
				}
				b := visitor()
				for _, route := range routes {
					if ends.MatchString(route.Pattern) {
						b = visitor()
					}
					method, path := exampleOf(t, route.Pattern)
					a := b.send(method, path, nil)
					if strings.Contains(route.Pattern, "sign-out") && a.to == "/sign-in" && viewer != nil {
						continue // that is what it is for
					}
					if err := admitted(route.Access, viewer, a); err != nil {
						t.Errorf("%s (%s): %v", route.Pattern, route.Access, err)
					}
				}
			})
		}
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// exampleOf makes a request of a pattern, with something in each gap. What it
// names is not there, for the question is who is let in.
func exampleOf(t *testing.T, pattern string) (method, path string) {
	t.Helper()
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		t.Fatalf("route %q names no method", pattern)
	}
	path = strings.ReplaceAll(path, "{$}", "")
	return method, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "1")
}

func admitted(access web.Access, viewer *web.Viewer, a answer) error {
	toSignIn := a.status == http.StatusSeeOther && strings.HasPrefix(a.to, "/sign-in")
	switch {
	case strings.HasPrefix(access.String(), "key"):
		// Whoever is signed in is nobody here: only a key counts.
		if a.status != http.StatusUnauthorized || a.header.Get("Content-Type") != web.ProblemType {
			return fmt.Errorf("answers a request without a key with %d, %s", a.status, a.header.Get("Content-Type"))
		}
	case access.Admits(viewer):
		if a.status == http.StatusUnauthorized || viewer != nil && toSignIn {
			return fmt.Errorf("asks somebody who is admitted to sign in (%d to %q)", a.status, a.to)
		}
		if a.status == http.StatusForbidden && strings.Contains(a.body, "Your role does not allow this") {
			return fmt.Errorf("refuses somebody who is admitted")
		}
		if a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
			return fmt.Errorf("fails with %d: %s", a.status, visible(a.body))
		}
	case viewer == nil:
		if a.status != http.StatusUnauthorized && !toSignIn {
			return fmt.Errorf("answers nobody with %d to %q", a.status, a.to)
		}
	case strings.HasPrefix(access.String(), "signed out"):
		if a.status != http.StatusSeeOther || a.to != home {
			return fmt.Errorf("answers somebody signed in with %d to %q", a.status, a.to)
		}
	default:
		if a.status != http.StatusForbidden {
			return fmt.Errorf("answers somebody who is not admitted with %d to %q", a.status, a.to)
		}
	}
	return nil
}

// TestWhatIsPublicIsMeantToBe lists what needs no sign-in, with the reasons. A
// new line in testdata/public.txt is for a reviewer to agree with; write it
// with: go test ./app -run Public -update
func TestWhatIsPublicIsMeantToBe(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	var lines []string
	for _, route := range r.Routes() {
		if route.Access.Admits(nil) {
			lines = append(lines, fmt.Sprintf("%s\n\t%s\n", route.Pattern, route.Access))
		}
	}
	got := strings.Join(lines, "")
	golden := filepath.Join("testdata", "public.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("public routes are not those of %s. When each is right, run the test with -update.\ngot:\n%s", golden, got)
	}
}

// TestAReaderChangesNothingButTheirOwn holds the role to its name: what is
// posted by whoever only reads is about themselves, or open to everybody.
func TestAReaderChangesNothingButTheirOwn(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	reader := &web.Viewer{ID: 1, Role: string(staff.Reader)}
	own := regexp.MustCompile(`^POST (/account|/sign-out|/notifications/read|/desk/\{id\}/unread$)`)
	for _, route := range r.Routes() {
		if strings.HasPrefix(route.Pattern, "GET ") || route.Access.Admits(nil) || own.MatchString(route.Pattern) {
			continue
		}
		if route.Access.Admits(reader) {
			t.Errorf("%s (%s) is open to a reader", route.Pattern, route.Access)
		}
	}
}
