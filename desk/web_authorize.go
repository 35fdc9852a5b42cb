package desk

import (
	"cmp"
	"net/http"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

const authorizedPath = "/settings/accounts/authorized"

// authorizes reports whether one can sign in on a network's own server.
func (s *Service) authorizes(kind network.Kind) bool {
	_, ok := s.networks[kind].(network.Authorizer)
	return ok
}

// authorizeAccount begins a sign-in and shows the way to it. It is a link on a
// page of its own: browsers follow no redirect of a form to another server, for
// ours forbids it, and people see where they are going.
func (s *Service) authorizeAccount(w http.ResponseWriter, r *http.Request, f accountForm, id int64, n NewAccount) error {
	redirect := cmp.Or(s.BaseURL, web.Origin(r)) + authorizedPath
	a, kept, err := s.authorize(r.Context(), web.MustViewer(r.Context()).ID, id, f.Form.Version(), n, redirect)
	if err != nil {
		return s.accountWrong(w, r, f, err)
	}
	web.SetCookie(r.Context(), w, authorizeCookie, kept, authorizeTime)
	return web.Render(w, r, http.StatusOK, authorizePage(f, a))
}

// finishAuthorize is where a browser comes back from a network's own server.
func (s *Service) finishAuthorize(w http.ResponseWriter, r *http.Request) error {
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	begun, err := s.authorized(r.Context(), by.ID, web.Cookie(r, authorizeCookie), r.URL.Query())
	web.ClearCookie(r.Context(), w, authorizeCookie)
	if begun.Account.Network == "" {
		return err // nothing is known of what was entered
	}
	var a Account
	if err == nil && begun.ID == 0 {
		a, err = s.Connect(r.Context(), by.Actor(), begun.Account)
	} else if err == nil {
		err = s.EditAccount(r.Context(), by.Actor(), begun.ID, begun.Version, begun.Account)
	}
	if err == nil && begun.ID == 0 {
		return web.RedirectWithNotice(w, r, "/settings/accounts", "Connected "+a.Name+". What people write there now appears on the desk.")
	}
	if err == nil {
		return web.RedirectWithNotice(w, r, "/settings/accounts", "Saved "+begun.Account.Name+".")
	}
	f, bad := s.formOf(r, begun)
	if bad != nil {
		return bad
	}
	return s.accountWrong(w, r, f, err)
}

// formOf is the form as it was when the sign-in began.
func (s *Service) formOf(r *http.Request, begun authorizing) (accountForm, error) {
	account := Account{Network: begun.Account.Network}
	if begun.ID != 0 {
		var err error
		if account, err = s.Account(r.Context(), begun.ID); err != nil {
			return accountForm{}, err
		}
		if account.State == Removed {
			return accountForm{}, fault.New(fault.Gone, "This account has been removed. Its conversations are still on the desk.")
		}
	}
	n := begun.Account
	pairs := []string{"name", n.Name, "team", strconv.FormatInt(n.TeamID, 10), "version", strconv.FormatInt(begun.Version, 10)}
	if n.SignReplies {
		pairs = append(pairs, "sign_replies", "1")
	}
	_, d, err := s.networkOf(n.Network)
	if err != nil {
		return accountForm{}, err
	}
	open, _ := split(d, n.Options)
	for k, v := range open {
		pairs = append(pairs, "option_"+k, v)
	}
	return s.accountForm(r, account, web.NewForm(pairs...))
}
