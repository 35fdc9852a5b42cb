package blob_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
)

var (
	red   = color.RGBA{200, 0, 0, 255}
	green = color.RGBA{0, 200, 0, 255}
	blue  = color.RGBA{0, 0, 200, 255}
	white = color.RGBA{255, 255, 255, 255}
)

// quarters is a picture with red at top left, green at top right, blue at
// bottom left and white at bottom right.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.RGBA{{red, green}, {blue, white}}[2*y/h][2*x/w]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image, exif []byte) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if exif == nil {
		return b.Bytes()
	}
	segment := append([]byte("Exif\x00\x00"), exif...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	return append(append(head, segment...), b.Bytes()[2:]...)
}

func pngOf(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exifOf makes an EXIF block with an orientation and a position.
func exifOf(order binary.AppendByteOrder, orientation uint16, lat, lon float64) []byte {
	b := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II*\x00")
	}
	field := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = order.AppendUint32(order.AppendUint32(b, count), value)
	}
	short := func(v uint16) uint32 { // stands in the first bytes of the field
		return order2(order).Uint32(order.AppendUint16(order.AppendUint16(nil, v), 0))
	}
	letter := func(positive bool, plus, minus byte) uint32 {
		if !positive {
			plus = minus
		}
		return order2(order).Uint32([]byte{plus, 0, 0, 0})
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	field(0x0112, 3, 1, short(orientation))
	field(0x8825, 4, 1, 38)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 5)
	field(1, 2, 2, letter(lat >= 0, 'N', 'S'))
	field(2, 5, 3, 104)
	field(3, 2, 2, letter(lon >= 0, 'E', 'W'))
	field(4, 5, 3, 128)
	field(31, 5, 1, 152)
	b = order.AppendUint32(b, 0)
	for _, v := range []float64{math.Abs(lat), math.Abs(lon)} {
		degrees, rest := math.Modf(v)
		minutes, rest := math.Modf(rest * 60)
		for _, part := range [][2]uint32{{uint32(degrees), 1}, {uint32(minutes), 1}, {uint32(math.Round(rest * 60 * 10000)), 10000}} {
			b = order.AppendUint32(order.AppendUint32(b, part[0]), part[1])
		}
	}
	return order.AppendUint32(order.AppendUint32(b, 25), 2)
}

