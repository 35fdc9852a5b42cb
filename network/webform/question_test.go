package webform_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/webform"
)

func (h *house) askAboutLamps() {
	h.asks = []webform.Question{
		{Field: "attribute-note", Kind: webform.Remark, Label: "If wires hang down, ring 105."},
		{Field: "attribute-what", Kind: webform.OneOf, Label: "What is wrong?", Required: true, Choices: []webform.Choice{{Value: "out", Label: "It is out"}, {Value: "day", Label: "It is on all day"}}},
		{Field: "attribute-when", Kind: webform.SomeOf, Label: "On which days?", Choices: []webform.Choice{{Value: "mon", Label: "Monday"}, {Value: "tue", Label: "Tuesday"}}},
		{Field: "attribute-number", Kind: webform.Number, Label: "Which number is on it?"},
	}
}

func TestAFormAsksWhatTheChosenServiceMustKnow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.askAboutLamps()
		if p := h.get(t, "/form/contact"); strings.Contains(p.raw, "What is wrong?") {
			t.Error("it asks before a service is chosen")
		}
		if p := h.get(t, "/form/contact/questions?about=7"); !strings.Contains(p.raw, "What is wrong?") || !strings.Contains(p.raw, "ring 105") || strings.Contains(p.raw, "<main") {
			t.Errorf("chosen with a script: %s", p.raw)
		}
		// Without a script the questions come with the first try to send, and nothing
		// that was typed is lost.
		p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "7", "message", "The lamp is broken", "place", "Mill Road"))
		if p.status != http.StatusOK || len(p.problems()) != 0 || !strings.Contains(p.text("main"), "Answer them below") || p.fields().Get("message") != "The lamp is broken" {
			t.Fatalf("the first try gives %d: %s", p.status, p.text("main"))
		}
		// What is missing or wrong is said at its question, and the rest is kept.
		p = h.post(t, "/form/contact", with(p.fields(), "attribute-number", "seven"))
		if p.status != http.StatusUnprocessableEntity || !p.hasProblem("Answer this: What is wrong?") || !p.hasProblem("Enter a number, like 12 or 2.5: Which number is on it?") || len(p.problems()) != 2 ||
			p.fields().Get("attribute-number") != "seven" || p.fields().Get("place") != "Mill Road" {
			t.Fatalf("wrong answers give %d: %v", p.status, p.problems())
		}
		fields := with(p.fields(), "attribute-number", "7", "attribute-what", "day")
		fields["attribute-when"] = []string{"mon", "tue"}
		sent := h.post(t, "/form/contact", fields)
		reference := sent.sentTo(t)
		// Sent again by a phone that lost its network, it is one message.
		if again := h.post(t, "/form/contact", fields).sentTo(t); again != reference {
			t.Error("the same form made two pages")
		}
		b, err := h.conn.Fetch(t.Context(), "")
		if err != nil || len(b.Events) != 1 {
			t.Fatalf("%d events, %v", len(b.Events), err)
		}
		want := []network.Field{{Code: "service", Question: "What is it about?", Answer: "Street lamps"}, {Code: "attribute-what", Question: "What is wrong?", Answer: "as day"},
			{Code: "attribute-when", Question: "On which days?", Answer: "as mon"}, {Code: "attribute-when", Question: "On which days?", Answer: "as tue"},
			{Code: "attribute-number", Question: "Which number is on it?", Answer: "as 7"}, {Code: "place", Question: "Where is it?", Answer: "Mill Road"}}
		if got := b.Events[0].Post.Fields; !slices.Equal(got, want) {
			t.Errorf("the desk gets %+v", got)
		}
		if page := h.get(t, "/track/"+reference); !strings.Contains(page.text("main"), "Monday, Tuesday") || !strings.Contains(page.text("main"), "It is on all day") {
			t.Errorf("the citizen's page says %s", page.text("main"))
		}
	})
}

func TestWithAScriptTheQuestionsAreThereAtOnce(t *testing.T) {
	h := onLite(t)
	h.askAboutLamps()
	fields := h.fill(t, "/form/contact?about=7", "message", "It is out", "place", "Mill Road", "attribute-what", "out")
	if fields.Get("asked-of") != "7" {
		t.Fatalf("a link to a service opens the form without its questions: %v", fields)
	}
	h.post(t, "/form/contact", fields).sentTo(t)
	// Another service than the one whose questions were shown asks its own.
	other := h.fill(t, "/form/contact?about=8", "message", "It is out", "place", "Mill Road", "about", "7")
	if p := h.post(t, "/form/contact", other); p.status != http.StatusOK || !strings.Contains(p.raw, "What is wrong?") {
		t.Errorf("another service: %d", p.status)
	}
}
