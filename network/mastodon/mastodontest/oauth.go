package mastodontest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// app is a registered program.
type app struct {
	id, secret, name, website string
	redirects                 []string
	scopes                    []string
}

// token is an access token.
type token struct {
	value  string
	who    *Account // nil for an app's own
	app    *app
	scopes []string
	dead   bool
}

// grant is an authorization code.
type grant struct {
	app       *app
	who       *Account
	redirect  string
	scopes    []string
	challenge string
	used      bool
}

// Token makes an access token as the server does under Preferences, Development.
func (a *Account) Token(scopes ...string) string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	p := a.s.newApp("Mercat", "", []string{"urn:ietf:wg:oauth:2.0:oob"}, scopes)
	return a.s.newToken(a, p, scopes).value
}

// Revoke ends every token of an account, and its streams.
func (a *Account) Revoke() {
	a.s.locked(func() {
		for _, t := range a.s.tokens {
			if t.who == a {
				t.dead = true
			}
		}
		for l := range a.s.listeners {
			if l.who == a {
				a.s.cutOff(l)
			}
		}
	})
}

func secret(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Server) newApp(name, website string, redirects, scopes []string) *app {
	n := len(s.apps)
	p := &app{id: secret("id", s.URL, n), secret: secret("secret", s.URL, n), name: name, website: website, redirects: redirects, scopes: scopes}
	s.apps[p.id] = p
	return p
}

func (s *Server) newToken(who *Account, p *app, scopes []string) *token {
	t := &token{value: secret("token", s.URL, len(s.tokens)), who: who, app: p, scopes: scopes}
	s.tokens[t.value] = t
	return t
}

// authenticate checks who asks, and that they may.
func (c *call) authenticate(scope string) error {
	if scope == "" {
		return nil
	}
	value, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		value = c.in.Get("access_token")
		if p := c.r.Header.Get("Sec-WebSocket-Protocol"); value == "" {
			value = strings.TrimSpace(strings.Split(p, ",")[0])
		}
	}
	t := c.s.tokens[value]
	switch {
	case t == nil:
		return failure{http.StatusUnauthorized, "The access token is invalid"}
	case t.dead:
		return failure{http.StatusUnauthorized, "The access token was revoked"}
	}
	c.token, c.who = t, t.who
	if scope == "app" {
		return nil
	}
	if t.who == nil {
		return failure{http.StatusUnprocessableEntity, "This method requires an authenticated user"}
	}
	whole, _, _ := strings.Cut(scope, ":")
	if !slices.Contains(t.scopes, scope) && !slices.Contains(t.scopes, whole) {
		return failure{http.StatusForbidden, "This action is outside the authorized scopes"}
	}
	return nil
}

func (c *call) metadata() (any, error) {
	if c.s.options.Dialect != Mastodon || c.s.options.Old {
		return nil, failure{http.StatusNotFound, "Not Found"}
	}
	o := object{
		"issuer": c.s.URL + "/", "authorization_endpoint": c.s.URL + "/oauth/authorize", "token_endpoint": c.s.URL + "/oauth/token", "revocation_endpoint": c.s.URL + "/oauth/revoke",
		"app_registration_endpoint": c.s.URL + "/api/v1/apps", "scopes_supported": []string{"read", "write", "write:statuses", "write:media", "read:statuses", "profile"},
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query", "fragment", "form_post"}, "grant_types_supported": []string{"authorization_code", "client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"}, "code_challenge_methods_supported": []string{"S256"}, "service_documentation": "https://docs.joinmastodon.org/",
	}
	if c.s.options.NoPKCE {
		delete(o, "code_challenge_methods_supported")
	}
	return o, nil
}

func (c *call) register() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	redirects := append(c.in["redirect_uris[]"], strings.Fields(c.in.Get("redirect_uris"))...)
	scopes := strings.Fields(c.in.Get("scopes"))
	if len(scopes) == 0 {
		scopes = []string{"read"}
	}
	if c.in.Get("client_name") == "" || len(redirects) == 0 {
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Redirect URI must be an absolute URI."}
	}
	p := c.s.newApp(c.in.Get("client_name"), c.in.Get("website"), redirects, scopes)
	return object{"id": fmt.Sprint(len(c.s.apps)), "name": p.name, "website": orNull(p.website), "scopes": p.scopes, "redirect_uri": strings.Join(redirects, "\n"), "redirect_uris": redirects,
		"client_id": p.id, "client_secret": p.secret, "client_secret_expires_at": 0, "vapid_key": "BCk-QqERU0q"}, nil
}

