package mastodon_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/fault"
)

const redirect = "https://mercat.example/settings/accounts/authorized"

func TestAnAdministratorSignsInOnTheServer(t *testing.T) {
	for name, o := range map[string]mastodontest.Options{
		"PKCE": {}, "WithoutPKCE": {NoPKCE: true}, "GoToSocial": {Dialect: mastodontest.GoToSocial}, "Pleroma": {Dialect: mastodontest.Pleroma}, "Old": {Old: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBurgh(t, o)
			n := mastodon.New(b.options).(network.Authorizer)
			a, err := n.Authorize(t.Context(), map[string]string{"server": b.URL}, redirect)
			if err != nil {
				t.Fatalf("Authorize: %v", err)
			}
			if has, want := strings.Contains(a.URL, "code_challenge="), name == "PKCE"; has != want {
				t.Errorf("PKCE is used: %v, want %v (%s)", has, want, a.URL)
			}
			back, err := b.Agree(a.URL, b.council)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(back.String(), redirect+"?") {
				t.Fatalf("it leads back to %s", back)
			}
			options, err := n.Finish(t.Context(), a.Pending, back.Query())
			if err != nil {
				t.Fatalf("Finish: %v", err)
			}
			c := connect(t, b.options, options["server"], options["access_token"], nil)
			who, err := c.Check(t.Context())
			if err != nil || who.Handle != "@council@burgh.test" {
				t.Errorf("Check: %+v, %v", who, err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if _, err := n.Finish(t.Context(), a.Pending, back.Query()); network.TroubleOf(err) != network.Refused {
				t.Errorf("a code is good twice: %v", err)
			}
		})
	}
}

func TestASignInThatIsNotOursOrWasDeclinedConnectsNothing(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	n := mastodon.New(b.options).(network.Authorizer)
	begin := func() network.Authorization {
		a, err := n.Authorize(t.Context(), map[string]string{"server": b.URL}, redirect)
		if err != nil {
			t.Fatalf("Authorize: %v", err)
		}
		return a
	}
	agreed := func(a network.Authorization, who *mastodontest.Account) url.Values {
		back, err := b.Agree(a.URL, who)
		if err != nil {
			t.Fatal(err)
		}
		return back.Query()
	}
	mine, other := begin(), begin()
	stateless := agreed(mine, b.council)
	stateless.Del("state")
	stolen := agreed(other, b.ann)
	swapped := agreed(other, b.ann)
	swapped.Set("state", agreed(mine, b.council).Get("state"))
	for name, back := range map[string]url.Values{
		"of another sign-in": stolen, "without a state": stateless, "declined": agreed(mine, nil), "with a code of another sign-in": swapped, "empty": {},
	} {
		options, err := n.Finish(t.Context(), mine.Pending, back)
		var e *network.Error
		if options != nil || !errors.As(err, &e) || e.Trouble != network.Refused || !strings.HasSuffix(e.Sentence, ".") {
			t.Errorf("%s: %v, %v", name, options, err)
		}
	}
}

func TestTheServerIsCheckedBeforeASignInBegins(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	n := mastodon.New(b.options).(network.Authorizer)
	_, err := n.Authorize(t.Context(), map[string]string{"server": ""}, redirect)
	var fields fault.Fields
	if !errors.As(err, &fields) || fields[0].Field != "server" {
		t.Errorf("no server: %v", err)
	}
	b.AnswerHTML(true)
	if _, err := n.Authorize(t.Context(), map[string]string{"server": b.URL}, redirect); network.TroubleOf(err) != network.Broken {
		t.Errorf("no such server: %v", err)
	}
}
