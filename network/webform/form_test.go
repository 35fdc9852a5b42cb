package webform_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

func TestAFormSentTwiceIsOneMessage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		fields := h.fill(t, "/form/contact", "about", "7", "place", "Tolbooth Wynd", "message", "The lamp is out", "name", "Ann Ross", "email", "ann@example.org")
		first := h.post(t, "/form/contact", fields).sentTo(t)
		if again := h.post(t, "/form/contact", fields).sentTo(t); again != first {
			t.Errorf("the same form led to %s and then to %s", first, again)
		}
		p := h.only(t)
		if p.Text != "The lamp is out" || p.Subject != "Street lamps" || p.Contact.Email != "ann@example.org" || p.Author.Name != "Ann Ross" {
			t.Errorf("the post is %+v", p)
		}
		other := h.fill(t, "/form/contact", "about", "8", "message", "The lamp is out")
		if h.post(t, "/form/contact", other).sentTo(t) == first || len(h.incoming(t)) != 2 {
			t.Error("the same words in another form are no message of their own")
		}
	})
}

func TestAFormWithMistakesKeepsWhatWasTyped(t *testing.T) {
	h := onLite(t)
	p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "7", "message", "The lamp is out", "email", "ann@", "name", "Ann Ross"))
	if p.status != http.StatusUnprocessableEntity || !p.hasProblem("Tell us where it is") || !p.hasProblem("email address") || len(p.problems()) != 2 {
		t.Errorf("%d %q", p.status, p.problems())
	}
	for name, want := range map[string]string{"about": "7", "message": "The lamp is out", "email": "ann@", "name": "Ann Ross"} {
		if got := p.fields().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(h.incoming(t)) != 0 {
		t.Error("a form with mistakes was taken")
	}
	h.post(t, "/form/contact", with(p.fields(), "email", "", "place", "By the cross")).sentTo(t)
}

func TestHostileWordsAreMadeHarmlessOrRefused(t *testing.T) {
	h := onLite(t)
	for name, c := range map[string]struct {
		typed, says, becomes string
	}{
		"markup":              {"<script>alert(1)</script> & \"more\"", "", "<script>alert(1)</script> & \"more\""},
		"right to left":       {"safe \u202egnp.exe", "", "safe gnp.exe"},
		"NUL":                 {"a\x00b", "", "a\ufffdb"},
		"invalid UTF-8":       {"a\xff\xfeb", "", "a\ufffdb"},
		"long word":           {strings.Repeat("x", 10_000), "", strings.Repeat("x", 10_000)},
		"too long a word":     {strings.Repeat("x", 10_001), "10,001 characters", ""},
		"a megabyte word":     {strings.Repeat("x", 1<<20), "longer than we can take", ""},
		"only what is unseen": {"\u200b\u200d \n\u202e", "Write your message", ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(h.incoming(t))
			p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", c.typed))
			if c.says != "" {
				if p.status < 400 || !p.hasProblem(c.says) || len(h.incoming(t)) != before {
					t.Errorf("%d %q", p.status, p.problems())
				}
				return
			}
			page := h.get(t, "/track/"+p.sentTo(t))
			posts := h.incoming(t)
			if got := posts[len(posts)-1].Text; got != c.becomes {
				t.Errorf("the text is %.60q, want %.60q", got, c.becomes)
			}
			if got := textOf(page.messages("in")[0]); !strings.Contains(got, c.becomes) {
				t.Errorf("the page says %.60q", got)
			}
			if len(page.all(func(n *html.Node) bool { return n.Data == "script" && !has(n, "src") })) > 0 {
				t.Error("the page runs what was typed")
			}
		})
	}
}

func TestASecondThoughtIsNotDropped(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		fields := h.fill(t, "/form/contact", "about", "8", "message", "The bin is broken")
		reference := h.post(t, "/form/contact", fields).sentTo(t)
		p := h.post(t, "/form/contact", with(fields, "message", "Two bins are broken"))
		if p.status != http.StatusConflict || !strings.Contains(p.text("main"), "You had sent this form already") || p.fields().Get("message") != "Two bins are broken" {
			t.Fatalf("%d %s", p.status, p.text("main"))
		}
		if len(h.incoming(t)) != 1 {
			t.Fatal("the changed form was taken without asking")
		}
		again := h.post(t, "/track/"+reference, p.fields())
		if again.status != http.StatusSeeOther || len(h.incoming(t)) != 2 {
			t.Errorf("%d, %d posts", again.status, len(h.incoming(t)))
		}
		if h.post(t, "/track/"+reference, p.fields()); len(h.incoming(t)) != 2 {
			t.Error("the same message came twice")
		}
	})
}

