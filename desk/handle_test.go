package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

func TestOfManyWhoTakeItAtOnceOneWinsAndTheOthersAreTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		const many = 200
		officers := make([]staff.Officer, many)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			for i := range officers {
				officers[i] = staff.Officer{ID: h.admin.ID, Name: fmt.Sprintf("Officer %d", i)}
			}
			return nil
		})
		calum := h.officer("Calum Reid")
		errs := make([]error, many)
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() { _, errs[i] = h.Assign(t.Context(), officers[i], c.ID, c.Version, calum.ID) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantFault(t, err, fault.Conflict, "Officer", "has given it to Calum Reid, just now", "decide again")
		}
		if now := h.conversation(c.ID); won != 1 || now.OfficerID != calum.ID || now.Version != c.Version+1 {
			t.Errorf("%d won; %+v", won, now.Handling)
		}
		if got := h.notices(calum); !slices.Equal(got, []string{noticeAssigned}) {
			t.Errorf("notifications: %v", got)
		}
	})
}

func TestEveryChangeCanBeUndone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		roads, calum := h.team("Roads", "calum@strathcarron.example", "Calum Reid")
		var service int64
		h.write(func(ctx context.Context, tx *db.Tx) error {
			ids, err := h.Directory.AddServicesTx(ctx, tx, h.admin.Actor(), []directory.Service{{Name: "Potholes", TeamID: roads.ID, Active: true}})
			if err == nil {
				service = ids[0]
			}
			return err
		})
		before := h.asked()
		for name, do := range map[string]func(c Conversation) (Change, error){
			"assign": func(c Conversation) (Change, error) {
				return h.Assign(t.Context(), h.admin, c.ID, c.Version, calum.ID)
			},
			"hand": func(c Conversation) (Change, error) {
				return h.Hand(t.Context(), h.admin, c.ID, c.Version, roads.ID, "")
			},
			"snooze": func(c Conversation) (Change, error) {
				return h.Snooze(t.Context(), h.admin, c.ID, c.Version, h.clock.Now().Add(time.Hour))
			},
			"close": func(c Conversation) (Change, error) {
				return h.Close(t.Context(), h.admin, c.ID, c.Version, "No answer needed")
			},
			"service": func(c Conversation) (Change, error) {
				return h.SetService(t.Context(), h.admin, c.ID, c.Version, service)
			},
		} {
			done, err := do(h.conversation(before.ID))
			if err != nil || done.Sentence == "" {
				t.Fatalf("%s: %+v, %v", name, done, err)
			}
			changed := h.conversation(before.ID)
			if changed.Handling.same(before.Handling) {
				t.Errorf("%s changed nothing", name)
			}
			undone, err := h.Undo(t.Context(), calum, before.ID, done.Number)
			if err != nil || !h.conversation(before.ID).Handling.same(before.Handling) {
				t.Errorf("undo of %s: %+v, %v", name, h.conversation(before.ID).Handling, err)
			}
			if _, err := h.Undo(t.Context(), calum, before.ID, done.Number); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s was undone twice: %v", name, err)
			}
			if _, err := h.Undo(t.Context(), calum, before.ID, undone.Number); err != nil || !h.conversation(before.ID).Handling.same(changed.Handling) {
				t.Errorf("%s is not done again: %v", name, err)
			}
			if _, err := h.Undo(t.Context(), calum, before.ID, lastNumber(h, before.ID)); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := record.Verify(t.Context(), h.db, nil); err != nil || !r.Whole() {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func lastNumber(h *house, conversation int64) (number int64) {
	h.t.Helper()
	h.read(func(ctx context.Context, tx *db.Tx) error {
		list, err := record.About(ctx, tx, Subject(conversation), 0, 1)
		if err == nil {
			number = list[0].Number
		}
		return err
	})
	return number
}

func TestUndoingWhatSomebodyChangedSinceSaysWhoDid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("ann", "When is the bin collected?")
		h.takePosts(first)
		c := h.only()
		calum := h.officer("Calum Reid")
		done, err := h.Close(t.Context(), h.admin, c.ID, c.Version, "Spam")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Reopen(t.Context(), calum, c.ID, c.Version+1); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(3 * time.Minute)
		_, err = h.Undo(t.Context(), h.admin, c.ID, done.Number)
		wantFault(t, err, fault.Conflict, "Calum Reid has reopened it, 3 minutes ago")
		h.takePosts(h.reply("ann", "Please?", first))
		_, err = h.Close(t.Context(), h.admin, c.ID, c.Version+2, "Spam")
		wantFault(t, err, fault.Conflict, "Ann has written again, just now")
		_, err = h.Undo(t.Context(), h.admin, c.ID, 1)
		wantFault(t, err, fault.NotFound)
	})
}

