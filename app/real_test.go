package app

import (
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/staff"
)

// desked is an officer at the desk of a Mercat that talks to real servers.
type desked struct {
	*running
	*browser
	t       *testing.T
	officer staff.Officer
}

func (r *running) at(t *testing.T, b *browser) *desked {
	t.Helper()
	officer, err := r.staff.OfficerByEmail(t.Context(), adminEmail)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.directory.AddPlace(t.Context(), operator(), directory.Place{Kind: "street", Name: "High Street", Within: "Strathcarron", Lat: 56.05, Lon: -3.95}); err != nil {
		t.Fatal(err)
	}
	return &desked{running: r, browser: b, t: t, officer: officer}
}

// connects fills in the form of an account, tests it, and saves it.
func (d *desked) connects(kind network.Kind, name, found string, options ...string) {
	d.t.Helper()
	fields := append([]string{"network", string(kind), "name", name, "sign_replies", "1"}, options...)
	d.post("/settings/accounts", append(fields, "act", "test")...).want(d.t, http.StatusOK, "The test went well: "+found)
	d.post("/settings/accounts", fields...).leads(d.t, "/settings/accounts")
	d.get("/settings/accounts").want(d.t, http.StatusOK, name)
}

// row waits for the conversation whose last words are these.
func (d *desked) row(words string) desk.Row {
	d.t.Helper()
	var found desk.Row
	eventually(d.t, "on the desk: "+words, func() bool {
		rows, _, err := d.desk.Inbox(d.t.Context(), desk.Query{View: desk.Everything, OfficerID: d.officer.ID})
		if err != nil {
			d.t.Fatal(err)
		}
		for _, row := range rows {
			if strings.Contains(row.Excerpt, words) {
				found = row
			}
		}
		return found.ID != 0
	})
	d.get(pathOf(found.ID)).want(d.t, http.StatusOK, words)
	return found
}

func pathOf(conversation int64) string { return "/desk/" + strconv.FormatInt(conversation, 10) }

func (d *desked) answers(row desk.Row, as, words string) {
	d.t.Helper()
	a := d.post(pathOf(row.ID)+"/reply", "body", words, "as", as, "seen", strconv.FormatInt(row.LastInID, 10))
	if a.status != http.StatusSeeOther {
		d.t.Fatalf("the answer was not taken: %d %s", a.status, visible(a.body))
	}
}

// sent waits until an answer has gone out, and returns it.
func (d *desked) sent(conversation int64, words string) desk.Message {
	d.t.Helper()
	var out desk.Message
	eventually(d.t, "sent: "+words, func() bool {
		whole, err := d.desk.Whole(d.t.Context(), conversation, 0, 100)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, m := range whole.Messages {
			if strings.Contains(m.Body, words) && m.State == desk.Sent {
				out = m
			}
		}
		return out.ID != 0
	})
	return out
}

// closes closes a conversation as it is now.
func (d *desked) closes(conversation int64) {
	d.t.Helper()
	whole, err := d.desk.Whole(d.t.Context(), conversation, 0, 1)
	if err != nil {
		d.t.Fatal(err)
	}
	a := d.post(pathOf(conversation)+"/close", "reason", "Answered", "version", strconv.FormatInt(whole.Conversation.Version, 10))
	if a.status != http.StatusSeeOther {
		d.t.Fatalf("it was not closed: %d %s", a.status, visible(a.body))
	}
}

// makesCase opens a case from a conversation and takes it one step on.
func (d *desked) makesCase(conversation int64, place string) casework.Case {
	d.t.Helper()
	opening, err := d.casework.Fill(d.t.Context(), conversation)
	if err != nil {
		d.t.Fatal(err)
	}
	if !strings.Contains(opening.Place, place) {
		d.t.Errorf("the case begins at %q, not in %s", opening.Place, place)
	}
	if opening.ServiceID == 0 {
		d.t.Error("the case begins without a service")
	}
	d.post("/cases", "key", "case-"+strconv.FormatInt(conversation, 10), "conversation", strconv.FormatInt(conversation, 10),
		"service", strconv.FormatInt(opening.ServiceID, 10), "asked-of", strconv.FormatInt(opening.ServiceID, 10), "place", opening.Place, "words", opening.Words).leads(d.t, pathOf(conversation))
	list, _, err := d.casework.List(d.t.Context(), casework.Query{})
	if err != nil {
		d.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(c casework.Case) bool { return c.ConversationID == conversation })
	if i < 0 {
		d.t.Fatal("there is no case")
	}
	return list[i]
}

