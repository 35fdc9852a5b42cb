package staff

import (
	"context"
	"net/http"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

const keysPath = "/settings/keys"

func (s *Service) keyRoutes(r *web.Router) {
	r.Handle("GET /settings/keys", MayAdminister(), s.showKeys)
	r.Handle("GET /settings/keys/new", MayAdminister(), s.showNewKey)
	r.Handle("POST /settings/keys/new", MayAdminister(), s.addKey)
	r.Handle("POST /settings/keys/{id}/revoke", MayAdminister(), s.revokeKey)
}

// CheckKey is what web.Options.Keys asks for.
func (s *Service) CheckKey(r *http.Request, scope string) (context.Context, error) {
	k, err := s.Authenticate(r.Context(), web.Bearer(r))
	if err != nil {
		return nil, err
	}
	if scope != "" && !k.May(Scope(scope)) {
		return nil, fault.Newf(fault.Forbidden, "This key (%s…) may not do this: it lacks the scope %s. An administrator can make another key with it.", k.Prefix, scope)
	}
	return WithKey(r.Context(), k), nil
}

// keysPage is what the list of keys shows.
type keysPage struct {
	keys   []Key
	roster *Roster
	now    time.Time
}

func (s *Service) showKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.Keys(r.Context())
	if err != nil {
		return err
	}
	roster, err := s.Roster(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, keysView(keysPage{keys: keys, roster: roster, now: web.Now(r.Context())}))
}

func (k Key) scopeNames() string {
	names := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// keyPage is where a key is made, and where it is shown, once.
type keyPage struct {
	form  *web.Form
	key   Key
	token string
}

func (p keyPage) scopeOptions() []ui.Option {
	var options []ui.Option
	for _, s := range Scopes() {
		options = append(options, ui.Option{Value: string(s), Label: string(s), Hint: s.Explains()})
	}
	return options
}

func (s *Service) showNewKey(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, newKeyView(keyPage{form: web.NewForm("per_minute", "600")}))
}

func (s *Service) addKey(w http.ResponseWriter, r *http.Request) error {
	p := keyPage{}
	var err error
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	f := p.form
	zone := web.Location(r.Context())
	k := Key{Name: f.Text("name"), PerMinute: int(f.Int("per_minute", 1, maxPerMinute, "Enter a number from 1 to 60000."))}
	for _, v := range f.Values("scopes") {
		k.Scopes = append(k.Scopes, Scope(v))
	}
	if day := f.Date("expires", zone, "Enter a day, such as 31 3 2027, or leave it empty."); !day.IsZero() {
		k.ExpiresAt = day.In(zone).AddDate(0, 0, 1) // the last day is whole
	}
	if f.Err() == nil {
		v := web.MustViewer(r.Context())
		p.key, p.token, err = s.AddKey(r.Context(), Officer{ID: v.ID, Name: v.Name}, k)
		if err == nil {
			w.Header().Set("Cache-Control", "no-store")
			return web.Render(w, r, http.StatusOK, madeKeyView(p))
		}
		if !f.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, f, newKeyView(p))
}

func (s *Service) revokeKey(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, errNoKey)
	if err != nil {
		return err
	}
	v := web.MustViewer(r.Context())
	k, err := s.RevokeKey(r.Context(), Officer{ID: v.ID, Name: v.Name}, id)
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, keysPath, "Revoked "+k.Name+". It is refused from now on.")
}
