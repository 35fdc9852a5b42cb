package bluesky

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
)

const postURI = "at://" + annDID + "/app.bsky.feed.post/3kaaaaaaaaaaa"

// read makes a post of a record, as a notification has it.
func read(t *testing.T, record string, change func(*postView)) *network.Post {
	t.Helper()
	now := newClock().now()
	v := postView{
		URI: postURI, CID: "bafy", Author: profile{DID: annDID, Handle: "Ann.Example.com", DisplayName: "Ann\u202e Bheag"},
		Record: json.RawMessage(record), IndexedAt: now.Format(time.RFC3339),
	}
	if change != nil {
		change(&v)
	}
	p, ok := post(v, ourDID, "https://pds.example", now)
	if !ok {
		t.Fatal("it is no post")
	}
	return p
}

func TestAPostIsReadWhole(t *testing.T) {
	p := read(t, `{
		"$type": "app.bsky.feed.post", "text": "@council.example Look at this: mercat.scot/a… #Bins", "createdAt": "2026-11-25T11:59:00.123Z", "langs": ["??", "gd", "en"],
		"reply": {"root": {"uri": "at://`+ourDID+`/app.bsky.feed.post/3kroot", "cid": "r"}, "parent": {"uri": "at://`+annDID+`/app.bsky.feed.post/3kparent", "cid": "p"}},
		"facets": [
			{"index": {"byteStart": 0, "byteEnd": 16}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "`+ourDID+`"}]},
			{"index": {"byteStart": 31, "byteEnd": 47}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://mercat.scot/abc"}]},
			{"index": {"byteStart": 48, "byteEnd": 53}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "Bins"}]}
		],
		"tags": ["Leith", "Bins"],
		"labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]},
		"embed": {"$type": "app.bsky.embed.recordWithMedia",
			"record": {"$type": "app.bsky.embed.record", "record": {"uri": "at://`+ourDID+`/app.bsky.feed.post/3kquoted", "cid": "q"}},
			"media": {"$type": "app.bsky.embed.images", "images": [
				{"alt": "A bin", "image": {"$type": "blob", "ref": {"$link": "bafkone"}, "mimeType": "image/png", "size": 1234}},
				{"alt": "", "image": {"cid": "bafktwo", "mimeType": "image/jpeg"}}
			]}}
	}`, func(v *postView) {
		v.Embed = &viewEmbed{Media: &viewEmbed{}}
		v.Embed.Media.Images = append(v.Embed.Media.Images, struct {
			Fullsize string `json:"fullsize"`
		}{"https://cdn.example/one@jpeg"})
	})
	if want := "@council.example Look at this: https://mercat.scot/abc #Bins"; p.Text != want {
		t.Errorf("Text is %q, want %q", p.Text, want)
	}
	if p.Ref != postURI || p.ReplyTo != "at://"+annDID+"/app.bsky.feed.post/3kparent" || p.Thread != "at://"+ourDID+"/app.bsky.feed.post/3kroot" {
		t.Errorf("it stands at %q below %q in %q", p.Ref, p.ReplyTo, p.Thread)
	}
	quoted := network.Ref("at://" + ourDID + "/app.bsky.feed.post/3kquoted")
	if p.Quotes != quoted || !slices.Equal(p.References, []network.Ref{quoted}) {
		t.Errorf("it quotes %q and refers to %q", p.Quotes, p.References)
	}
	if a := p.Author; a.ID != annDID || a.Handle != "@ann.example.com" || a.Name != "Ann Bheag" || a.Profile != "https://bsky.app/profile/ann.example.com" {
		t.Errorf("the author is %+v", a)
	}
	if p.Language != "gd" || p.Warning != "Violent or disturbing pictures" || !slices.Equal(p.Tags, []string{"Bins", "Leith"}) {
		t.Errorf("language %q, warning %q, tags %q", p.Language, p.Warning, p.Tags)
	}
	if len(p.Mentions) != 1 || p.Mentions[0].ID != ourDID || p.Mentions[0].Handle != "@council.example" {
		t.Errorf("mentions %+v", p.Mentions)
	}
	if p.URL != "https://bsky.app/profile/"+annDID+"/post/3kaaaaaaaaaaa" || !p.At.Equal(time.Date(2026, 11, 25, 11, 59, 0, 123e6, time.UTC)) {
		t.Errorf("it is at %s of %v", p.URL, p.At)
	}
	if len(p.Media) != 2 || p.Media[0].URL != "https://cdn.example/one@jpeg" || p.Media[0].Alt != "A bin" ||
		p.Media[1].URL != "https://pds.example/xrpc/com.atproto.sync.getBlob?cid=bafktwo&did=did%3Aplc%3Aann000000000000000000000" {
		t.Errorf("media %+v", p.Media)
	}
	if len(p.Notices) != 0 || p.Raw != nil || p.FromUs || p.Visibility != network.Public {
		t.Errorf("notices %v, raw %q, from us %v, %s", p.Notices, p.Raw, p.FromUs, p.Visibility)
	}
}

