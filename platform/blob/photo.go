package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"mercat.scot/mercat/platform/fault"
)

// Limits on one picture. Zero fields take the defaults.
type Limits struct {
	MaxBytes  int64 // of the file as it came: 40 MiB
	MaxPixels int   // width × height: 50 million
	MaxSide   int   // width or height: 16,384
	MaxMemory int64 // bytes of the decoded picture: 256 MiB
	Side      int   // longer side of the result: 2,048
	Thumb     int   // longer side of the thumbnail: 480
}

func (l Limits) withDefaults() Limits {
	if l.MaxBytes == 0 {
		l.MaxBytes = 40 << 20
	}
	if l.MaxPixels == 0 {
		l.MaxPixels = 50_000_000
	}
	if l.MaxSide == 0 {
		l.MaxSide = 16_384
	}
	if l.MaxMemory == 0 {
		l.MaxMemory = 256 << 20
	}
	if l.Side == 0 {
		l.Side = 2048
	}
	if l.Thumb == 0 {
		l.Thumb = 480
	}
	return l
}

// Image is an encoded picture of ours.
type Image struct {
	Data          []byte
	ContentType   string // image/jpeg, or image/png where something is transparent
	Width, Height int
}

// Photo is what Photos makes of a foreign picture.
type Photo struct {
	Full, Thumb Image
	// Position is where the file said that it was taken. It is in neither image,
	// and may be used only if the citizen agrees.
	Position *Position
	// Still says that it was an animation, of which the first picture is left.
	Still bool
	// Likeness is what the picture looks like.
	Likeness Likeness
}

// Photos makes foreign pictures safe, a few at a time because decoding them
// takes memory.
type Photos struct{ slots chan struct{} }

// NewPhotos allows atOnce pictures to be decoded at the same time.
func NewPhotos(atOnce int) *Photos { return &Photos{slots: make(chan struct{}, max(1, atOnce))} }

// Make decodes a JPEG, PNG, GIF or WebP and encodes it anew: upright, no larger
// than the limits, with a thumbnail, and without anything else that was in the
// file. Colours are taken as sRGB. Errors for people are fault.Invalid (not a
// picture that we can read, or a damaged one) and fault.TooLarge. Waiting for a
// turn ends with the context.
func (p *Photos) Make(ctx context.Context, r io.Reader, limits Limits) (Photo, error) {
	l := limits.withDefaults()
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return Photo{}, fmt.Errorf("wait to read a picture: %w", ctx.Err())
	}
	data, err := io.ReadAll(&boundedReader{ctx: ctx, r: r, left: l.MaxBytes, max: l.MaxBytes})
	if err != nil {
		return Photo{}, fmt.Errorf("read picture: %w", err)
	}
	src, meta, err := decode(data, l)
	if err != nil {
		return Photo{}, err
	}
	full := upright(shrink(src, l.Side), meta.orientation)
	thumb := shrink(full, l.Thumb)
	photo := Photo{Position: meta.position, Likeness: likenessOf(thumb), Still: bytes.HasPrefix(data, []byte("GIF")) && bytes.Contains(data, []byte("NETSCAPE2.0"))}
	if photo.Full, err = encode(full); err == nil {
		photo.Thumb, err = encode(thumb)
	}
	if err != nil {
		return Photo{}, fmt.Errorf("encode picture: %w", err)
	}
	return photo, nil
}

func encode(img *image.RGBA) (Image, error) {
	out := Image{ContentType: "image/jpeg", Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	var b bytes.Buffer
	var err error
	if img.Opaque() {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	} else {
		out.ContentType = "image/png"
		err = png.Encode(&b, img)
	}
	out.Data = b.Bytes()
	return out, err
}

const (
	unreadable = "This file is no picture that we can read. Send a JPEG, PNG, GIF or WebP."
	damaged    = "This picture is damaged and cannot be read. Send it again, or take a new one."
)

func decode(data []byte, l Limits) (image.Image, metadata, error) {
	kind := Sniff("", data)
	meta := metadata{orientation: 1}
	var (
		config func(io.Reader) (image.Config, error)
		whole  func(io.Reader) (image.Image, error)
		info   jpegInfo
	)
	switch kind.ContentType {
	case "image/jpeg":
		config, whole = jpeg.DecodeConfig, jpeg.Decode
		info = readJPEG(data)
		meta = readEXIF(info.exif)
	case "image/png":
		config, whole = png.DecodeConfig, png.Decode
		meta = readEXIF(exifOfPNG(data))
	case "image/gif":
		config, whole = gif.DecodeConfig, gif.Decode
	case "image/webp":
		config, whole = webp.DecodeConfig, webp.Decode
		meta = readEXIF(exifOfWebP(data))
	case "image/heic":
		return nil, meta, fault.New(fault.Invalid, "This photo is in the format HEIC, which we cannot read. Send it as a JPEG: on an iPhone, choose Settings, Camera, Formats, Most Compatible.")
	case "image/avif":
		return nil, meta, fault.New(fault.Invalid, "This picture is in the format AVIF, which we cannot read. Send it as a JPEG or PNG.")
	default:
		return nil, meta, fault.New(fault.Invalid, unreadable)
	}

	c, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, meta, fault.New(fault.Invalid, damaged).Because(err)
	}
	if err := l.allow(c, info); err != nil {
		return nil, meta, err
	}
	img, err := whole(bytes.NewReader(data))
	if err != nil {
		return nil, meta, fault.New(fault.Invalid, damaged).Because(err)
	}
	if b := img.Bounds(); b.Empty() || b.Dx() > c.Width || b.Dy() > c.Height {
		return nil, meta, fault.New(fault.Invalid, damaged).Because(errors.New("it is not of the size that it says"))
	}
	return img, meta, nil
}

// maxScans bounds the passes over a progressive JPEG. Encoders make about ten;
// a file of some kilobytes can ask for thousands, each as slow as a picture.
const maxScans = 64

// allow decides before any pixel is decoded.
func (l Limits) allow(c image.Config, info jpegInfo) error {
	if c.Width <= 0 || c.Height <= 0 {
		return fault.New(fault.Invalid, damaged)
	}
	pixels := int64(c.Width) * int64(c.Height)
	memory := pixels * pixelBytes(c.ColorModel)
	if info.progressive {
		memory = pixels * 15 // coefficients of three colours, and the picture
	}
	if c.Width > l.MaxSide || c.Height > l.MaxSide || pixels > int64(l.MaxPixels) || memory > l.MaxMemory {
		return fault.Newf(fault.TooLarge, "This picture is too large: %d × %d pixels. Send one of at most %d megapixels and %d pixels a side.",
			c.Width, c.Height, min(int64(l.MaxPixels), pixels*l.MaxMemory/max(1, memory))/1_000_000, l.MaxSide)
	}
	if info.scans > maxScans {
		return fault.New(fault.Invalid, damaged).Because(fmt.Errorf("%d scans", info.scans))
	}
	return nil
}

func pixelBytes(m color.Model) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}