func TestTooManyFormsFromOneAddressAreHeldBackWithTheirWords(t *testing.T) {
	h := onLite(t)
	post := func() page {
		b, contentType := body(t, h.fill(t, "/form/contact", "about", "8", "message", "Again"), upload{"a.jpg", photoAt(t, 57, -5)})
		r := httptest.NewRequest("POST", "/form/contact", b)
		r.Header.Set("Content-Type", contentType)
		r.RemoteAddr = "203.0.113.7:999"
		return h.do(t, r)
	}
	for range 60 {
		post().sentTo(t)
	}
	p := post()
	if p.status != http.StatusTooManyRequests || p.header.Get("Retry-After") == "" || !p.hasProblem("in 1 minutes") || p.fields().Get("message") != "Again" {
		t.Errorf("%d %q", p.status, p.problems())
	}
	h.clock.Advance(11 * time.Second)
	post().sentTo(t)
}

func TestAFormIsOpenOnlyWhileSomebodyReadsIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		fields := h.fill(t, "/form/contact", "about", "8", "message", "Is anybody there?")
		h.clock.Advance(20 * time.Minute)
		if p := h.get(t, "/form/contact"); p.status != http.StatusServiceUnavailable || !strings.Contains(p.text("h1"), "closed") {
			t.Errorf("nobody reads, and the form has %d %q", p.status, p.text("h1"))
		}
		if p := h.post(t, "/form/contact", fields); p.status != http.StatusServiceUnavailable || p.fields().Get("message") != "Is anybody there?" || !p.hasProblem("Nobody would read") {
			t.Errorf("nobody reads, and the form is answered with %d %q", p.status, p.problems())
		}
		h.incoming(t)
		h.post(t, "/form/contact", fields).sentTo(t)
		if err := h.conn.Close(); err != nil {
			t.Fatal(err)
		}
		if p := h.get(t, "/form/contact"); p.status != http.StatusServiceUnavailable {
			t.Errorf("the account is closed, and the form has %d", p.status)
		}
		if p := h.get(t, "/form/nothing"); p.status != http.StatusNotFound {
			t.Errorf("a form that is not there has %d", p.status)
		}
	})
}

func TestTryingAnAccountOpensNoForm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tried, err := h.Connect(network.Account{ID: 77, Options: map[string]string{"slug": "roads", "title": "Roads"}})
		if err != nil {
			t.Fatal(err)
		}
		who, err := tried.Check(t.Context())
		if err != nil || who.Name != "Roads" || who.Profile != "https://contact.strathcarron.example/form/roads" {
			t.Errorf("%+v, %v", who, err)
		}
		if p := h.get(t, "/form/roads"); p.status != http.StatusNotFound {
			t.Errorf("the form of an account that was only tried has %d", p.status)
		}
		if err := tried.Close(); err != nil {
			t.Error(err)
		}
		same, err := h.Connect(network.Account{ID: 77, Options: map[string]string{"slug": "contact"}})
		if err != nil {
			t.Fatal(err)
		}
		defer same.Close()
		if _, err := same.Check(t.Context()); network.TroubleOf(err) != network.Refused {
			t.Errorf("an address in use is given to another account: %v", err)
		}
		if err := h.conn.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := same.Check(t.Context()); err != nil {
			t.Errorf("an address that is free again is refused: %v", err)
		}
	})
}

func TestTheAddressOfAFormIsChecked(t *testing.T) {
	h := onLite(t)
	for _, slug := range []string{"Contact", "a b", "-a", "a/b", "../x", strings.Repeat("a", 41), "café"} {
		if _, err := h.Connect(network.Account{ID: 1, Options: map[string]string{"slug": slug}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the address %q is taken: %v", slug, err)
		}
	}
}

func TestThePlaceComesAsItWasGiven(t *testing.T) {
	h := onLite(t)
	h.send(t, "message", "Here", "place", "By the cross", "place-lat", "57,4", "place-lng", " -5.5 ")
	p := h.only(t)
	if p.Place == nil || p.Place.Lat != 57.4 || p.Place.Lon != -5.5 || !p.Place.Given || p.Place.Label != "By the cross" {
		t.Errorf("the place is %+v", p.Place)
	}
	h.send(t, "message", "There", "place", "By the pier")
	p = h.incoming(t)[1]
	if p.Place != nil || p.Fields[len(p.Fields)-1].Answer != "By the pier" {
		t.Errorf("words alone became %+v, %+v", p.Place, p.Fields)
	}
	for _, wrong := range [][2]string{{"91", "0"}, {"57", "181"}, {"57", ""}, {"NaN", "NaN"}, {"Inf", "0"}, {"0x10", "1e400"}} {
		q := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", "Where", "place-lat", wrong[0], "place-lng", wrong[1]))
		if !q.hasProblem("latitude") || q.fields().Get("place-lat") != wrong[0] {
			t.Errorf("%q: %d %q", wrong, q.status, q.problems())
		}
	}
}

func TestABoxThatPeopleDoNotSeeStopsPrograms(t *testing.T) {
	h := onLite(t)
	p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", "Buy now", "website", "https://spam.example"))
	if !p.hasProblem("Empty the box") || len(h.incoming(t)) != 0 {
		t.Errorf("%d %q", p.status, p.problems())
	}
	// A browser may have filled it in for a person, who then sees it.
	h.post(t, "/form/contact", with(p.fields(), "website", "")).sentTo(t)
}
