package app

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/staff"
)

var onwards = regexp.MustCompile(`href="(http://127\.0\.0\.1:\d+/oauth/authorize\?[^"]+)"`)

// TestMastodonFromSignInToCase goes the way of a post through everything: an
// administrator signs in on the server, somebody on another server asks, the desk
// answers; then a case, an edit, a private question, and an answer taken back.
func TestMastodonFromSignInToCase(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		c.UndoWindow = time.Millisecond
		c.Guard.AllowPrivate = true
		server := mastodontest.New(t, mastodontest.Options{})
		council, ann := server.NewAccount("council"), server.NewAccount("ann@elsewhere.test")
		council.Follows(ann) // so that the stream tells of edits at once
		r := start(t, c)
		d := r.at(t, r.setUp(t))

		page := d.post("/settings/accounts", "network", "mastodon", "name", "Strathcarron on Mastodon", "sign_replies", "1", "option_server", server.URL, "act", "authorize").want(t, http.StatusOK, "Go to 127.0.0.1")
		link := onwards.FindStringSubmatch(page.body)
		if link == nil {
			t.Fatalf("it does not say where to sign in: %s", visible(page.body))
		}
		back, err := server.Agree(html.UnescapeString(link[1]), council)
		if err != nil || !strings.HasPrefix(back.String(), r.url+"/settings/accounts/authorized?") {
			t.Fatalf("the way back is %v, %v", back, err)
		}
		d.get(back.RequestURI()).leads(t, "/settings/accounts")
		d.get("/settings/accounts").want(t, http.StatusOK, "Strathcarron on Mastodon", "@council@burgh.test")

		ours := func(words string) []mastodontest.Seen {
			return slices.DeleteFunc(ann.Sees(council), func(s mastodontest.Seen) bool { return !strings.Contains(s.Text, words) })
		}
		asked := ann.Post(mastodontest.Draft{Text: "@council@burgh.test Tha toll mòr anns an rathad, a deep pothole in the High Street 🚧"})
		row := d.row("a deep pothole in the High Street")
		d.answers(row, "public", "Thank you, Ann. A crew looks at it today.")
		d.sent(row.ID, "A crew looks at it today.")
		first := ours("A crew looks at it today.")
		if len(first) != 1 || first[0].ReplyTo != asked || !strings.HasPrefix(first[0].Text, "@ann@elsewhere.test ") || first[0].Visibility != "public" {
			t.Fatalf("Ann sees %+v", first)
		}

		// What she changes is on the desk, and what happens to the case is told.
		ann.Edit(asked, "@council@burgh.test A deep pothole in the High Street, by the baker's")
		eventually(t, "the edit is on the desk", func() bool { return strings.Contains(d.get(pathOf(row.ID)).body, "by the baker") })
		made := d.makesCase(row.ID, "High Street")
		d.movesCase(made, casework.Accepted)
		eventually(t, "Ann is told of the case", func() bool { return len(ours(made.Reference)) == 1 })

		// Stopped between the answer and its sending, it goes out once.
		d.closes(row.ID)
		ann.Post(mastodontest.Draft{Text: "@council@burgh.test And when will it be filled?", ReplyTo: first[0].ID})
		again := d.row("when will it be filled")
		if again.ID != row.ID {
			t.Fatalf("the reply began a conversation of its own, %d beside %d", again.ID, row.ID)
		}
		d.answers(again, "unlisted", "On Friday, we hope.")
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		second := start(t, c)
		d = second.at(t, second.as(t, staff.Administrator))
		wrong := d.sent(row.ID, "On Friday, we hope.")
		if n := len(ours("On Friday, we hope.")); n != 1 {
			t.Fatalf("it stands there %d times", n)
		}

		// A long answer is cut as the server counts, and each part is in its place.
		d.answers(again, "unlisted", strings.Repeat("We fill potholes by their depth and by how many people pass. ", 15))
		eventually(t, "all parts are there", func() bool { return len(ours("We fill potholes by their depth")) >= 2 })
		parts := ours("We fill potholes by their depth")
		for i, p := range parts[1:] {
			if p.ReplyTo != parts[i].ID {
				t.Errorf("part %d answers %s, not the part before it", i+2, p.ReplyTo)
			}
		}

		// What is asked in private is answered in private.
		ann.Post(mastodontest.Draft{Text: "@council@burgh.test My mother fell there and is in hospital", Visibility: "direct"})
		private := d.row("My mother fell there")
		d.answers(private, "direct", "We are sorry. May we call you?")
		d.sent(private.ID, "May we call you?")
		if seen := ours("May we call you?"); len(seen) != 1 || seen[0].Visibility != "direct" || !slices.Equal(seen[0].Mentions, []string{"@ann@elsewhere.test"}) {
			t.Errorf("the private answer is %+v", seen)
		}

		// Taken back, it is gone there and kept here.
		d.post(pathOf(row.ID)+"/take-back", "message", strconv.FormatInt(wrong.ID, 10), "take_back_reason", "It is Monday.")
		eventually(t, "it is gone for Ann", func() bool { return len(ours("On Friday, we hope.")) == 0 })
		d.get(pathOf(row.ID)+"/transcript").want(t, http.StatusOK, "On Friday, we hope.", "It is Monday.")
		d.post("/record/verify").want(t, http.StatusOK, "The record is whole")
	})
}
