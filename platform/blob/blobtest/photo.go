package blobtest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"math"
)

// PhotoAt is a JPEG as a phone makes it, with the place in its EXIF.
func PhotoAt(lat, lon float64) []byte {
	var b bytes.Buffer
	picture := image.NewRGBA(image.Rect(0, 0, 80, 60))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(7*i) | 1
	}
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		panic(err) // into memory
	}
	o := binary.BigEndian
	x := append([]byte("Exif\x00\x00MM\x00*"), 0, 0, 0, 8)
	field := func(tag, kind uint16, count, value uint32) {
		x = o.AppendUint16(o.AppendUint16(x, tag), kind)
		x = o.AppendUint32(o.AppendUint32(x, count), value)
	}
	x = o.AppendUint16(x, 1)
	field(0x8825, 4, 1, 26) // the GPS directory
	x = o.AppendUint32(x, 0)
	letter := func(v float64, plus, minus byte) uint32 {
		if v < 0 {
			plus = minus
		}
		return uint32(plus) << 24
	}
	x = o.AppendUint16(x, 4)
	field(1, 2, 2, letter(lat, 'N', 'S'))
	field(2, 5, 3, 80)
	field(3, 2, 2, letter(lon, 'E', 'W'))
	field(4, 5, 3, 104)
	x = o.AppendUint32(x, 0)
	for _, v := range []float64{math.Abs(lat), math.Abs(lon)} {
		degrees, rest := math.Modf(v)
		minutes, rest := math.Modf(rest * 60)
		for _, part := range [][2]uint32{{uint32(degrees), 1}, {uint32(minutes), 1}, {uint32(math.Round(rest * 600_000)), 10_000}} {
			x = o.AppendUint32(o.AppendUint32(x, part[0]), part[1])
		}
	}
	segment := append([]byte{0xff, 0xe1}, o.AppendUint16(nil, uint16(len(x)+2))...)
	return append(append([]byte{0xff, 0xd8}, append(segment, x...)...), b.Bytes()[2:]...)
}