func (d *desked) movesCase(c casework.Case, to casework.State) {
	d.t.Helper()
	path := "/cases/" + strconv.FormatInt(c.ID, 10)
	a := d.post(path+"/move", "version", strconv.FormatInt(c.Version, 10), "state", string(to), "tell", "1")
	if a.status != http.StatusSeeOther {
		d.t.Fatalf("the case did not move: %d %s", a.status, visible(a.body))
	}
}

// TestRealBlueskyFromPostToCase goes the way of a post through everything, on
// servers that somebody else wrote: another account asks, the desk answers, the
// other account reads it; then a case, a further question, and an answer taken
// back.
func TestRealBlueskyFromPostToCase(t *testing.T) {
	var peer blueskyPeer
	readPeer(t, "MERCAT_TEST_BLUESKY", &peer)
	each(t, func(t *testing.T, c Config) {
		c.UndoWindow, c.PLCDirectory = time.Millisecond, peer.PLC
		c.Guard.AllowPrivate = true
		council, ann := peer.newPerson(t, "council"), peer.newPerson(t, "ann")
		r := start(t, c)
		d := r.at(t, r.setUp(t))
		d.connects("bluesky", "Strathcarron on Bluesky", "@"+council.handle, "option_handle", council.handle, "option_app_password", council.secret, "option_service", peer.PDS)

		asked := ann.mentions(t, council, "Tha toll mòr anns an rathad, a deep pothole in the High Street 🚧")
		row := d.row("a deep pothole in the High Street")
		d.answers(row, "public", "Thank you, Ann. A crew looks at it today.")
		d.sent(row.ID, "A crew looks at it today.")
		eventually(t, "Ann reads the answer below her post", func() bool {
			below := ann.below(t, asked.URI, council)
			return len(below) == 1 && strings.Contains(below[0].Post.Record.Text, "A crew looks at it today.")
		})

		// What happens to the case is told in the same thread.
		made := d.makesCase(row.ID, "High Street")
		d.movesCase(made, casework.Accepted)
		eventually(t, "Ann is told of the case", func() bool {
			below := ann.below(t, asked.URI, council)
			return len(below) == 2 && slices.ContainsFunc(below, func(r blueskyReply) bool { return strings.Contains(r.Post.Record.Text, made.Reference) })
		})

		// Closed, it is open again when she writes.
		d.closes(row.ID)
		first := ann.below(t, asked.URI, council)[0].Post.blueskyRef
		ann.posts(t, map[string]any{"text": "And when will it be filled?", "reply": map[string]any{"root": asked, "parent": first}})
		again := d.row("when will it be filled")
		if again.ID != row.ID {
			t.Fatalf("the reply began a conversation of its own, %d beside %d", again.ID, row.ID)
		}

		// Stopped between the answer and its sending, it goes out once.
		d.answers(again, "public", "On Friday, we hope.")
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		second := start(t, c)
		d = second.at(t, second.as(t, staff.Administrator))
		wrong := d.sent(row.ID, "On Friday, we hope.")
		hopes := func() int {
			n := 0
			for _, r := range ann.below(t, asked.URI, council) {
				if strings.Contains(r.Post.Record.Text, "On Friday, we hope.") {
					n++
				}
			}
			return n
		}
		eventually(t, "it stands there once", func() bool { return hopes() == 1 })

		// Taken back, it is gone there and kept here.
		d.post(pathOf(row.ID)+"/take-back", "message", strconv.FormatInt(wrong.ID, 10), "take_back_reason", "It is Monday.")
		eventually(t, "it is gone for Ann", func() bool { return hopes() == 0 })
		d.get(pathOf(row.ID)+"/transcript").want(t, http.StatusOK, "On Friday, we hope.", "It is Monday.")
		d.post("/record/verify").want(t, http.StatusOK, "The record is whole")
	})
}

