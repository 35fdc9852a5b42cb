package app

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/practice"
)

// eventually asks until it is so. What happens in between comes from receivers
// and jobs, whose work nothing here can wait on.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// TestAPostIsAnsweredWhereItWasAsked goes the main way of Mercat, with
// everything running: a citizen posts, it is on the desk, an officer answers,
// the answer stands under the post.
func TestAPostIsAnsweredWhereItWasAsked(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		c.UndoWindow = time.Millisecond
		r := start(t, c)
		b := r.setUp(t)
		citizens, err := r.practice.Citizens(t.Context())
		if err != nil || len(citizens) == 0 {
			t.Fatalf("no citizens: %v", err)
		}
		asked := time.Now()
		ref, err := r.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: "There is a pothole on Kirk Wynd as deep as a bucket."})
		if err != nil {
			t.Fatal(err)
		}
		officer, err := r.staff.OfficerByEmail(t.Context(), adminEmail)
		if err != nil {
			t.Fatal(err)
		}
		var row desk.Row
		eventually(t, "the post is on the desk", func() bool {
			rows, _, err := r.desk.Inbox(t.Context(), desk.Query{View: desk.Everything, OfficerID: officer.ID})
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) == 1 {
				row = rows[0]
			}
			return len(rows) == 1
		})
		t.Logf("on the desk after %v", time.Since(asked).Round(time.Millisecond))
		b.get("/desk").want(t, http.StatusOK, "pothole on Kirk Wynd")
		b.get("/desk/"+strconv.FormatInt(row.ID, 10)).want(t, http.StatusOK, "as deep as a bucket")

		answered := time.Now()
		if _, err := r.desk.Reply(t.Context(), officer, desk.Reply{ConversationID: row.ID, Body: "Thank you. We fill it on Friday.", SeenID: row.LastInID}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the answer stands under the post", func() bool {
			seen, err := r.practice.Timeline(t.Context(), practice.View{Citizen: citizens[0].ID, Post: ref})
			if err != nil {
				t.Fatal(err)
			}
			for _, thread := range seen.Threads {
				for _, post := range thread.Posts {
					if post.FromCouncil && strings.Contains(post.Text, "We fill it on Friday.") {
						return true
					}
				}
			}
			return false
		})
		t.Logf("answered after %v", time.Since(answered).Round(time.Millisecond))
		b.get("/record").want(t, http.StatusOK, "Mairi Galbraith")
		b.post("/record/verify").want(t, http.StatusOK, "The record is whole")
	})
}

// TestWhatWasAskedWhileMercatWasDownIsThereWhenItIsBack stops the program
// between the question and the answer.
func TestWhatWasAskedWhileMercatWasDownIsThereWhenItIsBack(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		r.setUp(t)
		officer, err := r.staff.OfficerByEmail(t.Context(), adminEmail)
		if err != nil {
			t.Fatal(err)
		}
		citizens, err := r.practice.Citizens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		say := func(text string) {
			t.Helper()
			if _, err := r.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: text}); err != nil {
				t.Fatal(err)
			}
		}
		say("Is the library open on Saturday?")
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		again := start(t, c)
		rows := func() []desk.Row {
			rows, _, err := again.desk.Inbox(t.Context(), desk.Query{View: desk.Everything, OfficerID: officer.ID})
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		eventually(t, "the question is on the desk", func() bool { return len(rows()) == 1 })
		// The answer is put, and the program stops before it is sent.
		row := rows()[0]
		if _, err := again.desk.Reply(t.Context(), officer, desk.Reply{ConversationID: row.ID, Body: "Yes, until one.", SeenID: row.LastInID}); err != nil {
			t.Fatal(err)
		}
		if err := again.stop(); err != nil {
			t.Fatal(err)
		}
		third := start(t, c)
		eventually(t, "the answer is sent", func() bool {
			seen, err := third.practice.Timeline(t.Context(), practice.View{Citizen: citizens[0].ID})
			if err != nil {
				t.Fatal(err)
			}
			posts := 0
			for _, thread := range seen.Threads {
				for _, post := range thread.Posts {
					if post.FromCouncil {
						posts++
					}
				}
			}
			return posts == 1
		})
	})
}
