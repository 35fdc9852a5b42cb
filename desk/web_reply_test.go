package desk

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// open is a page with a conversation, and what its forms carry.
func (b browser) open(c Conversation) answer {
	b.t.Helper()
	return b.get(pathTo(c.ID, "")).want(http.StatusOK)
}

func TestAnAnswerGoesOutAndCanBeStopped(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		seen := attr(b.open(c).field("seen"), "value")
		sent := b.htmx().post(pathTo(c.ID, "reply"), "as", "public", "body", "It is open.", "seen", seen).want(http.StatusOK).
			says("Goes out in a moment", "It is open.", "Your answer goes out in a moment.", "Waiting on citizen")
		if v := words(sent.field("body")); v != "" {
			t.Errorf("the box still holds %q", v)
		}
		message := ""
		for _, n := range sent.all(func(n *html.Node) bool {
			return n.Data == "input" && attr(n, "name") == "message" && attr(n, "value") != ""
		}) {
			message = attr(n, "value")
		}
		b.post(pathTo(c.ID, "stop"), "message", message).want(http.StatusSeeOther)
		page := b.open(c).says("was stopped before it was sent")
		if v := words(page.field("body")); !strings.Contains(v, "It is open.") {
			t.Errorf("the words are not back in the box: %q", v)
		}
	})
}

func TestWhoeverAnswersIsToldOfWhatCameMeanwhile(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "Is the school open?")
		s.takePosts(p)
		c := s.only()
		b := s.as(t, s.admin)
		seen := attr(b.open(c).field("seen"), "value")
		s.takePosts(s.reply("tam", "Never mind, I found it", p))
		told := b.htmx().post(pathTo(c.ID, "reply"), "as", "public", "body", "It is open.", "seen", seen).want(http.StatusConflict).
			says("Not sent yet", "Never mind, I found it", "Send all the same", "Discard what I wrote")
		if v := words(told.field("body")); v != "It is open." {
			t.Errorf("the words were lost: %q", v)
		}
		// The same without the script: a whole page.
		b.post(pathTo(c.ID, "reply"), "as", "public", "body", "It is open.", "seen", seen).want(http.StatusConflict).says("Not sent yet", "Views")
		b.htmx().post(pathTo(c.ID, "reply"), "as", "public", "body", "It is open.", "seen", seen, "anyway", "1").want(http.StatusOK).says("Goes out in a moment")
		b.htmx().post(pathTo(c.ID, "draft"), "as", "direct", "body", "Half a thought").want(http.StatusNoContent)
		b.htmx().post(pathTo(c.ID, "reply"), "as", "direct", "body", "Half a thought", "discard", "1").want(http.StatusOK)
		if v := words(b.open(c).field("body")); v != "" {
			t.Errorf("what was discarded is back: %q", v)
		}
	})
}

func TestWhatIsWrongWithAnAnswerIsSaidBesideItAndNothingIsLost(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		b.htmx().post(pathTo(c.ID, "reply"), "as", "public", "body", "  ", "seen", attr(b.open(c).field("seen"), "value")).want(http.StatusUnprocessableEntity)
		page := b.post(pathTo(c.ID, "reply"), "as", "followers", "body", "Only for followers", "seen", attr(b.open(c).field("seen"), "value")).want(http.StatusUnprocessableEntity)
		if v := words(page.field("body")); v != "Only for followers" {
			t.Errorf("the words were lost: %q", v)
		}
	})
}

func TestADraftAndItsWayComeBack(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		for _, way := range []string{"direct", asNote, "public"} {
			b.htmx().post(pathTo(c.ID, "draft"), "as", way, "body", "For "+way, "note", "About "+way).want(http.StatusNoContent)
			page := b.open(c)
			checked := page.all(func(n *html.Node) bool { return attr(n, "name") == "as" && has(n, "checked") })
			if len(checked) != 1 || attr(checked[0], "value") != way || words(page.field("body")) != "For "+way || words(page.field("note")) != "About "+way {
				t.Errorf("the draft for %s did not come back", way)
			}
		}
		other := s.as(t, s.reader(t))
		other.open(c).silent("For public")
	})
}

