package blob

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Position is where a picture says that it was taken. Whether it may be used is
// for the citizen to say.
type Position struct {
	Lat, Lon float64 // WGS 84 degrees
	Accuracy float64 // metres, 0 when the picture does not say
}

// metadata is what we want to know of a picture beside its pixels.
type metadata struct {
	orientation int // 1 to 8, as EXIF counts
	position    *Position
}

// The reader below is our own because it needs to know three tags out of
// hundreds. It never follows more than one link, so it cannot loop.

const (
	maxEntries     = 512
	tagOrientation = 0x0112
	tagGPS         = 0x8825
	gpsLatRef      = 1
	gpsLat         = 2
	gpsLonRef      = 3
	gpsLon         = 4
	gpsAccuracy    = 31
)

// tiff is an EXIF block: a TIFF header and what offsets into it lead to.
type tiff struct {
	data  []byte
	order binary.ByteOrder
}

// readEXIF reads an EXIF block. What is damaged in it is as good as missing.
func readEXIF(block []byte) metadata {
	m := metadata{orientation: 1}
	block = bytes.TrimPrefix(block, []byte("Exif\x00\x00"))
	t := tiff{data: block}
	switch {
	case bytes.HasPrefix(block, []byte("II*\x00")):
		t.order = binary.LittleEndian
	case bytes.HasPrefix(block, []byte("MM\x00*")):
		t.order = binary.BigEndian
	default:
		return m
	}
	if len(block) < 8 {
		return m
	}
	var gps uint32
	t.entries(t.order.Uint32(block[4:]), func(e entry) {
		switch {
		case e.tag == tagOrientation && e.kind == kindShort:
			if v := int(t.order.Uint16(e.value)); v >= 1 && v <= 8 {
				m.orientation = v
			}
		case e.tag == tagGPS && e.kind == kindLong:
			gps = t.order.Uint32(e.value)
		}
	})
	if gps != 0 {
		m.position = t.position(gps)
	}
	return m
}

const (
	kindShort    = 3
	kindLong     = 4
	kindRational = 5
)

// entry is one field of a directory; value are its four bytes, which hold the
// value itself or where it stands.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

func (t tiff) entries(at uint32, each func(entry)) {
	if int64(at)+2 > int64(len(t.data)) {
		return
	}
	n := min(int(t.order.Uint16(t.data[at:])), maxEntries)
	rest := t.data[at+2:]
	for ; n > 0 && len(rest) >= 12; n-- {
		each(entry{tag: t.order.Uint16(rest), kind: t.order.Uint16(rest[2:]), count: t.order.Uint32(rest[4:]), value: rest[8:12]})
		rest = rest[12:]
	}
}

func (t tiff) position(at uint32) *Position {
	var p Position
	var north, east float64
	lat, lon := math.NaN(), math.NaN()
	t.entries(at, func(e entry) {
		switch e.tag {
		case gpsLatRef:
			north = map[byte]float64{'N': 1, 'S': -1}[e.value[0]]
		case gpsLonRef:
			east = map[byte]float64{'E': 1, 'W': -1}[e.value[0]]
		case gpsLat:
			lat = t.degrees(e)
		case gpsLon:
			lon = t.degrees(e)
		case gpsAccuracy:
			if v := t.rationals(e, 1); len(v) == 1 && v[0] > 0 && v[0] < 1e6 {
				p.Accuracy = v[0]
			}
		}
	})
	p.Lat, p.Lon = north*lat, east*lon
	// A camera without reception writes zeros, and nobody reports potholes from
	// the Gulf of Guinea.
	sane := math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 && (p.Lat != 0 || p.Lon != 0)
	if north == 0 || east == 0 || !sane {
		return nil
	}
	return &p
}

// degrees reads degrees, minutes and seconds.
func (t tiff) degrees(e entry) float64 {
	v := t.rationals(e, 3)
	if len(v) != 3 || v[1] >= 60.001 || v[2] >= 60.001 {
		return math.NaN()
	}
	return v[0] + v[1]/60 + v[2]/3600
}

// rationals reads n fractions; nil when there are not that many.
func (t tiff) rationals(e entry, n int) []float64 {
	if e.kind != kindRational || int64(e.count) != int64(n) {
		return nil
	}
	at := int64(t.order.Uint32(e.value))
	if at+int64(8*n) > int64(len(t.data)) {
		return nil
	}
	values := make([]float64, n)
	for i := range values {
		over, under := t.order.Uint32(t.data[at:]), t.order.Uint32(t.data[at+4:])
		if under == 0 {
			return nil
		}
		values[i] = float64(over) / float64(under)
		at += 8
	}
	return values
}

// jpegInfo is what a JPEG's segments say before it is decoded.
type jpegInfo struct {
	exif        []byte
	progressive bool
	scans       int
}

// readJPEG walks through the segments of a JPEG up to its end of image.
func readJPEG(data []byte) jpegInfo {
	var info jpegInfo
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xff {
			// Inside a scan: the next byte that could begin a marker.
			next := bytes.IndexByte(data[i:], 0xff)
			if next < 0 {
				break
			}
			i += next
			continue
		}
		marker := data[i+1]
		switch {
		case marker == 0xff:
			i++
			continue
		case marker == 0x00 || marker >= 0xd0 && marker <= 0xd8 || marker == 0x01:
			i += 2 // stuffing, restarts: no segment
			continue
		case marker == 0xd9:
			return info
		}
		length := int(binary.BigEndian.Uint16(data[i+2:]))
		end := i + 2 + length
		if length < 2 || end > len(data) {
			return info
		}
		switch body := data[i+4 : end]; marker {
		case 0xe1:
			if info.exif == nil && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
				info.exif = body
			}
		case 0xc2:
			info.progressive = true
		case 0xda:
			info.scans++
		}
		i = end
	}
	return info
}

// exifOfPNG and exifOfWebP return the EXIF block of the other formats, or nil.
func exifOfPNG(data []byte) []byte {
	for rest := data[min(8, len(data)):]; len(rest) >= 12; {
		length := int64(binary.BigEndian.Uint32(rest))
		if length+12 > int64(len(rest)) {
			return nil
		}
		if string(rest[4:8]) == "eXIf" {
			return rest[8 : 8+length]
		}
		rest = rest[length+12:]
	}
	return nil
}

func exifOfWebP(data []byte) []byte {
	for rest := data[min(12, len(data)):]; len(rest) >= 8; {
		length := int64(binary.LittleEndian.Uint32(rest[4:]))
		if length+8 > int64(len(rest)) {
			return nil
		}
		if string(rest[:4]) == "EXIF" {
			return rest[8 : 8+length]
		}
		rest = rest[min(length+8+length%2, int64(len(rest))):]
	}
	return nil
}
