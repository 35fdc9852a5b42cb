package desk

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
)

func TestAPostOpensAConversationThatAnAnswerIsOwedIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.takePosts(h.post("tam", "There is a pothole in Tolbooth Wynd"))
		c := h.only()
		if c.State != Open || c.Who != "Tam" || c.Excerpt != "There is a pothole in Tolbooth Wynd" || c.Messages != 1 || c.Visibility != network.Public {
			t.Errorf("the conversation is %+v", c)
		}
		if want := h.clock.Now().Add(24*time.Hour - time.Second); !c.DueAt.Equal(want) {
			t.Errorf("the answer is due at %v, want %v", c.DueAt, want)
		}
		centre, _, _ := h.Fits(t.Context(), 0, "x")
		if c.TeamID != centre || centre == 0 {
			t.Errorf("what no rule takes went to team %d, want the contact centre %d", c.TeamID, centre)
		}
		if acts := h.acts(Subject(c.ID)); !slices.Equal(acts, []string{"desk.conversation.opened"}) {
			t.Errorf("the record says %v", acts)
		}
		if rows, _, err := h.Inbox(t.Context(), Query{View: Everything, OfficerID: h.admin.ID, Words: "tolbooth POTHOLE"}); err != nil || len(rows) != 1 {
			t.Errorf("the post is not found by its words: %d rows, %v", len(rows), err)
		}
	})
}

func TestAPostFetchedTwiceIsKeptOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.post("tam", "Once")
		h.takePosts(p)
		h.takePosts(p, p)
		if c := h.only(); c.Messages != 1 || len(h.messages(c.ID)) != 1 {
			t.Errorf("the post was kept %d times", c.Messages)
		}
	})
}

func TestOnePersonInOneThreadIsOneConversation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("tam", "The bin was not emptied")
		h.takePosts(first, h.reply("tam", "And the blue one neither", first), h.reply("ina", "Ours too", first), h.post("tam", "Another thing"))
		rows := h.inbox()
		if len(rows) != 3 {
			t.Fatalf("there are %d conversations, want Tam’s two and Ina’s one", len(rows))
		}
		for _, r := range rows {
			if want := map[string]int64{"post-1": 2, "post-4": 1}[string(r.Thread)]; r.Who == "Tam" && r.Messages != want {
				t.Errorf("the conversation in %s has %d messages, want %d", r.Thread, r.Messages, want)
			}
		}
	})
}

func TestATokenFindsItsConversationWhoeverWrites(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.takePosts(h.post("tam", "About my rent"))
		c := h.only()
		p := h.post("tams-wife", "He asked me to write")
		p.Conversation = c.Token
		h.takePosts(p)
		if c = h.only(); c.Messages != 2 {
			t.Errorf("there are %d messages", c.Messages)
		}
	})
}

func TestAConversationReopensWhenTheCitizenWritesAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("tam", "The lamp is out")
		h.takePosts(first)
		c := h.only()
		set := func(state State) {
			t.Helper()
			write(t, h.db, func(ctx context.Context, tx *db.Tx) error {
				c, err := h.ConversationTx(ctx, tx, c.ID)
				if err != nil {
					return err
				}
				c.State, c.ClosedReason, c.DueAt = state, "answered", time.Time{}
				_, err = updateConversation(ctx, tx, &c)
				return err
			})
		}
		set(Closed)
		auto := h.reply("tam", "I am on holiday", first)
		auto.Automatic = "auto-reply"
		h.takePosts(auto)
		if c := h.only(); c.State != Closed || c.Messages != 2 {
			t.Errorf("after an auto-reply the conversation is %s with %d messages, want it closed with 2", c.State, c.Messages)
		}
		h.clock.Advance(time.Hour)
		h.takePosts(h.reply("tam", "It is still out", first))
		if c := h.only(); c.State != Open || c.ClosedReason != "" || c.DueAt.Before(h.clock.Now()) {
			t.Errorf("after the citizen wrote again it is %+v", c.Handling)
		}
	})
}