func TestCardsAndVideosAreShown(t *testing.T) {
	p := read(t, `{"text": "Is this true?", "createdAt": "2026-11-25T11:59:00Z", "embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://news.example/a", "title": "Bridge\nclosed", "description": ""}}}`, nil)
	if want := "Is this true?\n\nBridge closed (https://news.example/a)"; p.Text != want {
		t.Errorf("Text is %q, want %q", p.Text, want)
	}
	p = read(t, `{"text": "https://news.example/a", "createdAt": "2026-11-25T11:59:00Z", "embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://news.example/a", "title": "Bridge closed"}}}`, nil)
	if p.Text != "https://news.example/a" {
		t.Errorf("Text is %q, want the link once", p.Text)
	}
	p = read(t, `{"text": "", "createdAt": "2026-11-25T11:59:00Z", "embed": {"$type": "app.bsky.embed.video", "alt": "The flood", "video": {"$type": "blob", "ref": {"$link": "bafkv"}, "mimeType": "video/mp4", "size": 5000}}}`, nil)
	if len(p.Media) != 1 || p.Media[0].ContentType != "video/mp4" || p.Media[0].Filename != "video-1.mp4" || p.Media[0].Alt != "The flood" || p.Media[0].Size != 5000 {
		t.Errorf("media %+v", p.Media)
	}
}

func TestOddPostsComeInWithANotice(t *testing.T) {
	for name, c := range map[string]struct{ record, code string }{
		"no object":          {`"text"`, "unreadable"},
		"facets of a string": {`{"text": "Still here", "facets": "x", "createdAt": "2026-11-25T11:59:00Z"}`, "unreadable"},
		"no date":            {`{"text": "Still here"}`, "date_replaced"},
		"far ahead":          {`{"text": "Still here", "createdAt": "2031-01-01T00:00:00Z"}`, "date_replaced"},
		"long ago":           {`{"text": "Still here", "createdAt": "1970-01-01T00:00:00Z"}`, "date_replaced"},
		"deceiving signs":    {`{"text": "Still here\u202e", "createdAt": "2026-11-25T11:59:00Z"}`, "text_changed"},
		"an unknown embed":   {`{"text": "Still here", "createdAt": "2026-11-25T11:59:00Z", "embed": {"$type": "app.bsky.embed.hologram"}}`, "embed_unknown"},
		"a huge video":       {`{"text": "Still here", "createdAt": "2026-11-25T11:59:00Z", "embed": {"$type": "app.bsky.embed.video", "video": {"ref": {"$link": "b"}, "size": 99999999}}}`, "media_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			p := read(t, c.record, nil)
			if !slices.ContainsFunc(p.Notices, func(n network.Notice) bool { return n.Code == c.code }) {
				t.Errorf("notices %v, want %s", p.Notices, c.code)
			}
			if strings.Contains(c.record, "Still here") && p.Text != "Still here" {
				t.Errorf("Text is %q", p.Text)
			}
			if string(p.Raw) != c.record {
				t.Errorf("Raw is %q", p.Raw)
			}
			if p.At.Year() != 2026 {
				t.Errorf("it is of %v", p.At)
			}
		})
	}
}

func TestReferencesThatMakeNoSenseDoNotMisplaceAPost(t *testing.T) {
	other := "at://" + ourDID + "/app.bsky.feed.post/3kother"
	for _, c := range []struct {
		reply          string
		parent, thread network.Ref
	}{
		{`{"root": {"uri": "x"}, "parent": {"uri": "y"}}`, "", postURI},
		{`{"root": {"uri": "` + postURI + `"}, "parent": {"uri": "` + postURI + `"}}`, "", postURI},
		{`{"root": {"uri": "` + other + `"}, "parent": {"uri": ""}}`, network.Ref(other), network.Ref(other)},
		{`{"root": {"uri": ""}, "parent": {"uri": "` + other + `"}}`, network.Ref(other), network.Ref(other)},
		{`{"root": {"uri": "at://` + ourDID + `/app.bsky.graph.list/3k"}, "parent": {"uri": "` + other + `"}}`, network.Ref(other), network.Ref(other)},
	} {
		p := read(t, `{"text": "x", "createdAt": "2026-11-25T11:59:00Z", "reply": `+c.reply+`}`, nil)
		if p.ReplyTo != c.parent || p.Thread != c.thread {
			t.Errorf("%s: below %q in %q, want %q in %q", c.reply, p.ReplyTo, p.Thread, c.parent, c.thread)
		}
	}
}

func TestAnAuthorWithoutAValidHandleHasNone(t *testing.T) {
	p := read(t, `{"text": "x", "createdAt": "2026-11-25T11:59:00Z"}`, func(v *postView) { v.Author.Handle = "handle.invalid" })
	if p.Author.Handle != "" || p.Author.Profile != "https://bsky.app/profile/"+annDID {
		t.Errorf("the author is %+v", p.Author)
	}
}

func TestAPostUnderAnotherNameIsNoPost(t *testing.T) {
	for _, v := range []postView{
		{URI: postURI, Author: profile{DID: ourDID}},
		{URI: "at://" + annDID + "/app.bsky.feed.like/3k"},
		{URI: "at://ann.example.com/app.bsky.feed.post/3k"},
		{URI: "https://bsky.app"}, {},
	} {
		if p, ok := post(v, ourDID, "https://pds.example", newClock().now()); ok {
			t.Errorf("%+v is the post %+v", v, p)
		}
	}
}
