package bluesky_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/bluesky"
)

// expired makes an access token of the server's that has ended.
func (p *person) expired(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	claims := map[string]any{}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(b, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	claims["iat"], claims["exp"] = time.Now().Add(-2*time.Hour).Unix(), time.Now().Add(-time.Minute).Unix()
	if b, err = json.Marshal(claims); err != nil {
		t.Fatal(err)
	}
	signed := parts[0] + "." + base64.RawURLEncoding.EncodeToString(b)
	mac := hmac.New(sha256.New, []byte(p.network.JWTSecret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestASessionIsRenewedWhenItsTokenEnds(t *testing.T) {
	n := startedNetwork(t)
	council := n.newPerson(t, "council").withAppPassword(t)
	kept := &keptSession{}
	c := council.connect(t, bluesky.Options{}, n.PDS, kept)
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(t, c)
	first := map[string]string{}
	if err := json.Unmarshal(kept.get(), &first); err != nil {
		t.Fatal(err)
	}
	ended := map[string]string{"for": first["for"], "did": first["did"], "access": council.expired(t, first["access"]), "refresh": first["refresh"]}
	for name, now := range map[string]func() time.Time{
		"as our clock says":     time.Now,
		"as the server says it": func() time.Time { return time.Now().Add(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(ended)
			if err != nil {
				t.Fatal(err)
			}
			kept := &keptSession{value: b}
			c := council.connect(t, bluesky.Options{Now: now}, n.PDS, kept)
			defer close(t, c)
			if _, err := c.Fetch(t.Context(), ""); err != nil {
				t.Fatalf("Fetch with a token that has ended: %v", err)
			}
			second := map[string]string{}
			if err := json.Unmarshal(kept.get(), &second); err != nil {
				t.Fatal(err)
			}
			if kept.saved != 1 || second["refresh"] == first["refresh"] || second["access"] == ended["access"] {
				t.Errorf("after %d savings the tokens are the old ones", kept.saved)
			}
		})
	}

	// Without the app password nothing is renewed.
	council.procedure(t, "com.atproto.server.revokeAppPassword", map[string]any{"name": "Mercat"}, nil)
	c = council.connect(t, bluesky.Options{}, n.PDS, kept)
	defer close(t, c)
	_, err := c.Check(t.Context())
	var e *network.Error
	if !errors.As(err, &e) || e.Trouble != network.Revoked || !strings.Contains(e.Sentence, "make a new app password") {
		t.Errorf("Check after the app password was withdrawn: %v, want revoked", err)
	}
}

func TestCheckExplainsWhatIsWrong(t *testing.T) {
	n := startedNetwork(t)
	council := n.newPerson(t, "council").withAppPassword(t)
	var kept *keptSession
	check := func(service, handle, app string) *network.Error {
		t.Helper()
		p := *council
		p.handle, p.app = handle, app
		c := p.connect(t, bluesky.Options{}, service, kept)
		defer close(t, c)
		_, err := c.Check(t.Context())
		var e *network.Error
		if !errors.As(err, &e) {
			t.Fatalf("Check: %v, want an error", err)
		}
		return e
	}
	if e := check(n.PDS, "nobody-here.test", council.app); e.Trouble != network.Revoked || !strings.Contains(e.Sentence, "Nobody on Bluesky has the handle @nobody-here.test") {
		t.Errorf("a wrong handle: %v", e)
	}
	if e := check(n.PDS, council.handle, "aaaa-aaaa-aaaa-aaaa"); e.Trouble != network.Revoked || !strings.Contains(e.Sentence, "app password") {
		t.Errorf("a wrong app password: %v", e)
	}
	if e := check("http://127.0.0.1:1", council.handle, council.app); e.Trouble != network.Unreachable || !strings.Contains(e.Sentence, "127.0.0.1") {
		t.Errorf("a server that is not there: %v", e)
	}
	if e := check("https://"+strings.TrimPrefix(n.PDS, "http://"), council.handle, council.app); e.Trouble != network.Unreachable {
		t.Errorf("a server without TLS: %v", e)
	}
	if e := check(n.PLC, council.handle, council.app); e.Trouble != network.Broken && e.Trouble != network.Revoked {
		t.Errorf("another kind of server: %v", e)
	}
	council.procedure(t, "com.atproto.server.deactivateAccount", map[string]any{}, nil)
	if e := check(n.PDS, council.handle, council.app); e.Trouble != network.Revoked || !strings.Contains(e.Sentence, "deactivated") {
		t.Errorf("a deactivated account: %v", e)
	}
	council.procedure(t, "com.atproto.server.activateAccount", nil, nil)
	kept = &keptSession{}
	c := council.connect(t, bluesky.Options{}, n.PDS, kept)
	defer close(t, c)
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	council.takeDown(t)
	if e := check(n.PDS, council.handle, council.app); e.Trouble != network.Revoked || !strings.Contains(e.Sentence, "suspended") {
		t.Errorf("a suspended account: %v", e)
	}
}

func TestTheAccountsOwnPasswordWorksToo(t *testing.T) {
	n := startedNetwork(t)
	council := n.newPerson(t, "council")
	c := council.connect(t, bluesky.Options{}, n.PDS, nil)
	defer close(t, c)
	if _, err := c.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
}