func order2(o binary.AppendByteOrder) binary.ByteOrder {
	if o == binary.AppendByteOrder(binary.LittleEndian) {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func make1(t *testing.T, data []byte, l blob.Limits) (blob.Photo, error) {
	t.Helper()
	return blob.NewPhotos(1).Make(t.Context(), bytes.NewReader(data), l)
}

func near(a color.Color, b color.RGBA) bool {
	r, g, bl, _ := a.RGBA()
	d := func(x uint32, y uint8) bool { return math.Abs(float64(x>>8)-float64(y)) < 40 }
	return d(r, b.R) && d(g, b.G) && d(bl, b.B)
}

func TestPhotosStandUprightAndLoseTheirPosition(t *testing.T) {
	corners := map[int][4]color.RGBA{ // top left, top right, bottom left, bottom right
		1: {red, green, blue, white}, 2: {green, red, white, blue}, 3: {white, blue, green, red}, 4: {blue, white, red, green},
		5: {red, blue, green, white}, 6: {blue, red, white, green}, 7: {white, green, blue, red}, 8: {green, white, red, blue},
	}
	for orientation, want := range corners {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			photo, err := make1(t, jpegOf(t, quarters(96, 48), exifOf(order, uint16(orientation), 56.1131, -3.1594)), blob.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			img, err := jpeg.Decode(bytes.NewReader(photo.Full.Data))
			if err != nil {
				t.Fatal(err)
			}
			w, h := 96, 48
			if orientation >= 5 {
				w, h = h, w
			}
			if photo.Full.Width != w || photo.Full.Height != h || img.Bounds().Dx() != w {
				t.Errorf("orientation %d: %d × %d", orientation, photo.Full.Width, photo.Full.Height)
			}
			for i, at := range []image.Point{{4, 4}, {w - 5, 4}, {4, h - 5}, {w - 5, h - 5}} {
				if c := img.At(at.X, at.Y); !near(c, want[i]) {
					t.Errorf("orientation %d: corner %d is %v, want %v", orientation, i, c, want[i])
				}
			}
			p := photo.Position
			if p == nil || math.Abs(p.Lat-56.1131) > 1e-6 || math.Abs(p.Lon+3.1594) > 1e-6 || p.Accuracy != 12.5 {
				t.Errorf("position is %+v", p)
			}
			if bytes.Contains(photo.Full.Data, []byte("Exif")) || bytes.Contains(photo.Thumb.Data, []byte("Exif")) {
				t.Error("metadata were kept")
			}
		}
	}
}

func TestNonsensePositionsAreNone(t *testing.T) {
	for _, at := range [][2]float64{{0, 0}, {91, 0}, {10, 181}} {
		photo, err := make1(t, jpegOf(t, quarters(8, 8), exifOf(binary.BigEndian, 1, at[0], at[1])), blob.Limits{})
		if err != nil || photo.Position != nil {
			t.Errorf("%v: %+v, %v", at, photo.Position, err)
		}
	}
}

func TestPhotosAreScaledWithAThumbnail(t *testing.T) {
	for _, c := range []struct{ w, h, fullW, fullH, thumbW, thumbH int }{
		{3000, 1500, 2048, 1024, 480, 240}, {1500, 3000, 1024, 2048, 240, 480}, {100, 50, 100, 50, 100, 50},
		{5000, 1, 2048, 1, 480, 1}, {2049, 2049, 2048, 2048, 480, 480}, {600, 601, 600, 601, 479, 480},
	} {
		photo, err := make1(t, pngOf(t, quarters(c.w, c.h)), blob.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(photo.Full.Width, photo.Full.Height, photo.Thumb.Width, photo.Thumb.Height)
		if got != fmt.Sprint(c.fullW, c.fullH, c.thumbW, c.thumbH) {
			t.Errorf("%d × %d became %s", c.w, c.h, got)
		}
		if c.h == 1 {
			continue
		}
		img, err := jpeg.Decode(bytes.NewReader(photo.Thumb.Data))
		if err != nil {
			t.Fatal(err)
		}
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		if !near(img.At(3, 3), red) || !near(img.At(w-4, 3), green) || !near(img.At(3, h-4), blue) || !near(img.At(w-4, h-4), white) {
			t.Errorf("%d × %d: colours are %v %v", c.w, c.h, img.At(3, 3), img.At(w-4, h-4))
		}
	}
}

func TestATransparentPictureStaysTransparent(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 600, 600))
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	photo, err := make1(t, pngOf(t, img), blob.Limits{})
	if err != nil || photo.Full.ContentType != "image/png" || photo.Thumb.ContentType != "image/png" {
		t.Fatalf("%s, %v", photo.Full.ContentType, err)
	}
	thumb, err := png.Decode(bytes.NewReader(photo.Thumb.Data))
	if err != nil {
		t.Fatal(err)
	}
	if c := color.NRGBAModel.Convert(thumb.At(100, 100)).(color.NRGBA); c.A < 126 || c.A > 130 || c.R < 126 || c.R > 130 {
		t.Errorf("its colour is %v", c)
	}
}

func animation(t testing.TB) []byte {
	frame := image.NewPaletted(image.Rect(0, 0, 20, 20), palette.Plan9)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOfAnAnimationTheFirstPictureIsLeft(t *testing.T) {
	photo, err := make1(t, animation(t), blob.Limits{})
	if err != nil || !photo.Still {
		t.Errorf("%v, %v", photo.Still, err)
	}
}

func TestWebPIsRead(t *testing.T) {
	// One transparent pixel; the standard library cannot write WebP.
	data, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	photo, err := make1(t, data, blob.Limits{})
	if err != nil || photo.Full.ContentType != "image/png" || photo.Full.Width != 1 {
		t.Errorf("%+v, %v", photo.Full, err)
	}
}

// pngHeader is a PNG that says it is w×h and then ends.
func pngHeader(w, h uint32) []byte {
	chunk := func(kind string, body []byte) []byte {
		c := append([]byte(kind), body...)
		return binary.BigEndian.AppendUint32(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), c...), crc32.ChecksumIEEE(c))
	}
	header := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h), 8, 6, 0, 0, 0)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...)
}

// progressive turns a JPEG's frame header into that of a progressive one of the
// given size, and repeats its scan header.
func progressive(t testing.TB, w, h uint16, scans int) []byte {
	data := jpegOf(t, quarters(16, 16), nil)
	sof := bytes.Index(data, []byte{0xff, 0xc0})
	data[sof+1] = 0xc2
	binary.BigEndian.PutUint16(data[sof+5:], h)
	binary.BigEndian.PutUint16(data[sof+7:], w)
	sos := bytes.Index(data, []byte{0xff, 0xda})
	scan := []byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0}
	return append(data[:sos:sos], bytes.Repeat(scan, scans)...)
}

