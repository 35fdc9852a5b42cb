package desk

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

func (s *Service) routesSettings(r *web.Router) {
	r.Handle("GET /settings/accounts", staff.AnyRole(), s.showAccounts)
	r.Handle("GET /settings/accounts/new", staff.MayAdminister(), s.showNewAccount)
	r.Handle("POST /settings/accounts", staff.MayAdminister(), s.connectAccount, web.Deadline(checkTime+checkTime/3))
	r.Handle("GET "+authorizedPath, staff.MayAdminister(), s.finishAuthorize, web.Deadline(2*checkTime+checkTime/3))
	r.Handle("GET /settings/accounts/{id}", staff.MayAdminister(), s.showAccount)
	r.Handle("POST /settings/accounts/{id}", staff.MayAdminister(), s.editAccount, web.Deadline(checkTime+checkTime/3))
	r.Handle("POST /settings/accounts/{id}/state", staff.MayAdminister(), s.changeAccountState)
	r.Handle("GET /settings/rules", staff.AnyRole(), s.showRules)
	r.Handle("GET /settings/triage", staff.AnyRole(), s.getReads)
	r.Handle("GET /settings/rules/new", staff.MayLead(), s.showNewRule)
	r.Handle("POST /settings/rules", staff.MayLead(), s.addRule)
	r.Handle("GET /settings/rules/{id}", staff.MayLead(), s.showRule)
	r.Handle("POST /settings/rules/{id}", staff.MayLead(), s.editRule)
	r.Handle("POST /settings/rules/{id}/move", staff.MayLead(), s.moveRule)
	r.Handle("POST /settings/rules/{id}/delete", staff.MayLead(), s.deleteRule)
}

// idOf reads the id in a path; what is none is a page that is not there.
func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.New(fault.NotFound, "There is nothing at this address. If you followed a link, it may be out of date.")
	}
	return id, nil
}

// actor is the officer who asks, as the record names them.
func (s *Service) officerOf(r *http.Request) (staff.Officer, error) {
	return s.Staff.Officer(r.Context(), web.MustViewer(r.Context()).ID)
}

// accountLine is an account in the list.
type accountLine struct {
	Account
	Network string
	Icon    string
	Team    string
}

func (s *Service) showAccounts(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Accounts(r.Context())
	if err != nil {
		return err
	}
	roster, err := s.Staff.Roster(r.Context())
	if err != nil {
		return err
	}
	var lines []accountLine
	for _, a := range list {
		line := accountLine{Account: a, Network: string(a.Network), Icon: iconOf(a.Network)}
		if _, d, err := s.networkOf(a.Network); err == nil {
			line.Network = d.Name
		}
		if team, ok := roster.Team(a.TeamID); ok {
			line.Team = team.Name
		}
		lines = append(lines, line)
	}
	may := staff.Role(web.MustViewer(r.Context()).Role).MayAdminister()
	return web.Render(w, r, http.StatusOK, accountsPage(lines, may))
}

// iconOf is the picture of a network in ui.Icon.
func iconOf(kind network.Kind) string {
	switch kind {
	case "email":
		return "mail"
	case "webform":
		return "edit"
	case "practice":
		return "book"
	default:
		return "globe"
	}
}

// accountForm is what the pages of one account show.
type accountForm struct {
	ID      int64 // 0 for a new one
	Account Account
	Network network.Description
	Form    *web.Form
	Teams   []ui.Option
	Said    string // what the test found, when it went well
	SignIn  bool   // one can sign in on the network's own server
}

func (f accountForm) action() string {
	if f.ID == 0 {
		return "/settings/accounts"
	}
	return "/settings/accounts/" + strconv.FormatInt(f.ID, 10)
}

func (f accountForm) has(secret string) bool { return slices.Contains(f.Account.Secrets, secret) }

// hint tells of a secret that is kept already.
func (f accountForm) hint(o network.Option) string {
	if o.Secret && f.has(o.Name) {
		return "Kept, and not shown again. Leave empty to keep it. " + o.Hint
	}
	if o.Secret && f.SignIn {
		return "Leave empty and choose “Sign in on the server”, or enter one. " + o.Hint
	}
	return o.Hint
}

