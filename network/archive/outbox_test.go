package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/fault"
)

const actorJSON = `{"id": "https://towns.example/users/council", "preferredUsername": "council", "name": "Strathcarron Council", "url": "https://towns.example/@council"}`

// member is a file of an archive.
type member struct{ name, text string }

func tarOf(t testing.TB, list ...member) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range list {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(m.text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "archive.tar.gz", b.String())
}

func zipOf(t testing.TB, list ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range list {
		f, err := w.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "archive.zip", b.String())
}

func TestAMastodonArchiveIsReadPostByPost(t *testing.T) {
	text := readFile(t, "testdata/outbox.json")
	for name, path := range map[string]string{
		"outbox.json": "testdata/outbox.json",
		"tar.gz":      tarOf(t, member{"media_attachments/files/001/original/pier.png", "a picture"}, member{"./outbox.json", text}, member{"../../actor.json", actorJSON}, member{"actor.json", actorJSON}),
		"zip":         zipOf(t, member{"archive/outbox.json", text}, member{"archive/actor.json", actorJSON}, member{"archive/media_attachments/files/001/original/pier.png", "a picture"}),
	} {
		t.Run(name, func(t *testing.T) {
			scratch := t.TempDir()
			list := whole(t, Mastodon, path, Options{Scratch: scratch})
			if len(list) != 8 {
				t.Fatalf("%q", told(list))
			}
			p := list[0].Post
			if p.Ref != "100" || p.Thread != "100" || p.Text != "The road to the pier is closed & will be until noon." || p.Author.ID != "council@towns.example" || !p.FromUs ||
				p.Visibility != "public" || p.Language != "en" || len(p.Tags) != 1 || p.EditedAt.IsZero() || len(p.Media) != 2 || p.Media[0].Alt != "Barriers at the pier" {
				t.Errorf("%q", told(list[:1]))
			}
			if got := list[0].To.ID; got != "" {
				t.Errorf("what was said to everybody is to %q", got)
			}
			for i, want := range map[int]string{1: "boost", 5: "1 January 1970", 7: "not as Mastodon"} {
				if !strings.Contains(list[i].Wrong, want) {
					t.Errorf("%s: %q", list[i].Place, list[i].Wrong)
				}
			}
			answer, more := list[2], list[3]
			if answer.To.ID != "ann@elsewhere.example" || answer.Post.ReplyTo != "https://elsewhere.example/users/ann/statuses/77" || answer.Post.Visibility != "public" {
				t.Errorf("%q", told(list[2:3]))
			}
			if more.To.ID != answer.To.ID || more.Post.Thread != answer.Post.Thread || more.Post.Visibility != "unlisted" || more.Post.ReplyTo != "101" {
				t.Errorf("our second post goes elsewhere: %q", told(list[3:4]))
			}
			if d := list[4]; d.To.ID != "iain@towns.example" || d.Post.Visibility != "direct" || d.Post.Warning != "About your report" || strings.Contains(d.Post.Text, "alert") {
				t.Errorf("%q", told(list[4:5]))
			}
			if q := list[6].Post; q.Text != "When?\n- Today\n- Tomorrow" || q.Thread != "100" || list[6].To.ID != "" {
				t.Errorf("%q", told(list[6:7]))
			}
			left, err := os.ReadDir(scratch)
			if err != nil || len(left) != 0 {
				t.Errorf("it leaves %v, %v", left, err)
			}
			goesOnAnywhere(t, Mastodon, path, Options{})
		})
	}
}

