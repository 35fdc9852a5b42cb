package blob

import (
	"image"
	"math"
	"math/bits"

	"github.com/corona10/goimagehash"
)

// Likeness is what a picture looks like, in 64 bits: the low frequencies of its
// brightness (pHash, a discrete cosine transform of 64 by 64 pixels). It stays
// nearly the same when a picture is scaled or encoded anew, as each network does.
// 0 is a picture that says nothing: a wall, a lens cap, the night.
type Likeness uint64

const (
	// alike is of how many bits two of the same picture differ at most. Two
	// different ones differ in 32, give or take 4.
	alike = 9
	// flat is the standard deviation of brightness, of 255, below which a picture
	// says nothing.
	flat = 6
)

// Alike reports whether two pictures are most likely one.
func (l Likeness) Alike(other Likeness) bool {
	return l != 0 && other != 0 && bits.OnesCount64(uint64(l^other)) <= alike
}

func likenessOf(img *image.RGBA) Likeness {
	if deviation(img) < flat {
		return 0
	}
	hash, err := goimagehash.PerceptionHash(img)
	if err != nil {
		return 0 // of no picture alone, and this is one
	}
	return Likeness(hash.GetHash())
}

// deviation is the standard deviation of the brightness, by its green part.
func deviation(img *image.RGBA) float64 {
	var sum, squares, n float64
	for y := range img.Rect.Dy() {
		row := img.Pix[y*img.Stride:][:img.Rect.Dx()*4]
		for x := 1; x < len(row); x += 4 {
			v := float64(row[x])
			sum, squares, n = sum+v, squares+v*v, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return math.Sqrt(max(squares/n-(sum/n)*(sum/n), 0))
}