func TestTheCountAndThePartsAreTheNetworks(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		b.htmx().post(pathTo(c.ID, "preview"), "text", "Yes").want(http.StatusOK).says("characters left")
		b.htmx().post(pathTo(c.ID, "preview"), "text", strings.Repeat("word ", 50)).says("goes out as 3 posts", "Show how it is parted")
	})
}

func TestANoteIsSeenByColleaguesOnly(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		_, iain := s.team("Roads", "iain@strathcarron.example", "Iain Ruadh")
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		b.htmx().get("/desk/mentions?typed=iai").says("Iain Ruadh")
		b.htmx().post(pathTo(c.ID, "reply"), "as", asNote, "note", "Ring the depot @Iain Ruadh").want(http.StatusOK).says("Note, seen by colleagues only", "Note added.")
		his := s.as(t, iain)
		his.htmx().get("/notifications/count").says("1 unread")
		page := his.get("/notifications").says("You were mentioned", "Ring the depot")
		id, message := attr(page.field("id"), "value"), attr(page.field("message"), "value")
		gone := his.post("/notifications/read", "id", id, "conversation", fmt.Sprint(c.ID), "message", message).want(http.StatusSeeOther)
		if to := gone.header.Get("Location"); to != pathTo(c.ID, "")+"#m-"+message {
			t.Errorf("the notification leads to %s", to)
		}
		his.htmx().get("/notifications/count").silent("unread")
	})
}

func TestEveryChangeIsNamedAndCanBeUndone(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		roads, iain := s.team("Roads", "iain@strathcarron.example", "Iain Ruadh")
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		version := func() string { return attr(b.open(c).field("version"), "value") }
		state := func() Conversation { return s.only() }
		act := func(what string, pairs ...string) answer {
			t.Helper()
			return b.htmx().post(pathTo(c.ID, what), append(pairs, "version", version())...).want(http.StatusOK)
		}
		undo := func(a answer) {
			t.Helper()
			number := ""
			for _, n := range a.all(func(n *html.Node) bool { return attr(n, "name") == "number" }) {
				number = attr(n, "value")
			}
			b.htmx().post(pathTo(c.ID, "undo"), "number", number).want(http.StatusOK)
			if now := state(); now.Handling != c.Handling {
				t.Fatalf("after the undo it is %+v, want %+v", now.Handling, c.Handling)
			}
		}
		c = state()
		undo(act("assign", "officer", fmt.Sprint(iain.ID)).says("Assigned to Iain Ruadh by you"))
		undo(act("hand", "to_team", fmt.Sprint(roads.ID), "to_note", "It is a road").says("Handed to Roads", "It is a road"))
		undo(act("snooze", "until", "2026-11-25T09:00").says("set aside until Wednesday 25 November 2026, 09:00 GMT"))
		undo(act("close", "why", "Answered").says("Closed: Answered by you"))
		act("close", "reason", "Rang them")
		act("reopen").says("Opened again by you")
		// Whoever saw an older state is told, and nothing changes.
		b.htmx().post(pathTo(c.ID, "close"), "why", "Answered", "version", "1").want(http.StatusConflict)
		b.htmx().post(pathTo(c.ID, "snooze"), "at", "", "version", version()).want(http.StatusUnprocessableEntity)
		b.htmx().post(pathTo(c.ID, "close"), "reason", " ", "version", version()).want(http.StatusUnprocessableEntity)
	})
}

func TestAPageIsToldWhatChanged(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "Is the school open?")
		s.takePosts(p)
		c := s.only()
		server := httptest.NewServer(s.router)
		defer server.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/desk/live?conversation="+fmt.Sprint(c.ID), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-As", s.admin.Email)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		lines := bufio.NewScanner(answer.Body)
		next := func(want ...string) {
			t.Helper()
			left := map[string]bool{}
			for _, w := range want {
				left["event: "+w] = true
			}
			for len(left) > 0 && lines.Scan() {
				delete(left, lines.Text())
			}
			if len(left) > 0 {
				t.Fatalf("did not hear %v: %v", left, lines.Err())
			}
		}
		for lines.Scan() && lines.Text() != ": open" {
		}
		if got := s.Present(c.ID, 0); len(got) != 1 || got[0].Name != s.admin.Name {
			t.Errorf("present are %+v", got)
		}
		s.takePosts(s.reply("tam", "Hello?", p))
		next("inbox", "conversation")
		s.Look(c.ID, 99, "Iain", true)
		next("presence")
		s.as(t, s.admin).htmx().get(pathTo(c.ID, "presence")).says("Iain is writing here now.")
	})
}

