package desk

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

const honestWords = "Half of these are done within 9 working days, nine in ten within 21."

// honestDates know one sentence, and remark on every "Friday".
func honestDates() Dates {
	return Dates{
		Sentence: func(context.Context, Conversation) (string, error) { return honestWords, nil },
		Check: func(_ context.Context, _ Conversation, body string) ([]Remark, error) {
			if !strings.Contains(body, "Friday") {
				return nil, nil
			}
			return []Remark{{Text: "You wrote Friday.", Sentence: "It will be done by Friday.", Instead: honestWords}}, nil
		},
	}
}

func TestTheHonestDateIsOfferedAndPutIn(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.Dates = honestDates()
		s.takePosts(s.post("tam", "A lamp is out"))
		c := s.only()
		b := s.as(t, s.admin)
		b.open(c).says(honestWords, "Put it in")
		b.post(pathTo(c.ID, "honest"), "as", "public", "body", "Hello Tam.").want(http.StatusSeeOther)
		if d, err := s.DraftOf(t.Context(), s.admin.ID, c.ID); err != nil || d.Body != "Hello Tam. "+honestWords {
			t.Errorf("the draft is %q, %v", d.Body, err)
		}
		b.post(pathTo(c.ID, "honest"), "as", "public", "body", "Hello Tam. It will be done by Friday. Bye.", "place", "It will be done by Friday.").want(http.StatusSeeOther)
		if d, err := s.DraftOf(t.Context(), s.admin.ID, c.ID); err != nil || d.Body != "Hello Tam. "+honestWords+" Bye." {
			t.Errorf("in its place, the draft is %q, %v", d.Body, err)
		}
	})
}

func TestAnAnswerThatPromisesTooMuchIsRemarkedOnAndSent(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.Dates = honestDates()
		s.takePosts(s.post("tam", "A lamp is out"))
		c := s.only()
		b := s.as(t, s.admin)
		b.htmx().post(pathTo(c.ID, "preview"), "text", "It will be done by Friday.").want(http.StatusOK).says("You wrote Friday.", "Say this instead")
		b.htmx().post(pathTo(c.ID, "preview"), "text", "It will be done.").want(http.StatusOK).silent("You wrote Friday.")
		sent := b.post(pathTo(c.ID, "reply"), "as", "public", "body", "It will be done by Friday.", "seen", id(c.LastID)).want(http.StatusSeeOther)
		b.following(sent).says("You wrote Friday.", "Your answer goes out in a moment.")
	})
}

func TestTheHonestDateIsNeverThereTwice(t *testing.T) {
	for _, c := range []struct{ body, place, want string }{
		{"", "", honestWords},
		{"Hello.\n", "", "Hello. " + honestWords},
		{"Hello. " + honestWords, "", "Hello. " + honestWords},
		{"A. B. C.", "B.", "A. " + honestWords + " C."},
		{"A. C.", "B.", "A. C. " + honestWords},
	} {
		if got := honestly(c.body, honestWords, c.place); got != c.want {
			t.Errorf("%q and %q became %q", c.body, c.place, got)
		}
	}
}
