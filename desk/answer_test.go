package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

func TestAStoppedAnswerIsADraftAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		file, err := h.Attach(t.Context(), h.admin.ID, c.ID, "bin.png", bytes.NewReader(picture(40, 30)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: c.LastID})
		var wrong fault.Fields
		if !errors.As(err, &wrong) || wrong[0].Field != fmt.Sprintf("alt_%d", file.ID) {
			t.Fatalf("a picture without description: %v", err)
		}
		if err := h.Describe(t.Context(), h.admin.ID, file.ID, "A grey bin"); err != nil {
			t.Fatal(err)
		}
		m, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: c.LastID, Then: thenClose})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.SaveDraft(t.Context(), h.admin.ID, Draft{ConversationID: c.ID, Body: "One more thing."}); err != nil {
			t.Fatal(err)
		}
		if now := h.conversation(c.ID); now.State != Closed {
			t.Errorf("%+v", now.Handling)
		}
		if _, err := h.StopSending(t.Context(), h.admin, m.ID); err != nil {
			t.Fatal(err)
		}
		d, err := h.DraftOf(t.Context(), h.admin.ID, c.ID)
		if err != nil || d.Body != "On Tuesday.\n\nOne more thing." || len(d.Media) != 1 || d.Media[0].Alt != "A grey bin" {
			t.Errorf("%+v, %v", d, err)
		}
		now := h.conversation(c.ID)
		if !now.Handling.same(c.Handling) || now.LastID != c.LastID || now.Messages != 1 || now.Excerpt != c.Excerpt || !now.Sorted.Equal(c.Sorted) {
			t.Errorf("is  %+v\nwas %+v", now, c)
		}
		h.clock.Advance(UndoWindow)
		h.run(m.ID)
		if h.net.calls != 0 {
			t.Error("a stopped answer was sent")
		}
		again := h.answer(h.conversation(c.ID), d.Body)
		h.run(again.ID)
		if len(h.net.sent) != 1 || len(h.net.sent[0].Media) != 1 || h.net.sent[0].Media[0].Alt != "A grey bin" {
			t.Errorf("%+v", h.net.sent)
		}
	})
}

func picture(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	img.Set(1, 1, color.RGBA{R: 200, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestStoppingAndSendingAtOnceHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		for i := range 10 {
			m := h.answer(c, fmt.Sprintf("On Tuesday, %d.", i))
			calls := h.net.calls
			var wg sync.WaitGroup
			var stopped error
			wg.Add(2)
			go func() { defer wg.Done(); _, stopped = h.StopSending(t.Context(), h.admin, m.ID) }()
			go func() { defer wg.Done(); _ = h.send(t.Context(), m.ID) }()
			wg.Wait()
			state, called := h.message(m.ID).State, h.net.calls > calls
			if stopped == nil && (called || state != Cancelled) || stopped != nil && (!called || state != Sent) {
				t.Errorf("stopped: %v, called: %v, state %s", stopped, called, state)
			}
		}
	})
}

func TestAnOfficerIsToldBeforeTheyAnswerPastSomebody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("ann", "When is the bin collected?")
		h.takePosts(first)
		c := h.only()
		calum := h.officer("Calum Reid")
		h.clock.Advance(time.Minute)
		h.takePosts(h.reply("ann", "In Kirkbrae, I mean.", first))
		r := Reply{ConversationID: c.ID, Body: "Where?", SeenID: c.LastID}
		_, err := h.Reply(t.Context(), h.admin, r)
		wantFault(t, err, fault.Conflict, "Ann has written again")
		if d, _ := h.DraftOf(t.Context(), h.admin.ID, c.ID); d.Body != "Where?" {
			t.Errorf("what was written is not kept: %+v", d)
		}
		r.SeenID = h.conversation(c.ID).LastID
		if _, err := h.Reply(t.Context(), calum, Reply{ConversationID: c.ID, Body: "On Tuesday.", SeenID: r.SeenID}); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(5 * time.Minute)
		_, err = h.Reply(t.Context(), h.admin, r)
		wantFault(t, err, fault.Conflict, "Calum Reid has answered already, 5 minutes ago")
		r.Anyway = true
		if _, err := h.Reply(t.Context(), h.admin, r); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatWasSaidInPrivateIsNeverAnsweredInPublic(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.post("ann", "My address is 3 Kirk Wynd.")
		p.Visibility = network.Direct
		h.takePosts(p)
		c := h.only()
		_, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "Thank you.", SeenID: c.LastID, Visibility: network.Public})
		wantFault(t, err, fault.Invalid, "in private")
		m, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "Thank you.", SeenID: c.LastID})
		if err != nil || m.Visibility != network.Direct {
			t.Errorf("%s, %v", m.Visibility, err)
		}
	})
}

func TestSomethingIsSaidOnceUnderOneKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		say := func() (m Message) {
			h.write(func(ctx context.Context, tx *db.Tx) (err error) {
				m, err = h.SayTx(ctx, tx, c.ID, record.Mercat("casework"), "case-7-accepted", "Your report is accepted.")
				return err
			})
			return m
		}
		one, two := say(), say()
		if one.ID != two.ID {
			t.Errorf("it was said twice")
		}
		if now := h.conversation(c.ID); !now.Handling.same(c.Handling) || now.LastID != one.ID {
			t.Errorf("%+v", now)
		}
		h.wantOnceInOrder(h.finish(one.ID))
		if _, err := h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: "Hello.", SeenID: c.LastID}); err != nil {
			t.Errorf("what the program said stood in the way: %v", err)
		}
	})
}

func TestWhatAnOfficerLetsTheProgramSayCanBeUndone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		var m Message
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			m, err = h.SayTx(ctx, tx, c.ID, h.admin.Actor(), "case-8-accepted", "Your report is accepted.")
			return err
		})
		if wait := m.SendAt.Sub(h.clock.Now()); wait != UndoWindow {
			t.Errorf("it goes out after %v, which leaves no time to undo the step", wait)
		}
	})
}

func TestASentAnswerIsTakenBackWithAllItsParts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		m := h.answer(c, strings.Repeat("Part of a long answer. ", 12))
		wantFault(t, h.TakeBack(t.Context(), h.admin, m.ID, "Wrong day"), fault.Conflict)
		h.finish(m.ID)
		wantFault(t, h.TakeBack(t.Context(), h.admin, m.ID, " "), fault.Invalid)
		if err := h.TakeBack(t.Context(), h.admin, m.ID, "Wrong day"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := h.takeBack(t.Context(), takeBackArgs{Message: m.ID}); err != nil {
				t.Fatal(err)
			}
		}
		gone := h.message(m.ID)
		if gone.State != TakenBack || gone.Body == "" || gone.Details.Reason != "Wrong day" || gone.DeletedAt.IsZero() {
			t.Errorf("%+v", gone)
		}
		if len(h.net.deleted) != len(m.Parts) || h.net.deleted[len(m.Parts)-1] != gone.Parts[0].Ref {
			t.Errorf("%v", h.net.deleted)
		}
	})
}

func TestABounceFailsTheAnswerAndTellsItsOfficer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		m := h.answer(c, "On Tuesday.")
		h.run(m.ID)
		ref := h.message(m.ID).Ref
		for range 2 {
			h.take(network.Event{Receipt: &network.Receipt{Of: ref, Failed: true, Sentence: "The mailbox of ann@example.org is full."}})
		}
		lost := h.message(m.ID)
		if lost.State != Failed || !strings.Contains(lost.Trouble, "full") {
			t.Errorf("%+v", lost)
		}
		if got := h.notices(h.admin); !slices.Equal(got, []string{noticeFailed}) {
			t.Errorf("notifications: %v", got)
		}
		wantFault(t, h.Retry(t.Context(), h.admin, m.ID), fault.Conflict, "came back")
	})
}

func TestAReceiptConfirmsWhatACrashLeftOpen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.answer(h.asked(), "On Tuesday.")
		h.net.After = func(network.Outgoing) error { panicOut(); return nil }
		h.crashing(m.ID)
		if s := h.message(m.ID).State; s != Sending {
			t.Fatalf("it is %s", s)
		}
		h.take(network.Event{Receipt: &network.Receipt{Of: network.Ref("sent-" + m.Parts[0].Key)}})
		h.wantOnceInOrder(h.message(m.ID))
		if h.net.calls != 1 {
			t.Errorf("%d calls", h.net.calls)
		}
	})
}

func TestAnAnswerThatWaitsForItsNetworkCanBeGivenUp(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.net.Before = func(network.Outgoing) error {
			return &network.Error{Trouble: network.Unreachable, Sentence: "Told is down."}
		}
		m := h.answer(h.asked(), "We come on Monday.")
		if err := h.StopTrying(t.Context(), h.admin, m.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("an answer that was not tried yet: %v", err)
		}
		h.run(m.ID)
		if err := h.StopTrying(t.Context(), h.admin, m.ID); err != nil {
			t.Fatal(err)
		}
		now := h.message(m.ID)
		if now.State != Failed || !strings.Contains(now.Trouble, h.admin.Name+" stopped that") {
			t.Errorf("%+v", now)
		}
		if c := h.conversation(m.ConversationID); c.State == Waiting {
			t.Errorf("no answer is owed: %+v", c.Handling)
		}
		h.net.Before = nil
		h.clock.Advance(time.Hour)
		h.run(m.ID)
		if h.message(m.ID).State != Failed {
			t.Error("it was sent all the same")
		}
		if err := h.StopTrying(t.Context(), h.admin, m.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		// Whoever thinks better of it sends it once.
		if err := h.Retry(t.Context(), h.admin, m.ID); err != nil {
			t.Fatal(err)
		}
		h.wantOnceInOrder(h.finish(m.ID))
	})
}
