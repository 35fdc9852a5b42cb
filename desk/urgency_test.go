package desk

import (
	"testing"
	"time"

	"golang.org/x/net/html"
)

func (h *house) pressing() []Row {
	h.t.Helper()
	rows, _, err := h.Inbox(h.t.Context(), Query{View: Pressing, OfficerID: h.admin.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func TestDangerStandsFirstWhoeverHasIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.reads(Reading{})
		h.takePosts(h.post("ann", "The lamp is out"))
		h.reads(Reading{Urgency: Urgent})
		h.takePosts(h.post("bob", "No heating in a home with a baby"))
		h.reads(Reading{Urgency: Danger})
		h.takePosts(h.post("cat", "Smell of gas in the stair"))
		rows := h.pressing()
		if len(rows) != 2 || rows[0].Who != "Cat" || rows[1].Who != "Bob" {
			t.Fatalf("urgent are %+v", rows)
		}
		if due := rows[0].DueAt.Sub(h.clock.Now()); due > 15*time.Minute || due < 14*time.Minute {
			t.Errorf("an answer to danger is owed in %v", due)
		}
		if due := rows[1].DueAt.Sub(h.clock.Now()); due > 6*time.Hour || due < 5*time.Hour {
			t.Errorf("an urgent answer is owed in %v", due)
		}
		counts, err := h.Counts(t.Context(), h.admin.ID, nil)
		if err != nil || counts[Pressing] != 2 {
			t.Errorf("%d are counted, %v", counts[Pressing], err)
		}
	})
}

func TestALaterMessageMakesItUrgentAndNeverLessSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.reads(Reading{})
		first := h.post("ann", "There is a crack in the wall")
		h.takePosts(first)
		before := h.only().DueAt
		h.reads(Reading{Urgency: Danger})
		h.takePosts(h.reply("ann", "It is coming down on the pavement!", first))
		if c := h.only(); c.Urgency != Danger || !c.DueAt.Before(before) {
			t.Fatalf("%+v", c.Handling)
		}
		h.reads(Reading{})
		h.takePosts(h.reply("ann", "Hello?", first))
		if c := h.only(); c.Urgency != Danger {
			t.Errorf("a later message took the danger away: %+v", c.Handling)
		}
	})
}

func TestAnOfficerSaysHowUrgentItIs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.reads(Reading{Urgency: Danger})
		h.takePosts(h.post("ann", "This queue is killing me"))
		c := h.only()
		change, err := h.SetUrgency(t.Context(), h.admin, c.ID, c.Version, Usual)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.pressing()) != 0 {
			t.Error("it is urgent all the same")
		}
		if due := h.only().DueAt.Sub(h.clock.Now()); due < 23*time.Hour {
			t.Errorf("an answer is owed in %v", due)
		}
		lessons, err := h.Lessons(t.Context(), 10)
		if err != nil || len(lessons) != 1 || !lessons[0].Urged || lessons[0].Left || lessons[0].Chosen || lessons[0].Urgency != Usual || lessons[0].Text != "\nThis queue is killing me" {
			t.Errorf("learned is %+v, %v", lessons, err)
		}
		if _, err := h.SetUrgency(t.Context(), h.admin, c.ID, h.only().Version, Usual); err == nil {
			t.Error("it was said twice")
		}
		if _, err := h.SetUrgency(t.Context(), h.admin, c.ID, h.only().Version, 7); err == nil {
			t.Error("an urgency was invented")
		}
		if _, err := h.Undo(t.Context(), h.admin, c.ID, change.Number); err != nil {
			t.Fatal(err)
		}
		if rows := h.pressing(); len(rows) != 1 || !rows[0].DueAt.Equal(c.DueAt) {
			t.Errorf("undone, urgent are %+v", rows)
		}
		if lessons, err := h.Lessons(t.Context(), 10); err != nil || len(lessons) != 0 {
			t.Errorf("what was taken back is learned from: %+v, %v", lessons, err)
		}
	})
}

func TestThanksAreNeverLateAndOpenNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.reads(Reading{NoNeed: true})
		alone := h.post("ann", "Lovely sunrise")
		h.takePosts(alone)
		if c := h.only(); c.State != Open || !c.DueAt.IsZero() || c.Late(h.clock.Now().Add(100*time.Hour)) {
			t.Errorf("talk: %+v", c.Handling)
		}
		h.reads(Reading{})
		h.takePosts(h.reply("ann", "And when is the bin day?", alone))
		c := h.only()
		if c.DueAt.IsZero() {
			t.Error("a question behind it is owed nothing")
		}
		if _, err := h.Close(t.Context(), h.admin, c.ID, c.Version, "Answered"); err != nil {
			t.Fatal(err)
		}
		h.reads(Reading{NoNeed: true})
		h.takePosts(h.reply("ann", "Thank you!", alone))
		c = h.only()
		if c.State != Closed {
			t.Errorf("thanks opened it again: %+v", c.Handling)
		}
		if rows := h.inbox(); !rows[0].Unread || rows[0].Excerpt != "Thank you!" {
			t.Errorf("the thanks are not shown: %+v", rows[0])
		}
		h.reads(Reading{})
		h.takePosts(h.reply("ann", "But the lamp is out again", alone))
		if c := h.only(); c.State != Open || c.DueAt.IsZero() {
			t.Errorf("what needs an answer did not open it: %+v", c.Handling)
		}
	})
}

func TestWhatIsLeftAsItWasIsLearnedFromToo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		bins, roads := h.service("Bins"), h.service("Roads")
		h.reads(Reading{ServiceID: bins.ID})
		h.takePosts(h.post("ann", "My bin"), h.post("bob", "The bin on the road"), h.post("cat", "Still open"))
		for _, row := range h.inbox() {
			var err error
			switch row.Who {
			case "Ann":
				_, err = h.Close(t.Context(), h.admin, row.ID, row.Version, "Answered")
			case "Bob":
				_, err = h.SetService(t.Context(), h.admin, row.ID, row.Version, roads.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		lessons, err := h.Lessons(t.Context(), 10)
		if err != nil || len(lessons) != 2 {
			t.Fatalf("%+v, %v", lessons, err)
		}
		for _, l := range lessons {
			want := Lesson{Text: "\nMy bin", ServiceID: bins.ID, Left: true}
			if l.Chosen {
				want = Lesson{Text: "\nThe bin on the road", ServiceID: roads.ID, Chosen: true}
			}
			if l != want {
				t.Errorf("%+v, want %+v", l, want)
			}
		}
	})
}

func TestUrgencyIsOneKeyAway(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.reads(Reading{Urgency: Danger})
		s.takePosts(s.post("tam", "Smell of gas"))
		c := s.only()
		b := s.as(t, s.admin)
		b.get("/desk?view=urgent").want(200).says("Danger to life", "Tam")
		keys := b.open(c).all(func(n *html.Node) bool { return attr(n, "data-key") == "!" })
		if len(keys) != 1 {
			t.Fatalf("%d buttons have the key !", len(keys))
		}
		b.htmx().post(pathTo(c.ID, "urgency"), "urgency", "0", "version", id(c.Version)).want(200).says("It is not urgent.")
		b.get("/desk?view=urgent").want(200).says("Nothing is urgent")
	})
}
