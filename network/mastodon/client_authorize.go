package mastodon

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// scopes are the rights that Mercat asks for.
const scopes = "read write:statuses write:media"

var _ network.Authorizer = (*mastodonNetwork)(nil)

// pending is a sign-in that has begun.
type pending struct {
	Server   string `json:"server"`
	Client   string `json:"client"`
	Secret   string `json:"secret"`
	Redirect string `json:"redirect"`
	State    string `json:"state"`
	Verifier string `json:"verifier,omitempty"` // PKCE (RFC 7636), where the server offers it
	Token    string `json:"token"`              // path of the token endpoint
}

// authorizing is a connection without a token, for one sign-in.
func (n *mastodonNetwork) authorizing(s settings) *connection {
	return newConnection(n, s, network.Account{})
}

// Authorize implements network.Authorizer: it registers Mercat with the server,
// which every server lets everybody do, and makes the address of the page on
// which the administrator agrees.
func (n *mastodonNetwork) Authorize(ctx context.Context, options map[string]string, redirect string) (network.Authorization, error) {
	s, problem := readServer(options["server"])
	if problem != "" {
		return network.Authorization{}, fault.Fields{fault.Field("server", problem)}
	}
	c := n.authorizing(s)
	defer func() { _ = c.Close() }() // it holds nothing
	a, err := c.authorize(ctx, redirect)
	if err != nil {
		return a, c.explainAuthorize(err)
	}
	return a, nil
}

func (c *connection) authorize(ctx context.Context, redirect string) (network.Authorization, error) {
	offers, err := c.metadata(ctx)
	if err != nil {
		return network.Authorization{}, err
	}
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	r := post("/api/v1/apps", url.Values{"client_name": {"Mercat"}, "redirect_uris": {redirect}, "scopes": {scopes}, "website": {"https://mercat.scot"}})
	_, err = c.client.do(ctx, r, &app)
	if err == nil && (app.ID == "" || app.Secret == "") {
		err = &nonsenseError{Call: "POST /api/v1/apps", Status: 200, Cause: errors.New("it names no client")}
	}
	if err != nil {
		return network.Authorization{}, err
	}
	p := pending{Server: c.settings.server, Client: app.ID, Secret: app.Secret, Redirect: redirect, State: random(), Token: offers.token}
	query := url.Values{"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {redirect}, "scope": {scopes}, "state": {p.State}}
	if offers.pkce {
		p.Verifier = random()
		sum := sha256.Sum256([]byte(p.Verifier))
		query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		query.Set("code_challenge_method", "S256")
	}
	kept, err := json.Marshal(p)
	if err != nil {
		return network.Authorization{}, fmt.Errorf("write the sign-in: %w", err)
	}
	return network.Authorization{URL: c.settings.server + offers.authorize + "?" + query.Encode(), Host: c.settings.host, Pending: kept}, nil
}

// offers is how one signs in on a server.
type offers struct {
	authorize, token string // paths
	pkce             bool
}

// metadata asks a server how one signs in (RFC 8414). Most do not say and have
// it where Mastodon has. Whatever a server says, it stays on that server: a token
// is not asked for elsewhere.
func (c *connection) metadata(ctx context.Context) (offers, error) {
	usual := offers{authorize: "/oauth/authorize", token: "/oauth/token"}
	var m struct {
		Authorize string   `json:"authorization_endpoint"`
		Token     string   `json:"token_endpoint"`
		Methods   []string `json:"code_challenge_methods_supported"`
	}
	if _, err := c.client.do(ctx, get("/.well-known/oauth-authorization-server", nil), &m); err != nil {
		var nonsense *nonsenseError
		if unknownCall(err) || errors.As(err, &nonsense) && nonsense.Status < 500 || answered(err, 401, 403) {
			return usual, nil
		}
		return usual, err
	}
	here := func(address, otherwise string) string {
		if path, ok := strings.CutPrefix(address, c.settings.server+"/"); ok && !strings.ContainsAny(path, "?#") {
			return "/" + path
		}
		return otherwise
	}
	return offers{here(m.Authorize, usual.authorize), here(m.Token, usual.token), slices.Contains(m.Methods, "S256")}, nil
}

// Finish implements network.Authorizer.
func (n *mastodonNetwork) Finish(ctx context.Context, kept []byte, back url.Values) (map[string]string, error) {
	var p pending
	if err := json.Unmarshal(kept, &p); err != nil {
		return nil, trouble(network.Refused, "This sign-in cannot be finished any more. Begin again.", err)
	}
	s, problem := readServer(p.Server)
	if problem != "" {
		return nil, trouble(network.Refused, "This sign-in cannot be finished any more. Begin again.", errors.New(problem))
	}
	c := n.authorizing(s)
	defer func() { _ = c.Close() }() // it holds nothing
	token, err := c.finish(ctx, p, back)
	if err != nil {
		return nil, c.explainAuthorize(err)
	}
	return map[string]string{"server": p.Server, "access_token": token}, nil
}

func (c *connection) finish(ctx context.Context, p pending, back url.Values) (string, error) {
	host := c.settings.host
	if subtle.ConstantTimeCompare([]byte(back.Get("state")), []byte(p.State)) != 1 || p.State == "" {
		return "", refused("This sign-in was not begun here, or another one was begun since. Begin again.", nil)
	}
	if why := back.Get("error"); why != "" {
		if why == "access_denied" {
			return "", refused(fmt.Sprintf("On %s it was not allowed that Mercat reads and publishes for the account. Nothing was connected.", host), nil)
		}
		return "", refused(fmt.Sprintf("The server %s did not finish the sign-in.%s Begin again.", host, serverWords(&apiError{Message: back.Get("error_description")})), errors.New(why))
	}
	code := back.Get("code")
	if code == "" || len(code) > maxToken {
		return "", refused(fmt.Sprintf("The server %s came back without an answer. Begin again.", host), nil)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_id": {p.Client}, "client_secret": {p.Secret}, "redirect_uri": {p.Redirect}, "scope": {scopes}}
	if p.Verifier != "" {
		form.Set("code_verifier", p.Verifier)
	}
	var answer struct {
		Token string `json:"access_token"`
		Scope string `json:"scope"`
	}
	_, err := c.client.do(ctx, post(p.Token, form), &answer)
	if answered(err, 400, 401, 403, 422) {
		return "", refused(fmt.Sprintf("The server %s did not accept the sign-in: it may have taken too long. Begin again.", host), err)
	}
	if err == nil && (answer.Token == "" || len(answer.Token) > maxToken || strings.ContainsFunc(answer.Token, notInToken)) {
		err = &nonsenseError{Call: "POST " + p.Token, Status: 200, Cause: errors.New("it holds no token")}
	}
	return answer.Token, err
}

// explainAuthorize is explain where there is no account yet.
func (c *connection) explainAuthorize(err error) error {
	var known *network.Error
	if answered(err, 400, 401, 403, 404, 410, 422) && !errors.As(err, &known) {
		var a *apiError
		errors.As(err, &a)
		return trouble(network.Broken, fmt.Sprintf("One cannot sign in for Mercat on the server %s.%s Check the server, or enter an access token.", c.settings.host, serverWords(a)), err)
	}
	return c.explain("let Mercat sign in", err)
}

// random is 256 bits for a state or a verifier, in 43 signs.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails; the program ends instead
	return base64.RawURLEncoding.EncodeToString(b)
}
