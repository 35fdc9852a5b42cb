package practice_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/web"
)

// browser is a person at the page, who follows redirects.
type browser struct {
	t      *testing.T
	rt     *web.Router
	role   string
	cookie map[string]string
}

func (v *village) browse(t *testing.T) *browser {
	t.Helper()
	rt, err := web.NewRouter(web.Options{
		Now: v.clock.Now, SigningKey: make([]byte, 32), Log: slog.New(slog.DiscardHandler),
		Authenticator: web.AuthenticatorFunc(func(r *http.Request) (*web.Viewer, error) {
			if role := r.Header.Get("X-Role"); role != "" {
				return &web.Viewer{ID: 7, Name: "Ailsa Drummond", Role: role}, nil
			}
			return nil, nil
		}),
	})
	must(t, err)
	v.Routes(rt, web.Roles("reader", "officer"))
	return &browser{t: t, rt: rt, role: "officer", cookie: map[string]string{}}
}

func (b *browser) send(r *http.Request) *http.Response {
	b.t.Helper()
	r.Header.Set("X-Role", b.role)
	for name, value := range b.cookie {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.rt.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.cookie[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookie, c.Name)
		}
	}
	return res
}

// end follows the redirect of a POST and returns the page.
func (b *browser) end(res *http.Response, status int) string {
	b.t.Helper()
	for res.StatusCode == http.StatusSeeOther {
		target, _, _ := strings.Cut(res.Header.Get("Location"), "#")
		res = b.send(httptest.NewRequest("GET", target, nil))
	}
	body, err := io.ReadAll(res.Body)
	must(b.t, err)
	if res.StatusCode != status {
		b.t.Fatalf("status %d, want %d: %s", res.StatusCode, status, saysOf(string(body)))
	}
	return string(body)
}

func (b *browser) get(path string, status int) string {
	b.t.Helper()
	return b.end(b.send(httptest.NewRequest("GET", path, nil)), status)
}

func (b *browser) post(path string, status int, fields ...string) string {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.end(b.send(r), status)
}

func (b *browser) upload(status int, name string, data []byte, fields ...string) string {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		must(b.t, form.WriteField(fields[i], fields[i+1]))
	}
	if name != "" {
		file, err := form.CreateFormFile("picture", name)
		must(b.t, err)
		_, err = file.Write(data)
		must(b.t, err)
	}
	must(b.t, form.Close())
	r := httptest.NewRequest("POST", "/practice/posts", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.end(b.send(r), status)
}

// saysOf is a page's words.
func saysOf(page string) string {
	page = regexp.MustCompile(`(?s)<(script|style|head).*?</(script|style|head)>`).ReplaceAllString(page, "")
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}

func wants(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) && !strings.Contains(saysOf(page), part) {
			t.Errorf("the page has no %q", part)
		}
	}
}

func wantsNot(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(page, part) || strings.Contains(saysOf(page), part) {
			t.Errorf("the page has %q", part)
		}
	}
}

func TestOnlyWhoMayIsLetIn(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		for _, route := range b.rt.Routes() {
			if !strings.Contains(route.Pattern, "/practice") {
				continue
			}
			method, path, _ := strings.Cut(route.Pattern, " ")
			w := httptest.NewRecorder()
			b.rt.ServeHTTP(w, httptest.NewRequest(method, strings.NewReplacer("{", "", "}", "").Replace(path), nil))
			if w.Code != http.StatusSeeOther && w.Code != http.StatusUnauthorized {
				t.Errorf("%s answers a stranger with %d", route.Pattern, w.Code)
			}
		}
	})
}

// forms are where a page sends what was filled in.
var forms = regexp.MustCompile(`method="post"|type="submit"`)

func TestWhoeverReadsOnlyLooksOn(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		b.upload(200, "", nil, "as", "2", "key", "k1", "reach", "public", "text", "Bus 4 is not running")
		b.post("/practice/fault", 200, "as", "2", "kind", "down")
		b.role = "reader"
		page := b.get("/practice?as=2", 200)
		wants(t, page, "What Callum Fraser sees", "Bus 4 is not running", "You look on here", "The network is down")
		wantsNot(t, page, "Make it fail", "All well again", "Edit or delete", "Add citizen", "Write to")
		if found := forms.FindAllString(page, -1); len(found) != 0 {
			t.Errorf("the page offers a reader %d forms", len(found))
		}
		told := next(t, b.listen("/practice/live?as=2&after=0", ""), "Bus 4 is not running")
		wantsNot(t, told, "Edit or delete", "All well again")
		for _, route := range b.rt.Routes() {
			if method, path, _ := strings.Cut(route.Pattern, " "); method == "POST" && strings.HasPrefix(path, "/practice") {
				b.post(strings.NewReplacer("{", "", "}", "").Replace(path), 403)
			}
		}
	})
}