func TestNineOClockIsNineOClockWhenTheClocksChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now  string
		want []string
	}{
		// The clocks go back in the night to Sunday 25 October 2026.
		{"2026-10-24T10:20", []string{"Later today, 13:00 2026-10-24T12:00Z", "Tomorrow, 09:00 2026-10-25T09:00Z", "Monday, 09:00 2026-10-26T09:00Z", "In a week, Saturday 31 October 2026-10-31T09:00Z"}},
		// And forward in the night to Sunday 28 March 2027.
		{"2027-03-26T22:30", []string{"Tomorrow, 09:00 2027-03-27T09:00Z", "Monday, 09:00 2027-03-29T08:00Z", "In a week, Friday 2 April 2027-04-02T08:00Z"}},
		{"2026-11-22T16:59", []string{"Later today, 19:00 2026-11-22T19:00Z", "Tomorrow, 09:00 2026-11-23T09:00Z", "In a week, Sunday 29 November 2026-11-29T09:00Z"}},
		{"2026-11-23T08:00", []string{"Later today, 11:00 2026-11-23T11:00Z", "Tomorrow, 09:00 2026-11-24T09:00Z", "Monday, 09:00 2026-11-30T09:00Z", "In a week, Monday 30 November 2026-11-30T09:00Z"}},
	} {
		now, err := time.ParseInLocation(localMinute, c.now, zone)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range snoozes(now, zone) {
			got = append(got, s.label+" "+s.at.UTC().Format("2006-01-02T15:04Z"))
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("at %s:\n%s\nwant\n%s", c.now, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// told is a teller for tests.
type told struct{}

func (told) officerName(id int64) string { return fmt.Sprintf("officer %d", id) }
func (told) team(id int64) string        { return fmt.Sprintf("team %d", id) }
func (told) service(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("service %d", id)
}
func (told) clock(t time.Time) string { return t.Format(time.DateTime) }

func TestEntriesOfTheRecordAreToldInWords(t *testing.T) {
	program, officer := record.Mercat("rules"), record.Actor{Kind: record.Officer, ID: 7, Name: "Mairi"}
	for _, c := range []struct {
		actor         record.Actor
		act           string
		before, after string
		want          string
	}{
		{program, "desk.conversation.opened", `null`, `{"handling":{"state":"open","team":3,"officer":0,"service":0},"sent_to_team_because":"rule “roads”"}`, "Sent to team 3: rule “roads”"},
		{officer, "x", `{"state":"open","team":3}`, `{"state":"open","team":3,"officer":7}`, "Taken by officer 7"},
		{officer, "x", `{"state":"open","team":3}`, `{"state":"open","team":3,"officer":8}`, "Assigned to officer 8 by officer 7"},
		{officer, "x", `{"state":"open","team":3,"officer":8}`, `{"state":"open","team":3}`, "Given back to the team by officer 7"},
		{officer, "x", `{"state":"open","team":3,"officer":8}`, `{"state":"open","team":4}`, "Handed to team 4 by officer 7"},
		{officer, "x", `{"state":"open","team":3}`, `{"state":"closed","team":3,"closed_reason":"Spam"}`, "Closed: Spam by officer 7"},
		{program, "x", `{"state":"closed","team":3}`, `{"state":"open","team":3}`, "Opened again: the citizen wrote"},
		{program, "desk.conversation.woken", `{"state":"snoozed","team":3}`, `{"state":"open","team":3}`, "Opened again: its time has come"},
		{program, "x", `{"state":"waiting","team":3}`, `{"state":"open","team":3}`, ""},
		{officer, "x", `{"state":"open","team":3,"service":1}`, `{"state":"open","team":3}`, "About no known service by officer 7"},
		{program, "desk.message.sent", `{"state":"sending"}`, `{"state":"sent"}`, ""},
		{program, "x", `null`, `null`, ""},
		{program, "x", `"text"`, `[1]`, ""},
	} {
		got := tell(record.Kept{Actor: c.actor, Act: c.act, Before: []byte(c.before), After: []byte(c.after)}, told{})
		if got != c.want {
			t.Errorf("%s → %s is told as %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

func TestFilesAreServedSafelyAndToStaffOnly(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "A lamp"))
		c := s.only()
		key, size, err := s.Blobs.Put(t.Context(), strings.NewReader("<html><script>alert(1)</script></html>"), 1000)
		if err != nil {
			t.Fatal(err)
		}
		m := Media{ID: s.db.NewID(), ConversationID: c.ID, Filename: "page.html", ContentType: "text/html", Size: size, State: "ready", Blob: string(key), Thumbnail: string(key)}
		write(t, s.db, func(ctx context.Context, tx *db.Tx) error { return insertMedia(ctx, tx, []Media{m}) })
		b := s.as(t, s.admin)
		file := b.get(mediaURL(m, "file")).want(http.StatusOK)
		if d := file.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || strings.Contains(file.header.Get("Content-Type"), "html") {
			t.Errorf("a page is served as %s, %s", file.header.Get("Content-Type"), d)
		}
		b.get(mediaURL(m, "full")).want(http.StatusNotFound) // its bytes are no picture's
		b.get("/media/1/full").want(http.StatusNotFound)
		b.get("/media/x/full").want(http.StatusNotFound)
		nobody := browser{site: s, t: t}
		if a := nobody.get(mediaURL(m, "file")); a.status != http.StatusSeeOther {
			t.Errorf("whoever is not signed in gets %d", a.status)
		}
	})
}

func TestWhatComesWithAnHTMLMailIsShownSafely(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "Dear all")
		p.Subject, p.HTML = "Minutes", "<h1>Minutes</h1><p>Dear <b>all</b><img src=https://evil.example/p.gif></p>"
		s.takePosts(p)
		page := s.as(t, s.admin).open(s.only()).says("Show it as it was sent", "Minutes")
		for _, n := range page.all(func(n *html.Node) bool { return n.Data == "img" }) {
			if strings.Contains(attr(n, "src"), "evil") {
				t.Error("a foreign picture would be loaded")
			}
		}
	})
}

