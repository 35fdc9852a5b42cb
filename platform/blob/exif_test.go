package blob

import (
	"math"
	"testing"
)

func FuzzMetadata(f *testing.F) {
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xda\x00\x02\x00\xff\x00\xff\xd9"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x04eXIfMM\x00*\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\x04\x00\x00\x00II*\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		info := readJPEG(data)
		for _, block := range [][]byte{data, info.exif, exifOfPNG(data), exifOfWebP(data)} {
			m := readEXIF(block)
			if m.orientation < 1 || m.orientation > 8 {
				t.Fatalf("orientation %d", m.orientation)
			}
			if p := m.position; p != nil && (!(math.Abs(p.Lat) <= 90) || !(math.Abs(p.Lon) <= 180) || !(p.Accuracy >= 0)) {
				t.Fatalf("position %+v", *p)
			}
		}
	})
}

func TestADirectoryThatPointsAtItselfEnds(t *testing.T) {
	// The GPS directory is the first directory again.
	loop := "MM\x00*\x00\x00\x00\x08\x00\x01\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x00"
	if m := readEXIF([]byte(loop)); m.position != nil || m.orientation != 1 {
		t.Errorf("%+v", m)
	}
}
