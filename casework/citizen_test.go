package casework_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
)

// done opens a case and closes it as fixed.
func (h *house) done() casework.Case {
	h.t.Helper()
	c, _ := h.open()
	c, _, err := h.Move(h.t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
	must(h.t, err)
	return c
}

func (h *house) outcome() casework.Outcome {
	h.t.Helper()
	list, err := h.Outcomes(h.t.Context())
	must(h.t, err)
	for _, o := range list {
		if o.ServiceID == h.service {
			return o
		}
	}
	return casework.Outcome{}
}

func TestACaseSaidNotToBeFixedIsBackInItsTeamsQueue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.done()
		got, err := h.Judge(t.Context(), c.Track, casework.SaysUnfixed, "The hole is still there")
		must(t, err)
		if got.State != casework.Accepted || got.TeamID != c.TeamID || got.Unfixed != 1 || got.Reopened != 1 {
			t.Fatalf("%s in team %d, not fixed %d, reopened %d", got.State, got.TeamID, got.Unfixed, got.Reopened)
		}
		again, err := h.Judge(t.Context(), c.Track, casework.SaysUnfixed, "")
		must(t, err)
		if again.Unfixed != 1 || again.Reopened != 1 {
			t.Errorf("the same answer twice counts %d times, reopened %d", again.Unfixed, again.Reopened)
		}
		whole, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		if len(whole.Feedback) != 1 || whole.Feedback[0].Words != "The hole is still there" || whole.Steps[len(whole.Steps)-1].By != "citizen" {
			t.Errorf("feedback %+v", whole.Feedback)
		}
		if o := h.outcome(); o.Opened != 1 || o.Closed != 0 || o.Unfixed != 1 || o.Reopened != 1 {
			t.Errorf("figures: %+v", o)
		}
		// It was a mistake: they say that it is fixed.
		back, err := h.Judge(t.Context(), c.Track, casework.SaysFixed, "")
		must(t, err)
		if back.State != casework.Done || back.Fixed != 1 || back.Unfixed != 0 || back.Reopened != 0 {
			t.Errorf("changed their mind: %s, fixed %d, not fixed %d, reopened %d", back.State, back.Fixed, back.Unfixed, back.Reopened)
		}
		if o := h.outcome(); o.Closed != 1 || o.Resolved != 1 || o.Fixed != 1 || o.Unfixed != 0 || o.Reopened != 0 {
			t.Errorf("figures after that: %+v", o)
		}
	})
}

func TestNobodyReopensWhatIsBeingWorkedOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.done()
		c, err := h.Judge(t.Context(), c.Track, casework.SaysUnfixed, "")
		must(t, err)
		c, _, err = h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.InProgress})
		must(t, err)
		if _, err = h.Judge(t.Context(), c.Track, casework.SaysFixed, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("another answer while it is worked on: %v", err)
		}
		_, _, err = h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		// The next closing is a question of its own.
		c, err = h.Judge(t.Context(), c.Track, casework.SaysUnfixed, "")
		must(t, err)
		if c.Unfixed != 2 || c.Reopened != 2 {
			t.Errorf("after the second closing: not fixed %d, reopened %d", c.Unfixed, c.Reopened)
		}
	})
}

func TestAClosingOfLongAgoIsNotReopenedByATap(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.done()
		h.clock.Advance(61 * 24 * time.Hour)
		if _, err := h.Judge(t.Context(), c.Track, casework.SaysUnfixed, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("after 61 days: %v", err)
		}
		tracked, err := h.Track(t.Context(), c.Track)
		must(t, err)
		if tracked.Judgeable(h.clock.Now()) || !tracked.TooLate(h.clock.Now()) {
			t.Error("the page still asks")
		}
	})
}

func TestUndoingAReopeningTakesTheAnswerBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.done()
		_, err := h.Judge(t.Context(), c.Track, casework.SaysUnfixed, "")
		must(t, err)
		whole, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		got, _, err := h.Undo(t.Context(), h.admin, c.ID, whole.Feedback[0].StepID)
		must(t, err)
		if got.State != casework.Done || got.Unfixed != 0 || got.Reopened != 0 {
			t.Errorf("undone: %s, not fixed %d, reopened %d", got.State, got.Unfixed, got.Reopened)
		}
	})
}

func TestWhoWantsNoNewsIsToldNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		before := len(h.said())
		must(t, h.SetQuiet(t.Context(), c.Track, true))
		must(t, h.SetQuiet(t.Context(), c.Track, true))
		whole, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		c, step, err := h.Move(t.Context(), h.admin, c.ID, whole.Version, casework.Moving{To: casework.Accepted, Say: "We have accepted it."})
		must(t, err)
		if step.MessageID != 0 || len(h.said()) != before {
			t.Errorf("they were told all the same: %q", h.said())
		}
		must(t, h.SetQuiet(t.Context(), c.Track, false))
		whole, err = h.Whole(t.Context(), c.ID)
		must(t, err)
		_, step, err = h.Move(t.Context(), h.admin, c.ID, whole.Version, casework.Moving{To: casework.InProgress, Say: "We are at it."})
		must(t, err)
		if step.MessageID == 0 {
			t.Error("with the news switched on again, they were not told")
		}
	})
}

func TestWhatIsSaidOnThePrivatePageReachesTheConversationOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		for range 2 {
			must(t, h.TellMore(t.Context(), c.Track, desk.Addition{Key: "k1", Text: "It is by the bank", At: h.clock.Now()}))
		}
		var bodies []string
		must(t, h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := h.desk.MessagesTx(ctx, tx, h.conversation, 0, 100)
			bodies = nil
			for _, m := range list {
				if m.Direction == desk.In {
					bodies = append(bodies, m.Body)
				}
			}
			return err
		}))
		if len(bodies) != 2 || bodies[1] != "It is by the bank" {
			t.Errorf("the conversation has %q", bodies)
		}
		// An answer hangs under a post that the network knows.
		whole, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		_, step, err := h.Move(t.Context(), h.admin, c.ID, whole.Version, casework.Moving{To: casework.Accepted, Say: "Thank you."})
		must(t, err)
		must(t, h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := h.desk.MessagesTx(ctx, tx, h.conversation, 0, 100)
			for _, m := range list {
				if m.ID == step.MessageID && m.ReplyTo != network.Ref("p1") {
					t.Errorf("the answer hangs under %q", m.ReplyTo)
				}
			}
			return err
		}))
		if err := h.TellMore(t.Context(), secret.LongReference(), desk.Addition{Key: "k2", Text: "x"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("with another's reference: %v", err)
		}
	})
}

func TestTheCouncilsWordsAreSaid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		must(t, h.SetWords(t.Context(), h.admin, []casework.Wording{
			{Language: "en", Occasion: casework.OnOpened, Text: "We have {reference}.\n{expected}\nFollow it: {link}"},
			{Language: "en", Occasion: casework.OnDone, Text: "For all"},
			{ServiceID: h.service, Language: "en", Occasion: casework.OnDone, Reason: casework.Advised, Text: "Advice on {reference}"},
		}))
		c, step := h.open()
		if step.Said != "We have "+c.Reference+"." {
			t.Errorf("opened: %q", step.Said)
		}
		whole, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		for reason, want := range map[casework.Reason]string{casework.Advised: "Advice on " + c.Reference, casework.Fixed: "For all"} {
			if got := whole.Wordings.Says(casework.Saying{To: casework.Done, Reason: reason, Reference: c.Reference}); got != want {
				t.Errorf("%s: %q", reason, got)
			}
		}
		must(t, h.SetWords(t.Context(), h.admin, []casework.Wording{{Language: "en", Occasion: casework.OnOpened}}))
		f, err := h.Fill(t.Context(), h.conversation)
		must(t, err)
		if !strings.HasPrefix(f.Say, "Thank you") {
			t.Errorf("after going back to the usual words: %q", f.Say)
		}
		err = h.SetWords(t.Context(), h.admin, []casework.Wording{{Language: "cy", Occasion: casework.OnDone, Text: "{nobody}"}})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a mark that nobody knows: %v", err)
		}
	})
}
