package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/a-h/templ"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/archive"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/network/email"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
	"mercat.scot/mercat/triage"
)

// home is where officers begin.
const home = "/desk"

// wire makes the rooms, in the order in which they may call each other, and
// registers their routes.
func (a *App) wire(ctx context.Context) error {
	if err := a.makeRooms(); err != nil {
		return err
	}
	var err error
	if a.setup, err = newSetup(ctx, a); err != nil {
		return err
	}
	a.demo = newDemo(a)
	// Every room has registered its jobs by now.
	a.registerJobs()
	if err := a.queue.Open(); err != nil {
		return err
	}
	if err := a.makeRouter(); err != nil {
		return err
	}
	return a.measure()
}

func (a *App) makeRooms() error {
	c := a.config
	var err error
	a.queue = jobs.New(a.db, jobs.Options{Log: quietJobs(c.Log), Workers: c.Workers, Run: a.seat})
	if a.staff, err = staff.New(staff.Options{DB: a.db, BaseURL: c.BaseURL, Home: home, Cost: c.PasswordCost}); err != nil {
		return err
	}
	a.directory = directory.New(directory.Options{DB: a.db, Staff: a.staff, MapStyle: a.mapStyle})
	a.people = person.New()
	a.client = httpx.New(httpx.Options{Guard: c.Guard, RootCAs: c.Authorities, UserAgent: "Mercat"})
	streams := httpx.New(httpx.Options{Guard: c.Guard, RootCAs: c.Authorities, UserAgent: "Mercat", Timeout: -1, MaxBody: -1, PerHost: 64})
	a.closers = append(a.closers, func() error { a.client.CloseIdleConnections(); streams.CloseIdleConnections(); return nil })

	a.practice = practice.New(practice.Options{DB: a.db, Hub: a.hub, Blobs: a.blobs, Photos: a.photos, Now: c.Now, Log: c.Log, Writers: staff.MayAnswer()})
	a.webform = webform.New(webform.Options{
		DB: a.db, Hub: a.hub, Blobs: a.blobs, Photos: a.photos, Now: c.Now, Log: c.Log, BaseURL: c.BaseURL,
		Services: a.publicServices, Council: a.formCouncil, Steps: a.steps, MapStyle: a.mapStyle,
		Questions: a.formQuestions, Answers: a.formAnswers,
	})
	a.networks = []network.Network{ // in the order in which Settings offers them
		bluesky.New(bluesky.Options{HTTP: a.client, Now: c.Now, Directory: c.PLCDirectory}),
		mastodon.New(mastodon.Options{HTTP: a.client, Stream: streams, Now: c.Now}),
		email.New(email.Options{Dial: c.Guard.DialContext, TLS: &tls.Config{RootCAs: c.Authorities}, Now: c.Now}),
		a.webform,
		a.practice,
		a.makePhone(),
		a.makeGeoReport(),
	}
	a.networks = append(a.networks, archive.Networks()...) // whose accounts hold history, and nothing else
	model, err := triage.Default()
	if err != nil {
		return err
	}
	languages, err := triage.DefaultLanguages()
	if err != nil {
		return err
	}
	a.reader = reader{model: model, directory: a.directory, languages: languages, learned: new(atomic.Pointer[learned])}
	a.desk = desk.New(desk.Options{
		Triage: a.reader.Read,
		DB:     a.db, Queue: a.queue, Hub: a.hub, Blobs: a.blobs, Photos: a.photos, Box: a.box,
		Networks:  a.networks,
		Staff:     a.staff,
		Directory: a.directory,
		People:    a.people,
		Log:       c.Log,
		Now:       c.Now,
		OpenURL:   a.openURL,
		BaseURL:   c.BaseURL,
		Node:      c.Node,

		UndoWindow: c.UndoWindow,
		Happened:   a.tellDesk,
		Dates:      desk.Dates{Sentence: a.honestAnswer, Check: a.checkAnswer},
		Panel: func(ctx context.Context, c desk.Conversation) (templ.Component, error) {
			return a.casework.Panel(ctx, c)
		},
	})
	a.casework = casework.New(casework.Options{DB: a.db, Hub: a.hub, Desk: a.desk, Directory: a.directory, Staff: a.staff, MapStyle: a.mapStyle, Expect: a.dates.say, Workdays: a.dates.workdays,
		Citizen: a.citizenPages(), Honest: a.honest(),
		Follow: []func(context.Context, *db.Tx, casework.Change) error{a.tellCases, a.handOver},
		Beside: casework.Beside{Elsewhere: a.elsewhere}})
	a.casework.RegisterJobs(a.queue)
	a.makeContacts()
	a.makeAPI()
	a.makeOpen311()
	a.makeBackOffice()
	return nil
}