// TestRealMailFromMessageToCase is the same with Postfix and Dovecot.
func TestRealMailFromMessageToCase(t *testing.T) {
	var peer mailPeer
	readPeer(t, "MERCAT_TEST_MAIL", &peer)
	const council, ann = "council@council.example", "ann@citizen.example"
	each(t, func(t *testing.T, c Config) {
		c.UndoWindow = time.Millisecond
		c.Guard.AllowPrivate, c.Authorities = true, peer.authorities(t)
		r := start(t, c)
		d := r.at(t, r.setUp(t))
		d.connects("email", "Contact by email", council, "option_address", council, "option_name", "Strathcarron Council", "option_password", peer.Users[council],
			"option_imap_host", peer.Host, "option_imap_port", strconv.Itoa(peer.IMAPSPort), "option_imap_security", "tls",
			"option_smtp_host", peer.Host, "option_smtp_port", strconv.Itoa(peer.SubmissionPort), "option_smtp_security", "starttls",
			"option_copy", "inbox", "option_separator", "+", "option_folder", "INBOX")

		mark := fmt.Sprintf("t%x", time.Now().UnixNano())
		first := mark + "@citizen.example"
		peer.deliver(t, ann, council, mailFrom(ann, council, "Golau stryd "+mark, first, "Mae'r golau stryd wedi torri yn High Street "+mark+"."))
		row := d.row("golau stryd wedi torri yn High Street " + mark)
		d.answers(row, "direct", "Diolch, Ann. Byddwn yn ei drwsio "+mark+".")
		answer := readBack(t, peer, ann, "In-Reply-To", first)
		for _, want := range []string{"Byddwn yn ei drwsio " + mark, "Mairi"} {
			if !strings.Contains(answer.text, want) {
				t.Errorf("the answer lacks %q: %s", want, answer.text)
			}
		}
		if subject := answer.Header.Get("Subject"); !strings.HasPrefix(subject, "Re: ") || !strings.Contains(answer.Header.Get("References"), first) {
			t.Errorf("subject %q, references %q", subject, answer.Header.Get("References"))
		}

		// Her reply finds home by the plus address alone: some mail programs
		// keep no thread.
		replyTo, err := mail.ParseAddress(answer.Header.Get("Reply-To"))
		if err != nil || !strings.HasPrefix(replyTo.Address, "council+") {
			t.Fatalf("replies would go to %q: %v", answer.Header.Get("Reply-To"), err)
		}
		d.closes(row.ID)
		peer.deliver(t, ann, replyTo.Address, mailFrom(ann, replyTo.Address, "Another subject", mark+"b@citizen.example", "It is out again "+mark))
		if again := d.row("It is out again " + mark); again.ID != row.ID {
			t.Fatalf("the reply began a conversation of its own")
		}

		// An automatic reply is kept, and neither answered nor a reason to
		// open anything.
		d.closes(row.ID)
		peer.deliver(t, ann, replyTo.Address, mailFrom(ann, replyTo.Address, "Out of office", mark+"c@citizen.example", "I am away "+mark, "Auto-Submitted: auto-replied"))
		eventually(t, "the automatic reply is kept", func() bool {
			return strings.Contains(d.get(pathOf(row.ID)).body, "I am away "+mark)
		})
		whole, err := d.desk.Whole(t.Context(), row.ID, 0, 100)
		if err != nil || whole.Conversation.State != desk.Closed {
			t.Errorf("after an automatic reply the conversation is %v, %v", whole.Conversation.State, err)
		}

		// A step of the case reaches her mailbox, once, in the same thread.
		made := d.makesCase(row.ID, "High Street")
		d.movesCase(made, casework.Accepted)
		told := readBack(t, peer, ann, "References", mark, made.Reference)
		if !strings.Contains(told.Header.Get("References"), first) {
			t.Errorf("what was told stands in no thread: %v", told.Header)
		}
		d.post("/record/verify").want(t, http.StatusOK, "The record is whole")
	})
}

// letter is a message read back.
type letter struct {
	*mail.Message
	text string
}

// readBack waits for the message in a mailbox that has a value in a header and
// some words anywhere, and fails if there are two.
func readBack(t *testing.T, peer mailPeer, address, header, value string, words ...string) letter {
	t.Helper()
	var found []string
	eventually(t, "in the mailbox of "+address, func() bool {
		found = peer.inbox(t, address, header, value)
		found = slices.DeleteFunc(found, func(raw string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(raw, w) })
		})
		return len(found) > 0
	})
	if len(found) > 1 {
		t.Errorf("%d messages instead of one", len(found))
	}
	m, err := mail.ReadMessage(strings.NewReader(found[0]))
	if err != nil {
		t.Fatal(err)
	}
	return letter{m, found[0]}
}
