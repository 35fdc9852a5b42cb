package webform_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob/blobtest"
	"mercat.scot/mercat/platform/fault"
)

func drawn(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			m.Set(x, y, color.RGBA{uint8(7 * x), uint8(5 * y), 90, 255})
		}
	}
	return m
}

// photoAt is a JPEG as a phone makes it, with the place in its EXIF.
func photoAt(_ testing.TB, lat, lon float64) []byte { return blobtest.PhotoAt(lat, lon) }

// opened are the bytes of a post's file, as the desk gets them.
func (h *house) opened(t *testing.T, m network.Media) []byte {
	t.Helper()
	body, size, err := h.conn.(network.Opener).OpenMedia(t.Context(), m.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil || int64(len(data)) != size || size != m.Size {
		t.Fatalf("%d bytes, size %d, declared %d, %v", len(data), size, m.Size, err)
	}
	return data
}

func TestAPhotoLosesItsPlaceUnlessTheCitizenAgrees(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		photo := photoAt(t, 57.4012, -5.5034)
		send := func(pairs ...string) network.Post {
			h.post(t, "/form/contact", h.fill(t, "/form/contact", append(pairs, "about", "8", "message", "The bin is broken")...), upload{"IMG_1.JPG", photo}).sentTo(t)
			posts := h.incoming(t)
			return posts[len(posts)-1]
		}
		p := send()
		if p.Place != nil {
			t.Errorf("without consent the place is %+v", *p.Place)
		}
		if len(p.Media) != 1 || p.Media[0].ContentType != "image/jpeg" || p.Media[0].Filename != "IMG_1.JPG" {
			t.Fatalf("the photo is %+v", p.Media)
		}
		if data := h.opened(t, p.Media[0]); bytes.Contains(data, []byte("Exif")) || !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
			t.Error("the photo is not encoded anew")
		}
		p = send("use-position", "1")
		if p.Place == nil || math.Abs(p.Place.Lat-57.4012) > 1e-5 || math.Abs(p.Place.Lon+5.5034) > 1e-5 || !p.Place.Given {
			t.Errorf("with consent the place is %+v", p.Place)
		}
		p = send("use-position", "1", "place-lat", "57.5", "place-lng", "-5.6", "place", "At the pier")
		if p.Place == nil || p.Place.Lat != 57.5 || p.Place.Label != "At the pier" {
			t.Errorf("a point chosen on the map gives way to the photo's: %+v", p.Place)
		}
	})
}

func TestPhotosOutliveAFormWithMistakes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		photo := photoAt(t, 57.4012, -5.5034)
		p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8"), upload{"a.jpg", photo}, upload{"b.jpg", photo}, upload{"notes.txt", []byte("no photo")})
		if p.status != http.StatusUnprocessableEntity || !p.hasProblem("Write your message") || !p.hasProblem("“notes.txt” is not a photo") {
			t.Fatalf("%d %q", p.status, p.problems())
		}
		thumbs := p.all(func(n *html.Node) bool { return n.Data == "img" })
		if len(thumbs) != 2 {
			t.Fatalf("%d photos are kept, want 2", len(thumbs))
		}
		src := attr(thumbs[0], "src")
		if got := h.get(t, src); got.status != http.StatusOK || got.header.Get("Content-Type") != "image/jpeg" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("the kept photo is served with %d %v", got.status, got.header)
		}
		other := "/form/photo/" + strings.Repeat("A", 22) + src[strings.LastIndex(src, "/"):]
		if got := h.get(t, other); got.status != http.StatusNotFound {
			t.Errorf("with another form's token the photo is served with %d", got.status)
		}
		fields := with(p.fields(), "message", "The bin is broken", "use-position", "1")
		fields.Set("without", fields["kept"][0])
		h.post(t, "/form/contact", fields).sentTo(t)
		post := h.only(t)
		if len(post.Media) != 1 || post.Media[0].Filename != "b.jpg" || post.Place == nil {
			t.Errorf("the post has %+v and %+v", post.Media, post.Place)
		}
		if got := h.get(t, src); got.status != http.StatusNotFound && strings.HasSuffix(src, fields["kept"][1]) {
			t.Errorf("after it was sent the photo is served under the form with %d", got.status)
		}
	})
}

