package bluesky_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/platform/blob"
)

// eventually asks again until f holds: the AppView hears of everything a little
// later.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline, again := time.NewTimer(20*time.Second), time.NewTicker(50*time.Millisecond)
	defer deadline.Stop()
	defer again.Stop()
	for !f() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("after 20 s: %s", what)
		}
	}
}

// reader fetches as the program does, and keeps all that came.
type reader struct {
	c      network.Connection
	cursor network.Cursor
	posts  map[network.Ref]network.Post
	times  map[network.Ref]int
	gone   map[network.Ref]int
}

func newReader(c network.Connection) *reader {
	return &reader{c: c, posts: map[network.Ref]network.Post{}, times: map[network.Ref]int{}, gone: map[network.Ref]int{}}
}

func (r *reader) fetch(t *testing.T) {
	t.Helper()
	for more := true; more; {
		b, err := r.c.Fetch(t.Context(), r.cursor)
		if err != nil {
			t.Fatalf("Fetch: %v", err)
		}
		for _, e := range b.Events {
			if e.Post != nil {
				r.posts[e.Post.Ref] = *e.Post
				r.times[e.Post.Ref]++
			}
			if e.Deleted != nil {
				r.gone[e.Deleted.Ref]++
			}
		}
		r.cursor, more = b.Cursor, b.More
	}
}

func (r *reader) post(t *testing.T, uri string) network.Post {
	t.Helper()
	if r.times[network.Ref(uri)] == 0 {
		eventually(t, "post "+uri+" has not come in", func() bool {
			r.fetch(t)
			return r.times[network.Ref(uri)] > 0
		})
	}
	return r.posts[network.Ref(uri)]
}

func answer(to network.Post, text string) network.Outgoing {
	return network.Outgoing{
		Key: fmt.Sprintf("k%d", made.Add(1)+time.Now().UnixNano()), First: true, At: time.Now(),
		To: to.Author, ReplyTo: to.Ref, Thread: to.Thread, Visibility: network.Public, Text: text, Language: "en",
	}
}

