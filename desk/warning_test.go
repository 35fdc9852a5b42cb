package desk

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestAnAnswerGoesOutBehindItsWarning(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.takePosts(h.post("tam", "Something sad"))
		c := h.only()
		reply := Reply{ConversationID: c.ID, SeenID: c.LastID, Body: strings.TrimSpace(strings.Repeat("Nine more. ", 9)), Warning: "  About\na death "}
		m, err := h.Reply(t.Context(), h.admin, reply)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.StopSending(t.Context(), h.admin, m.ID); err != nil {
			t.Fatal(err)
		}
		if d, err := h.DraftOf(t.Context(), h.admin.ID, c.ID); err != nil || d.Warning != "About a death" {
			t.Errorf("stopped, the draft has the warning %q, %v", d.Warning, err)
		}
		if m, err = h.Reply(t.Context(), h.admin, reply); err != nil {
			t.Fatal(err)
		}
		h.finish(m.ID)
		if len(h.net.sent) != 2 {
			t.Fatalf("it went out in %d parts; with its warning it needs 2", len(h.net.sent))
		}
		for _, out := range h.net.sent {
			if out.Warning != "About a death" || len(out.Text)+len(out.Warning) > 100 {
				t.Errorf("%q went out behind %q", out.Text, out.Warning)
			}
		}
	})
}

func TestWhatStaysInSightGoesOutWithThePicture(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.takePosts(h.post("tam", "A picture?"))
		c := h.only()
		file, err := h.Attach(t.Context(), h.admin.ID, c.ID, "bin.png", bytes.NewReader(picture(40, 30)))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Describe(t.Context(), h.admin.ID, file.ID, "A bin"); err != nil {
			t.Fatal(err)
		}
		x, y, _ := focusAt("top-left")
		if err := h.Focus(t.Context(), h.admin.ID, file.ID, x, y); err != nil {
			t.Fatal(err)
		}
		if err := h.Focus(t.Context(), h.admin.ID+1, file.ID, 0, 0); err == nil {
			t.Error("somebody else moved it")
		}
		m, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, SeenID: c.LastID, Body: "There"})
		if err != nil {
			t.Fatal(err)
		}
		h.finish(m.ID)
		if out := h.net.sent[0].Media; len(out) != 1 || out[0].FocusX != x || out[0].FocusY != y {
			t.Errorf("it went out as %+v", out)
		}
	})
}

// Who answers something hidden hides the answer, as is the custom there, unless
// they take the warning away.
func TestTheWarningOfTheAuthorIsOffered(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "Something sad")
		p.Warning = "Death"
		s.takePosts(p)
		c := s.only()
		b := s.as(t, s.admin)
		offered := func() string {
			for _, n := range b.open(c).all(func(n *html.Node) bool { return attr(n, "name") == "warning" }) {
				return attr(n, "value")
			}
			return "no field"
		}
		if got := offered(); got != "Death" {
			t.Errorf("offered is %q", got)
		}
		b.htmx().post(pathTo(c.ID, "draft"), "body", "I am sorry", "warning", "", "as", "public").want(204)
		if got := offered(); got != "" {
			t.Errorf("taken away, it comes back as %q", got)
		}
	})
}