func (c *call) verifyApp() (any, error) {
	p := c.token.app
	return object{"id": "1", "name": p.name, "website": orNull(p.website), "scopes": p.scopes, "redirect_uris": p.redirects, "redirect_uri": strings.Join(p.redirects, "\n"), "vapid_key": "BCk-QqERU0q"}, nil
}

// authorize is the page on which somebody signs in and agrees. Here the account
// that WillAuthorize named agrees at once; without one, it is declined.
func (c *call) authorize() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	p := c.s.apps[c.in.Get("client_id")]
	redirect := c.in.Get("redirect_uri")
	scopes := strings.Fields(c.in.Get("scope"))
	switch {
	case p == nil:
		return nil, failure{http.StatusUnauthorized, "Client authentication failed due to unknown client."}
	case c.in.Get("response_type") != "code":
		return nil, failure{http.StatusBadRequest, "The authorization server does not support this response type."}
	case !slices.Contains(p.redirects, redirect):
		return nil, failure{http.StatusBadRequest, "The requested redirect uri is malformed or doesn't match client redirect URI."}
	case slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(p.scopes, s) }):
		return nil, failure{http.StatusBadRequest, "The requested scope is invalid, unknown, or malformed."}
	case c.in.Get("code_challenge") != "" && c.in.Get("code_challenge_method") != "S256":
		return nil, failure{http.StatusBadRequest, "The code_challenge_method must be S256."}
	}
	u, err := url.Parse(redirect)
	if err != nil {
		return nil, failure{http.StatusBadRequest, "Bad redirect"}
	}
	back := u.Query()
	if state := c.in.Get("state"); state != "" {
		back.Set("state", state)
	}
	if who := c.s.accountByID(c.r.Header.Get(agrees)); who != nil {
		code := secret("code", c.s.URL, len(c.s.codes))
		c.s.codes[code] = &grant{app: p, who: who, redirect: redirect, scopes: scopes, challenge: c.in.Get("code_challenge")}
		back.Set("code", code)
	} else {
		back.Set("error", "access_denied")
		back.Set("error_description", "The resource owner or authorization server denied the request.")
	}
	u.RawQuery = back.Encode()
	http.Redirect(c.w, c.r, u.String(), http.StatusFound)
	return done, nil
}

// agrees is the header that stands for the session of somebody who is signed in
// and presses Authorize.
const agrees = "X-Test-Agrees"

// Agree opens an authorization address as somebody who presses Authorize, or
// with nil one who declines, and returns where they are sent.
func (s *Server) Agree(address string, who *Account) (*url.URL, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if who != nil {
		r.Header.Set(agrees, who.id)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return response.Location()
}

func (c *call) exchange() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	p := c.s.apps[c.in.Get("client_id")]
	if p == nil || c.in.Get("client_secret") != p.secret {
		return nil, failure{http.StatusUnauthorized, "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."}
	}
	invalid := failure{http.StatusBadRequest, "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}
	var t *token
	switch c.in.Get("grant_type") {
	case "client_credentials":
		t = c.s.newToken(nil, p, strings.Fields(c.in.Get("scope")))
	case "authorization_code":
		g := c.s.codes[c.in.Get("code")]
		if g == nil || g.used || g.app != p || g.redirect != c.in.Get("redirect_uri") {
			return nil, invalid
		}
		g.used = true
		sum := sha256.Sum256([]byte(c.in.Get("code_verifier")))
		if g.challenge != "" && g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			return nil, invalid
		}
		t = c.s.newToken(g.who, p, g.scopes)
	default:
		return nil, failure{http.StatusBadRequest, "The authorization grant type is not supported by the authorization server."}
	}
	return object{"access_token": t.value, "token_type": "Bearer", "scope": strings.Join(t.scopes, " "), "created_at": c.s.options.Now().Unix()}, nil
}

func (c *call) revoke() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.s.tokens[c.in.Get("token")]
	if t == nil || t.app.id != c.in.Get("client_id") || t.app.secret != c.in.Get("client_secret") {
		return nil, failure{http.StatusForbidden, "You are not authorized to revoke this token"}
	}
	t.dead = true
	return object{}, nil
}
