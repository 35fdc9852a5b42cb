package casework_test

import (
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
)

func TestOnlyWhatIsPlainlySaidIsRead(t *testing.T) {
	for words, want := range map[string]casework.Verdict{
		"It's not fixed.": casework.SaysUnfixed, "Sorry but the hole is still there": casework.SaysUnfixed, "It hasn’t been fixed": casework.SaysUnfixed,
		"Nothing has been done": casework.SaysUnfixed, "NOT SORTED": casework.SaysUnfixed, "It is still broken!": casework.SaysUnfixed,
		"Mae'r twll yn dal yno": casework.SaysUnfixed, "Nid yw wedi’i drwsio": casework.SaysUnfixed, "Heb ei drwsio": casework.SaysUnfixed,
		"Chan eil e air a chàradh": casework.SaysUnfixed, "Tha e fhathast ann": casework.SaysUnfixed,
		"Sorted, thanks": casework.SaysFixed, "Yes, it's fixed now. Thank you!": casework.SaysFixed, "All done, cheers": casework.SaysFixed, "Thanks, it is sorted": casework.SaysFixed,
		"Wedi'i drwsio, diolch": casework.SaysFixed, "Mae wedi cael ei drwsio": casework.SaysFixed, "Tha e air a chàradh, tapadh leibh": casework.SaysFixed,
		"Is it fixed?": "", "When will it be fixed": "", "If it is still there tomorrow I will ring": "", "Thank you": "", "Well done to the crew": "",
		"It is fixed but the lamp beside it is out": "", "I was told it would be sorted": "", "": "", "Not sure": "", "The bin is still there, is it not?": "",
	} {
		if got, _ := casework.ReadVerdict(words); got != want {
			t.Errorf("%q is read as %q", words, got)
		}
	}
}

func TestAReplyThatSaysNotFixedReopensTheCaseAndCanBeTakenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.done()
		h.clock.Advance(time.Hour)
		must(t, h.desk.Hear(t.Context(), h.conversation, desk.Addition{Key: "other", Text: "It is not fixed", At: h.clock.Now()}))
		say := func(ref, words string) {
			t.Helper()
			accounts, err := h.desk.Accounts(t.Context())
			must(t, err)
			must(t, h.desk.Intake(t.Context(), accounts[0].ID, network.Batch{Events: []network.Event{{Post: &network.Post{Ref: network.Ref(ref), Thread: "p1", ReplyTo: "p1",
				Author: network.Identity{ID: "tam", Name: "Tam Wishart"}, Visibility: network.Public, Text: words, At: h.clock.Now()}}}}))
		}
		read := func() casework.Whole {
			t.Helper()
			w, err := h.Whole(t.Context(), c.ID)
			must(t, err)
			return w
		}
		if w := read(); w.State != casework.Done {
			t.Errorf("what stands on the private page was read as a reply: %s", w.State)
		}
		say("p2", "Sorry, the hole is still there")
		w := read()
		if w.State != casework.Accepted || w.Unfixed != 1 || len(w.Feedback) != 1 || w.Feedback[0].Way != casework.Read || w.Feedback[0].MessageID == 0 {
			t.Fatalf("the case is %s, %+v", w.State, w.Feedback)
		}
		got, _, err := h.NotMeant(t.Context(), h.admin, c.ID, w.Feedback[0].ID)
		must(t, err)
		if got.State != casework.Done || got.Unfixed != 0 || got.Reopened != 0 {
			t.Errorf("taken back: %s, not fixed %d, reopened %d", got.State, got.Unfixed, got.Reopened)
		}
		say("p3", "Sorted, thanks")
		if w := read(); w.State != casework.Done || w.Fixed != 1 {
			t.Errorf("sorted: %s, fixed %d", w.State, w.Fixed)
		}
	})
}
