package casework_test

import (
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/fault"
)

func TestTheCitizenAnswersOnTheirPrivatePage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		c, _ := h.open() // in which what is missing is asked
		w := h.whole(c.ID)
		if w.State != casework.NeedsInformation {
			t.Fatalf("the case is %s", w.State)
		}
		tracked, err := h.Track(t.Context(), c.Track)
		must(t, err)
		if open := tracked.Open(); len(open) != 3 || open[0].Code != "size" {
			t.Errorf("the page asks %+v", open)
		}
		if _, err := h.AnswerTracked(t.Context(), c.Track, map[string][]string{"size": {"gigantic"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("an answer that is none of the list: %v", err)
		}
		_, err = h.AnswerTracked(t.Context(), c.Track, map[string][]string{"size": {"large"}, "unasked": {"x"}})
		must(t, err)
		got, err := h.AnswerTracked(t.Context(), c.Track, map[string][]string{"size": {"small"}, "seen": {"2026-01-05"}})
		must(t, err)
		w = h.whole(c.ID)
		if known(w) != "size=large (citizen) seen=2026-01-05 (citizen)" || got.State == casework.NeedsInformation || !w.Asked.Since.IsZero() {
			t.Errorf("answered: %s, %s", known(w), got.State)
		}
		if w.Acts[1].Act != "casework.case.answered" || w.Acts[1].Actor.Kind != "citizen" {
			t.Errorf("on the record: %+v", w.Acts[1])
		}
		_, _, err = h.Move(t.Context(), h.admin, c.ID, w.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		if _, err := h.AnswerTracked(t.Context(), c.Track, map[string][]string{"name": {"Tam"}}); !fault.Is(err, fault.Conflict) {
			t.Errorf("after it has ended: %v", err)
		}
	})
}
