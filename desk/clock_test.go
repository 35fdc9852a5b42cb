package desk

import (
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
)

// sweeps lets the sweep run, and then what it found.
func (h *house) sweeps(id int64) {
	h.t.Helper()
	if err := h.sweep(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	if len(h.jobsFor()) > 0 {
		h.loseJobs()
		h.run(id)
	}
}

func TestAClockThatJumpsForwardSendsNothingTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		h.net.Before = func(out network.Outgoing) error {
			if out.First {
				h.clock.Advance(5 * time.Hour)
				h.sweeps(m.ID) // by this clock the lease has run out
			}
			return nil
		}
		h.run(m.ID)
		h.run(m.ID)
		h.wantOnceInOrder(h.message(m.ID))
		if h.net.calls != 1 {
			t.Errorf("the network was called %d times", h.net.calls)
		}
	})
}

func TestAClockThatGoesBackHoldsNoAnswerUp(t *testing.T) {
	const hours = 3 * time.Hour
	for name, before := range map[string]func(h *house, m Message){
		"it waits for its undo window": func(*house, Message) {},
		"it waits for a network that is down": func(h *house, m Message) {
			h.clock.Advance(UndoWindow)
			h.net.Before = failing(network.Unreachable, "Told cannot be reached.")
			h.run(m.ID)
			h.net.Before = nil
		},
		"it was being sent in a run that was killed": func(h *house, m Message) {
			h.clock.Advance(UndoWindow)
			h.killedSending(h.boots(jobs.Run{Seat: 7, Boot: 1}), m.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				h.clock.Advance(hours)
				c := h.asked()
				m, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: c.LastID})
				if err != nil {
					t.Fatal(err)
				}
				before(h, m)
				h.loseJobs() // they are put for a time ahead
				h.clock.Advance(-hours)
				h.sweeps(m.ID)
				h.clock.Advance(leaseTime + lostAfter + time.Second)
				h.sweeps(m.ID)
				h.wantOnceInOrder(h.message(m.ID))
			})
		})
	}
}

func TestWhatIsLaterSortsLaterWhenTheClockHasGoneBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		first := h.answer(c, "On Tuesday.")
		h.run(first.ID)
		h.clock.Advance(-8 * time.Hour)
		second := h.answer(h.only(), "At seven.")
		h.run(second.ID)
		if second.ID <= first.ID {
			t.Errorf("%d after %d", second.ID, first.ID)
		}
		h.wantOnceInOrder(h.message(second.ID))
		entries, err := record.Verify(t.Context(), h.db, nil)
		if err != nil || !entries.Whole() {
			t.Errorf("the record: %+v, %v", entries, err)
		}
	})
}
