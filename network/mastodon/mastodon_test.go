package mastodon_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon"
	"mercat.scot/mercat/network/mastodon/mastodontest"
)

func (b *burgh) fetch(t *testing.T, from network.Cursor) ([]network.Event, network.Cursor) {
	t.Helper()
	var events []network.Event
	for range 50 {
		batch, err := b.Fetch(t.Context(), from)
		if err != nil {
			t.Fatalf("Fetch: %v", err)
		}
		events, from = append(events, batch.Events...), batch.Cursor
		if !batch.More {
			return events, from
		}
	}
	t.Fatal("Fetch does not end")
	return nil, ""
}

func postWith(events []network.Event, ref string) *network.Post {
	for _, e := range events {
		if e.Post != nil && string(e.Post.Ref) == ref {
			return e.Post
		}
	}
	return nil
}

// receives makes Ann write and returns the post as it came in.
func (b *burgh) receives(t *testing.T, d mastodontest.Draft) *network.Post {
	t.Helper()
	ref := b.ann.Post(d)
	events, _ := b.fetch(t, "")
	p := postWith(events, ref)
	if p == nil {
		t.Fatalf("%q has not come in", d.Text)
	}
	return p
}

func reply(to *network.Post, text string, v network.Visibility) network.Outgoing {
	return network.Outgoing{Key: "k" + strings.ToLower(strings.Map(letters, text)), First: true, At: time.Now(), To: to.Author, ReplyTo: to.Ref, Thread: to.Thread, Visibility: v, Text: text, Language: "en-GB"}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

func (b *burgh) sends(t *testing.T, out network.Outgoing) network.Sent {
	t.Helper()
	sent, err := b.Send(t.Context(), out)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	return sent
}

func (b *burgh) said(t *testing.T, ref network.Ref) mastodontest.Seen {
	t.Helper()
	for _, s := range b.council.Sees(b.council) {
		if s.ID == string(ref) {
			return s
		}
	}
	t.Fatalf("there is no post %s", ref)
	return mastodontest.Seen{}
}

func TestAPostIsReadWithAllThatIsInIt(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	p := b.receives(t, mastodontest.Draft{
		Text:    "@council the lamp is out, see https://www.example.org/a/very/long/path/that/is/cut?x=1 #StreetLight\n\nThank you",
		Spoiler: "Darkness", Language: "gd", Visibility: "unlisted", Poll: []string{"Yes", "No"}, Pictures: []string{"A dark lamp"},
	})
	want := "@council the lamp is out, see https://www.example.org/a/very/long/path/that/is/cut?x=1 #StreetLight\n\nThank you\n\nPoll (open until "
	if !strings.HasPrefix(p.Text, want) || !strings.HasSuffix(p.Text, "\n- Yes (3 votes)\n- No (3 votes)") {
		t.Errorf("the text is %q", p.Text)
	}
	if p.Warning != "Darkness" || p.Language != "gd" || p.Visibility != network.Unlisted || !slices.Equal(p.Tags, []string{"streetlight"}) {
		t.Errorf("%+v", p)
	}
	if p.Author.ID != "ann@elsewhere.test" || p.Author.Handle != "@ann@elsewhere.test" || p.Author.Name != "Ann" || p.Author.Profile != "https://elsewhere.test/@ann" {
		t.Errorf("the author is %+v", p.Author)
	}
	if len(p.Mentions) != 1 || p.Mentions[0].Handle != "@council@burgh.test" {
		t.Errorf("mentions are %+v", p.Mentions)
	}
	if len(p.Media) != 1 || p.Media[0].Alt != "A dark lamp" || p.Media[0].FocusX != 0.25 || p.Media[0].FocusY != -0.5 || p.Media[0].URL == "" {
		t.Errorf("media are %+v", p.Media)
	}
	if len(p.Notices) != 0 || p.URL == "" || p.FromUs {
		t.Errorf("%+v", p)
	}
}

func TestAnAnswerNamesWhomItAnswers(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	bob := b.NewAccount("bob")
	p := b.receives(t, mastodontest.Draft{Text: "@council and @bob look at this"})
	public := b.said(t, b.sends(t, reply(p, "We are on it", network.Public)).Ref)
	if public.Text != "@ann@elsewhere.test @bob We are on it" || public.Visibility != "public" || public.Language != "en" || public.ReplyTo != string(p.Ref) {
		t.Errorf("in public: %+v", public)
	}
	named := b.said(t, b.sends(t, reply(p, "Thank you @ann@elsewhere.test", network.Unlisted)).Ref)
	if named.Text != "@bob Thank you @ann@elsewhere.test" {
		t.Errorf("who is named already: %+v", named)
	}
	private := reply(p, "Which house is it", network.Direct)
	private.Warning = "Private"
	seen := b.said(t, b.sends(t, private).Ref)
	if seen.Text != "@ann@elsewhere.test Which house is it" || seen.Visibility != "direct" || seen.Spoiler != "Private" || slices.Contains(seen.Mentions, bob.Handle()) {
		t.Errorf("in private: %+v", seen)
	}
	// The second part of a long answer stands below the first.
	second := reply(p, "And then", network.Public)
	second.ReplyTo = network.Ref(public.ID)
	if s := b.said(t, b.sends(t, second).Ref); s.Text != "@ann@elsewhere.test @bob And then" {
		t.Errorf("the second part: %+v", s)
	}
}

func TestAnAnswerIsNeverWiderThanThePostAndTellsNobodyElse(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	p := b.receives(t, mastodontest.Draft{Text: "@council in confidence", Visibility: "direct"})
	if p.Visibility != network.Direct {
		t.Fatalf("the post is %s", p.Visibility)
	}
	for _, out := range []network.Outgoing{
		reply(p, "For all to see", network.Public),
		reply(p, "Ask @roads@burgh.test about it", network.Direct),
	} {
		if _, err := b.Send(t.Context(), out); network.TroubleOf(err) != network.Refused {
			t.Errorf("%q: %v, want refused", out.Text, err)
		}
	}
	if n := len(b.council.Sees(b.council)); n != 0 {
		t.Errorf("%d posts were published", n)
	}
}

func TestAServerThatIgnoresKeysPublishesOnce(t *testing.T) {
	for name, o := range map[string]mastodontest.Options{
		"Mastodon": {IgnoreKeys: true}, "Pleroma": {Dialect: mastodontest.Pleroma, IgnoreKeys: true}, "GoToSocial": {Dialect: mastodontest.GoToSocial, IgnoreKeys: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBurgh(t, o)
			p := b.receives(t, mastodontest.Draft{Text: "@council the bin"})
			for _, text := range []string{
				"It is \"collected\" – on <Friday> & see https://www.example.org/bins?area=1&day=5.\n\nAsk @roads@burgh.test or #bins 🚮", "🚧🚧", "@ann@elsewhere.test hello", "Yes",
			} {
				out := reply(p, text, network.Public)
				out.Key = "k" + name + text[:1]
				out.Key = strings.ToLower(strings.Map(letters, out.Key)) + "1"
				first := b.sends(t, out)
				again := connect(t, b.options, b.URL, b.token, nil) // it remembers nothing
				out.First = false
				second, err := again.Send(t.Context(), out)
				if err != nil || second.Ref != first.Ref || second.Thread != first.Thread {
					t.Errorf("%q: %+v became %+v, %v", text, first, second, err)
				}
				if err := again.Close(); err != nil {
					t.Error(err)
				}
			}
			if n := len(b.council.Sees(b.council)); n != 4 {
				t.Errorf("%d posts, want 4", n)
			}
		})
	}
}

