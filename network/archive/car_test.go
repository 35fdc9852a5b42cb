package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"mercat.scot/mercat/platform/fault"
)

const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"

// carFile writes repositories for tests.
type carFile struct {
	t    testing.TB
	body bytes.Buffer
	at   map[link]int // where a block's data begins in body
}

func newCAR(t testing.TB) *carFile { return &carFile{t: t, at: map[link]int{}} }

// tag is a link in CBOR.
func tag(l link) cbor.Tag {
	return cbor.Tag{Number: 42, Content: append([]byte{0, 1, codecCBOR, 0x12, sha256.Size}, l[:]...)}
}

func maybe(l *link) any {
	if l == nil {
		return nil
	}
	return tag(*l)
}

func (c *carFile) bytes(v any) []byte {
	c.t.Helper()
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := m.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

// block adds a block.
func (c *carFile) block(v any) link {
	c.t.Helper()
	data := c.bytes(v)
	l := link(sha256.Sum256(data))
	cid := append([]byte{1, codecCBOR, 0x12, sha256.Size}, l[:]...)
	c.body.Write(binary.AppendUvarint(nil, uint64(len(cid)+len(data))))
	c.body.Write(cid)
	c.at[l] = c.body.Len()
	c.body.Write(data)
	return l
}

// pair is a key with its record, and the subtree behind it.
type pair struct {
	key   string
	value link
	right *link
}

func (c *carFile) node(left *link, list ...pair) link {
	c.t.Helper()
	before := ""
	entries := []any{}
	for _, p := range list {
		n := 0
		for n < len(before) && n < len(p.key) && before[n] == p.key[n] {
			n++
		}
		entries = append(entries, map[string]any{"p": n, "k": []byte(p.key[n:]), "v": tag(p.value), "t": maybe(p.right)})
		before = p.key
	}
	return c.block(map[string]any{"l": maybe(left), "e": entries})
}

func (c *carFile) commit(data link) link {
	return c.block(map[string]any{"did": did, "version": 3, "data": tag(data), "rev": "3jzfcijpj2z2a", "prev": nil, "sig": []byte("signature")})
}

// whole is the file.
func (c *carFile) whole(root link) []byte {
	head := c.bytes(map[string]any{"version": 1, "roots": []any{tag(root)}})
	return append(append(binary.AppendUvarint(nil, uint64(len(head))), head...), c.body.Bytes()...)
}

func post(text, at string, more ...any) map[string]any {
	m := map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": at, "langs": []string{"en"}}
	for i := 0; i < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

func uri(who, key string) string { return "at://" + who + "/app.bsky.feed.post/" + key }

func answers(parent, root string) map[string]any {
	return map[string]any{"parent": map[string]any{"uri": parent, "cid": "x"}, "root": map[string]any{"uri": root, "cid": "x"}}
}

const ann = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"

// repositoryOf is a small repository, and where its blocks are.
func repositoryOf(t testing.TB) (file []byte, c *carFile, blocks map[string]link) {
	c = newCAR(t)
	b := map[string]link{}
	b["profile"] = c.block(map[string]any{"$type": "app.bsky.actor.profile", "displayName": "Strathcarron Council"})
	b["like"] = c.block(map[string]any{"$type": "app.bsky.feed.like"})
	b["first"] = c.block(post("The pool is closed today.", "2024-01-08T09:00:00Z", "embed", map[string]any{"$type": "app.bsky.embed.images", "images": []any{
		map[string]any{"alt": "The pool", "image": map[string]any{"$type": "blob", "ref": tag(b["like"]), "mimeType": "image/jpeg", "size": 7}}}}))
	b["answer"] = c.block(post("@ann.example.org It opens on Friday.", "2024-01-08T10:00:00Z", "reply", answers(uri(ann, "3kx"), uri(ann, "3kw")),
		"facets", []any{map[string]any{"index": map[string]any{"byteStart": 0, "byteEnd": 16}, "features": []any{map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": ann}}}}))
	b["more"] = c.block(post("At ten.", "2024-01-08T10:01:00Z", "reply", answers(uri(did, "3kia"), uri(ann, "3kw"))))
	b["old"] = c.block(post("Old", "1970-01-01T00:00:00Z"))
	b["odd"] = c.block([]any{1, 2})
	b["right"] = c.node(nil, pair{"app.bsky.feed.post/3kic", b["old"], nil}, pair{"app.bsky.feed.post/zzz", b["odd"], nil})
	b["left"] = c.node(nil, pair{"app.bsky.actor.profile/self", b["profile"], nil}, pair{"app.bsky.feed.like/3kaa", b["like"], nil}, pair{"app.bsky.feed.post/3kh2", b["first"], nil})
	left, right := b["left"], b["right"]
	b["root"] = c.node(&left, pair{"app.bsky.feed.post/3kia", b["answer"], nil}, pair{"app.bsky.feed.post/3kib", b["more"], &right})
	b["commit"] = c.commit(b["root"])
	return c.whole(b["commit"]), c, b
}

func TestABlueskyRepositoryIsReadPostByPost(t *testing.T) {
	file, _, _ := repositoryOf(t)
	path := writeFile(t, "repo.car", string(file))
	r, err := Open(Bluesky, path, Options{Now: today})
	if err != nil {
		t.Fatal(err)
	}
	if who := r.Owner(); who.ID != did || who.Name != "Strathcarron Council" {
		t.Errorf("owner %+v", who)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	list := whole(t, Bluesky, path, Options{Own: []string{"@strathcarron.example.org"}})
	if len(list) != 5 {
		t.Fatalf("%q", told(list))
	}
	if p := list[0].Post; string(p.Ref) != uri(did, "3kh2") || p.Text != "The pool is closed today." || !p.FromUs || p.Author.Handle != "@strathcarron.example.org" ||
		p.Language != "en" || len(p.Media) != 1 || p.Media[0].Alt != "The pool" || p.Media[0].URL != "" || list[0].To.ID != "" || p.Thread != p.Ref {
		t.Errorf("%q", told(list[:1]))
	}
	if a := list[1]; a.To.ID != ann || a.To.Handle != "@ann.example.org" || string(a.Post.Thread) != uri(ann, "3kw") || string(a.Post.ReplyTo) != uri(ann, "3kx") {
		t.Errorf("%q", told(list[1:2]))
	}
	if a := list[2]; a.To.ID != ann || string(a.Post.Thread) != uri(ann, "3kw") {
		t.Errorf("our second post goes elsewhere: %q", told(list[2:3]))
	}
	for i, want := range map[int]string{3: "no date", 4: "not as Bluesky"} {
		if !strings.Contains(list[i].Wrong, want) {
			t.Errorf("%s: %q", list[i].Place, list[i].Wrong)
		}
	}
	goesOnAnywhere(t, Bluesky, path, Options{})
}

func TestABrokenRepositoryIsReadAsFarAsItGoes(t *testing.T) {
	file, c, b := repositoryOf(t)
	head := len(file) - c.body.Len()
	breaks := func(names ...string) []Item {
		t.Helper()
		broken := bytes.Clone(file)
		for _, name := range names {
			broken[head+c.at[b[name]]+3] ^= 1
		}
		return whole(t, Bluesky, writeFile(t, "repo.car", string(broken)), Options{})
	}
	if list := breaks("answer"); len(list) != 5 || !strings.Contains(list[1].Wrong, "missing, or broken") || list[1].Place != "post 2 (3kia)" || list[2].Post == nil {
		t.Errorf("a record: %q", told(list))
	}
	if list := breaks("left"); len(list) != 5 || !strings.Contains(list[0].Wrong, "part of the repository") || list[1].Post == nil {
		t.Errorf("a part: %q", told(list))
	}
	if list := breaks("root"); len(list) != 1 || list[0].Wrong == "" {
		t.Errorf("the root: %q", told(list))
	}
	// The newest commit stands at the end: a file that is cut off has none.
	for _, n := range []int{0, 10, len(file) / 2, len(file) - 1} {
		if _, err := read(t, Bluesky, writeFile(t, "repo.car", string(file[:n])), Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	for name, text := range map[string]string{"a letter": "Dear Sir", "version 2": "\x0a\xa1gversion\x02", "a length without end": strings.Repeat("\xff", 20)} {
		if _, err := read(t, Bluesky, writeFile(t, "repo.car", text), Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATreeThatIsMadeToHaveNoEndHasOne(t *testing.T) {
	c := newCAR(t)
	record := c.block(post("x", "2024-01-08T09:00:00Z"))
	below := c.node(nil, pair{"app.bsky.feed.post/a", record, nil})
	for range 40 { // each node leads into the one below twice and more
		var list []pair
		for i := range 5 {
			list = append(list, pair{fmt.Sprintf("app.bsky.feed.post/b%d", i), record, &below})
		}
		below = c.node(&below, list...)
	}
	list := whole(t, Bluesky, writeFile(t, "repo.car", string(c.whole(c.commit(below)))), Options{})
	if len(list) > 1_000 {
		t.Errorf("%d items", len(list))
	}
	deep := c.node(nil, pair{"app.bsky.feed.post/a", record, nil})
	for range 1_000 {
		deep = c.node(&deep)
	}
	if list := whole(t, Bluesky, writeFile(t, "repo.car", string(c.whole(c.commit(deep)))), Options{}); len(list) != 1 || list[0].Wrong == "" {
		t.Errorf("%q", told(list))
	}
}

func FuzzRepository(f *testing.F) {
	file, _, _ := repositoryOf(f)
	f.Add(file, -1, byte(0))
	f.Add(file, 200, byte(1))
	f.Add([]byte("\x0a\xa1gversion\x02"), 0, byte(0))
	// Blocks must have their hashes: records are fuzzed within a file that is made
	// of them.
	f.Fuzz(func(t *testing.T, text []byte, at int, with byte) {
		if at >= 0 && at < len(text) {
			text[at] ^= with
		}
		holds(t, Bluesky, text)
		c := newCAR(t)
		record := link(sha256.Sum256(text))
		cid := append([]byte{1, codecCBOR, 0x12, sha256.Size}, record[:]...)
		c.body.Write(binary.AppendUvarint(nil, uint64(len(cid)+len(text))))
		c.body.Write(cid)
		c.body.Write(text)
		root := c.node(nil, pair{"app.bsky.feed.post/3kh2", record, nil}, pair{"app.bsky.feed.post/3kh3", record, &record})
		holds(t, Bluesky, c.whole(c.commit(root)))
		holds(t, Bluesky, c.whole(c.commit(record)))
	})
}

// TestTheSampleIsTheRepositoryOfTheseTests holds the file that other packages'
// tests read to what is made here.
func TestTheSampleIsTheRepositoryOfTheseTests(t *testing.T) {
	file, _, _ := repositoryOf(t)
	if readFile(t, "testdata/repository.car") != string(file) {
		t.Error("testdata/repository.car is another one")
	}
}