func TestAnEditKeepsTheFormerWords(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.post("tam", "The lamp at number 4")
		h.takePosts(p)
		h.clock.Advance(time.Minute)
		edited := *p
		edited.Text, edited.EditedAt = "The lamp at number 14", h.clock.Now()
		h.takePosts(&edited)
		h.takePosts(&edited, p) // again, and the old form late
		c := h.only()
		m := h.messages(c.ID)[0]
		if m.Body != "The lamp at number 14" || len(m.Revisions) != 1 || m.Revisions[0].Body != "The lamp at number 4" || c.Excerpt != m.Body {
			t.Errorf("the message is %+v, the excerpt %q", m, c.Excerpt)
		}
		if rows, _, _ := h.Inbox(t.Context(), Query{View: Everything, Words: "14"}); len(rows) != 1 {
			t.Errorf("the new words are not found")
		}
	})
}

func TestADeletionIsFollowedAlsoWhenItComesFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b := h.post("tam", "First"), h.post("ina", "Second")
		h.takePosts(a)
		at := h.clock.Now()
		h.take(network.Event{Deleted: &network.Deleted{Ref: a.Ref, At: at}}, network.Event{Deleted: &network.Deleted{Ref: b.Ref, At: at}})
		h.takePosts(b)
		rows := h.inbox()
		if len(rows) != 2 {
			t.Fatalf("there are %d conversations", len(rows))
		}
		for _, r := range rows {
			if m := h.messages(r.ID)[0]; !m.DeletedAt.Equal(at) || m.Body == "" {
				t.Errorf("%s’s message is deleted at %v with body %q", r.Who, m.DeletedAt, m.Body)
			}
		}
	})
}

func TestRulesDecideInTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		roads, _ := h.team("Roads", "ruaridh@strathcarron.example", "Ruaridh")
		gaelic, _ := h.team("Gàidhlig", "seonag@strathcarron.example", "Seonag")
		for _, r := range []Rule{{Name: "Gaelic", Language: "gd", TeamID: gaelic.ID, Active: true}, {Name: "Roads", Words: "pothole, toll rathaid", TeamID: roads.ID, Active: true},
			{Name: "Off", Words: "lamp", TeamID: gaelic.ID}} {
			if _, err := h.AddRule(t.Context(), h.admin.Actor(), r); err != nil {
				t.Fatal(err)
			}
		}
		gd := h.post("seumas", "Tha toll rathaid air Sràid an Eaglais")
		gd.Language = "gd-GB"
		h.takePosts(gd, h.post("tam", "A POTHOLE, a big one"), h.post("ina", "potholes everywhere and a lamp"))
		teams := map[string]int64{}
		for _, r := range h.inbox() {
			teams[r.Who] = r.TeamID
		}
		if teams["Seumas"] != gaelic.ID || teams["Tam"] != roads.ID || teams["Ina"] == roads.ID || teams["Ina"] == gaelic.ID {
			t.Errorf("the teams are %v", teams)
		}
	})
}

func TestTheServicesTeamAndTheAreasTeamComeBeforeTheContactCentre(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		roads, _ := h.team("Roads", "ruaridh@strathcarron.example", "Ruaridh")
		local, _ := h.team("Kirkbrae locality", "kirsty@strathcarron.example", "Kirsty")
		write(t, h.db, func(ctx context.Context, tx *db.Tx) error {
			if _, err := h.Directory.AddServicesTx(ctx, tx, h.admin.Actor(), []directory.Service{{Name: "Potholes", Words: "pothole, potholes, hole in the road", TeamID: roads.ID, Active: true, Public: true}}); err != nil {
				return err
			}
			if _, err := h.Directory.AddPlacesTx(ctx, tx, h.admin.Actor(), []directory.Place{{Kind: "street", Name: "Tolbooth Wynd", Within: "Kirkbrae", Lat: 57.41, Lon: -5.42}, {Kind: "settlement", Name: "Kirkbrae", Lat: 57.41, Lon: -5.42}}); err != nil {
				return err
			}
			_, err := h.Directory.AddAreasTx(ctx, tx, h.admin.Actor(), []directory.Area{{Name: "Kirkbrae", Places: "Kirkbrae", TeamID: local.ID}})
			return err
		})
		h.takePosts(h.post("tam", "A pothole in Tolbooth Wynd, Kirkbrae"), h.post("ina", "The benches in Kirkbrae are lovely"))
		for _, r := range h.inbox() {
			switch {
			case r.Who == "Tam" && (r.TeamID != roads.ID || r.Place != "Tolbooth Wynd, Kirkbrae" || r.ServiceID == 0):
				t.Errorf("Tam’s is %+v", r.Conversation)
			case r.Who == "Ina" && (r.TeamID != local.ID || r.Place == ""):
				t.Errorf("Ina’s is %+v", r.Conversation)
			}
		}
	})
}