func TestPicturesAreUploadedAndWaitedFor(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{AsyncMedia: 3})
	p := b.receives(t, mastodontest.Draft{Text: "@council where"})
	var data bytes.Buffer
	if err := jpeg.Encode(&data, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	out := reply(p, "Here", network.Public)
	out.Media = []network.Attachment{{Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data.Bytes())), nil },
		ContentType: "image/jpeg", Alt: "A plan of the burgh", FocusX: 0.5, FocusY: -0.25}}
	seen := b.said(t, b.sends(t, out).Ref)
	if !slices.Equal(seen.Alt, []string{"A plan of the burgh"}) || !slices.Equal(seen.Focus, []string{"0.500,-0.250"}) {
		t.Errorf("%+v", seen)
	}
	if n := b.Calls("GET /api/v1/media/:id"); n < 3 {
		t.Errorf("it was asked %d times whether the picture is ready, want at least 3", n)
	}
}

func TestTheServersOwnLimitsHold(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{Characters: 5000})
	if got := b.Connection.(network.Composer).Compose().Limit; got != 460 {
		t.Errorf("before the server was asked the limit is %d, want 460", got)
	}
	p := b.receives(t, mastodontest.Draft{Text: "@council"})
	compose := b.Connection.(network.Composer).Compose()
	if compose.Limit != 4960 {
		t.Errorf("the limit is %d, want 4960", compose.Limit)
	}
	b.sends(t, reply(p, strings.Repeat("long ", 900), network.Public))
	link := "https://example.org/" + strings.Repeat("x", 200)
	if got := compose.Count(link + " @ann@elsewhere.test 👩‍👩‍👧‍👦"); got != 23+1+4+1+1 {
		t.Errorf("Mastodon counts %d", got)
	}
	plain := newBurgh(t, mastodontest.Options{Dialect: mastodontest.GoToSocial})
	plain.receives(t, mastodontest.Draft{Text: "@council"})
	if got := plain.Connection.(network.Composer).Compose().Count(link); got != 220 {
		t.Errorf("GoToSocial counts %d", got)
	}
}