func TestAStrangersPhotosCannotBeTakenIntoAForm(t *testing.T) {
	h := onLite(t)
	theirs := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8"), upload{"a.jpg", photoAt(t, 57, -5)}).fields()
	mine := h.fill(t, "/form/contact", "about", "8", "message", "Give me that photo")
	mine["kept"] = theirs["kept"]
	h.post(t, "/form/contact", mine).sentTo(t)
	if p := h.only(t); len(p.Media) != 0 {
		t.Errorf("the post has %+v", p.Media)
	}
}

func TestPhotosOfFormsThatWereNeverSentAreSwept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		photo := photoAt(t, 57.4012, -5.5034)
		abandoned := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8"), upload{"a.jpg", photo})
		h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", "The bin"), upload{"a.jpg", photo}).sentTo(t)
		h.clock.Advance(48 * time.Hour)
		late := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8"), upload{"a.jpg", photo})
		n, err := h.Sweep(t.Context(), h.clock.Now().Add(-24*time.Hour))
		if err != nil || n != 1 {
			t.Fatalf("%d files were swept, %v; want one", n, err)
		}
		status := func(p page) int {
			return h.get(t, attr(p.all(func(n *html.Node) bool { return n.Data == "img" })[0], "src")).status
		}
		if status(abandoned) != http.StatusNotFound || status(late) != http.StatusOK {
			t.Errorf("the abandoned photo has %d, the late one %d", status(abandoned), status(late))
		}
		if p := h.only(t); len(h.opened(t, p.Media[0])) == 0 {
			t.Error("the photo that was sent is gone, though another form had the same")
		}
		if n, err := h.Sweep(t.Context(), h.clock.Now().Add(-24*time.Hour)); err != nil || n != 0 {
			t.Errorf("a second sweep removed %d, %v", n, err)
		}
	})
}

func header(w, h uint32) []byte {
	chunk := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h), 8, 2, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(b, chunk...), crc32.ChecksumIEEE(chunk))
}

func TestHostileUploadsAreNamedAndNothingElseIsLost(t *testing.T) {
	h := onLite(t)
	var polyglot bytes.Buffer
	if err := png.Encode(&polyglot, drawn(20, 20)); err != nil {
		t.Fatal(err)
	}
	polyglot.WriteString("<script>alert(1)</script>PK\x03\x04")
	for name, c := range map[string]struct {
		data []byte
		says string // "" when the photo is taken
	}{
		"picture.svg":          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "is not a photo"},
		"photo.heic":           {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), "Most Compatible"},
		"photos.zip":           {[]byte("PK\x03\x04aaaa"), "is not a photo"},
		"huge.png":             {header(30_000, 30_000), "too large"},
		"large.jpg":            {make([]byte, 21<<20), "too large"},
		"empty.jpg":            {nil, "is not a photo"},
		"poly.png":             {polyglot.Bytes(), ""},
		"\u202egpj.exe<b>.jpg": {[]byte("MZ"), "is not a photo"},
		"\x00.jpg":             {[]byte("MZ"), "Not everything reached us"},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", "With a file"), upload{name, c.data})
			if c.says == "" {
				p.sentTo(t)
				posts := h.incoming(t)
				if data := h.opened(t, posts[len(posts)-1].Media[0]); bytes.Contains(data, []byte("script")) {
					t.Error("what hid behind the picture is still there")
				}
				return
			}
			if p.status != http.StatusUnprocessableEntity || !p.hasProblem(c.says) || p.fields().Get("message") != "With a file" {
				t.Errorf("%d %q, message %q", p.status, p.problems(), p.fields().Get("message"))
			}
			if strings.Contains(p.raw, "\u202e") || strings.Contains(p.raw, "\x00") {
				t.Error("the page repeats what the file's name hides")
			}
		})
	}
}