func TestAPlaceAnsweredInWordsIsThePlace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		write(t, h.db, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.Directory.AddPlacesTx(ctx, tx, h.admin.Actor(), []directory.Place{{Kind: "street", Name: "Tolbooth Wynd", Within: "Kirkbrae", Lat: 57.41, Lon: -5.42}})
			return err
		})
		p := h.post("tam", "The lamp is out")
		p.Fields = []network.Field{{Code: "place", Question: "Where is it?", Answer: "outside 14 Tolbooth Wynd, Kirkbrae"}}
		h.takePosts(p)
		if c := h.only(); c.Place != "outside 14 Tolbooth Wynd, Kirkbrae" || c.Lat != 57.41 {
			t.Errorf("the place is %q at %v, %v", c.Place, c.Lat, c.Lon)
		}
	})
}

func TestHostileWordsAreMadeSafeAndNoted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.post("tam", "A\x00B \u202eevil\u202c \xff"+strings.Repeat("x", 1<<20))
		p.Subject, p.HTML = "Sub\x00ject\nline", `<p onclick="x()">Hi<script>alert(1)</script></p>`
		p.At = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		p.URL = "javascript:alert(1)"
		p.Author.Name = "Ta\u202em\x00"
		p.Place = &network.Place{Lat: 400, Lon: 0, Label: "no\x00where"}
		h.takePosts(p, h.post("ina", "The next one"))
		for _, r := range h.inbox() {
			if r.Who == "Ina" {
				continue
			}
			m := h.messages(r.ID)[0]
			if strings.ContainsAny(m.Body+m.Subject+m.Author+r.Place, "\x00\u202e") || !utf8.ValidString(m.Body) || len([]rune(m.Body)) > network.MaxText || m.URL != "" || strings.Contains(string(m.HTML), "script") {
				t.Errorf("what was kept is not safe: %.80q %q %q", m.Body, m.Subject, m.URL)
			}
			codes := map[string]bool{}
			for _, n := range m.Details.Notices {
				codes[n.Code] = true
			}
			if !codes[noticeText] || !codes[noticeDate] || !m.At.Equal(m.ReceivedAt) {
				t.Errorf("the notices are %v, the date is %v", m.Details.Notices, m.At)
			}
		}
	})
}

