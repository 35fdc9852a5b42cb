package staff

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/record"
)

// AnyRole admits everybody who works here.
func AnyRole() web.Access { return web.Roles(Reader.names()...) }

// MayAnswer admits those who write to citizens.
func MayAnswer() web.Access { return web.Roles(Answers.names()...) }

// MayLead admits those who arrange others' work.
func MayLead() web.Access { return web.Roles(Leader.names()...) }

// MayAdminister admits those who look after people and settings.
func MayAdminister() web.Access { return web.Roles(Administrator.names()...) }

// sessionCookie holds the token of a session. It lives as long as a session can
// at most; when it ends is for us to say, not for the browser.
const sessionCookie = "session"

// browserCookie holds a token by which a browser in which somebody has signed
// in before is known again. It signs nobody in.
const browserCookie = "browser"

// Where this room's pages are.
const (
	accountPath  = "/account"
	settingsPath = "/settings"
	peoplePath   = "/settings/people"
	teamsPath    = "/settings/teams"
)

// Routes registers the pages of this room.
func (s *Service) Routes(r *web.Router) {
	r.Handle("GET /sign-in", web.SignedOut("people prove here who they are"), s.showSignIn)
	r.Handle("POST /sign-in", web.SignedOut("people prove here who they are"), s.signIn)
	r.Handle("POST /sign-out", web.Public("signing out is no error for somebody whose session has ended already"), s.signOut)
	r.Handle("GET /password/{token}", web.Public("whoever has the link has no password yet, or has forgotten it"), s.showPassword)
	r.Handle("POST /password/{token}", web.Public("whoever has the link has no password yet, or has forgotten it"), s.choosePassword)

	r.Handle("GET /account", web.SignedIn(), s.showAccount)
	r.Handle("POST /account", web.SignedIn(), s.saveAccount)
	r.Handle("POST /account/password", web.SignedIn(), s.changePassword)
	r.Handle("POST /account/sessions/{id}/end", web.SignedIn(), s.endSession)
	r.Handle("POST /account/sign-out-everywhere", web.SignedIn(), s.signOutEverywhere)

	r.Handle("GET /settings/people", MayAdminister(), s.showPeople)
	r.Handle("GET /settings/people/new", MayAdminister(), s.showNewPerson)
	r.Handle("POST /settings/people/new", MayAdminister(), s.addPerson)
	r.Handle("GET /settings/people/{id}", MayAdminister(), s.showPerson)
	r.Handle("POST /settings/people/{id}", MayAdminister(), s.savePerson)
	r.Handle("POST /settings/people/{id}/deactivate", MayAdminister(), s.deactivatePerson)
	r.Handle("POST /settings/people/{id}/reactivate", MayAdminister(), s.reactivatePerson)
	r.Handle("POST /settings/people/{id}/link", MayAdminister(), s.linkPerson)

	r.Handle("GET /settings/teams", AnyRole(), s.showTeams)
	r.Handle("GET /settings/teams/new", MayAdminister(), s.showNewTeam)
	r.Handle("POST /settings/teams/new", MayAdminister(), s.addTeam)
	r.Handle("GET /settings/teams/{id}", MayAdminister(), s.showTeam)
	r.Handle("POST /settings/teams/{id}", MayAdminister(), s.saveTeam)
	s.keyRoutes(r)
}

// Viewer says whose session the request's cookie belongs to. It is what
// web.Options.Authenticator asks for.
func (s *Service) Viewer(r *http.Request) (*web.Viewer, error) {
	in, ok, err := s.BySession(r.Context(), web.Cookie(r, sessionCookie))
	if err != nil || !ok {
		return nil, err
	}
	return in.viewer(), nil
}

func (in SignedIn) viewer() *web.Viewer {
	o := in.Officer
	v := &web.Viewer{ID: o.ID, Name: o.Name, Email: o.Email, Role: string(o.Role), TeamIDs: in.TeamIDs, SingleKeys: o.Settings.SingleKeys}
	if o.Settings.Theme != ThemeAuto {
		v.Theme = o.Settings.Theme
	}
	return v
}

// actor is who does what a request asks for, as the record names them.
func actor(r *http.Request) record.Actor {
	v := web.MustViewer(r.Context())
	return Officer{ID: v.ID, Name: v.Name}.Actor()
}

// from is where a request that signs somebody in comes from. A browser without
// a token gets one, which begin hands out when it has worked.
func from(r *http.Request) From {
	f := From{Address: web.ClientAddr(r), Agent: r.UserAgent(), Browser: web.Cookie(r, browserCookie)}
	if len(f.Browser) < 16 || len(f.Browser) > 100 {
		f.Browser = secret.Token(16)
	}
	return f
}

// pathID is the id in a route's {id}. What is no number is no such thing.
func pathID(r *http.Request, none *fault.Error) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, none
	}
	return id, nil
}

// address is how people on this site are reached from elsewhere, for links that
// are passed on.
func (s *Service) address(r *http.Request, path string) string {
	if s.base != "" {
		return s.base + path
	}
	return web.Origin(r) + path
}

// begin gives the browser a session's token and sends it on. The token is
// always one that we have just made: what the browser had before counts for
// nothing, so nobody can be given a session that somebody else knows.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, token string, from From, next string) error {
	web.SetCookie(r.Context(), w, browserCookie, from.Browser, knownFor)
	web.SetCookie(r.Context(), w, sessionCookie, token, sessionFor)
	return web.Redirect(w, r, s.after(next))
}

// Enter signs somebody in, also on another page than that for it, such as the
// set-up, and sends the browser to next.
//
// Errors: as for SignIn.
func (s *Service) Enter(w http.ResponseWriter, r *http.Request, email, password, next string) error {
	where := from(r)
	token, err := s.SignIn(r.Context(), email, password, where)
	if err != nil {
		return err
	}
	return s.begin(w, r, token, where, next)
}

// after is where somebody goes who has signed in: where they wanted to be, when
// that is a page of this site that makes sense then.
func (s *Service) after(next string) string {
	next = web.LocalPath(next, s.home)
	path, _, _ := strings.Cut(next, "?")
	if path == "/" || path == "/sign-in" || path == "/sign-out" || strings.HasPrefix(path, "/password/") {
		return s.home
	}
	return next
}

// teamNames are the names of some teams, in their order.
func teamNames(teams []Team, ids []int64) string {
	var names []string
	for _, t := range teams {
		if slices.Contains(ids, t.ID) {
			names = append(names, t.Name)
		}
	}
	return strings.Join(names, ", ")
}
