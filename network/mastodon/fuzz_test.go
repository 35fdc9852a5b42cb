package mastodon

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/network"
)

func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// sane checks what is promised of every post, whatever it was made of.
func sane(t *testing.T, p *network.Post) {
	t.Helper()
	switch {
	case p.Ref == "" || p.Thread == "" || p.ReplyTo == p.Ref || p.Author.ID == "" || p.At.IsZero() || p.Visibility == "":
		t.Fatalf("%+v", p)
	case !utf8.ValidString(p.Text) || utf8.RuneCountInString(p.Text) > network.MaxText || strings.Contains(p.Text, "\x00"):
		t.Fatalf("text %q", p.Text)
	case len(p.Media) > network.MaxMedia || len(p.Mentions) > network.MaxMentions || len(p.Raw) > network.MaxRaw:
		t.Fatalf("%d media, %d mentions, %d raw", len(p.Media), len(p.Mentions), len(p.Raw))
	case (p.ReplyTo == "") != (p.Thread == p.Ref):
		t.Fatalf("%q is below %q in %q", p.Ref, p.ReplyTo, p.Thread)
	case !p.EditedAt.IsZero() && p.EditedAt.Before(p.At):
		t.Fatalf("edited at %v, made at %v", p.EditedAt, p.At)
	}
	for _, m := range p.Mentions {
		if m.ID == "" {
			t.Fatal("a mention of nobody")
		}
	}
	for _, m := range p.Media {
		if m.FocusX < -1 || m.FocusX > 1 || m.FocusY < -1 || m.FocusY > 1 || !webLink(m.URL) {
			t.Fatalf("%+v", m)
		}
	}
}

func FuzzStatus(f *testing.F) {
	for _, s := range []string{
		`{"id": "109", "created_at": "2026-11-25T11:59:00.000Z", "account": {"id": "1", "username": "ann", "acct": "ann"}, "content": "<p>Hello</p>", "visibility": "public"}`,
		`{"id": 7, "account": {"id": 8, "acct": "a@b.test"}, "content": "<p><span class=\"h-card\"><a href=\"https://b.test/@a\" class=\"u-url mention\">@<span>a</span></a></span><br>x<a href=\"https://www.example.org/x\"><span class=\"invisible\">https://www.</span><span class=\"ellipsis\">example.org</span><span class=\"invisible\">/x</span></a>", "edited_at": "2026-11-25T11:59:59Z"}`,
		`{"id": "AbC", "account": {"id": "x"}, "content": "<b>", "poll": {"expires_at": null, "options": [{"title": "a", "votes_count": null}]}, "in_reply_to_id": "AbC"}`,
		`{"id": "01J", "account": {"id": "01K"}, "content": 5, "mentions": {}, "tags": [{"name": 3}], "media_attachments": [{"url": null}], "language": "x y", "quote": {"quoted_status": {"id": "3"}}}`,
		`{"id": "1", "account": {"id": "1"}, "media_attachments": [{"type": "image", "url": "https://a.test/b", "meta": {"focus": {"x": 9e99, "y": -3}}, "description": "\u202e"}], "sensitive": true, "created_at": "1750-01-01T00:00:00Z"}`,
		`{"id": "../..", "account": {"id": "1"}}`, `[]`, `null`, `"`,
	} {
		f.Add([]byte(s))
	}
	for _, raw := range corpus(f) {
		f.Add(raw)
	}
	l := limits{Domain: "burgh.test"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, ok := readStatus(raw)
		if !ok {
			return
		}
		for _, root := range []id{"", s.ID, "5"} {
			sane(t, l.post(s, root, "1", noon()))
		}
		_ = essence(s.Content)
	})
}

func FuzzNotification(f *testing.F) {
	for _, s := range []string{
		`{"id": "1", "type": "mention", "created_at": "2026-11-25T11:59:00.000Z", "status": {"id": "109", "account": {"id": "1", "acct": "ann"}, "content": "x"}}`,
		`{"id": 1, "type": "mention", "status": null}`, `{"id": {}, "type": 5}`, `[1]`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, ok := readNotification(raw)
		if ok && !n.ID.sane() {
			t.Fatalf("%+v", n)
		}
		if s := n.about(account{ID: "9"}); s != nil && !s.ID.sane() {
			t.Fatalf("%+v", s)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(cursor{low: "5", own: "0", recent: []seen{{id: "1", author: "2", root: "1", at: noon()}}}.String())
	f.Add(`{"v":1,"low":"1","own":"2","recent":[["1","2","3",-1,0]]}`)
	f.Fuzz(func(t *testing.T, s string) {
		c := readCursor(network.Cursor(s))
		if c.low == "" {
			return
		}
		if again := readCursor(network.Cursor(c.String())); again.String() != c.String() {
			t.Fatalf("%s became %s", c, again)
		}
	})
}

func FuzzInstance(f *testing.F) {
	for _, s := range []string{
		`{"domain": "a.test", "version": "4.4.0", "configuration": {"statuses": {"max_characters": 500}}}`,
		`{"uri": "https://a.test/", "version": "2.7.2 (compatible; Pleroma 2.5)", "max_toot_chars": 5000, "configuration": {"statuses": {"max_characters": "x"}}}`,
		`{"version": 5}`, `[]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := readInstance(raw, noon())
		if err != nil {
			return
		}
		compose := l.compose()
		if compose.Limit <= 0 || compose.Media.Max <= 0 || len(compose.Media.ContentTypes) == 0 {
			t.Fatalf("%+v of %s", compose, raw)
		}
	})
}

func FuzzStreamOfEvents(f *testing.F) {
	f.Add(":thump\nevent: delete\ndata: 109\n\nevent: status.update\ndata: {\"id\":\ndata: \"1\"}\n\n")
	f.Add("data\nevent\n\n:\nevent:notification\n\n")
	f.Fuzz(func(t *testing.T, body string) {
		s := &stream{happens: make(chan happening, 1000), stop: func() {}}
		if err := readEvents(s, strings.NewReader(body)); err == nil {
			t.Fatal("a stream that has ended says that it has not")
		}
		close(s.happens)
		for h := range s.happens {
			if h.kind == "delete" {
				_ = deletedID(h.payload).sane()
			} else if s, ok := readStatus(json.RawMessage(h.payload)); ok {
				sane(t, limits{Domain: "a.test"}.post(s, "", "", noon()))
			}
		}
	})
}