func TestPicturesAreTakenFromTheArchive(t *testing.T) {
	path := tarOf(t, member{"media_attachments/files/001/original/pier.png", "a picture"}, member{"outbox.json", readFile(t, "testdata/outbox.json")}, member{"actor.json", actorJSON})
	r, err := Open(Mastodon, path, Options{Now: today, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if who := r.Owner(); who.Name != "Strathcarron Council" || who.Handle != "@council@towns.example" {
		t.Errorf("owner %+v", who)
	}
	item, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := item.Open(0); err != nil || string(b) != "a picture" {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := item.Open(1); err != nil || b != nil {
		t.Errorf("one that is not there: %q, %v", b, err)
	}
}

func TestHostileArchivesAreRefused(t *testing.T) {
	good := readFile(t, "testdata/outbox.json")
	bomb := `{"orderedItems": [` + strings.Repeat(" ", 200<<20) + `]}`
	packed := readFile(t, tarOf(t, member{"outbox.json", good}))
	zipped := readFile(t, zipOf(t, member{"outbox.json", good}))
	for name, c := range map[string]struct{ path, want string }{
		"a bomb in a tar":       {tarOf(t, member{"outbox.json", bomb}), "100 times its size"},
		"a bomb in a zip":       {zipOf(t, member{"outbox.json", bomb}), "100 times its size"},
		"a file of zeros":       {tarOf(t, member{"zeros", strings.Repeat("\x00", 30<<20)}, member{"zeros.json", strings.Repeat("\x00", 80<<20)}), "100 times its size"},
		"a cut tar":             {writeFile(t, "x", packed[:len(packed)/2]), "not whole"},
		"a cut zip":             {writeFile(t, "x", zipped[:len(zipped)/2]), "not whole"},
		"another archive":       {zipOf(t, member{"photos/1.jpg", "x"}), "0 files outbox.json"},
		"two":                   {zipOf(t, member{"a/outbox.json", good}, member{"b/outbox.json", good}), "2 files"},
		"no JSON":               {writeFile(t, "x", "Dear Sir"), `no list "orderedItems"`},
		"another JSON":          {writeFile(t, "x", `{"items": [{}]}`), `no list "orderedItems"`},
		"a list of one number":  {writeFile(t, "x", `{"orderedItems": 7}`), `no list "orderedItems"`},
		"cut":                   {writeFile(t, "x", good[:len(good)-900]), "not whole"},
		"one post of megabytes": {writeFile(t, "x", `{"orderedItems": [{"type": "`+strings.Repeat("x", 9<<20)+`"}]}`), "larger than 4 MB"},
		"very deep":             {writeFile(t, "x", `{"orderedItems": [`+strings.Repeat("[", 20_000)), "beyond post 0"},
		"spaces":                {writeFile(t, "x", `{"orderedItems": [`+strings.Repeat(" ", 9<<20)+`]}`), "larger than 4 MB"},
	} {
		_, err := read(t, Mastodon, c.path, Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOutbox(f *testing.F) {
	f.Add([]byte(readFile(f, "testdata/outbox.json")))
	f.Add([]byte(`{"orderedItems":[{"type":"Create","actor":"a://b/c","published":"2020-01-01T00:00:00Z","object":{"id":"a://b/c","inReplyTo":"a://b/@d/1","tag":[{"type":"Mention","href":"%","name":"@@"}]}}]}`))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, text []byte) { holds(t, Mastodon, text) })
}

// holds checks what every reader promises of whatever it is given.
func holds(t *testing.T, f Format, text []byte) {
	t.Helper()
	path := writeFile(t, "x", string(text))
	list, err := read(t, f, path, Options{Own: []string{"a"}})
	if err != nil && !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, i := range list {
		if (i.Post == nil) == (i.Wrong == "") || i.Place == "" || i.Post != nil && (i.Post.Ref == "" || i.Post.Author.ID == "" || !sane(i.Post.At, today)) {
			t.Fatalf("%+v", i)
		}
		if i.Open != nil {
			for n := range i.Post.Media {
				if _, err := i.Open(n); err != nil && fault.Of(err) == "" {
					t.Fatal(err)
				}
			}
		}
	}
	if err == nil && len(text) < 6_000 {
		goesOnAnywhere(t, f, path, Options{Own: []string{"a"}})
	}
}