func TestTheLoopIsSeenOnThePage(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		b, c := v.browse(t), v.connect(t, "council")
		page := b.get("/practice", 200)
		wants(t, page, "You are Màiri NicLeòid", "Nobody listens yet", "Nobody has said anything yet", `href="/desk"`)

		_, err := c.Check(t.Context())
		must(t, err)
		page = b.upload(200, "", nil, "as", "2", "to", "council", "key", "k1", "reach", "public", "text", "Bus 4 is not running")
		wants(t, page, "You are Callum Fraser", "Bus 4 is not running", "Look for it at the desk", "Write to Strathcarron Council", "Adding to your post, in public")
		wantsNot(t, page, "Nobody listens yet")

		events, _ := drain(t, c, "")
		question := events[0].Post
		send(t, c, answer("k1", question, "It runs again at 9"))
		wants(t, b.get("/practice", 200), "It runs again at 9", "Replying to Strathcarron Council, in public")

		thread := string(question.Ref)
		page = b.post("/practice/posts/"+thread+"/reply", 200, "as", "2", "post", thread, "reply-"+thread, "Thank you", "key", "k2")
		wants(t, page, "Thank you")
		page = b.post("/practice/posts/"+thread, 200, "as", "2", "text", "Bus 5 is not running")
		wants(t, page, "Bus 5 is not running", "Edited")
		page = b.post("/practice/posts/"+thread+"/delete", 200, "as", "2")
		wants(t, page, "This post was deleted", "It runs again at 9")
		wantsNot(t, page, "Bus 5")
	})
}

func TestALinkToAPrivatePostLeadsToWhoeverMayReadIt(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		b, c := v.browse(t), v.connect(t, "council")
		v.say(t, practice.Saying{Citizen: callum, Text: "Only for the council", Private: true})
		wantsNot(t, b.get("/practice?as=1", 200), "Only for the council")
		events, _ := drain(t, c, "")
		target, fragment, _ := strings.Cut(events[0].Post.URL, "#")
		page := b.get(target, 200)
		wants(t, page, "You are Callum Fraser", "Only for the council", `id="`+fragment+`"`)
		b.get(target+"&as=1", 404)
		b.get("/practice?post=zzz", 404)
		b.get("/practice?post=%00", 404)
		wants(t, b.get("/practice?as=99999&before=nonsense", 200), "You are Màiri NicLeòid")
	})
}

func TestWhatWasWrongIsSaidAndWhatWasTypedIsKept(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		long := strings.Repeat("é", 501)
		page := b.upload(422, "", nil, "as", "1", "text", long, "reach", "private")
		wants(t, page, "this one has 501. Shorten it.", long, "Error: ")
		if !regexp.MustCompile(`value="private" checked`).MatchString(page) {
			t.Error("who can read it was forgotten")
		}

		page = b.upload(422, "lamp.png", picture(t, 600), "as", "1", "text", "The lamp")
		wants(t, page, "Describe the picture for people who cannot see it.", "Your picture is kept.", "The lamp")
		wants(t, page, `name="kept_name" value="lamp.png"`)
		kept := regexp.MustCompile(`name="kept" value="([0-9a-f]{64})"`).FindStringSubmatch(page)
		if kept == nil {
			t.Fatal("the picture is not kept")
		}
		page = b.upload(200, "", nil, "as", "1", "text", "The lamp", "kept", kept[1], "alt", "A dark lamp")
		wants(t, page, `alt="A dark lamp"`, `width="480" height="240"`)

		for name, data := range map[string][]byte{
			"plan.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
			"lamp.png": []byte("not a picture at all"),
			"half.png": picture(t, 600)[:300],
		} {
			page = b.upload(422, name, data, "as", "1", "text", "The lamp", "alt", "A lamp")
			if !regexp.MustCompile(`(no picture that we can read|damaged)`).MatchString(page) {
				t.Errorf("%s: %s", name, saysOf(page))
			}
			wantsNot(t, page, "picture is kept")
		}
		wants(t, b.upload(422, "large.png", make([]byte, practice.MaxPicture+1), "as", "1", "text", "The lamp", "alt", "A lamp"), "Choose a smaller one")
		for _, strange := range []string{"x", "../../etc/passwd", strings.Repeat("0", 64)} {
			b.upload(200, "", nil, "as", "1", "text", "A picture that is not there", "kept", strange)
		}
		wants(t, b.post("/practice/citizens", 422, "as", "1", "name", " "), "Enter a name.")
		wants(t, b.post("/practice/fault", 422, "as", "1", "kind", "slow", "seconds", "61"), "from 1 to 60 seconds")
		wants(t, b.post("/practice/fault", 422, "as", "1"), "Choose what is to go wrong")
		b.post("/practice/posts/zzz/reply", 404, "as", "1", "post", "zzz", "reply-zzz", "Hello")
		b.post("/practice/posts/zzz", 404, "as", "1", "text", "Hello")
	})
}