func TestWhatIsSetAsideComesBackAtItsTimeAndOnlyThen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		until := h.clock.Now().Add(2 * time.Hour)
		if _, err := h.Snooze(t.Context(), h.admin, c.ID, c.Version, until); err != nil {
			t.Fatal(err)
		}
		later := until.Add(time.Hour)
		if _, err := h.Snooze(t.Context(), h.admin, c.ID, c.Version+1, later); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(2 * time.Hour)
		if err := h.wake(t.Context(), wakeArgs{c.ID, db.Micros(until)}); err != nil {
			t.Fatal(err)
		}
		if now := h.conversation(c.ID); now.State != Snoozed {
			t.Errorf("the first time brought it back: %+v", now.Handling)
		}
		h.clock.Advance(time.Hour)
		for range 2 {
			if err := h.wake(t.Context(), wakeArgs{c.ID, db.Micros(later)}); err != nil {
				t.Fatal(err)
			}
		}
		if now := h.conversation(c.ID); now.State != Open || now.OfficerID != h.admin.ID || now.DueAt.IsZero() {
			t.Errorf("%+v", now.Handling)
		}
		if got := h.notices(h.admin); !slices.Equal(got, []string{noticeWoken}) {
			t.Errorf("notifications: %v", got)
		}
	})
}

func TestHandingOverTellsTheTeamAndKeepsTheNote(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		roads, calum := h.team("Roads", "calum@strathcarron.example", "Calum Reid")
		c := h.asked()
		if _, err := h.Hand(t.Context(), h.admin, c.ID, c.Version, roads.ID, "A pothole after all. @Mairi knows the street."); err != nil {
			t.Fatal(err)
		}
		now := h.conversation(c.ID)
		if now.TeamID != roads.ID || now.OfficerID != 0 || now.LastID != c.LastID {
			t.Errorf("%+v", now)
		}
		if got := h.notices(calum); !slices.Equal(got, []string{noticeHanded}) {
			t.Errorf("notifications: %v", got)
		}
		if got := h.notices(h.admin); len(got) != 0 {
			t.Errorf("one's own acts are no news: %v", got)
		}
		list := h.messages(c.ID)
		if last := list[len(list)-1]; last.Direction != Note || !strings.HasPrefix(last.Body, "A pothole") {
			t.Errorf("%+v", last)
		}
		_, err := h.Hand(t.Context(), h.admin, c.ID, now.Version, roads.ID, "")
		wantFault(t, err, fault.Conflict, "already")
	})
}

func TestWhatWasAnsweredAndSetAsideComesBackWithoutBeingLate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		h.answer(c, "We look on Monday.")
		until := h.clock.Now().Add(2 * time.Hour)
		if _, err := h.Snooze(t.Context(), h.admin, c.ID, h.conversation(c.ID).Version, until); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(48 * time.Hour)
		if err := h.wake(t.Context(), wakeArgs{c.ID, db.Micros(until)}); err != nil {
			t.Fatal(err)
		}
		if now := h.conversation(c.ID); now.State != Open || now.Late(h.clock.Now()) {
			t.Errorf("%+v", now.Handling)
		}
	})
}

func TestWhatIsClosedOrSetAsideOpensWhenItIsHandedOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		roads, _ := h.team("Roads", "r@strathcarron.example", "Ruaridh")
		housing, _ := h.team("Housing", "h@strathcarron.example", "Hamish")
		c := h.asked()
		if _, err := h.Close(t.Context(), h.admin, c.ID, c.Version, "Answered"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Hand(t.Context(), h.admin, c.ID, c.Version+1, roads.ID, ""); err != nil {
			t.Fatal(err)
		}
		if now := h.conversation(c.ID); now.State != Open || now.TeamID != roads.ID || now.ClosedReason != "" {
			t.Errorf("closed: %+v", now.Handling)
		}
		if _, err := h.Snooze(t.Context(), h.admin, c.ID, c.Version+2, h.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Hand(t.Context(), h.admin, c.ID, c.Version+3, housing.ID, ""); err != nil {
			t.Fatal(err)
		}
		if now := h.conversation(c.ID); now.State != Open || !now.SnoozedUntil.IsZero() {
			t.Errorf("set aside: %+v", now.Handling)
		}
	})
}

func TestANoteTellsThoseItMentionsAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		calum, isla := h.officer("Calum Reid"), h.officer("Isla MacRae")
		sub := h.Hub.Subscribe(TopicOfficer(calum.ID))
		defer sub.Close()
		if err := h.SaveDraft(t.Context(), h.admin.ID, Draft{ConversationID: c.ID, Note: "@Calum", Noting: true}); err != nil {
			t.Fatal(err)
		}
		m, err := h.Note(t.Context(), h.admin, c.ID, "@Calum Reid, do you know? @Mairi will ask.")
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-sub.Ring():
		default:
			t.Error("Calum's browser was not told")
		}
		list, err := h.Notifications(t.Context(), calum.ID, 0, 10)
		if err != nil || len(list) != 1 || list[0].Kind != noticeMention || list[0].MessageID != m.ID {
			t.Errorf("%+v, %v", list, err)
		}
		if len(h.notices(isla))+len(h.notices(h.admin)) != 0 {
			t.Error("others were told")
		}
		if n, _ := h.Unread(t.Context(), calum.ID); n != 1 {
			t.Errorf("%d unread", n)
		}
		if err := h.MarkRead(t.Context(), isla.ID, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if n, _ := h.Unread(t.Context(), calum.ID); n != 1 {
			t.Error("somebody else has read it")
		}
		if err := h.MarkRead(t.Context(), calum.ID, 0); err != nil {
			t.Fatal(err)
		}
		if n, _ := h.Unread(t.Context(), calum.ID); n != 0 {
			t.Errorf("%d unread", n)
		}
		if now := h.conversation(c.ID); now.LastID != c.LastID || now.State != Open {
			t.Errorf("a note moved the conversation: %+v", now)
		}
		if d, _ := h.DraftOf(t.Context(), h.admin.ID, c.ID); d.Body != "" {
			t.Errorf("the draft is still there: %+v", d)
		}
		if err := h.Intake(t.Context(), h.account.ID, network.Batch{}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTwoPeopleAreJoinedWithTheirConversationsAndPartedAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.takePosts(h.post("ann", "The bin."), h.post("annie", "The same bin."), h.post("annie", "Another thing."))
		var one, other Conversation
		for _, row := range h.inbox() {
			if row.Who == "Ann" {
				one = row.Conversation
			} else {
				other = row.Conversation
			}
		}
		_, err := h.JoinPeople(t.Context(), h.admin, one.ID, other.PersonID, "")
		wantFault(t, err, fault.Invalid)
		done, err := h.JoinPeople(t.Context(), h.admin, one.ID, other.PersonID, "Same address, and she said so")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range h.inbox() {
			if row.PersonID != one.PersonID {
				t.Errorf("conversation %d belongs to person %d", row.ID, row.PersonID)
			}
		}
		if _, err := h.Undo(t.Context(), h.admin, one.ID, done.Number); err != nil {
			t.Fatal(err)
		}
		for _, row := range h.inbox() {
			want := other.PersonID
			if row.Who == "Ann" {
				want = one.PersonID
			}
			if row.PersonID != want {
				t.Errorf("conversation %d belongs to person %d", row.ID, row.PersonID)
			}
		}
		_, err = h.Undo(t.Context(), h.admin, one.ID, done.Number)
		wantFault(t, err, fault.Conflict)
	})
}

func TestUnreadGoesForwardAndCanBePutBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		unread := func() bool { return h.inbox()[0].Unread }
		if !unread() {
			t.Error("a new message is read")
		}
		for _, to := range []int64{c.LastID, c.LastID - 1} {
			if err := h.MarkSeen(t.Context(), h.admin.ID, c.ID, to); err != nil || unread() {
				t.Errorf("seen to %d: unread %v, %v", to, unread(), err)
			}
		}
		if err := h.MarkSeen(t.Context(), h.admin.ID, c.ID, 0); err != nil || !unread() {
			t.Errorf("unread %v, %v", unread(), err)
		}
		if _, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: c.LastID}); err != nil || unread() {
			t.Errorf("one's own answer is unread: %v", err)
		}
	})
}

func TestACaseIsNotedForLists(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		for range 2 {
			h.write(func(ctx context.Context, tx *db.Tx) error {
				return h.SetCaseTx(ctx, tx, c.ID, h.admin.Actor(), "SC-7K2P")
			})
		}
		if now := h.conversation(c.ID); now.CaseRef != "SC-7K2P" || now.Version != c.Version+1 {
			t.Errorf("%+v", now)
		}
	})
}
