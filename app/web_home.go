package app

import (
	"cmp"
	"context"
	"net/http"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/email"
	"mercat.scot/mercat/network/georeport"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/network/webform"
	"mercat.scot/mercat/platform/web"
)

func (a *App) publicRoutes(rt *web.Router) {
	rt.Handle("GET /{$}", web.Public("the front page says how to reach the council"), a.showHome)
}

// homeView is the front page.
type homeView struct {
	council string
	forms   []web.Link
	ways    []way
	making  *progress // of the demonstration, nil when there is nothing to make
}

// way is another way to reach the council.
type way struct {
	network string // "Bluesky"
	link    web.Link
}

func (a *App) showHome(w http.ResponseWriter, r *http.Request) error {
	v, err := a.homeView(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homePage(v))
}

func (a *App) homeView(ctx context.Context) (homeView, error) {
	s, err := a.directory.Snapshot(ctx)
	if err != nil {
		return homeView{}, err
	}
	accounts, err := a.desk.Accounts(ctx)
	if err != nil {
		return homeView{}, err
	}
	names := map[string]string{}
	for _, n := range a.networks {
		d := n.Describe()
		names[string(d.Kind)] = d.Name
	}
	v := homeView{council: s.Council().Name}
	if s.Council().Demonstration {
		if p, err := a.demonstrationState(ctx); err != nil {
			return homeView{}, err
		} else if !p.finished {
			v.making = &p
		}
	}
	for _, account := range accounts {
		if account.State != desk.Active {
			continue
		}
		switch account.Network {
		case webform.Kind:
			v.forms = append(v.forms, web.Link{Label: cmp.Or(account.Options["title"], "Contact us or report a problem"), URL: formURL(account)})
		case practice.Kind, phone.Kind, georeport.Kind: // nobody outside can see it
		case email.Kind:
			v.ways = append(v.ways, way{names[string(account.Network)], web.Link{Label: account.Self.Handle, URL: "mailto:" + account.Self.Handle}})
		default:
			v.ways = append(v.ways, way{names[string(account.Network)], web.Link{Label: account.Self.Handle, URL: account.Self.Profile}})
		}
	}
	return v, nil
}

func formURL(a desk.Account) string { return "/form/" + cmp.Or(a.Options["slug"], "contact") }
