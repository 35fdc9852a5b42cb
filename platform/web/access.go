package web

import (
	"slices"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// Access says who may use a route. There is no default: the zero Access admits
// nobody, and a Router refuses to register it.
type Access struct {
	kind   accessKind
	roles  []string
	reason string
}

type accessKind int

const (
	accessNone accessKind = iota
	accessPublic
	accessSignedOut
	accessSignedIn
	accessRoles
	accessKey
)

// Public admits everybody, signed in or not. The reason is for whoever reviews
// the list of routes.
func Public(reason string) Access { return Access{kind: accessPublic, reason: reason} }

// SignedOut admits only people who are not signed in, such as to the sign-in
// page. Whoever is signed in is sent to where the query's next leads on this
// site, or to the home page.
func SignedOut(reason string) Access { return Access{kind: accessSignedOut, reason: reason} }

// SignedIn admits everybody who is signed in, whatever their role.
func SignedIn() Access { return Access{kind: accessSignedIn} }

// Roles admits whoever is signed in with one of these roles.
func Roles(roles ...string) Access { return Access{kind: accessRoles, roles: slices.Clone(roles)} }

// Keyed admits programs that bring a key which is good for a scope, "" for any
// good key. Options.Keys says whether it is. Who is signed in counts for nothing,
// and what is refused is answered with a Problem and not with a page.
func Keyed(scope string) Access { return Access{kind: accessKey, reason: scope} }

func (a Access) valid() bool {
	switch a.kind {
	case accessPublic, accessSignedOut:
		return a.reason != ""
	case accessSignedIn, accessKey:
		return true
	case accessRoles:
		return len(a.roles) > 0 && !slices.Contains(a.roles, "")
	default:
		return false
	}
}

// Admits reports whether viewer (nil is nobody) may use the route.
func (a Access) Admits(viewer *Viewer) bool {
	switch a.kind {
	case accessPublic:
		return true
	case accessSignedOut:
		return viewer == nil
	case accessSignedIn:
		return viewer != nil
	case accessRoles:
		return viewer != nil && slices.Contains(a.roles, viewer.Role)
	default:
		return false
	}
}

// String is how the list of routes shows it: "public: why" or "roles: a, b".
func (a Access) String() string {
	switch a.kind {
	case accessPublic:
		return "public: " + a.reason
	case accessSignedOut:
		return "signed out: " + a.reason
	case accessSignedIn:
		return "signed in"
	case accessKey:
		return strings.TrimSpace("key: " + a.reason)
	case accessRoles:
		return "roles: " + strings.Join(a.roles, ", ")
	default:
		return "nobody"
	}
}

// check returns the error for a viewer who is not admitted.
func (a Access) check(viewer *Viewer) error {
	switch {
	case a.Admits(viewer):
		return nil
	case viewer == nil:
		return fault.New(fault.SignIn, "You are not signed in, or your session has ended. Sign in, then try again.")
	default:
		return fault.New(fault.Forbidden, "Your role does not allow this. If you need it for your work, ask an administrator.")
	}
}