func (f accountForm) required(o network.Option) bool {
	return o.Required && o.Default == "" && !(o.Secret && (f.has(o.Name) || f.SignIn))
}

func (s *Service) showNewAccount(w http.ResponseWriter, r *http.Request) error {
	kind := network.Kind(r.URL.Query().Get("network"))
	if kind == "" {
		return web.Render(w, r, http.StatusOK, chooseNetworkPage(s.descriptions()))
	}
	f, err := s.accountForm(r, Account{Network: kind}, defaultsOf(s, kind))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, accountPage(f))
}

func defaultsOf(s *Service, kind network.Kind) *web.Form {
	pairs := []string{"sign_replies", "1"}
	if _, d, err := s.networkOf(kind); err == nil {
		for _, o := range d.Options {
			pairs = append(pairs, "option_"+o.Name, o.Default)
		}
	}
	return web.NewForm(pairs...)
}

// descriptions are the networks that can be connected, those outside first.
func (s *Service) descriptions() []network.Description {
	var list []network.Description
	for _, n := range s.Networks {
		if d := n.Describe(); !d.Past {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b network.Description) int {
		if a.Internal != b.Internal {
			if a.Internal {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return list
}

func (s *Service) accountForm(r *http.Request, a Account, form *web.Form) (accountForm, error) {
	_, d, err := s.networkOf(a.Network)
	if err != nil {
		return accountForm{}, err
	}
	teams, err := s.teamOptions(r, "By rules, service and area")
	return accountForm{ID: a.ID, Account: a, Network: d, Form: form, Teams: teams, SignIn: s.authorizes(a.Network)}, err
}

func (s *Service) teamOptions(r *http.Request, none string) ([]ui.Option, error) {
	roster, err := s.Staff.Roster(r.Context())
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Value: "0", Label: none}}
	for _, t := range roster.Teams() {
		options = append(options, ui.Option{Value: strconv.FormatInt(t.ID, 10), Label: t.Name})
	}
	return options, nil
}

// entered reads an account's form. The network's options are prefixed, so that
// none can be taken for a field of ours.
func entered(form *web.Form, d network.Description) NewAccount {
	n := NewAccount{Network: d.Kind, Name: form.Text("name", web.AtMost(maxAccountName)), SignReplies: form.Ticked("sign_replies"),
		TeamID: form.OptionalID("team", "Choose a team from the list."), Options: map[string]string{}}
	for _, o := range d.Options {
		n.Options[o.Name] = form.Value("option_" + o.Name)
	}
	return n
}

// prefixed leads the errors of a network's options to their fields.
func prefixed(err error, d network.Description) error {
	fields, ok := asFields(err)
	if !ok {
		return err
	}
	var out fault.Fields
	for _, f := range fields {
		one := *f
		if slices.ContainsFunc(d.Options, func(o network.Option) bool { return o.Name == one.Field }) {
			one.Field = "option_" + one.Field
		}
		out = append(out, &one)
	}
	return out
}

func (s *Service) connectAccount(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, d, err := s.networkOf(network.Kind(form.Value("network")))
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	n := entered(form, d)
	f, err := s.accountForm(r, Account{Network: d.Kind}, form)
	if err != nil {
		return err
	}
	if form.Err() != nil {
		return web.Render(w, r, http.StatusUnprocessableEntity, accountPage(f))
	}
	switch form.Value("act") {
	case "test":
		return s.tested(w, r, f, 0, n)
	case "authorize":
		return s.authorizeAccount(w, r, f, 0, n)
	}
	a, err := s.Connect(r.Context(), by.Actor(), n)
	if err != nil {
		return s.accountWrong(w, r, f, err)
	}
	return web.RedirectWithNotice(w, r, "/settings/accounts", "Connected "+a.Name+". What people write there now appears on the desk.")
}

// tested shows what a connection test found.
func (s *Service) tested(w http.ResponseWriter, r *http.Request, f accountForm, id int64, n NewAccount) error {
	who, err := s.Check(r.Context(), id, n)
	if err != nil {
		return s.accountWrong(w, r, f, err)
	}
	f.Said = "The test went well: " + cmp.Or(who.Handle, who.Name, who.ID) + ". Nothing was sent, and nothing is saved yet."
	return web.Render(w, r, http.StatusOK, accountPage(f))
}

// accountWrong shows the form again with what is wrong, and all that was
// entered but secrets.
func (s *Service) accountWrong(w http.ResponseWriter, r *http.Request, f accountForm, err error) error {
	err = prefixed(err, f.Network)
	if fault.Is(err, fault.Down) {
		f.Form.Fail("", fault.Sentence(err))
	} else if !f.Form.Take(err) {
		return err
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, accountPage(f))
}

func (s *Service) showAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.liveAccount(r)
	if err != nil {
		return err
	}
	pairs := []string{"name", a.Name, "team", strconv.FormatInt(a.TeamID, 10), "version", strconv.FormatInt(a.Version, 10)}
	if a.SignReplies {
		pairs = append(pairs, "sign_replies", "1")
	}
	for k, v := range a.Options {
		pairs = append(pairs, "option_"+k, v)
	}
	f, err := s.accountForm(r, a, web.NewForm(pairs...))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, accountPage(f))
}