func TestWhatCannotBeKeptIsSetAsideAndHoldsUpNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		bad := h.post("tam", "No author")
		bad.Author = network.Identity{}
		h.takePosts(h.post("ina", "Before"), bad, h.post("ann", "After"))
		if n := len(h.inbox()); n != 2 {
			t.Errorf("%d conversations were kept, want 2", n)
		}
		var aside int
		a, err := h.Account(t.Context(), h.account.ID)
		if err != nil || a.Cursor != "c3" {
			t.Errorf("the cursor is %q, %v", a.Cursor, err)
		}
		err = h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT COUNT(*) FROM desk_unreadable WHERE account_id = $1 AND event LIKE '%No author%'`, h.account.ID).Scan(&aside)
		})
		if err != nil || aside != 1 {
			t.Errorf("%d events were set aside, %v", aside, err)
		}
	})
}

func TestAPictureIsFetchedAndEncodedAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var buf bytes.Buffer
		img := image.NewRGBA(image.Rect(0, 0, 30, 20))
		draw.Draw(img, image.Rect(4, 3, 12, 16), image.White, image.Point{}, draw.Src)
		if err := png.Encode(&buf, img); err != nil {
			t.Fatal(err)
		}
		h.net.Files["https://told.example/p.png"] = append(buf.Bytes(), "<script>trailing</script>"...)
		p := h.post("tam", "Look")
		p.Media = []network.Media{{URL: "https://told.example/p.png", Alt: "A hole", ContentType: "image/png"}, {Filename: "virus.exe", Data: []byte("MZ\x90\x00" + strings.Repeat("\x00", 200))},
			{URL: "https://told.example/gone.png"}}
		h.takePosts(p)
		c := h.only()
		m := h.messages(c.ID)[0]
		if err := h.fetchMedia(t.Context(), jobs.Job{Attempt: 1, Max: 8}, mediaArgs{Message: m.ID}); err != nil {
			t.Fatal(err)
		}
		m = h.messages(c.ID)[0]
		if len(m.Media) != 3 || !m.Media[0].Picture() || m.Media[0].Width != 30 || m.Media[0].Alt != "A hole" {
			t.Fatalf("the files are %+v", m.Media)
		}
		if looks := h.looks(m.Media[0].ID, m.Media[1].ID); len(looks) != 1 || looks[m.Media[0].ID] == 0 {
			t.Errorf("what the files look like is %x", looks)
		}
		for _, refused := range m.Media[1:] {
			if refused.State != "refused" || refused.Sentence == "" || refused.Blob != "" {
				t.Errorf("a file that cannot be shown is %+v", refused)
			}
		}
	})
}

func TestAPictureIsCalledWhatItHasBecome(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.post("tam", "Look")
		p.Media = []network.Media{{Filename: "pic.png", Data: picture(30, 20)}, {Filename: "Cŵn y siop.PNG", Data: picture(30, 21)}, {Filename: "plan.pdf", Data: []byte("%PDF-1.7\n")}}
		h.takePosts(p)
		c := h.only()
		if err := h.fetchMedia(t.Context(), jobs.Job{Attempt: 1, Max: 8}, mediaArgs{Message: h.messages(c.ID)[0].ID}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"pic.jpg", "Cŵn y siop.jpg", "plan.pdf"} {
			if got := h.messages(c.ID)[0].Media[i].Filename; got != want {
				t.Errorf("it is called %q, want %q", got, want)
			}
		}
		m, err := h.Attach(t.Context(), h.admin.ID, c.ID, "Là.png", bytes.NewReader(picture(40, 30)))
		if err != nil || m.Filename != "Là.jpg" {
			t.Errorf("in the composer it is called %q, %v", m.Filename, err)
		}
	})
}

func TestAReceiverTakesInWhatItsNetworkHas(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		news := h.Hub.Subscribe(TopicInbox)
		defer news.Close()
		h.net.batches = []network.Batch{{Events: []network.Event{{Post: h.post("tam", "One")}}, Cursor: "1"}, {Events: []network.Event{{Post: h.post("ina", "Two")}}, Cursor: "2"}}
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for len(h.inbox()) < 2 {
			select {
			case <-news.Ring():
				news.Take()
			case <-time.After(20 * time.Second):
				t.Fatal("nothing came in")
			}
		}
		stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Stop(stopping); err != nil {
			t.Fatal(err)
		}
		if a, err := h.Account(t.Context(), h.account.ID); err != nil || a.Cursor != "2" {
			t.Errorf("the cursor is %q, %v", a.Cursor, err)
		}
	})
}

func TestSecretsAreSealedAndNeverInTheRecord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, err := h.Account(t.Context(), h.account.ID)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(a.secrets, []byte("sesame")) || a.Options["password"] != "" || !slices.Equal(a.Secrets, []string{"password"}) {
			t.Errorf("the secret is kept as %q, %v", a.secrets, a.Options)
		}
		opened, err := h.unseal(a)
		if err != nil || opened.Options["password"] != "open sesame" {
			t.Errorf("the secret opens as %q, %v", opened.Options["password"], err)
		}
		err = h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := record.Latest(ctx, tx, 0, 100)
			for _, e := range list {
				if bytes.Contains(append(e.Before, e.After...), []byte("sesame")) {
					t.Errorf("entry %d (%s) holds the secret", e.Number, e.Act)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// An empty secret keeps the one that is there.
		if err := h.EditAccount(t.Context(), h.admin.Actor(), a.ID, a.Version, NewAccount{Name: "Renamed", Options: map[string]string{}}); err != nil {
			t.Fatal(err)
		}
		if a, err = h.Account(t.Context(), a.ID); err != nil || a.Name != "Renamed" {
			t.Fatalf("%+v, %v", a, err)
		}
		if opened, err := h.unseal(a); err != nil || opened.Options["password"] != "open sesame" {
			t.Errorf("after an edit the secret opens as %q, %v", opened.Options["password"], err)
		}
	})
}
