package blob

import (
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// A picture's head takes no longer to read than it is long, whatever stands in it.
func TestPicturesTakeLinearTime(t *testing.T) {
	growthtest.Linear(t, map[string]growthtest.Shape{
		"segments":        {Head: "\xff\xd8", Unit: "\xff\xe1\x00\x02", Tail: "\xff\xd9"},
		"EXIF again":      {Head: "\xff\xd8", Unit: "\xff\xe1\x00\x10Exif\x00\x00II*\x00\x08\x00\x00\x00", Tail: "\xff\xd9"},
		"fill bytes":      {Head: "\xff\xd8", Unit: "\xff", Tail: "\xd9"},
		"scans":           {Head: "\xff\xd8", Unit: "\xff\xda\x00\x02\x00", Tail: "\xff\xd9"},
		"chunks of PNG":   {Head: "\x89PNG\r\n\x1a\n", Unit: "\x00\x00\x00\x00eXIf\x00\x00\x00\x00"},
		"chunks of WebP":  {Head: "RIFF\x00\x00\x00\x00WEBP", Unit: "EXIF\x00\x00\x00\x00"},
		"entries of TIFF": {Head: "II*\x00\x08\x00\x00\x00\xff\xff", Unit: "\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"},
		"rationals":       {Head: "II*\x00\x08\x00\x00\x00\x01\x00\x25\x88\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00", Unit: "\x02\x00\x05\x00\xff\xff\x00\x00\x08\x00\x00\x00"},
	}, func(s string) {
		data := []byte(s)
		info := readJPEG(data)
		for _, block := range [][]byte{data, info.exif, exifOfPNG(data), exifOfWebP(data)} {
			readEXIF(block)
		}
		k := Sniff(s, data)
		SafeName(s, k)
	})
	t.Run("names", func(t *testing.T) {
		growthtest.Linear(t, growthtest.Texts, func(s string) { SafeName(s, Sniff(s, []byte(s))) })
	})
}