// A word meant for colleagues must never become a part of what is sent.
func TestANoteAndAnAnswerAreWrittenApart(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		seen := attr(b.open(c).field("seen"), "value")
		b.htmx().post(pathTo(c.ID, "reply"), "as", asNote, "note", "He asks each week.", "body", "It is", "seen", seen).want(http.StatusOK).says("He asks each week.", "Note added.")
		page := b.open(c)
		if got := words(page.field("body")); got != "It is" {
			t.Errorf("after the note the answer is %q", got)
		}
		if got := words(page.field("note")); got != "" {
			t.Errorf("after the note another is begun: %q", got)
		}
		b.htmx().post(pathTo(c.ID, "reply"), "as", "public", "body", "It is open.", "note", "Tell the head", "seen", seen).want(http.StatusOK).says("goes out in a moment")
		page = b.open(c)
		if body, note := words(page.field("body")), words(page.field("note")); body != "" || note != "Tell the head" {
			t.Errorf("after the answer the boxes hold %q and %q", body, note)
		}
		for _, m := range s.messages(c.ID) {
			if m.Direction == Out && strings.Contains(m.Body, "head") {
				t.Error("the note was sent")
			}
		}
	})
}

func TestWhatIsRefusedIsTheDraft(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Is the school open?"))
		c := s.only()
		b := s.as(t, s.admin)
		b.htmx().post(pathTo(c.ID, "draft"), "as", "public", "body", "An earlier thought").want(http.StatusNoContent)
		b.htmx().post(pathTo(c.ID, "reply"), "as", "public", "body", "", "seen", "0").want(http.StatusUnprocessableEntity)
		if got := words(b.open(c).field("body")); got != "" {
			t.Errorf("what was deleted is back: %q", got)
		}
		b.htmx().post(pathTo(c.ID, "draft"), "as", "public", "body", "A later thought").want(http.StatusNoContent)
		b.htmx().post(pathTo(c.ID, "reply"), "as", asNote, "body", "", "note", "Ask the head.").want(http.StatusOK)
		if got := words(b.open(c).field("body")); got != "" {
			t.Errorf("what was deleted is back: %q", got)
		}
	})
}
