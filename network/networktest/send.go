package networktest

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
)

func answerIsSeen(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	text := words("Thank you, Ann. A crew comes on Thursday 🛠")
	send(t, c, w.answer(p, text))
	w.seenOnce(t, c, p, text)
}

func answerSentTwice(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	text := words("We send this twice")
	out := w.answer(p, text)
	first := send(t, c, out)
	out.First = false
	for range 2 {
		if again := send(t, c, out); again.Ref != first.Ref || again.Thread != first.Thread {
			t.Errorf("sent again under the same key, %+v became %+v", first, again)
		}
	}
	w.seenOnce(t, c, p, text)
}

func answerSentAfterRestart(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	text := words("We send this before and after a crash")
	out := w.answer(p, text)
	first := send(t, c, out)
	out.First = false
	restarted := w.connect(t)
	if again := send(t, restarted, out); again.Ref != first.Ref {
		t.Errorf("sent again by another connection under the same key, %q became %q", first.Ref, again.Ref)
	}
	w.seenOnce(t, restarted, p, text)
}

func sameWordsTwoKeys(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	text := words("Please send us a photo")
	first, second := send(t, c, w.answer(p, text)), send(t, c, w.answer(p, text))
	if first.Ref == second.Ref {
		t.Errorf("two answers under two keys have one Ref %q", first.Ref)
	}
	w.eventually(t, "the citizen does not see the same words twice", func() bool { return w.seen(t, text) == 2 })
}

// picture encodes a small picture as one of the types allowed.
func picture(allowed []string) (data []byte, contentType string) {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		for y := range 48 {
			m.Set(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), 90, 255})
		}
	}
	var b bytes.Buffer
	switch {
	case slices.Contains(allowed, "image/jpeg"):
		if err := jpeg.Encode(&b, m, nil); err != nil {
			panic(err) // a buffer takes everything
		}
		return b.Bytes(), "image/jpeg"
	case slices.Contains(allowed, "image/png"):
		if err := png.Encode(&b, m); err != nil {
			panic(err) // as above
		}
		return b.Bytes(), "image/png"
	}
	return nil, ""
}

func answerWithPicture(t *testing.T, w *world) {
	media := w.Network.Describe().Compose.Media
	data, contentType := picture(media.ContentTypes)
	if media.Max == 0 || data == nil {
		doesNotApply(t, "this network takes no JPEG or PNG")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	text := words("This is where the new crossing goes")
	out := w.answer(p, text)
	out.Media = []network.Attachment{{
		Open:        func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		ContentType: contentType, Filename: "crossing.jpg", Size: int64(len(data)), Alt: "A plan of a crossing", Width: 64, Height: 48,
	}}
	first := send(t, c, out)
	out.First = false
	if again := send(t, c, out); again.Ref != first.Ref {
		t.Errorf("sent again under the same key, %q became %q", first.Ref, again.Ref)
	}
	w.seenOnce(t, c, p, text)
}

func ownAnswerIsOurs(t *testing.T, w *world) {
	c := w.connect(t)
	p := w.received(t, c)
	text := words("This is from us")
	sent := send(t, c, w.answer(p, text))
	w.eventually(t, "the citizen does not see the answer", func() bool { return w.seen(t, text) > 0 })
	after := w.CitizenPosts(t, words("And this is from me"))
	events, _ := w.fetchUntil(t, c, "", "the citizen's next post has not come in", func(e []network.Event) bool { return hasPosts(e, after) })
	for _, e := range events {
		if e.Post != nil && !e.Post.FromUs && (e.Post.Ref == sent.Ref || strings.Contains(e.Post.Text, text)) {
			t.Errorf("our own answer came in as a post of %q", e.Post.Author.ID)
		}
	}
}

func tooLong(t *testing.T, w *world) {
	compose := w.Network.Describe().Compose
	if compose.Limit == 0 {
		doesNotApply(t, "this network has no limit")
		return
	}
	c := w.connect(t)
	p := w.received(t, c)
	mark := words("Too long")
	_, err := timed(t, calm, "Send of too long a text", func(ctx context.Context) (network.Sent, error) {
		return c.Send(ctx, w.answer(p, mark+strings.Repeat(" and on", compose.Limit)))
	})
	if err == nil {
		t.Fatalf("a text over the limit of %d %s was sent", compose.Limit, compose.Unit)
	}
	if got := network.TroubleOf(err); got != network.Refused {
		t.Errorf("a text over the limit is %s (%v), want refused", got, err)
	}
	if n := w.seen(t, mark); n != 0 {
		t.Errorf("the citizen sees it all the same, %d times", n)
	}
}

func takenBack(t *testing.T, w *world) {
	c := w.connect(t)
	deleter, ok := c.(network.Deleter)
	if !ok {
		doesNotApply(t, "the connection is no Deleter")
		return
	}
	p := w.received(t, c)
	text, kept := words("This was wrong"), words("This was right")
	wrong := send(t, c, w.answer(p, text))
	send(t, c, w.answer(p, kept))
	w.eventually(t, "the citizen does not see the answers", func() bool { return w.seen(t, text) == 1 && w.seen(t, kept) == 1 })
	for i := range 2 {
		_, err := timed(t, calm, "Delete", func(ctx context.Context) (struct{}, error) { return struct{}{}, deleter.Delete(ctx, wrong.Ref) })
		if err != nil {
			t.Fatalf("Delete for the %d. time: %v", i+1, err)
		}
	}
	w.eventually(t, "the citizen still sees what was taken back", func() bool { return w.seen(t, text) == 0 })
	if n := w.seen(t, kept); n != 1 {
		t.Errorf("the other answer is seen %d times, want once", n)
	}
}

func threadHoldsPost(t *testing.T, w *world) {
	c := w.connect(t)
	threader, ok := c.(network.Threader)
	if !ok {
		doesNotApply(t, "the connection is no Threader")
		return
	}
	p := w.received(t, c)
	text := words("An answer in the thread")
	sent := send(t, c, w.answer(p, text))
	thread := func(limit int) []network.Post {
		posts, err := timed(t, calm, "Thread", func(ctx context.Context) ([]network.Post, error) { return threader.Thread(ctx, p.Ref, limit) })
		if err != nil {
			t.Fatalf("Thread: %v", err)
		}
		if len(posts) > limit {
			t.Errorf("Thread returned %d posts, over the limit of %d", len(posts), limit)
		}
		for i := range posts {
			checkPost(t, &posts[i])
			if i > 0 && posts[i].At.Before(posts[i-1].At) {
				t.Errorf("Thread is not in order: %v before %v", posts[i-1].At, posts[i].At)
			}
		}
		return posts
	}
	has := func(posts []network.Post, ref network.Ref) bool {
		return slices.ContainsFunc(posts, func(p network.Post) bool { return p.Ref == ref })
	}
	w.eventually(t, fmt.Sprintf("the thread does not hold %q and its answer %q", p.Ref, sent.Ref), func() bool {
		posts := thread(20)
		return has(posts, p.Ref) && has(posts, sent.Ref)
	})
	if !has(thread(1), p.Ref) {
		t.Errorf("the thread cut to one post does not hold the post itself")
	}
}