func TestAReplyThatIsTooLongIsShownWhereItWasTyped(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		thread := string(v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"}))
		long := strings.Repeat("x", 501)
		page := b.post("/practice/posts/"+thread+"/reply", 422, "as", "2", "post", thread, "reply-"+thread, long)
		wants(t, page, `href="#reply-`+thread+`"`, ">"+long+"</textarea>")
	})
}

func TestAnEditThatComesTooLateIsTold(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		ref := string(v.say(t, practice.Saying{Citizen: mairi, Text: "One"}))
		page := b.get("/practice/posts/"+ref+"?as=1", 200)
		version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1]
		must(t, v.Edit(t.Context(), mairi, network.Ref(ref), 0, "Two"))
		page = b.post("/practice/posts/"+ref, 422, "as", "1", "version", version, "text", "Three")
		wants(t, page, "It now says: “Two”", ">Three</textarea>")
		version = regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1]
		wants(t, b.post("/practice/posts/"+ref, 200, "as", "1", "version", version, "text", "Three"), "Three")
		b.get("/practice/posts/"+ref+"?as=2", 403)
	})
}

func TestHostileWordsDoNothingOnThePage(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		word := strings.Repeat("w", 300)
		v.say(t, practice.Saying{Citizen: mairi, Text: "<script>alert(1)</script> javascript:alert(1) https://a.example/\"onx=1\nnext line\n\nnext paragraph " + word})
		page := b.get("/practice", 200)
		wantsNot(t, page, "<script>alert", `href="javascript`, `" onx`)
		wants(t, page, "&lt;script&gt;", `href="https://a.example/"`, "<br>")
		body := page[strings.Index(page, "next paragraph"):]
		body = body[:strings.Index(body, "</p>")]
		if joined := strings.ReplaceAll(body, "<wbr>", ""); !strings.Contains(joined, word) || strings.Count(body, "<wbr>") < 7 {
			t.Errorf("a long word is shown as %q", body)
		}
		b.upload(413, "", nil, "as", "1", "text", strings.Repeat("w", 2<<20))
		b.upload(422, "", nil, "as", "1", "text", "\u202e\u2069")
	})
}

func TestAPictureIsSentAsAPictureAndNothingElse(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		page := b.upload(200, "lamp.png", picture(t, 600), "as", "1", "alt", "A lamp")
		for _, size := range []string{"full", "thumb"} {
			path := regexp.MustCompile(`/practice/pictures/[a-z0-9]+/0/` + size).FindString(page)
			res := b.send(httptest.NewRequest("GET", path, nil))
			if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "image/") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s is answered with %d, %v", path, res.StatusCode, res.Header)
			}
			b.get(strings.Replace(path, "/0/", "/1/", 1), 404)
			b.get(path+"x", 404)
		}
		b.get("/practice/pictures/zzz/0/full", 404)
	})
}

func TestTheBannerSaysWhatIsWrongUntilItIsWellAgain(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		for kind, says := range map[string]string{
			"slow": "10 seconds longer", "down": "The network is down", "limited": "ask again at 09:00:10",
			"broken": "an error of its own", "revoked": "sign-in was revoked", "unconfirmed": "nothing may appear twice",
		} {
			wants(t, b.post("/practice/fault", 200, "as", "1", "kind", kind, "seconds", "10"), says, "All well again")
		}
		wantsNot(t, b.post("/practice/fault", 200, "as", "1", "kind", "none"), "All well again")
	})
}

