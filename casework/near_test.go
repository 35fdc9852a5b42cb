package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// another begins a conversation of somebody else.
func (h *house) another(who, text string) int64 {
	h.t.Helper()
	accounts, err := h.desk.Accounts(h.t.Context())
	must(h.t, err)
	ref := network.Ref("of-" + who)
	must(h.t, h.desk.Intake(h.t.Context(), accounts[0].ID, network.Batch{Events: []network.Event{{Post: &network.Post{Ref: ref, Thread: ref,
		Author: network.Identity{ID: who, Name: who}, Visibility: network.Public, Text: text, At: h.clock.Now()}}}}))
	rows, _, err := h.desk.Inbox(h.t.Context(), desk.Query{View: desk.Everything})
	must(h.t, err)
	for _, r := range rows {
		if r.Who == who {
			return r.ID
		}
	}
	h.t.Fatalf("no conversation with %s", who)
	return 0
}

// told are the messages to the citizen of a conversation that will be sent.
func (h *house) told(conversation int64) []string {
	h.t.Helper()
	was := h.conversation
	h.conversation = conversation
	defer func() { h.conversation = was }()
	return h.said()
}

// at opens a case about the same service, at a distance to the north of a place.
func (h *house) at(conversation int64, metres float64, words string) casework.Case {
	h.t.Helper()
	f, err := h.Fill(h.t.Context(), conversation)
	must(h.t, err)
	o := f.Opening
	o.ServiceID, o.Lat, o.Lon, o.Words = h.service, 57.41+metres/111_320, -5.42, words
	c, _, err := h.Open(h.t.Context(), h.admin, o)
	must(h.t, err)
	return c
}

func TestCasesNearbyAreFoundLikeliestFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at(h.conversation, 0, "Something else entirely")
		like := h.at(h.conversation, 20, "A deep pothole outside the bakers")
		h.at(h.conversation, 150, "A deep pothole outside the bakers")
		find := func(except int64) []casework.Near {
			t.Helper()
			list, err := h.Nearby(t.Context(), casework.Place{ServiceID: h.service, Lat: 57.41, Lon: -5.42, Words: "Deep potholes by the baker", Except: except})
			must(t, err)
			return list
		}
		list := find(0)
		if len(list) != 2 || list[0].ID != like.ID || list[0].Metres < 15 || list[0].Metres > 25 {
			t.Errorf("found %+v", list)
		}
		if list := find(like.ID); len(list) != 1 {
			t.Errorf("without itself: %+v", list)
		}
		must(t, h.SetNearness(t.Context(), h.admin, casework.Nearness{ServiceID: h.service, Metres: 200, Days: 5}))
		if list := find(0); len(list) != 3 {
			t.Errorf("within 200 m: %d", len(list))
		}
		_, _, err := h.Move(t.Context(), h.admin, like.ID, like.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		if list := find(0); len(list) != 3 || list[2].ID != like.ID {
			t.Errorf("an ended one stands behind: %+v", list)
		}
		h.clock.Advance(6 * 24 * time.Hour)
		if list := find(0); len(list) != 2 {
			t.Errorf("6 days after its end: %d", len(list))
		}
		if err := h.SetNearness(t.Context(), h.admin, casework.Nearness{ServiceID: h.service, Metres: 0}); !fault.Is(err, fault.Invalid) {
			t.Errorf("no distance: %v", err)
		}
	})
}

func TestAConversationJoinsACaseAndIsToldOfEachStep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, _ := h.open()
		other := h.another("Ailsa", "Pothole in Tolbooth Wynd, Kirkbrae")
		for range 2 {
			got, err := h.Join(t.Context(), h.admin, c.ID, other, true)
			must(t, err)
			if got.MeToo != 1 {
				t.Fatalf("me too: %d", got.MeToo)
			}
			c = got
		}
		if told := h.told(other); len(told) != 1 || !strings.Contains(told[0], c.Reference) {
			t.Errorf("told at the joining: %q", told)
		}
		list, err := h.Of(t.Context(), other)
		must(t, err)
		if len(list) != 1 || list[0].ID != c.ID {
			t.Errorf("the conversation has %d cases", len(list))
		}
		c, step, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.InProgress, Say: "We are on it"})
		must(t, err)
		if told := h.told(other); !slices.Contains(told, "We are on it") {
			t.Errorf("told with the step: %q", told)
		}
		c, _, err = h.Undo(t.Context(), h.admin, c.ID, step.ID)
		must(t, err)
		if told := h.told(other); slices.Contains(told, "We are on it") {
			t.Errorf("after the undo: %q", told)
		}
		c, _, err = h.Part(t.Context(), h.admin, c.ID, other)
		must(t, err)
		if told := h.told(other); c.MeToo != 0 || len(told) != 0 {
			t.Errorf("parted: me too %d, told %q", c.MeToo, told)
		}
	})
}

func TestADuplicateJoinsEverybody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, _ := h.open()
		other, third := h.another("Ailsa", "Pothole in Tolbooth Wynd"), h.another("Calum", "Pothole in the Wynd")
		second := h.at(other, 10, "Pothole")
		second, err := h.Join(t.Context(), h.admin, second.ID, third, false)
		must(t, err)
		second, step, err := h.Move(t.Context(), h.admin, second.ID, second.Version, casework.Moving{To: casework.Duplicate, IntoID: first.ID})
		must(t, err)
		read := func(id int64) casework.Case {
			t.Helper()
			w, err := h.Whole(t.Context(), id)
			must(t, err)
			return w.Case
		}
		if n := read(first.ID).MeToo; n != 2 {
			t.Errorf("me too: %d", n)
		}
		first = read(first.ID)
		first, _, err = h.Move(t.Context(), h.admin, first.ID, first.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed, Say: "It is done"})
		must(t, err)
		for _, conversation := range []int64{h.conversation, other, third} {
			if n := strings.Count(strings.Join(h.told(conversation), "\n"), "It is done"); n != 1 {
				t.Errorf("conversation %d was told %d times", conversation, n)
			}
		}
		// The one whose case was joined says that it is not fixed.
		tracked, err := h.Track(t.Context(), second.Track)
		must(t, err)
		if !tracked.Judgeable(h.clock.Now()) {
			t.Error("they are not asked")
		}
		_, err = h.Judge(t.Context(), second.Track, casework.SaysUnfixed, "")
		must(t, err)
		if got := read(first.ID); got.State != casework.Accepted || got.Unfixed != 1 {
			t.Errorf("the case is %s, not fixed %d", got.State, got.Unfixed)
		}
		_, _, err = h.Undo(t.Context(), h.admin, second.ID, step.ID)
		must(t, err)
		if n := read(first.ID).MeToo; n != 0 {
			t.Errorf("parted again: me too %d", n)
		}
	})
}

func TestTheSearchForDuplicatesIsARangeOfAnIndex(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		casework.CheckNearPlan(t, h.db, h.service)
	})
}
