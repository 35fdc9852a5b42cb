package bluesky

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"mercat.scot/mercat/network"
)

// sane checks what is promised of every post, whatever it was made of.
func sane(t *testing.T, p *network.Post) {
	t.Helper()
	switch {
	case p.Ref == "" || p.Thread == "" || p.ReplyTo == p.Ref || p.Author.ID == "" || p.At.IsZero():
		t.Fatalf("%+v", p)
	case !utf8.ValidString(p.Text) || utf8.RuneCountInString(p.Text) > network.MaxText:
		t.Fatalf("text %q", p.Text)
	case len(p.Media) > network.MaxMedia || len(p.Mentions) > network.MaxMentions || len(p.Raw) > network.MaxRaw:
		t.Fatalf("%d media, %d mentions, %d raw", len(p.Media), len(p.Mentions), len(p.Raw))
	case (p.ReplyTo == "") != (p.Thread == p.Ref):
		t.Fatalf("%q is below %q in %q", p.Ref, p.ReplyTo, p.Thread)
	}
	for _, m := range p.Mentions {
		if m.ID == "" {
			t.Fatal("a mention of nobody")
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{
		`{"text": "Hello", "createdAt": "2026-11-25T11:59:00Z"}`,
		`{"text": "à🚧", "facets": [{"index": {"byteStart": 1, "byteEnd": 3}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example"}]}]}`,
		`{"text": 5, "embed": {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": "at://did:plc:a/app.bsky.feed.post/b"}}, "media": {"images": [{"alt": null}]}}}`,
		`{"reply": {"root": {"uri": "at://did:plc:a/app.bsky.feed.post/b"}}, "labels": {"values": [{"val": "porn", "exp": "x"}]}}`,
		`{"embed": {"media": {"media": {"media": {"external": {"uri": "https://a.example", "title": "x"}}}}}}`,
		`[]`, `null`, `"`, `{"text": "\ud800", "langs": ["x", 1]}`,
	} {
		f.Add([]byte(s))
	}
	now := newClock().now()
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, ok := post(postView{URI: postURI, Record: raw, IndexedAt: "2026-11-25T11:59:00Z"}, ourDID, "https://pds.example", now)
		if !ok {
			t.Fatal("a post at a good address is none")
		}
		sane(t, p)
	})
}

func FuzzNotification(f *testing.F) {
	for _, s := range []string{
		`{"uri": "` + postURI + `", "cid": "x", "reason": "reply", "indexedAt": "2026-11-25T11:59:00.000Z", "author": {"did": "` + annDID + `", "handle": "ann.example.com"}, "record": {"text": "x"}}`,
		`{"uri": "at://did:plc:a/app.bsky.feed.like/b", "reason": "like"}`, `{"author": 5, "uri": "` + postURI + `", "reason": "mention", "indexedAt": "2026"}`, `null`, `[1]`,
	} {
		f.Add([]byte(s))
	}
	now := newClock().now()
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, ok := readNote(raw)
		if !ok {
			return
		}
		if e.at.IsZero() || e.uri == "" {
			t.Fatalf("%+v has no place", e.mark)
		}
		if again, ok := readMark(e.mark.String()); e.at.UnixMilli() >= 0 && e.at.UnixMilli() < 1<<45 && (!ok || again.compare(e.mark) != 0) {
			t.Fatalf("%v is stored as %q and read as %v", e.mark, e.mark, again)
		}
		if p, ok := post(e.note.view(), ourDID, "https://pds.example", now); ok {
			sane(t, p)
		}
	})
}

func FuzzThread(f *testing.F) {
	for _, s := range []string{
		`{"$type": "app.bsky.feed.defs#threadViewPost", "post": {"uri": "` + postURI + `", "record": {"text": "x"}}, "parent": {"notFound": true, "uri": "x"}, "replies": [{"post": {"uri": "` + postURI + `"}}, {"blocked": true}, null]}`,
		`{"post": null, "parent": {"parent": {"parent": {}}}, "replies": [{"replies": [{"replies": []}]}]}`, `{}`, `null`,
	} {
		f.Add([]byte(s), 5)
	}
	now := newClock().now()
	f.Fuzz(func(t *testing.T, raw []byte, limit int) {
		var n *threadNode
		if json.Unmarshal(raw, &n) != nil || n == nil {
			return
		}
		limit = 1 + (limit&0xff)%100
		list := nearest(n, limit)
		if len(list) > limit {
			t.Fatalf("%d posts, want %d at most", len(list), limit)
		}
		for _, v := range list {
			if p, ok := post(*v, ourDID, "https://pds.example", now); ok {
				sane(t, p)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	now := newClock().now()
	f.Add("")
	f.Add(begin(now).String())
	f.Add(`{"v":1,"low":"1000","own":"a","recent":["2000 did:plc:a/b","2000 did:plc:a/a"]}`)
	f.Fuzz(func(t *testing.T, s string) {
		c := readCursor(network.Cursor(s), now)
		if again := readCursor(network.Cursor(c.String()), now); again.String() != c.String() {
			t.Fatalf("%s became %s", c, again)
		}
	})
}