func TestWhoHasSeveralAccountsChoosesBetweenThem(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		b := v.browse(t)
		for _, handle := range []string{"roads", "library"} {
			_, err := v.connect(t, handle).Check(t.Context())
			must(t, err)
		}
		wants(t, b.get("/practice", 200), `<option value="roads"`, `<option value="library"`)
		b.upload(200, "", nil, "as", "1", "to", "library", "text", "Is the book in?")
		wants(t, b.upload(422, "", nil, "as", "1", "to", "police", "text", "Is the book in?"), "Choose the account")
	})
}

// listen opens the live stream of a page and returns the frames as they come.
func (b *browser) listen(path, last string) <-chan string {
	b.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Role", b.role)
		b.rt.ServeHTTP(w, r)
	}))
	ctx, stop := context.WithCancel(context.Background())
	b.t.Cleanup(func() { stop(); server.Close() })
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+path, nil)
	must(b.t, err)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := server.Client().Do(r)
	must(b.t, err)
	frames := make(chan string, 100)
	go func() {
		defer close(frames)
		defer res.Body.Close()
		var frame strings.Builder
		buffer := make([]byte, 64<<10)
		for {
			n, err := res.Body.Read(buffer)
			frame.Write(buffer[:n])
			for {
				head, rest, found := strings.Cut(frame.String(), "\n\n")
				if !found {
					break
				}
				frame.Reset()
				frame.WriteString(rest)
				frames <- head
			}
			if err != nil {
				return
			}
		}
	}()
	return frames
}

// next waits for a frame that has all parts.
func next(t *testing.T, frames <-chan string, parts ...string) string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case frame, open := <-frames:
			if !open {
				t.Fatalf("the stream ended before %q", parts)
			}
			all := true
			for _, part := range parts {
				all = all && strings.Contains(frame, part)
			}
			if all {
				return frame
			}
		case <-deadline:
			t.Fatalf("nothing with %q came", parts)
		}
	}
}

func TestAnOpenPageIsToldWhatHappens(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		b, c := v.browse(t), v.connect(t, "council")
		mine := v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		page := b.get("/practice?as=1", 200)
		live := strings.ReplaceAll(regexp.MustCompile(`/practice/live\?[^"]*`).FindString(page), "&amp;", "&")
		frames := b.listen(live, "")

		events, _ := drain(t, c, "")
		v.clock.Advance(time.Hour)
		send(t, c, answer("k1", events[0].Post, "A crew comes on Thursday"))
		frame := next(t, frames, `id="t-`+string(mine)+`"`, "A crew comes on Thursday", "hx-swap-oob")
		if !strings.Contains(frame, ">now<") {
			t.Error("what was just said is not shown as said now: the clock of the page is that of its request")
		}
		id := regexp.MustCompile(`(?m)^id: (\d+)`).FindStringSubmatch(frame)
		if id == nil {
			t.Fatal("the event does not say how far it goes")
		}

		theirs := v.say(t, practice.Saying{Citizen: callum, Text: "The bus is late"})
		next(t, frames, "event: practice-new", string(theirs))
		must(t, v.SetFault(t.Context(), practice.Fault{Kind: practice.Down}))
		next(t, frames, "practice-fault", "The network is down")
		v.say(t, practice.Saying{Citizen: callum, Text: "Only for the council", Private: true})
		v.say(t, practice.Saying{Citizen: mairi, ReplyTo: theirs, Text: "Mine too"})
		if frame := next(t, frames, "Mine too"); strings.Contains(frame, "Only for") {
			t.Error("a page is told of what its citizen may not read")
		}

		// A browser that comes back is told what it missed, and nothing that it has.
		again := next(t, b.listen(live, id[1]), "Mine too")
		if strings.Contains(again, "A crew comes") {
			t.Error("what the browser has already is sent again")
		}
	})
}

func TestTheDemonstrationRunsInTwoTabs(t *testing.T) {
	once(t, func(t *testing.T, v *village) {
		// Two browsers are two citizens, each of whom stays who they are.
		a, b := v.browse(t), v.browse(t)
		a.get("/practice?as=1", 200)
		b.get("/practice?as=2", 200)
		for i := range 2 {
			wants(t, a.get("/practice", 200), "You are Màiri NicLeòid")
			wants(t, b.upload(200, "", nil, "as", "2", "text", fmt.Sprint("Post ", i)), "You are Callum Fraser")
		}
	})
}
