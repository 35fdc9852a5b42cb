package webform_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/webform"
)

// answer sends an answer of the council to a post.
func (h *house) answer(t *testing.T, to network.Post, key, text string, media ...network.Attachment) network.Sent {
	t.Helper()
	sent, err := h.conn.Send(t.Context(), network.Outgoing{
		Key: key, First: true, At: h.clock.Now(), To: to.Author, ReplyTo: to.Ref, Thread: to.Thread, Conversation: "k3f92qxt7m",
		Visibility: network.Direct, Text: text, Media: media,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func attached(name, alt string, data []byte) network.Attachment {
	return network.Attachment{Filename: name, Alt: alt, Size: int64(len(data)), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

func TestThePrivatePageShowsBothSidesAndTakesMore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		reference := h.send(t, "message", "The lamp is out", "name", "Ann")
		first := h.only(t)
		h.clock.Advance(time.Hour)
		h.answer(t, first, "k1", "A crew comes on Thursday", attached("plan.jpg", "A plan of the street", photoAt(t, 57, -5)), attached("rules.pdf", "", []byte("%PDF-1.4 rules")))
		h.steps["k3f92qxt7m"] = []webform.Step{{At: h.clock.Now(), Title: "A crew has been asked", Text: "4 to 9 days"}}

		p := h.get(t, "/track/"+reference)
		if p.status != http.StatusOK || !strings.Contains(p.text("main"), first.Author.ID) {
			t.Fatalf("%d %s", p.status, p.text("main"))
		}
		for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"} {
			if got := p.header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		theirs := p.messages("out")
		if len(theirs) != 1 || !strings.Contains(textOf(theirs[0]), "A crew comes on Thursday") || !strings.Contains(textOf(theirs[0]), "Strathcarron Council") {
			t.Fatalf("the answer is %d messages", len(theirs))
		}
		if main := p.text("main"); !strings.Contains(main, "A crew has been asked") || !strings.Contains(main, "4 to 9 days") || !strings.Contains(main, "24 November 2026, 10:00") {
			t.Errorf("the steps are missing in %s", main)
		}
		img := p.all(func(n *html.Node) bool { return n.Data == "img" })
		if len(img) != 1 || attr(img[0], "alt") != "A plan of the street" || !strings.HasPrefix(attr(img[0], "src"), "/track/"+reference+"/media/") {
			t.Fatalf("the picture is %+v", img)
		}
		if got := h.get(t, attr(img[0], "src")); got.status != http.StatusOK || got.header.Get("Content-Type") != "image/jpeg" || strings.Contains(got.raw, "Exif") {
			t.Errorf("the picture is served with %d %v", got.status, got.header)
		}
		pdf := p.all(func(n *html.Node) bool { return has(n, "download") })
		if got := h.get(t, attr(pdf[0], "href")); got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.raw != "%PDF-1.4 rules" {
			t.Errorf("the document is served with %d %v", got.status, got.header)
		}

		r := httptest.NewRequest("POST", "/track/"+reference, nil)
		b, contentType := body(t, with(p.fields(), "message", "Thank you. It is the second lamp"), upload{"lamp.jpg", photoAt(t, 57, -5)})
		r.Body = io.NopCloser(b)
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Origin", "null") // as browsers send it from a page with no referrer
		if sent := h.do(t, r); sent.status != http.StatusSeeOther || sent.header.Get("Location") != "/track/"+reference+"?added=1" {
			t.Fatalf("%d %q", sent.status, sent.header.Get("Location"))
		}
		posts := h.incoming(t)
		reply := posts[len(posts)-1]
		if len(posts) != 2 || reply.Thread != first.Ref || reply.Conversation != "k3f92qxt7m" || reply.Author.ID != first.Author.ID || len(reply.Media) != 1 || reply.Place != nil || reply.Contact.Name != "Ann" {
			t.Errorf("the reply is %+v", reply)
		}
	})
}

func TestAnAnswerTakenBackIsShownAsRemoved(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		reference := h.send(t, "message", "The lamp is out")
		sent := h.answer(t, h.only(t), "k1", "Wrong street", attached("wrong.jpg", "", photoAt(t, 57, -5)))
		src := attr(h.get(t, "/track/"+reference).all(func(n *html.Node) bool { return n.Data == "img" })[0], "src")
		if err := h.conn.(network.Deleter).Delete(t.Context(), sent.Ref); err != nil {
			t.Fatal(err)
		}
		p := h.get(t, "/track/"+reference)
		if strings.Contains(p.raw, "Wrong street") || !strings.Contains(p.text("main"), "The council removed this message.") {
			t.Error(p.text("main"))
		}
		if got := h.get(t, src); got.status != http.StatusNotFound {
			t.Errorf("its picture is served with %d", got.status)
		}
		h.clock.Advance(48 * time.Hour)
		if n, err := h.Sweep(t.Context(), h.clock.Now()); err != nil || n != 1 {
			t.Errorf("its picture is not swept: %d, %v", n, err)
		}
		if err := h.conn.(network.Deleter).Delete(t.Context(), h.incoming(t)[0].Ref); network.TroubleOf(err) != network.Refused {
			t.Errorf("the citizen's own message can be taken back: %v", err)
		}
	})
}

