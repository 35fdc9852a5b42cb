package casework_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// asks lets the service ask for size and day, which must be known, and a name.
func (h *house) asks() {
	h.t.Helper()
	snapshot, err := h.council.Snapshot(h.t.Context())
	must(h.t, err)
	s, _ := snapshot.Service(h.service)
	s.Attributes = directory.Attributes{
		{Code: "size", Variable: true, Required: true, Datatype: directory.SingleValueList, Description: "How big is it?", Welsh: "Pa mor fawr yw e?", Order: 1,
			Values: []directory.Value{{Key: "small", Name: "Small"}, {Key: "large", Name: "Large", Words: "huge, massive"}}},
		{Code: "seen", Variable: true, Required: true, Datatype: directory.DateTime, Description: "When did you see it?", Order: 2},
		{Code: "name", Variable: true, Datatype: directory.String, Description: "What is your name?", Order: 3},
	}
	must(h.t, h.council.SaveService(h.t.Context(), h.admin.Actor(), s))
}

// writes lets the citizen write, and casework read it.
func (h *house) writes(ref network.Ref, words string, media ...network.Media) int64 {
	h.t.Helper()
	h.clock.Advance(time.Minute)
	must(h.t, h.desk.Intake(h.t.Context(), h.account, network.Batch{Cursor: network.Cursor(ref), Events: []network.Event{{Post: &network.Post{Ref: ref, Thread: "p1", ReplyTo: "p1",
		Author: network.Identity{ID: "tam", Name: "Tam Wishart"}, Visibility: network.Public, Text: words, Media: media, At: h.clock.Now()}}}}))
	var id int64
	must(h.t, h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := h.desk.MessagesTx(ctx, tx, h.conversation, 0, 10)
		for _, m := range list {
			if m.Ref == ref {
				id = m.ID
			}
		}
		return err
	}))
	must(h.t, h.TakeReply(h.t.Context(), h.conversation, id))
	return id
}

func (h *house) whole(id int64) casework.Whole {
	h.t.Helper()
	w, err := h.Whole(h.t.Context(), id)
	must(h.t, err)
	return w
}

// known are the answers as "code=values (origin)".
func known(w casework.Whole) string {
	var list []string
	for _, code := range []string{"size", "seen", "name"} {
		if a, ok := w.Asked.Answers[code]; ok {
			list = append(list, fmt.Sprintf("%s=%s (%s)", code, strings.Join(a.Values, "+"), a.Origin))
		}
	}
	return strings.Join(list, " ")
}

func TestWhatIsMissingIsAskedOnceAndTheReplyMovesTheCaseOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		f, err := h.Fill(t.Context(), h.conversation)
		must(t, err)
		if len(f.Questions) != 3 || len(f.Found) != 0 || !f.Ask || !strings.Contains(f.Sure, "Fairly sure: the words name this street") {
			t.Errorf("got %+v", f)
		}
		c, step, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		if c.State != casework.NeedsInformation || step.Before != casework.Received {
			t.Errorf("got %s after %s", c.State, step.Before)
		}
		said := h.said()
		if len(said) != 1 {
			t.Fatalf("said %q", said)
		}
		for _, words := range []string{"This is now case " + c.Reference, "1. How big is it? Choose: Small; Large.", "2. When did you see it?", "reply here"} {
			if !strings.Contains(said[0], words) {
				t.Errorf("does not say %q: %s", words, said[0])
			}
		}
		if strings.Contains(said[0], "your name") {
			t.Error("asks what need not be known")
		}
		h.writes("r1", "@Council Who cares?")
		h.writes("r2", "it's huge")
		w := h.whole(c.ID)
		if w.State != casework.NeedsInformation || known(w) != "size=large (citizen)" || len(w.Asked.Missing) != 1 {
			t.Errorf("after one of two: %s, %s", w.State, known(w))
		}
		last := h.writes("r3", "Small. And I saw it yesterday")
		w = h.whole(c.ID)
		yesterday := h.clock.Now().AddDate(0, 0, -1).Format("2006-01-02")
		if w.State != casework.Received || known(w) != "size=large (citizen) seen="+yesterday+" (citizen)" || !w.Asked.Since.IsZero() {
			t.Errorf("after both: %s, %s", w.State, known(w))
		}
		if by := w.Steps[len(w.Steps)-1]; by.By != record.Citizen || by.Before != casework.NeedsInformation || !strings.Contains(by.Said, "that is all we need") {
			t.Errorf("got %+v", by)
		}
		// The job may run again, and the citizen may write again.
		must(t, h.TakeReply(t.Context(), h.conversation, last))
		h.writes("r4", "actually small")
		if again := h.whole(c.ID); again.Version != w.Version || known(again) != known(w) {
			t.Errorf("taken twice: %s", known(again))
		}
	})
}

func TestAReplyIsTakenOnceHoweverOftenItsJobRuns(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		c, _ := h.open()
		id := h.writes("r1", "large")
		w := h.whole(c.ID)
		changed, err := h.UndoAnswer(t.Context(), h.admin, c.ID, w.Version, "size")
		must(t, err)
		must(t, h.TakeReply(t.Context(), h.conversation, id))
		if again := h.whole(c.ID); again.Version != changed.Version || known(again) != "" {
			t.Errorf("got %s", known(again))
		}
		_, err = h.UndoAnswer(t.Context(), h.admin, c.ID, changed.Version, "size")
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAPictureInAReplyGoesToTheCase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		c, _ := h.open()
		h.writes("r1", "", network.Media{URL: "https://pictures.example/1.jpg", ContentType: "image/jpeg"})
		if w := h.whole(c.ID); len(w.Photos) != 1 || w.State != casework.NeedsInformation {
			t.Errorf("got %d photos, %s", len(w.Photos), w.State)
		}
	})
}

