package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/staff"
)

func (s *site) reader(t *testing.T) staff.Officer {
	t.Helper()
	o, _, err := s.Staff.AddOfficer(t.Context(), s.admin.Actor(), staff.Person{Email: "una@strathcarron.example", Name: "Una Reader", Role: staff.Reader}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTheInboxShowsWhatWasSaidAndLooksForIt(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "There is a pothole in Tolbooth Wynd"), s.post("ina", "The bin was not emptied"))
		b := s.as(t, s.admin)
		page := b.get("/desk").want(http.StatusOK)
		if got := page.rows(); !slices.Equal(got, []string{"Ina", "Tam"}) && !slices.Equal(got, []string{"Tam", "Ina"}) {
			t.Errorf("the list has %v", got)
		}
		page.says("My teams’", "There is a pothole in Tolbooth Wynd", "No conversation is open")
		if got := b.get("/desk?q=tolb*").rows(); !slices.Equal(got, []string{"Tam"}) {
			t.Errorf("the search found %v", got)
		}
		b.get("/desk?q=nowhere").says("Nothing was found")
		b.get("/desk?view=mine").says("Nothing waits for you")
		b.get("/desk?view=mine&place=kirk").says("Nothing fits the filter", "at “kirk”")
		// What makes no sense in an address is left out.
		b.get("/desk?view=x&team=-1&state=%00&after=1-x&service=99999999999999999999").want(http.StatusOK)
	})
}

func TestTheListGoesOnWithoutRepeating(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		var posts []*network.Post
		for i := range 120 {
			posts = append(posts, s.post("who"+strconv.Itoa(i), "Words"))
		}
		s.takePosts(posts...)
		b := s.as(t, s.admin)
		var all []string
		for path := "/desk?view=all"; path != ""; {
			page := b.htmx().get(path).want(http.StatusOK)
			all = append(all, page.rows()...)
			path = ""
			for _, n := range page.all(func(n *html.Node) bool { return n.Data == "a" && words(n) == "More" }) {
				path = attr(n, "href")
			}
		}
		slices.Sort(all)
		if len(all) != 120 || len(slices.Compact(all)) != 120 {
			t.Errorf("%d rows were shown for 120 conversations", len(all))
		}
	})
}

func TestAConversationOpensBesideTheListAndIsReadThen(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "Is the school open? See https://school.example/today")
		p.Warning = "winter"
		s.takePosts(p, s.post("ina", "Another"))
		b := s.as(t, s.admin)
		var c Conversation
		for _, r := range s.inbox() {
			if r.Who == "Tam" {
				c = r.Conversation
			}
		}
		unread := func() int {
			return len(b.get("/desk?view=all").all(func(n *html.Node) bool { return has(n, "data-unread") }))
		}
		if n := unread(); n != 2 {
			t.Fatalf("%d are unread, want 2", n)
		}
		page := b.get(pathTo(c.ID, "")+"?view=all").want(http.StatusOK).says("Content warning: winter", "Reply in public", "Anybody on Told can read this", "Sent to Contact centre")
		if len(page.rows()) != 2 {
			t.Error("the list does not stay beside the conversation")
		}
		if links := page.all(func(n *html.Node) bool { return attr(n, "href") == "https://school.example/today" }); len(links) != 1 || !strings.Contains(attr(links[0], "rel"), "noreferrer") {
			t.Error("the link in the words is missing or tells where we are")
		}
		if n := unread(); n != 1 {
			t.Errorf("%d are unread after one was opened, want 1", n)
		}
		part := b.htmx().get(pathTo(c.ID, "") + "?view=all").want(http.StatusOK)
		if len(part.rows()) != 0 {
			t.Error("the part for the pane has the list in it")
		}
		b.post(pathTo(c.ID, "unread") + "?view=all").want(http.StatusSeeOther)
		if n := unread(); n != 2 {
			t.Errorf("%d are unread after it was marked so, want 2", n)
		}
		b.get("/desk/12").want(http.StatusNotFound)
		b.get("/desk/x").want(http.StatusNotFound)
	})
}