func TestOnlyTheLongReferenceOpensThePage(t *testing.T) {
	h := onLite(t)
	mine := h.send(t, "message", "The lamp is out")
	other := h.send(t, "message", "The bin is broken")
	short := h.incoming(t)[0].Author.ID
	enter := func(typed string) page {
		return h.post(t, "/track", h.fill(t, "/track", "reference", typed))
	}
	if p := enter(short); !p.hasProblem("short reference, which is for the telephone") {
		t.Errorf("%d %q", p.status, p.problems())
	}
	if p := enter(mine[:len(mine)-1]); !p.hasProblem("wrong, missing or too many") {
		t.Errorf("%d %q", p.status, p.problems())
	}
	typed := strings.ToLower(strings.ReplaceAll(mine, "-", " "))
	if p := enter(typed); p.status != http.StatusSeeOther || p.header.Get("Location") != "/track/"+mine {
		t.Errorf("as people type it: %d %q %q", p.status, p.header.Get("Location"), p.problems())
	}
	lost := h.get(t, "/track/MC-0000-0000-0000-0000-0")
	for _, path := range []string{"/track/" + short, "/track/nothing", "/track/" + url.PathEscape("<script>"), "/track/MC-0000-0000-0000-0000-0/sent", "/track/MC-0000-0000-0000-0000-0/live", "/track/MC-0000-0000-0000-0000-0/media/1"} {
		if p := h.get(t, path); p.status != http.StatusNotFound || p.text("main") != lost.text("main") {
			t.Errorf("%s is answered with %d %q", path, p.status, p.text("h1"))
		}
	}
	h.post(t, "/track/"+other, h.fill(t, "/track/"+other, "message", "With a photo"), upload{"a.jpg", photoAt(t, 57, -5)})
	src := attr(h.get(t, "/track/"+other).all(func(n *html.Node) bool { return n.Data == "img" })[0], "src")
	if p := h.get(t, strings.Replace(src, other, mine, 1)); p.status != http.StatusNotFound {
		t.Errorf("the photo of another page is served with %d", p.status)
	}
}

func TestReferencesCannotBeGuessedOneAfterAnother(t *testing.T) {
	h := onLite(t)
	mine := h.send(t, "message", "The lamp is out")
	get := func(reference string) page {
		r := httptest.NewRequest("GET", "/track/"+reference, nil)
		r.RemoteAddr = "[2001:db8:1:2:3:4:5:6]:999"
		return h.do(t, r)
	}
	for range 20 {
		if p := get("MC-0000-0000-0000-0000-0"); p.status != http.StatusNotFound {
			t.Fatalf("a wrong reference is answered with %d", p.status)
		}
	}
	if p := get(mine); p.status != http.StatusTooManyRequests {
		t.Errorf("after twenty wrong ones the right one is answered with %d", p.status)
	}
	h.clock.Advance(time.Minute)
	if p := get(mine); p.status != http.StatusOK {
		t.Errorf("a minute later it is answered with %d", p.status)
	}
}

func TestTheConfirmationSaysWhatIsTrue(t *testing.T) {
	h := onLite(t)
	reference := h.send(t, "message", "The lamp is out", "email", "ann@example.org")
	p := h.get(t, "/track/"+reference+"/sent")
	main := p.text("main")
	if p.status != http.StatusOK || !strings.Contains(main, h.only(t).Author.ID) || !strings.Contains(main, "https://contact.strathcarron.example/track/"+reference) {
		t.Errorf("%d %s", p.status, main)
	}
	if strings.Contains(main, "ann@example.org") {
		t.Error("it promises an email that nobody sends")
	}
	if len(p.all(func(n *html.Node) bool { return attr(n, "name") == "robots" })) == 0 {
		t.Error("it does not ask search engines to stay away")
	}
}

func TestAnOpenPageIsToldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		reference := h.send(t, "message", "The lamp is out")
		post := h.only(t)
		server := httptest.NewServer(h.router)
		defer server.Close()
		page := h.get(t, "/track/"+reference)
		connect := attr(page.byID("exchange"), "hx-sse:connect")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+connect, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("%d %v", answer.StatusCode, answer.Header)
		}
		h.answer(t, post, "k1", "A crew comes on Thursday")
		lines := bufio.NewScanner(answer.Body)
		var heard strings.Builder
		for lines.Scan() && !strings.Contains(heard.String(), "</ol>\ndata: </div>") {
			heard.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "There is something new on this page.") {
				break
			}
		}
		if got := heard.String(); !strings.Contains(got, "A crew comes on Thursday") || strings.Contains(got, "<textarea") {
			t.Errorf("the stream said %s", got)
		}
	})
}

func TestAPageIsKeptUpToDateInSomeWindowsAndNotInAll(t *testing.T) {
	h := onLite(t)
	reference := h.send(t, "message", "The lamp is out")
	server := httptest.NewServer(h.router)
	defer server.Close()
	status := 0
	for range 7 {
		answer, err := server.Client().Get(server.URL + "/track/" + reference + "/live")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		status = answer.StatusCode
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the seventh stream is answered with %d", status)
	}
}

func TestAnAnswerIsForTheAccountThatWasWrittenTo(t *testing.T) {
	h := onLite(t)
	h.send(t, "message", "The lamp is out")
	post := h.only(t)
	other, err := h.Connect(network.Account{ID: 99, Options: map[string]string{"slug": "roads"}})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, err = other.Send(t.Context(), network.Outgoing{Key: "k9", ReplyTo: post.Ref, Thread: post.Thread, Text: "Hello"})
	if network.TroubleOf(err) != network.Missing {
		t.Errorf("another account answers: %v", err)
	}
	if _, _, err := other.(network.Opener).OpenMedia(t.Context(), "webform:1"); network.TroubleOf(err) != network.Missing {
		t.Errorf("a file that is not there: %v", err)
	}
}
