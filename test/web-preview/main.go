// Command web-preview serves every component and layout of platform/web with
// made-up words, so that one can look at them:
//
//	go run ./test/web-preview            # http://127.0.0.1:8099
//	node test/web-preview/look.mjs       # screenshots and axe, see there
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	rt, err := web.NewRouter(web.Options{
		Now:           time.Now,
		Authenticator: web.AuthenticatorFunc(viewer),
		Site:          site,
		SigningKey:    make([]byte, 32),
		Stopping:      ctx,
	})
	if err != nil {
		return err
	}
	routes(rt)
	server := &http.Server{Addr: "127.0.0.1:8099", Handler: rt, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	fmt.Println("http://127.0.0.1:8099/desk")
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		quit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(quit)
	}
}

// viewer signs everybody in, in the theme that ?theme= names.
func viewer(r *http.Request) (*web.Viewer, error) {
	if r.URL.Query().Has("nobody") {
		return nil, nil
	}
	return &web.Viewer{ID: 1, Name: "Ailsa Drummond", Email: "ailsa.drummond@strathmarn.example", Role: "officer", SingleKeys: true, Theme: r.URL.Query().Get("theme")}, nil
}

func site(context.Context) (web.Site, error) {
	return web.Site{
		Council:       "Strathmarn Council",
		Demonstration: true,
		Search:        "/desk",
		SearchLabel:   "Search conversations",
		Unread:        3,
		UnreadURL:     "/notifications",
		SignOutURL:    "/sign-out",
		Nav: []web.NavItem{
			{Label: "Desk", URL: "/desk", Icon: "inbox", Keys: "g d", Count: 12},
			{Label: "Cases", URL: "/cases", Icon: "case", Keys: "g c"},
			{Label: "People", URL: "/people", Icon: "team", Keys: "g p"},
			{Label: "Settings", URL: "/settings", Icon: "settings", Keys: "g s"},
		},
		Menu:      []web.Link{{Label: "Your profile", URL: "/profile"}, {Label: "Sessions", URL: "/sessions"}},
		PublicNav: []web.Link{{Label: "Contact us", URL: "/contact"}, {Label: "Report a problem", URL: "/report"}},
		Footer:    []web.Link{{Label: "Privacy", URL: "/privacy"}, {Label: "Accessibility", URL: "/accessibility"}, {Label: "Sign in", URL: "/sign-in"}},
	}, nil
}

func routes(rt *web.Router) {
	everybody := web.Public("a preview")
	rt.Handle("GET /desk", everybody, func(w http.ResponseWriter, r *http.Request) error {
		show := r.URL.Query().Get("show")
		return web.Render(w, r, http.StatusOK, deskPage(show, web.Now(r.Context())))
	})
	rt.Handle("GET /cases", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, componentsPage(wrongForm(), web.Now(r.Context())))
	})
	rt.Handle("GET /report", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, publicPage(nil))
	})
	rt.Handle("POST /report", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusUnprocessableEntity, publicPage(wrongForm()))
	}, web.MaxBody(20<<20))
	rt.Handle("GET /report-wrong", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusUnprocessableEntity, publicPage(wrongForm()))
	})
	rt.Handle("GET /sign-in", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, plainPage())
	})
	rt.Handle("GET /transcript", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, printPage(web.Now(r.Context())))
	})
	rt.Handle("GET /broken", everybody, func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("the preview breaks on purpose")
	})
	rt.Handle("GET /gone", everybody, func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Gone, "This conversation was erased at the citizen's request on 3 November 2026.")
	})
	rt.Handle("GET /style.json", everybody, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		return web.Send(w, r, http.StatusOK, []byte(mapStyle))
	})
	rt.Handle("POST /undo", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.RedirectWithNotice(w, r, "/desk", "Undone. The conversation is with the contact centre again.")
	})
	rt.Handle("POST /assign", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.RedirectNotice(w, r, "/desk", web.Notice{Text: "Assigned to Iain Ruadh.", UndoURL: "/undo", UndoSeconds: 60})
	})
	rt.Handle("GET /changes", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, changesPage())
	})
	rt.Handle("GET /count", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.Fragment(w, r, http.StatusOK, waiting("13 wait"))
	})
	rt.Handle("GET /conflict", everybody, func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Conflict, "Someone else has answered this already.")
	})
	rt.Handle("POST /notice", everybody, func(w http.ResponseWriter, r *http.Request) error {
		return web.FragmentWithNotice(w, r, waiting("14 wait"), web.Notice{Text: "Snoozed until Monday."})
	})
	rt.Handle("GET /changes/live", everybody, func(w http.ResponseWriter, r *http.Request) error {
		once := make(chan int, 1)
		once <- 1
		return web.Stream(w, r, once, func(context.Context, int) ([]web.Event, error) {
			return []web.Event{{Name: "arrived", Data: "1"}, {Part: changedRow()}}, nil
		})
	}, web.Live())
	rt.Handle("GET /live", everybody, func(w http.ResponseWriter, r *http.Request) error {
		ticks := make(chan int, 3)
		for i := range cap(ticks) {
			ticks <- i
		}
		return web.Stream(w, r, ticks, func(context.Context, int) ([]web.Event, error) {
			return []web.Event{{Name: "arrived", Data: "1"}}, nil
		})
	}, web.Live())
}

// mapStyle is a map without a server: a coast made of one polygon.
const mapStyle = `{"version":8,"sources":{"land":{"type":"geojson","data":{"type":"Polygon","coordinates":[[[-2.83,56.30],[-2.83,56.35],[-2.80,56.345],[-2.79,56.34],[-2.78,56.335],[-2.76,56.30],[-2.83,56.30]]]}}},
"layers":[{"id":"sea","type":"background","paint":{"background-color":"#cfdde6"}},{"id":"land","type":"fill","source":"land","paint":{"fill-color":"#eee6d6","fill-outline-color":"#857e70"}}]}`

func wrongForm() *web.Form {
	f := web.NewForm("what", "There is a pothole at the foot of Kirk Wynd, about as wide as a dinner plate.", "email", "morag@", "place", "Kirk Wynd, by the cross")
	f.Fail("email", "Enter an email address in the correct format, like name@example.com.")
	f.Fail("topic", "Choose what it is about.")
	return f
}