func TestAReaderReadsAndIsOfferedNothingElse(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Hello"))
		c := s.only()
		b := s.as(t, s.reader(t))
		page := b.get(pathTo(c.ID, "")).want(http.StatusOK).says("Hello")
		for _, n := range page.all(func(n *html.Node) bool { return n.Data == "form" && attr(n, "method") == "post" }) {
			if !strings.Contains(attr(n, "action"), "/unread") {
				t.Errorf("a reader is offered %s", attr(n, "action"))
			}
		}
		for _, what := range []string{"assign", "hand", "snooze", "close", "reopen", "service", "undo", "join", "unjoin", "reply", "draft", "preview", "honest", "attach", "describe", "detach", "stop", "retry", "take-back"} {
			b.post(pathTo(c.ID, what), "version", "1").want(http.StatusForbidden)
		}
		b.get(pathTo(c.ID, "transcript")).want(http.StatusOK)
	})
}

func TestForeignWordsCannotBreakThePage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", strings.Repeat("x", 60_000)+` <script>alert(1)</script> "onmouseover="x`)
		p.Author.Name = `<img src=x onerror=alert(1)>`
		p.HTML = `<p onclick="x()">Hello <script>alert(2)</script><a href="javascript:x">here</a></p>`
		s.takePosts(p)
		page := s.as(t, s.admin).get(pathTo(s.only().ID, "")).want(http.StatusOK)
		for _, n := range page.all(func(n *html.Node) bool { return true }) {
			if n.Data == "script" && attr(n, "src") == "" {
				t.Error("a foreign script is in the page")
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
					t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
		if n := len(page.all(func(n *html.Node) bool { return n.Data == "wbr" })); n < 1000 {
			t.Errorf("an endless word can be broken at %d places only", n)
		}
		if folds := page.all(func(n *html.Node) bool { return n.Data == "summary" && strings.HasPrefix(words(n), "Show all of it") }); len(folds) != 1 {
			t.Error("a long message is not folded")
		}
	})
}

func TestATranscriptIsComplete(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "First words")
		s.takePosts(p)
		edited := *p
		edited.Text, edited.EditedAt = "Second words", s.clock.Now()
		s.takePosts(&edited)
		c := s.only()
		putMessages(t, s.db, Message{ID: s.db.NewID(), ConversationID: c.ID, AccountID: s.account.ID, Direction: Note, State: Noted, Author: "Mairi", Body: "Rang the depot", At: s.clock.Now()})
		page := s.as(t, s.admin).get(pathTo(c.ID, "transcript")).want(http.StatusOK)
		page.says("Second words", "it said: First words", "Rang the depot", "Note, seen by colleagues only", string(p.Ref), "24 Nov 2026, 08:59:59 GMT",
			"Sent to Contact centre", "Its hash is", "mercat verify")
		if code := page.all(func(n *html.Node) bool { return n.Data == "code" }); len(code) != 1 || len(words(code[0])) != 64 {
			t.Error("there is no hash")
		}
	})
}

func TestEarlierMessagesAreBelowALink(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.takePosts(s.post("tam", "Beginning"))
		c := s.only()
		var list []Message
		for i := range 150 {
			at := s.clock.Now().Add(time.Duration(i) * time.Minute)
			list = append(list, Message{ID: s.db.NewID(), ConversationID: c.ID, AccountID: s.account.ID, Body: "Line " + strconv.Itoa(i), At: at, ReceivedAt: at})
		}
		putMessages(t, s.db, list...)
		b := s.as(t, s.admin)
		page := b.get(pathTo(c.ID, ""))
		seen := 0
		for path := pathTo(c.ID, ""); path != ""; seen++ {
			links := page.all(func(n *html.Node) bool { return n.Data == "a" && words(n) == "Earlier messages" })
			path = ""
			if len(links) > 0 {
				path = attr(links[0], "href")
				page = b.get(path).want(http.StatusOK)
			}
		}
		if seen != 3 {
			t.Errorf("%d pages for 151 messages, want 3", seen)
		}
		page.says("Beginning", "Line 29").silent("Line 31")
		b.get(pathTo(c.ID, "messages") + "?before=x").want(http.StatusNotFound)
	})
}