func TestAHundredFilesAreFive(t *testing.T) {
	h := onLite(t)
	var many []upload
	for range 100 {
		many = append(many, upload{"a.jpg", photoAt(t, 57, -5)})
	}
	p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", "Look at these"), many...)
	if p.status != http.StatusUnprocessableEntity || !p.hasProblem("The first 5 are kept") || len(p.fields()["kept"]) != 5 {
		t.Fatalf("%d %q, %d kept", p.status, p.problems(), len(p.fields()["kept"]))
	}
	h.post(t, "/form/contact", p.fields()).sentTo(t)
	if p := h.only(t); len(p.Media) != 5 {
		t.Errorf("the post has %d photos, want 5", len(p.Media))
	}
}

// endless is a body that says that it has two gigabytes.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	clear(p[:n])
	e.left -= n
	return int(n), nil
}

func TestABodyOfTwoGigabytesIsCutOffAndItsWordsAreKept(t *testing.T) {
	h := onLite(t)
	fields := h.fill(t, "/form/contact", "about", "8", "message", "The words come first")
	start, contentType := body(t, fields, upload{"film.jpg", nil})
	head, err := io.ReadAll(start)
	if err != nil {
		t.Fatal(err)
	}
	head = head[:bytes.LastIndex(head, []byte("\r\n--"))]
	rest := &endless{2 << 30}
	r := httptest.NewRequest("POST", "/form/contact", io.MultiReader(bytes.NewReader(head), rest))
	r.Header.Set("Content-Type", contentType)
	p := h.do(t, r)
	if p.status != http.StatusRequestEntityTooLarge || !p.hasProblem("larger than 60 MB together") || p.fields().Get("message") != "The words come first" {
		t.Errorf("%d %q, message %q", p.status, p.problems(), p.fields().Get("message"))
	}
	if read := 2<<30 - rest.left; read > 62<<20 {
		t.Errorf("%d bytes were read", read)
	}
}

func TestBrokenBodiesAreSaidToBeBroken(t *testing.T) {
	h := onLite(t)
	whole, contentType := body(t, h.fill(t, "/form/contact", "about", "8", "message", "Before it broke"), upload{"a.jpg", photoAt(t, 57, -5)})
	data, err := io.ReadAll(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		contentType string
		body        []byte
		keeps       string
	}{
		"cut in the photo":     {contentType, data[:len(data)-300], "Before it broke"},
		"no boundary":          {"multipart/form-data", data, ""},
		"another boundary":     {"multipart/form-data; boundary=zzz", data, ""},
		"no content type":      {"", data, ""},
		"something else":       {"application/json", []byte(`{"message":"hello"}`), ""},
		"a form without token": {"application/x-www-form-urlencoded", []byte("about=8&message=By+hand"), "By hand"},
		"a bad escape":         {"application/x-www-form-urlencoded", []byte("message=%zz"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/form/contact", bytes.NewReader(c.body))
			r.Header.Set("Content-Type", c.contentType)
			p := h.do(t, r)
			if p.status != http.StatusUnprocessableEntity || len(p.problems()) == 0 || p.fields().Get("message") != c.keeps {
				t.Errorf("%d %q, message %q", p.status, p.problems(), p.fields().Get("message"))
			}
		})
	}
	if n := len(h.incoming(t)); n != 0 {
		t.Errorf("%d broken forms were taken", n)
	}
}

func TestAFullDiskLosesNoWords(t *testing.T) {
	h := onLite(t)
	h.full.Store(true)
	p := h.post(t, "/form/contact", h.fill(t, "/form/contact", "about", "8", "message", "Keep this"), upload{"a.jpg", photoAt(t, 57, -5)})
	if !p.hasProblem("Something went wrong at our end") || p.fields().Get("message") != "Keep this" || len(h.incoming(t)) != 0 {
		t.Errorf("%d %q, message %q", p.status, p.problems(), p.fields().Get("message"))
	}
	h.full.Store(false)
	h.post(t, "/form/contact", p.fields()).sentTo(t)
}

var errFull = fault.New(fault.Down, "The disk is full.")

func TestAFormWithoutEnctypeIsRead(t *testing.T) {
	h := onLite(t)
	fields := h.fill(t, "/form/contact", "about", "question", "message", "Plainly")
	r := httptest.NewRequest("POST", "/form/contact", strings.NewReader(url.Values(fields).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.do(t, r).sentTo(t)
}