func TestAnOfficerOverrulesTheCitizenAndTheCaseGoesOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		c, _ := h.open()
		h.writes("r1", "1. large\n2. no idea")
		w := h.whole(c.ID)
		if known(w) != "size=large (citizen)" {
			t.Fatalf("got %s", known(w))
		}
		_, err := h.Answer(t.Context(), h.admin, c.ID, w.Version, map[string][]string{"size": {"enormous"}})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v", err)
		}
		_, err = h.Answer(t.Context(), h.admin, c.ID, w.Version-1, map[string][]string{"size": {"small"}})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
		moved, err := h.Answer(t.Context(), h.admin, c.ID, w.Version, map[string][]string{"size": {"small"}, "seen": {"2026-11-24"}, "name": {"Tam"}})
		must(t, err)
		if w = h.whole(c.ID); moved.State != casework.Received || known(w) != "size=small (officer) seen=2026-11-24 (officer) name=Tam (officer)" {
			t.Errorf("got %s, %s", moved.State, known(w))
		}
		if a := w.Asked.Answers["size"].Was; a == nil || a.Origin != casework.FromCitizen || a.Values[0] != "large" {
			t.Errorf("before: %+v", a)
		}
		var told string
		for _, act := range w.Acts {
			if act.Act == "casework.case.answered" {
				told += string(act.Before) + string(act.After) + "\n"
			}
		}
		if !strings.Contains(told, "Small (officer)") || !strings.Contains(told, "Large (citizen)") || !strings.Contains(told, "3 characters") || strings.Contains(told, "Tam") {
			t.Errorf("the record says %s", told)
		}
	})
}

func TestAnswersInTheWordsAreKeptAndNothingIsAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		h.writes("p2", "It is massive, and I saw it on 3 November")
		f, err := h.Fill(t.Context(), h.conversation)
		must(t, err)
		if f.Ask || f.Found["size"].Origin != casework.FromWords || f.Found["size"].MessageID == 0 {
			t.Errorf("got %+v", f.Found)
		}
		f.Opening.Answers["name"] = []string{"Tam"}
		c, _, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		w := h.whole(c.ID)
		if c.State != casework.Received || !strings.HasPrefix(known(w), "size=large (words) seen=") || !strings.HasSuffix(known(w), "-11-03 (words) name=Tam (officer)") {
			t.Errorf("got %s, %s", c.State, known(w))
		}
		if said := h.said(); len(said) != 1 || strings.Contains(said[0], "need to know") {
			t.Errorf("said %q", said)
		}
	})
}

func TestACaseIsAskedAboutLaterAndOnlyOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.asks()
		f, err := h.Fill(t.Context(), h.conversation)
		must(t, err)
		f.Opening.Ask = false
		c, _, err := h.Open(t.Context(), h.admin, f.Opening)
		must(t, err)
		c, _, err = h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.InProgress})
		must(t, err)
		c, step, err := h.Ask(t.Context(), h.admin, c.ID, c.Version)
		must(t, err)
		if c.State != casework.NeedsInformation || step.MessageID == 0 {
			t.Errorf("got %s", c.State)
		}
		if _, _, err := h.Ask(t.Context(), h.admin, c.ID, c.Version); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked twice: %v", err)
		}
		h.writes("r1", "large\ntoday")
		if w := h.whole(c.ID); w.State != casework.InProgress {
			t.Errorf("went on as %s", w.State)
		}
		_, _, err = h.Ask(t.Context(), h.admin, c.ID, h.whole(c.ID).Version)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "Nothing is missing") {
			t.Errorf("got %v", err)
		}
	})
}

func TestQuestionsAreAskedInTheCitizensLanguage(t *testing.T) {
	q := directory.Attribute{Description: "How big is it?", Welsh: "Pa mor fawr yw e?", Datatype: directory.SingleValueList, Variable: true,
		Values: []directory.Value{{Key: "s", Name: "Small", Welsh: "Bach"}, {Key: "l", Name: "Large"}}}
	for language, want := range map[string]string{
		"cy-GB": "Achos MC-1: mae angen i ni wybod un peth arall cyn y gallwn fwrw ymlaen.\n\nPa mor fawr yw e? Dewiswch: Bach; Large.\n\nAtebwch yma.",
		"gd":    "Cùis MC-1: feumaidh sinn aon rud eile fhaighinn a-mach mus urrainn dhuinn leantainn air adhart.\n\nHow big is it? Tagh: Small; Large.\n\nFreagraibh an seo.",
		"fr":    "Case MC-1: we need to know one more thing before we can go on.\n\nHow big is it? Choose: Small; Large.\n\nPlease reply here.",
	} {
		if got := (casework.Asking{Language: language, Reference: "MC-1", Questions: directory.Attributes{q}}).Says(); got != want {
			t.Errorf("%s: %q", language, got)
		}
	}
}
