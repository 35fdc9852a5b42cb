package app

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network/georeport"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/assets"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

// setup is the first page: it makes the administrator and names the council,
// once, while nobody could sign in.
type setup struct {
	app  *App
	done atomic.Bool
	// code admits to the page from elsewhere than this machine. It is printed
	// where the program was started: who can read that may set it up. It comes
	// from the key file, so it is the same on every node and after a restart.
	code string
}

func newSetup(ctx context.Context, a *App) (*setup, error) {
	needs, err := a.staff.NeedsSetup(ctx)
	if err != nil {
		return nil, err
	}
	key, err := a.box.Derive("set-up")
	if err != nil {
		return nil, err
	}
	s := &setup{app: a, code: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key[:15])}
	s.done.Store(!needs)
	return s, nil
}

// owed reports whether there is nobody yet who could sign in.
func (s *setup) owed() bool { return !s.done.Load() }

// where is the path that the first page is at, "" once there is somebody.
func (s *setup) where() string {
	if !s.owed() || s.local() {
		return ""
	}
	return "/set-up?code=" + s.code
}

// local reports whether Mercat can be reached from this machine only, as far as
// it has been told: then no code is asked for.
func (s *setup) local() bool {
	c := s.app.config
	if len(c.Proxies) > 0 || !loopback(c.Listen) {
		return false
	}
	u, err := url.Parse(c.BaseURL)
	return c.BaseURL == "" || err == nil && loopback(u.Host)
}

// admits reports whether a request may set Mercat up.
func (s *setup) admits(r *http.Request, code string) bool {
	if s.local() && fromHere(r) {
		return true
	}
	return subtle.ConstantTimeCompare([]byte(code), []byte(s.code)) == 1
}

// guard sends everybody to the first page while it is owed.
func (s *setup) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.owed() && !s.open(r) {
			s.look(r.Context())
		}
		if s.owed() && !s.open(r) {
			http.Redirect(w, r, "/set-up", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// open reports whether a path is there before the set-up.
func (s *setup) open(r *http.Request) bool {
	switch p := r.URL.Path; p {
	case "/set-up", "/healthz", "/readyz", "/metrics":
		return true
	default:
		return strings.HasPrefix(p, assets.Prefix)
	}
}

// look asks the database whether another node was set up meanwhile. When it
// does not answer, the set-up stays owed and its page says what is wrong.
func (s *setup) look(ctx context.Context) {
	if needs, err := s.app.staff.NeedsSetup(ctx); err == nil && !needs {
		s.done.Store(true)
	}
}

func (s *setup) routes(rt *web.Router) {
	rt.Handle("GET /set-up", web.Public("makes the first administrator, only while there is none and with the printed code"), s.show)
	rt.Handle("POST /set-up", web.Public("makes the first administrator, only while there is none and with the printed code"), s.submit)
}

var (
	errDone = fault.New(fault.Gone, "Mercat has been set up already. Sign in instead.")
	errCode = fault.New(fault.Forbidden, "Mercat has not been set up yet, and this address does not show that you may do it. Open the address that Mercat printed where it was started, with the code at its end.")
)

func (s *setup) show(w http.ResponseWriter, r *http.Request) error {
	if !s.owed() {
		return web.Redirect(w, r, home)
	}
	code := r.URL.Query().Get("code")
	if !s.admits(r, code) {
		return errCode
	}
	return web.Render(w, r, http.StatusOK, setupPage(nil, code))
}

func (s *setup) submit(w http.ResponseWriter, r *http.Request) error {
	if !s.owed() {
		return errDone
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !s.admits(r, f.Value("code")) {
		return errCode
	}
	council := f.Text("council", web.Required("Enter the name of your council."), web.AtMost(100))
	first := staff.First{Name: f.Text("name"), Email: f.Text("email"), Password: f.Exact("password")}
	start := f.Choice("start", "Choose how to begin.", startEmpty, startDemonstration)
	f.Take(first.Check())
	if f.Err() == nil {
		err := s.create(r.Context(), first, council, start)
		if err != nil && !f.Take(err) {
			return err
		}
	}
	if f.Err() != nil {
		return web.Render(w, r, http.StatusUnprocessableEntity, setupPage(f, f.Value("code")))
	}
	web.SetNotice(w, r, web.Notice{Text: "Mercat is set up, and you are signed in."})
	return s.app.staff.Enter(w, r, first.Email, first.Password, home)
}

// underField moves a fault to the field of this page that it is about.
func underField(field string, err error) error {
	if sentence := fault.Sentence(err); sentence != "" && fault.Is(err, fault.Invalid) {
		return fault.Field(field, sentence)
	}
	return err
}

// begin gives a new council what it needs to be written to: services, a form,
// and a network to practise on.
func (a *App) begin(ctx context.Context, tx *db.Tx, o staff.Officer) error {
	if err := a.directory.SeedTx(ctx, tx, o.Actor()); err != nil {
		return err
	}
	snapshot, err := a.directory.SnapshotTx(ctx, tx)
	if err != nil {
		return err
	}
	for _, n := range []desk.NewAccount{
		{Network: webform.Kind, Name: "Web form", Options: map[string]string{"slug": "contact"}, SignReplies: true},
		{Network: phone.Kind, Name: "Phone and counter"},
		{Network: georeport.Kind, Name: "Open311"},
		{Network: practice.Kind, Name: "Practice", Options: map[string]string{"name": snapshot.Council().Name}, SignReplies: true},
	} {
		if _, err := a.desk.ConnectTx(ctx, tx, o.Actor(), n); err != nil {
			return err
		}
	}
	return nil
}

// The two ways to begin.
const (
	startEmpty         = "empty"
	startDemonstration = "demonstration"
)

// create makes the administrator and the council in one transaction.
func (s *setup) create(ctx context.Context, first staff.First, council, start string) error {
	a := s.app
	_, err := a.staff.CreateFirstAdministrator(ctx, first, func(ctx context.Context, tx *db.Tx, o staff.Officer) error {
		c := directory.Council{Name: council, Language: "en-GB", Demonstration: start == startDemonstration}
		if err := a.directory.SetCouncilTx(ctx, tx, o.Actor(), c); err != nil {
			return underField("council", err)
		}
		if c.Demonstration {
			if err := beginProgress(ctx, tx, o.ID); err != nil {
				return err
			}
		}
		return a.begin(ctx, tx, o)
	})
	if err != nil {
		return err
	}
	s.done.Store(true)
	a.demo.ask()
	return nil
}

func startOptions() []ui.Option {
	return []ui.Option{
		{Value: startEmpty, Label: "With an empty council", Hint: "The services that every council has, a web form, and a practice network to try things out on."},
		{Value: startDemonstration, Label: "With a demonstration council", Hint: "A made-up Scottish council with six weeks of history. It is marked on every page, and one button removes it."},
	}
}

func startValue(f *web.Form) string { return cmp.Or(f.Value("start"), startEmpty) }