func TestHostilePicturesAreRefused(t *testing.T) {
	whole := jpegOf(t, quarters(64, 64), nil)
	for name, c := range map[string]struct {
		data []byte
		kind fault.Kind
		says string
	}{
		"30,000 × 30,000":         {pngHeader(30_000, 30_000), fault.TooLarge, "30000 × 30000"},
		"a side of 20,000":        {pngHeader(20_000, 1), fault.TooLarge, "16384 pixels a side"},
		"no size":                 {pngHeader(0, 5), fault.Invalid, "damaged"},
		"a large progressive":     {progressive(t, 7000, 7000, 1), fault.TooLarge, "17 megapixels"},
		"thousands of scans":      {progressive(t, 3000, 3000, 5000), fault.Invalid, "damaged"},
		"cut in the middle":       {whole[:len(whole)/2], fault.Invalid, "damaged"},
		"cut in the header":       {whole[:10], fault.Invalid, "damaged"},
		"a picture of code":       {[]byte("GIF89a/*<script>alert(1)</script>*/"), fault.TooLarge, "too large"},
		"SVG":                     {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), fault.Invalid, "no picture"},
		"SVG after a prologue":    {[]byte(`<?xml version="1.0"?><svg/>`), fault.Invalid, "no picture"},
		"a page":                  {[]byte("<html>"), fault.Invalid, "no picture"},
		"nothing":                 {nil, fault.Invalid, "no picture"},
		"HEIC":                    {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), fault.Invalid, "Most Compatible"},
		"AVIF":                    {[]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), fault.Invalid, "AVIF"},
		"TIFF":                    {[]byte("II*\x00\x08\x00\x00\x00"), fault.Invalid, "no picture"},
		"BMP":                     {[]byte("BM\x00\x00"), fault.Invalid, "no picture"},
		"more bytes than allowed": {make([]byte, 2<<20), fault.TooLarge, "1 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := make1(t, c.data, blob.Limits{MaxBytes: 1 << 20})
			if !fault.Is(err, c.kind) || !strings.Contains(fault.Sentence(err), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatHidesBehindAPictureIsGone(t *testing.T) {
	const payload = "<script>alert(1)</script>PK\x03\x04"
	for name, data := range map[string][]byte{"jpeg": jpegOf(t, quarters(32, 32), nil), "png": pngOf(t, quarters(32, 32)), "gif": animation(t)} {
		photo, err := make1(t, append(data, payload...), blob.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bytes.Contains(photo.Full.Data, []byte("script")) || bytes.Contains(photo.Thumb.Data, []byte("script")) {
			t.Errorf("%s kept what was behind it", name)
		}
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	p := blob.NewPhotos(1)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := p.Make(context.Background(), r, blob.Limits{})
		done <- err
	}()
	if _, err := w.Write([]byte("x")); err != nil { // it has its turn now
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Make(ctx, strings.NewReader(""), blob.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	cause := errors.New("cut off")
	w.CloseWithError(cause)
	if err := <-done; !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func FuzzPhoto(f *testing.F) {
	f.Add(jpegOf(f, quarters(16, 16), exifOf(binary.BigEndian, 6, 56, -3)))
	f.Add(jpegOf(f, quarters(16, 16), exifOf(binary.LittleEndian, 6, 56, -3)))
	f.Add(pngOf(f, quarters(16, 16)))
	f.Add(animation(f))
	f.Add(pngHeader(30_000, 30_000))
	f.Add(progressive(f, 100, 100, 3))
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8L"))
	p := blob.NewPhotos(4)
	f.Fuzz(func(t *testing.T, data []byte) {
		photo, err := p.Make(t.Context(), bytes.NewReader(data), blob.Limits{MaxPixels: 1 << 20, MaxMemory: 8 << 20, Side: 64, Thumb: 16})
		if err != nil {
			if fault.Sentence(err) == "" {
				t.Fatalf("no sentence: %v", err)
			}
			return
		}
		if photo.Full.Width > 64 || photo.Full.Height > 64 || photo.Thumb.Width > 16 || photo.Thumb.Height > 16 {
			t.Fatalf("too large: %d × %d", photo.Full.Width, photo.Full.Height)
		}
		if p := photo.Position; p != nil && !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180) {
			t.Fatalf("position %+v", p)
		}
	})
}

func BenchmarkPhoto(b *testing.B) {
	for _, c := range []struct{ w, h int }{{1200, 900}, {4000, 3000}} {
		data := jpegOf(b, quarters(c.w, c.h), nil)
		b.Run(fmt.Sprintf("%dMP", c.w*c.h/1_000_000), func(b *testing.B) {
			p := blob.NewPhotos(1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Make(b.Context(), bytes.NewReader(data), blob.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
