package archive

import (
	"strings"
	"testing"

	"mercat.scot/mercat/platform/fault"
)

const accountJS = `window.YTD.account.part0 = [ { "account" : { "email" : "x@council.example", "username" : "StrathCouncil", "accountId" : "77", "accountDisplayName" : "Strathcarron Council" } } ]`

func xArchive(t testing.TB) string {
	t.Helper()
	return zipOf(t, member{"data/tweets.js", readFile(t, "testdata/tweets.js")}, member{"data/account.js", accountJS}, member{"data/tweets_media/1001-SNOW.png", "a picture"},
		member{"data/tweets_media/1001-high.mp4", "a video"}, member{"data/deleted-tweets.js", "window.YTD.deleted_tweets.part0 = [ {} ]"},
		member{"data/tweets-part1.js", `window.YTD.tweets.part1 = [ {"tweet": {"id_str": "2000", "created_at": "Thu Jan 09 10:00:00 +0000 2014", "full_text": "Open again"}} ]`})
}

func TestAnXArchiveIsReadPostByPost(t *testing.T) {
	path := xArchive(t)
	list := whole(t, X, path, Options{})
	if len(list) != 7 {
		t.Fatalf("%q", told(list))
	}
	more, answer, snow := list[0], list[1], list[2]
	if p := answer.Post; p.Text != "@ann_g The bin at the school is full again & open: https://council.example/grit?a=1&b=2 #grit" || p.ReplyTo != "900" || p.Thread != "900" ||
		answer.To.ID != "501" || answer.To.Name != "Ann Gillies" || p.Author.ID != "77" || p.URL != "https://x.com/StrathCouncil/status/1002" {
		t.Errorf("%q", told(list[1:2]))
	}
	if p := snow.Post; p.Text != "Snow on the pass" || p.Language != "" || p.Thread != "1001" || snow.To.ID != "" || len(p.Media) != 2 || p.Media[0].Alt != "The pass" {
		t.Errorf("%q", told(list[2:3]))
	}
	if more.Post.ReplyTo != "1002" || more.Post.Thread != "900" || more.To.ID != "501" {
		t.Errorf("our second post, which stands before the first in the file, goes elsewhere: %q", told(list[:1]))
	}
	for i, want := range map[int]string{3: "somebody else", 4: "1 January 1970", 5: "not as X"} {
		if !strings.Contains(list[i].Wrong, want) {
			t.Errorf("%s: %q", list[i].Place, list[i].Wrong)
		}
	}
	if list[6].Post.Text != "Open again" {
		t.Errorf("%q", told(list[6:]))
	}
	goesOnAnywhere(t, X, path, Options{})
}

func TestPicturesOfAnXArchiveAreFound(t *testing.T) {
	r, err := Open(X, xArchive(t), Options{Now: today})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var snow Item
	for range 3 {
		if snow, err = r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"a picture", "a video"} {
		if b, err := snow.Open(i); err != nil || string(b) != want {
			t.Errorf("%d: %q, %v", i, b, err)
		}
	}
}

func TestTweetsAloneNeedAName(t *testing.T) {
	if _, err := read(t, X, "testdata/tweets.js", Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "--own") {
		t.Errorf("without one: %v", err)
	}
	list := whole(t, X, "testdata/tweets.js", Options{Own: []string{"@StrathCouncil"}})
	if len(list) != 6 || list[0].Post.Author.Handle != "@StrathCouncil" || list[0].To.ID != "501" {
		t.Errorf("%q", told(list))
	}
	for name, text := range map[string]string{"no script": "Dear Sir", "an object": `window.YTD = {"a": 1}`, "cut": `window.YTD.tweets.part0 = [ {"tweet": {`} {
		if _, err := read(t, X, writeFile(t, "x", text), Options{Own: []string{"a"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(t, X, zipOf(t, member{"a.js", "x"}), Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("another archive: %v", err)
	}
}

func FuzzTweets(f *testing.F) {
	f.Add([]byte(readFile(f, xArchive(f))))
	f.Add([]byte(readFile(f, "testdata/tweets.js")))
	f.Add([]byte(`[{"id_str":"1","created_at":"Tue Jan 07 07:00:00 +0000 2014","text":"x","in_reply_to_status_id_str":"1","in_reply_to_screen_name":"A"}]`))
	f.Fuzz(func(t *testing.T, text []byte) { holds(t, X, text) })
}