func (s *Service) liveAccount(r *http.Request) (Account, error) {
	id, err := idOf(r)
	if err != nil {
		return Account{}, err
	}
	a, err := s.Account(r.Context(), id)
	if err == nil && a.State == Removed {
		err = fault.New(fault.Gone, "This account has been removed. Its conversations are still on the desk.")
	}
	return a, err
}

func (s *Service) editAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.liveAccount(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f, err := s.accountForm(r, a, form)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	n := entered(form, f.Network)
	if form.Err() != nil {
		return web.Render(w, r, http.StatusUnprocessableEntity, accountPage(f))
	}
	switch form.Value("act") {
	case "test":
		return s.tested(w, r, f, a.ID, n)
	case "authorize":
		return s.authorizeAccount(w, r, f, a.ID, n)
	}
	if err := s.EditAccount(r.Context(), by.Actor(), a.ID, form.Version(), n); err != nil {
		return s.accountWrong(w, r, f, err)
	}
	return web.RedirectWithNotice(w, r, "/settings/accounts", "Saved "+n.Name+".")
}

func (s *Service) changeAccountState(w http.ResponseWriter, r *http.Request) error {
	a, err := s.liveAccount(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	undo := func(to string) web.Notice {
		return web.Notice{UndoURL: "/settings/accounts/" + strconv.FormatInt(a.ID, 10) + "/state",
			Undo: map[string]string{"state": to, "version": strconv.FormatInt(form.Version()+1, 10)}}
	}
	switch form.Value("state") {
	case string(Paused):
		n := undo(string(Active))
		n.Text = "Paused " + a.Name + ". Nothing is fetched or sent until you resume it."
		if err := s.PauseAccount(r.Context(), by.Actor(), a.ID, form.Version()); err != nil {
			return err
		}
		return web.RedirectNotice(w, r, "/settings/accounts", n)
	case string(Active):
		if err := s.ResumeAccount(r.Context(), by.Actor(), a.ID, form.Version()); err != nil {
			return err
		}
		return web.RedirectWithNotice(w, r, "/settings/accounts", "Resumed "+a.Name+". What came in meanwhile is fetched now.")
	case string(Removed):
		if form.Text("confirm") != a.Name {
			f, err := s.accountForm(r, a, form)
			if err != nil {
				return err
			}
			form.Fail("confirm", "To remove the account, type its name exactly: "+a.Name)
			return web.Render(w, r, http.StatusUnprocessableEntity, accountPage(f))
		}
		if err := s.RemoveAccount(r.Context(), by.Actor(), a.ID, form.Version()); err != nil {
			return err
		}
		return web.RedirectWithNotice(w, r, "/settings/accounts", "Removed "+a.Name+". Its conversations stay on the desk.")
	}
	return fault.New(fault.Invalid, "Choose what to do with the account.")
}