func (a *App) makeRouter() error {
	c := a.config
	signing, err := a.box.Derive("notices")
	if err != nil {
		return err
	}
	a.router, err = web.NewRouter(web.Options{
		Now:            c.Now,
		Authenticator:  a.staff,
		Keys:           a.staff.CheckKey,
		Site:           a.site,
		Log:            c.Log,
		Metrics:        a.metrics,
		Secure:         c.Secure(),
		SigningKey:     signing,
		HomePath:       home,
		TileOrigins:    tileOrigins(c),
		TrustedOrigins: c.TrustedOrigins,
		Proxies:        c.Proxies,
		Stopping:       a.stopping,
	})
	if err != nil {
		return err
	}
	a.staff.Routes(a.router)
	a.directory.Routes(a.router)
	a.webform.Routes(a.router)
	a.practice.Routes(a.router, staff.AnyRole())
	a.desk.Routes(a.router)
	a.casework.Routes(a.router)
	a.contacts.Routes(a.router)
	a.open311Routes(a.router)
	a.backoffice.Routes(a.router)
	if err := a.apiRoutes(a.router); err != nil {
		return err
	}
	a.setup.routes(a.router)
	a.healthRoutes(a.router)
	a.publicRoutes(a.router)
	a.settingsRoutes(a.router)
	a.recordRoutes(a.router)
	a.demonstrationRoutes(a.router)
	a.mapRoutes(a.router)
	return nil
}

// openURL opens media by address, where the guard allows it.
func (a *App) openURL(ctx context.Context, url string, max int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, outside(err)
	}
	body, err := httpx.ReadAll(answer, max)
	if err != nil {
		return nil, outside(err)
	}
	switch {
	case answer.StatusCode == http.StatusOK:
		return body, nil
	case answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests:
		return nil, fmt.Errorf("open media: the server answered %s", answer.Status)
	}
	return nil, &network.Error{Trouble: network.Missing, Sentence: "This file is not where it was said to be (" + answer.Status + ")."}
}

// publicServices are what the report form offers.
func (a *App) publicServices(ctx context.Context) ([]webform.Service, error) {
	s, err := a.directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var list []webform.Service
	for _, service := range s.Services() {
		if service.Active && service.Public {
			list = append(list, webform.Service{ID: service.ID, Name: service.Name, Summary: service.Summary, NeedsPlace: service.NeedsPlace})
		}
	}
	return list, nil
}

// formCouncil is whom one writes to, and where the map begins.
func (a *App) formCouncil(ctx context.Context) (webform.Council, error) {
	s, err := a.directory.Snapshot(ctx)
	if err != nil {
		return webform.Council{}, err
	}
	c := s.Council()
	return webform.Council{Name: c.Name, Lat: c.Lat, Lon: c.Lon, Zoom: c.Zoom}, nil
}

// steps is what became of what a citizen asked for, as their tracking page
// shows it.
func (a *App) steps(ctx context.Context, conversation, language string) ([]webform.Step, error) {
	told, err := a.casework.Told(ctx, conversation)
	if err != nil {
		return nil, err
	}
	list := make([]webform.Step, 0, len(told))
	for _, t := range told {
		title, text := t.State.Step(language, t.Reference, t.Whose)
		list = append(list, webform.Step{At: t.At, Title: title, Text: text})
	}
	return list, nil
}
