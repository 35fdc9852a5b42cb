package webform_test

import (
	"net/http"
	"testing"
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