func close(t *testing.T, c network.Connection) {
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func jpegOf(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			n := uint32(x*7919+y*104729) * 2654435761 // noise, which does not compress
			m.Set(x, y, color.RGBA{uint8(n >> 24), uint8(n >> 16), uint8(n >> 8), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestACitizenIsAnswered(t *testing.T) {
	n := startedNetwork(t)
	council := n.newPerson(t, "council").withAppPassword(t).withName(t, "Council Ŵyn")
	ann := n.newPerson(t, "ann").withName(t, "Ann Ŵyn")
	c := council.connect(t, bluesky.Options{}, n.PDS, nil)
	defer close(t, c)
	self, err := c.Check(t.Context())
	eventually(t, "Check does not know the account's name", func() bool {
		if err != nil || self.ID != council.did || self.Handle != "@"+council.handle {
			t.Fatalf("Check: %+v, %v", self, err)
		}
		known := self.Name == "Council Ŵyn"
		self, err = c.Check(t.Context())
		return known
	})

	// Ann asks, with a picture.
	var file struct {
		Blob json.RawMessage `json:"blob"`
	}
	picture := jpegOf(t, 40, 30)
	ann.upload(t, "image/jpeg", picture, &file)
	asked := ann.writesTo(t, council, "A bheil an rathad fosgailte? 🚧 #Leith", map[string]any{
		"langs": []string{"gd"},
		"embed": map[string]any{"$type": "app.bsky.embed.images", "images": []any{map[string]any{"image": file.Blob, "alt": "The road under water"}}},
	})
	r := newReader(c)
	p := r.post(t, asked.URI)
	if p.Text != "@"+council.handle+" A bheil an rathad fosgailte? 🚧 #Leith" || p.Language != "gd" || p.FromUs || p.Visibility != network.Public {
		t.Errorf("the post came in as %+v", p)
	}
	if p.Author.ID != ann.did || p.Author.Handle != "@"+ann.handle || p.Author.Name != "Ann Ŵyn" || len(p.Mentions) != 1 || p.Mentions[0].ID != council.did {
		t.Errorf("author %+v, mentions %+v", p.Author, p.Mentions)
	}
	if len(p.Media) != 1 || p.Media[0].Alt != "The road under water" {
		t.Fatalf("media %+v", p.Media)
	}
	opener := c.(network.Opener)
	for _, address := range []string{p.Media[0].URL, n.PDS + "/xrpc/com.atproto.sync.getBlob?" + url.Values{"did": {ann.did}, "cid": {cidOf(t, file.Blob)}}.Encode()} {
		body, _, err := opener.OpenMedia(t.Context(), address)
		if err != nil {
			t.Fatalf("OpenMedia %s: %v", address, err)
		}
		b, err := io.ReadAll(body)
		closing := body.Close()
		if k := blob.Sniff("", b); err != nil || closing != nil || k.Class != blob.Picture {
			t.Errorf("%s holds %.8q (%v, %v), want a picture", address, b, err, closing)
		}
	}
	if _, _, err := opener.OpenMedia(t.Context(), n.PDS+"/xrpc/com.atproto.sync.getBlob?did="+ann.did+"&cid="+asked.CID); network.TroubleOf(err) != network.Missing {
		t.Errorf("OpenMedia of what is not there: %v, want missing", err)
	}

	// The council answers in two parts, with a picture, a link, a mention, a tag.
	out := answer(p, "Tha, @"+ann.handle+": mercat.scot/rathaidean 👩‍👩‍👧‍👦 #Gàidhlig")
	large := jpegOf(t, 1500, 1200)
	if len(large) < 1_000_000 {
		t.Fatalf("the picture has %d bytes, want more than are allowed", len(large))
	}
	out.Media = []network.Attachment{{
		Open:        func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(large)), nil },
		ContentType: "image/jpeg", Alt: "A map", Size: int64(len(large)), Width: 1500, Height: 1200,
	}}
	sent, err := c.Send(t.Context(), out)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	second := answer(p, "The second part.")
	second.ReplyTo = sent.Ref // which the AppView may not know yet
	sent2, err := c.Send(t.Context(), second)
	if err != nil {
		t.Fatalf("Send of a second part: %v", err)
	}
	if sent.Thread != p.Ref || sent2.Thread != p.Ref || sent.URL != "https://bsky.app/profile/"+council.did+"/post/"+string(sent.Ref[strings.LastIndex(string(sent.Ref), "/")+1:]) {
		t.Errorf("sent %+v and %+v, want both in thread %s", sent, sent2, p.Ref)
	}
	var seen map[string]any
	eventually(t, "Ann does not see the answer", func() bool {
		for _, post := range ann.sees(t, council) {
			if post["uri"] == string(sent.Ref) {
				seen = post
			}
		}
		return seen != nil
	})
	record := seen["record"].(map[string]any)
	for _, f := range record["facets"].([]any) {
		at := f.(map[string]any)["index"].(map[string]any)
		marked := out.Text[int(at["byteStart"].(float64)):int(at["byteEnd"].(float64))]
		feature := f.(map[string]any)["features"].([]any)[0].(map[string]any)
		switch {
		case feature["uri"] == "https://mercat.scot/rathaidean" && marked == "mercat.scot/rathaidean":
		case feature["did"] == ann.did && marked == "@"+ann.handle:
		case feature["tag"] == "Gàidhlig" && marked == "#Gàidhlig":
		default:
			t.Errorf("%q is marked as %v", marked, feature)
		}
	}
	if n := len(record["facets"].([]any)); n != 3 {
		t.Errorf("%d facets, want 3", n)
	}
	images := seen["embed"].(map[string]any)["images"].([]any)
	if shown := images[0].(map[string]any); len(images) != 1 || shown["alt"] != "A map" || fmt.Sprint(shown["aspectRatio"]) != "map[height:1200 width:1500]" && shown["aspectRatio"] == nil {
		t.Errorf("the picture is shown as %v", images)
	}
	if root := record["reply"].(map[string]any)["root"].(map[string]any)["uri"]; root != asked.URI || fmt.Sprint(record["langs"]) != "[en]" {
		t.Errorf("the record is %v", record)
	}

	// Somebody answers from the app as well, and Ann says thank you.
	fromApp := council.replies(t, p.Ref, "From the app")
	thanks := ann.replies(t, sent2.Ref, "Mòran taing")
	p2 := r.post(t, thanks.URI)
	if p2.Thread != p.Ref || p2.ReplyTo != sent2.Ref {
		t.Errorf("the thanks are below %q in %q", p2.ReplyTo, p2.Thread)
	}
	if p := r.post(t, fromApp.URI); !p.FromUs || p.Thread != network.Ref(asked.URI) || p.Text != "From the app" {
		t.Errorf("what was written in the app came in as %+v", p)
	}
	if r.times[sent.Ref]+r.times[sent2.Ref] != 0 {
		t.Errorf("what Mercat sent came in as a post")
	}
	var thread []network.Post
	eventually(t, "the thread is not whole", func() bool {
		if thread, err = c.(network.Threader).Thread(t.Context(), p2.Ref, 20); err != nil {
			t.Fatalf("Thread: %v", err)
		}
		return len(thread) >= 4
	})
	if thread[0].Ref != p.Ref || thread[len(thread)-1].Ref != p2.Ref {
		t.Errorf("the thread begins with %q and ends with %q", thread[0].Text, thread[len(thread)-1].Text)
	}

	// All is taken back.
	if err := c.(network.Deleter).Delete(t.Context(), sent.Ref); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	eventually(t, "Ann still sees what was deleted", func() bool { return !slices.Contains(ann.seesTexts(t, council), out.Text) })
	if err := c.(network.Deleter).Delete(t.Context(), p.Ref); network.TroubleOf(err) != network.Refused {
		t.Errorf("Delete of Ann's post: %v, want refused", err)
	}
	ann.deletes(t, asked.URI)
	eventually(t, "the deletion has not come in", func() bool { r.fetch(t); return r.gone[p.Ref] == 1 })
	_, err = c.Send(t.Context(), answer(p, "Too late"))
	if network.TroubleOf(err) != network.Missing {
		t.Errorf("Send below a deleted post: %v, want missing", err)
	}
	if r.times[p.Ref] != 1 || r.times[p2.Ref] != 1 {
		t.Errorf("posts came %v times", r.times)
	}
}

func cidOf(t *testing.T, blob json.RawMessage) string {
	t.Helper()
	var b struct {
		Ref struct {
			Link string `json:"$link"`
		} `json:"ref"`
	}
	if err := json.Unmarshal(blob, &b); err != nil {
		t.Fatal(err)
	}
	return b.Ref.Link
}

func TestRepliesAndQuotesComeIn(t *testing.T) {
	n := startedNetwork(t)
	council, ann := n.newPerson(t, "council"), n.newPerson(t, "ann")
	c := council.connect(t, bluesky.Options{}, n.PDS, nil)
	defer close(t, c)
	news := council.create(t, "app.bsky.feed.post", map[string]any{"text": "The bridge is closed."})
	quote := ann.create(t, "app.bsky.feed.post", map[string]any{"text": "Again?", "embed": map[string]any{"$type": "app.bsky.embed.record", "record": news}})
	both := ann.writesTo(t, council, "until when?", map[string]any{"reply": map[string]any{"root": news, "parent": news}})
	r := newReader(c)
	if p := r.post(t, quote.URI); p.Quotes != network.Ref(news.URI) || p.Thread != p.Ref || p.ReplyTo != "" {
		t.Errorf("the quote came in as %+v", p)
	}
	if p := r.post(t, both.URI); p.ReplyTo != network.Ref(news.URI) || p.Thread != network.Ref(news.URI) || r.times[p.Ref] != 1 {
		t.Errorf("a reply that is a mention as well came %d times as %+v", r.times[p.Ref], p)
	}
	if r.times[network.Ref(news.URI)] != 0 {
		t.Errorf("a post of our own that answers nobody came in")
	}
}

func TestPostsThatArriveLateOrTogetherAreNotSkipped(t *testing.T) {
	n := startedNetwork(t)
	council, ann := n.newPerson(t, "council"), n.newPerson(t, "ann")
	c := council.connect(t, bluesky.Options{PageSize: 12, BatchPosts: 3}, n.PDS, nil)
	defer close(t, c)
	start, facets := council.mention()
	at := func(when time.Time, count int) (uris []string) {
		var writes []any
		for i := range count {
			writes = append(writes, map[string]any{"$type": "com.atproto.repo.applyWrites#create", "collection": "app.bsky.feed.post", "value": map[string]any{
				"$type": "app.bsky.feed.post", "text": fmt.Sprint(start, i), "facets": facets, "createdAt": when.UTC().Format("2006-01-02T15:04:05.000Z"),
			}})
		}
		var answer struct {
			Results []ref `json:"results"`
		}
		ann.procedure(t, "com.atproto.repo.applyWrites", map[string]any{"repo": ann.did, "writes": writes}, &answer)
		for _, r := range answer.Results {
			uris = append(uris, r.URI)
		}
		return uris
	}
	r := newReader(c)
	now := time.Now()
	// Posts of one moment, over a page's end and several batches.
	uris := at(now.Add(-time.Minute), 11)
	uris = append(uris, at(now.Add(-30*time.Second), 2)...)
	for _, uri := range uris {
		r.post(t, uri)
	}
	// From programs that were offline for a while.
	late := append(at(now.Add(-time.Hour), 3), at(now.Add(-20*time.Hour), 1)...)
	late = append(late, at(now.Add(-time.Minute), 2)...)
	for _, uri := range late {
		r.post(t, uri)
	}
	r.fetch(t)
	for ref, times := range r.times {
		if times != 1 {
			t.Errorf("%s came %d times", ref, times)
		}
	}
	if len(r.times) != 19 {
		t.Errorf("%d posts came, want 19", len(r.times))
	}
}

func TestDeletionsOfOlderPostsComeInInTurn(t *testing.T) {
	n := startedNetwork(t)
	council, ann := n.newPerson(t, "council"), n.newPerson(t, "ann")
	c := council.connect(t, bluesky.Options{}, n.PDS, nil)
	defer close(t, c)
	old := ann.writesTo(t, council, "an old question", map[string]any{"createdAt": time.Now().Add(-10 * 24 * time.Hour).UTC().Format(time.RFC3339)})
	recent := ann.writesTo(t, council, "a new one", nil)
	r := newReader(c)
	r.post(t, old.URI)
	r.post(t, recent.URI)
	ann.deletes(t, old.URI)
	eventually(t, "the deletion of an older post has not come in", func() bool { r.fetch(t); return r.gone[network.Ref(old.URI)] == 1 })
	// An author who is muted is not heard any more, but has deleted nothing.
	council.procedure(t, "app.bsky.graph.muteActor", map[string]any{"actor": ann.did}, nil)
	council.create(t, "app.bsky.graph.block", map[string]any{"subject": ann.did})
	eventually(t, "the AppView does not know of the block", func() bool {
		_, err := c.Send(t.Context(), answer(r.posts[network.Ref(recent.URI)], "Hello?"))
		return err != nil
	})
	for range 3 {
		r.fetch(t)
	}
	if len(r.gone) != 1 {
		t.Errorf("deletions %v, want that of the old post only", r.gone)
	}
}

func TestAnswersThatMayNotBeGivenAreRefused(t *testing.T) {
	n := startedNetwork(t)
	council, ann := n.newPerson(t, "council"), n.newPerson(t, "ann")
	c := council.connect(t, bluesky.Options{}, n.PDS, nil)
	defer close(t, c)
	r := newReader(c)
	asked := r.post(t, ann.writesTo(t, council, "and nobody may answer", nil).URI)
	// Only people that Ann has mentioned may reply, and later nobody.
	key := string(asked.Ref[strings.LastIndex(string(asked.Ref), "/")+1:])
	ann.put(t, "app.bsky.feed.threadgate", key, map[string]any{"post": asked.Ref, "allow": []any{}, "createdAt": time.Now().UTC().Format(time.RFC3339)})
	refusal := func(what, says string) {
		t.Helper()
		eventually(t, what+" is not refused", func() bool {
			_, err := c.Send(t.Context(), answer(asked, "May I?"))
			var e *network.Error
			if err != nil && (!errors.As(err, &e) || e.Trouble != network.Refused || !strings.Contains(e.Sentence, says)) {
				t.Fatalf("Send: %v, want refused with %q", err, says)
			}
			return err != nil
		})
	}
	refusal("an answer in a closed thread", "reply disabled")
	ann.create(t, "app.bsky.graph.block", map[string]any{"subject": council.did})
	eventually(t, "a block does not show", func() bool {
		_, err := c.Send(t.Context(), answer(asked, "May I?"))
		return err != nil && strings.Contains(err.Error(), "has blocked this account")
	})
	for what, out := range map[string]network.Outgoing{
		"too long":       {Text: strings.Repeat("x", 301)},
		"nothing":        {Text: " "},
		"direct":         {Text: "x", Visibility: network.Direct},
		"below no post":  {Text: "x", ReplyTo: "at://" + network.Ref(ann.did) + "/app.bsky.feed.like/3kaaaaaaaaaaa"},
		"five pictures":  {Text: "x", Media: make([]network.Attachment, 5)},
		"not a picture":  {Text: "x", Media: []network.Attachment{{Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("%PDF-1.4")), nil }}}},
		"without a time": {Text: "x"},
	} {
		out.Key, out.At = "k1", time.Now()
		if what == "without a time" {
			out.At = time.Time{}
		}
		if _, err := c.Send(t.Context(), out); network.TroubleOf(err) != network.Refused {
			t.Errorf("%s: %v, want refused", what, err)
		}
	}
}
