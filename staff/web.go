package staff

import (
	"net/http"
	"strings"

	"mercat.scot/mercat/platform/web"
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

// Routes registers the pages of this room.
func (s *Service) Routes(r *web.Router) {
	r.Handle("GET /sign-in", web.SignedOut("people prove here who they are"), s.showSignIn)
	r.Handle("POST /sign-in", web.SignedOut("people prove here who they are"), s.signIn)
	r.Handle("POST /sign-out", web.Public("signing out is no error for somebody whose session has ended already"), s.signOut)
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

// from is where a request that signs somebody in comes from.
func from(r *http.Request) From {
	return From{Address: web.ClientAddr(r), Agent: r.UserAgent()}
}

// begin gives the browser a session's token and sends it on. The token is
// always one that we have just made: what the browser had before counts for
// nothing, so nobody can be given a session that somebody else knows.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, token, next string) error {
	web.SetCookie(r.Context(), w, sessionCookie, token, sessionFor)
	return web.Redirect(w, r, s.after(next))
}

// Enter signs somebody in who has just proved who they are in another way, as
// the first administrator does at the set-up, and sends the browser to next.
//
// Errors: as for SignIn.
func (s *Service) Enter(w http.ResponseWriter, r *http.Request, email, password, next string) error {
	token, err := s.SignIn(r.Context(), email, password, from(r))
	if err != nil {
		return err
	}
	return s.begin(w, r, token, next)
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