func TestATokenThatLacksARightIsExplained(t *testing.T) {
	for right, scopes := range map[string][]string{
		"read": {"write:statuses", "write:media"}, "write:statuses": {"read", "write:media"}, "write:media": {"read", "write:statuses"},
	} {
		b := newBurgh(t, mastodontest.Options{}, scopes...)
		_, err := b.Check(t.Context())
		var e *network.Error
		if !errors.As(err, &e) || e.Trouble != network.Revoked || !strings.Contains(e.Sentence, "lacks the right "+right) {
			t.Errorf("without %s: %v", right, err)
		}
	}
	b := newBurgh(t, mastodontest.Options{})
	who, err := b.Check(t.Context())
	if err != nil || who.Handle != "@council@burgh.test" {
		t.Errorf("with all rights: %+v, %v", who, err)
	}
}

func TestWhatAnAuthorWhoBlocksUsWroteIsNotTakenForDeleted(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	ref := b.ann.Post(mastodontest.Draft{Text: "@council you again"})
	_, cursor := b.fetch(t, "")
	b.ann.Blocks(b.council)
	events, cursor := b.fetch(t, cursor)
	if len(events) != 0 {
		t.Fatalf("%+v", events)
	}
	other := connect(t, b.options, b.URL, b.token, nil)
	defer func() { _ = other.Close() }()
	b.ann.Delete(ref)
	batch, err := other.Fetch(t.Context(), cursor)
	// Blocked and deleted look the same; only who is not blocked is told.
	if err != nil || len(batch.Events) != 0 {
		t.Errorf("%+v, %v", batch, err)
	}
}

func TestWhatIsAnsweredInOtherProgramsIsShownAsOurs(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	p := b.receives(t, mastodontest.Draft{Text: "@council who is on duty"})
	_, cursor := b.fetch(t, "")
	b.sends(t, reply(p, "Sent by Mercat", network.Public))
	elsewhere := b.council.Post(mastodontest.Draft{Text: "@ann@elsewhere.test sent by phone", ReplyTo: string(p.Ref), At: time.Now().Add(-time.Hour)})
	b.council.Post(mastodontest.Draft{Text: "News of the day", At: time.Now().Add(-time.Hour)})
	events, _ := b.fetch(t, cursor)
	if len(events) != 1 || events[0].Post == nil || string(events[0].Post.Ref) != elsewhere || !events[0].Post.FromUs || events[0].Post.Thread != p.Thread {
		t.Errorf("%+v", events)
	}
}

func TestOnlyTheLastThirtyDaysAreReadAtFirst(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	for range 5 {
		b.SetTime(b.ann.Post(mastodontest.Draft{Text: "@council long ago"}), time.Now().Add(-40*24*time.Hour))
	}
	recent := b.ann.Post(mastodontest.Draft{Text: "@council lately"})
	events, _ := b.fetch(t, "")
	if len(events) != 1 || postWith(events, recent) == nil {
		t.Errorf("%d posts came in", len(events))
	}
}

func TestRateLimitsAreKept(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{PerFiveMinute: 12})
	for range 12 {
		_, err := b.Fetch(t.Context(), "")
		var e *network.Error
		if err == nil {
			continue
		}
		if !errors.As(err, &e) || e.Trouble != network.Limited || e.RetryAt.IsZero() || time.Until(e.RetryAt) > 5*time.Minute+time.Second {
			t.Fatalf("%v", err)
		}
		before := b.Calls("GET /api/v1/notifications")
		if _, err := b.Fetch(t.Context(), ""); network.TroubleOf(err) != network.Limited {
			t.Errorf("%v", err)
		}
		if after := b.Calls("GET /api/v1/notifications"); after != before {
			t.Errorf("it was asked %d times more although nothing was left", after-before)
		}
		return
	}
	t.Error("the limit was never reached")
}

func TestAServerInMaintenanceIsBroken(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{})
	_, cursor := b.fetch(t, "")
	b.AnswerHTML(true)
	if _, err := b.Fetch(t.Context(), cursor); network.TroubleOf(err) != network.Broken {
		t.Errorf("%v", err)
	}
	b.AnswerHTML(false)
	b.AnswerSlowly(30 * time.Millisecond)
	b.ann.Post(mastodontest.Draft{Text: "@council slowly"})
	if events, _ := b.fetch(t, cursor); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
}

func TestTheFormIsChecked(t *testing.T) {
	n := mastodon.New(mastodon.Options{})
	for server, ok := range map[string]bool{
		"mastodon.scot": true, "https://mastodon.scot/": true, "https://mastodon.scot/@council": true, "@council@mastodon.scot": true, "Mastodon.Scot": true, "http://127.0.0.1:8080": true,
		"": false, "mastodon": false, "http://mastodon.scot": false, "ftp://mastodon.scot": false, "https://a:b@mastodon.scot/x": false,
	} {
		c, err := n.Connect(network.Account{Options: map[string]string{"server": server, "access_token": " Bearer abc-DEF_123 "}})
		if (err == nil) != ok {
			t.Errorf("%q: %v", server, err)
		}
		if c != nil {
			_ = c.Close() // it holds nothing yet
		}
	}
	if _, err := n.Connect(network.Account{Options: map[string]string{"server": "mastodon.scot", "access_token": "two words"}}); err == nil {
		t.Error("a token of two words is taken")
	}
}
