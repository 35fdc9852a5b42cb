package blob

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// scene is a picture of some blobs of light on a gradient, as a street is.
func scene(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	type spot struct{ x, y, size, light float64 }
	spots := make([]spot, 12)
	for i := range spots {
		spots[i] = spot{r.Float64(), r.Float64(), 0.05 + 0.2*r.Float64(), 240*r.Float64() - 120}
	}
	slope := r.Float64()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			fx, fy := float64(x)/float64(w), float64(y)/float64(h)
			v := 90 + 60*(slope*fx+(1-slope)*fy)
			for _, s := range spots {
				v += s.light * math.Exp(-((fx-s.x)*(fx-s.x)+(fy-s.y)*(fy-s.y))/(2*s.size*s.size))
			}
			g := uint8(min(max(v, 0), 255))
			img.SetRGBA(x, y, color.RGBA{g, g, uint8(min(int(g)+20, 255)), 255})
		}
	}
	return img
}

func made(t *testing.T, img image.Image, quality int) Photo {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	p, err := NewPhotos(1).Make(t.Context(), &b, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSamePictureIsKnownHoweverItWasSent(t *testing.T) {
	for seed := range uint64(4) {
		first := made(t, scene(seed, 900, 675), 92).Likeness
		for name, again := range map[string]Photo{
			"smaller":         made(t, scene(seed, 640, 480), 85),
			"encoded badly":   made(t, scene(seed, 900, 675), 30),
			"a little squat":  made(t, scene(seed, 800, 590), 75),
			"made anew by us": made(t, scene(seed, 1600, 1200), 85),
		} {
			if !first.Alike(again.Likeness) {
				t.Errorf("scene %d, %s: %016x is not taken for %016x", seed, name, again.Likeness, first)
			}
		}
	}
}

func TestDifferentPicturesAreNotTakenForOne(t *testing.T) {
	var seen []Likeness
	for seed := range uint64(60) {
		one := likenessOf(scene(seed, 128, 96))
		for other, l := range seen {
			if one.Alike(l) {
				t.Errorf("scenes %d and %d are taken for one", seed, other)
			}
		}
		seen = append(seen, one)
	}
}

func TestAPictureOfNothingIsLikeNoOther(t *testing.T) {
	dark := image.NewRGBA(image.Rect(0, 0, 320, 240))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range dark.Pix {
		dark.Pix[i] = uint8(r.IntN(9))
	}
	one := likenessOf(dark)
	if one != 0 || one.Alike(one) {
		t.Errorf("the night is like the night: %016x", one)
	}
}
