package blob

import (
	"image"
	"image/draw"
)

// shrink returns src no larger than side on its longer side, by the mean of the
// pixels that each new one covers. It reads src row by row, so that beside the
// source there are only a few rows in memory: the usual scalers would hold
// hundreds of megabytes for a large photo.
func shrink(src image.Image, side int) *image.RGBA {
	b := src.Bounds()
	w, h := fit(b.Dx(), b.Dy(), side)
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(dst, dst.Bounds(), src, b.Min, draw.Src)
		return dst
	}
	var (
		line  = image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
		wide  = make([]float32, 4*w) // one source row, as wide as the result
		sum   = make([]float32, 4*w) // the result's row so far
		ratio = float64(b.Dy()) / float64(h)
		y     = 0
		limit = ratio // where the result's row y ends, in source rows
	)
	for sy := range b.Dy() {
		draw.Draw(line, line.Bounds(), src, image.Pt(b.Min.X, b.Min.Y+sy), draw.Src)
		narrow(wide, line.Pix, b.Dx(), w)
		if end := float64(sy + 1); end < limit || y == h-1 {
			accumulate(sum, wide, 1)
		} else {
			above := float32(1 - (end - limit))
			accumulate(sum, wide, above)
			write(dst.Pix[y*dst.Stride:], sum, float32(ratio))
			clear(sum)
			accumulate(sum, wide, 1-above)
			y++
			limit = float64(y+1) * ratio
		}
	}
	if y == h-1 {
		write(dst.Pix[y*dst.Stride:], sum, float32(ratio))
	}
	return dst
}

// fit returns the size that w×h has when it fits into a square of side.
func fit(w, h, side int) (int, int) {
	if w <= side && h <= side {
		return w, h
	}
	if w >= h {
		return side, max(1, (h*side+w/2)/w)
	}
	return max(1, (w*side+h/2)/h), side
}

// narrow sets dst (w pixels) to the means of the pixels of a source row.
func narrow(dst []float32, pix []byte, from, w int) {
	clear(dst)
	ratio := float64(from) / float64(w)
	x, limit := 0, ratio
	for sx := range from {
		p := pix[4*sx : 4*sx+4 : 4*sx+4]
		end := float64(sx + 1)
		if end <= limit || x == w-1 {
			add(dst[4*x:4*x+4:4*x+4], p, 1)
			continue
		}
		over := float32(end - limit)
		add(dst[4*x:4*x+4:4*x+4], p, 1-over)
		x++
		limit = float64(x+1) * ratio
		add(dst[4*x:4*x+4:4*x+4], p, over)
	}
	for i := range dst {
		dst[i] /= float32(ratio)
	}
}

func add(dst []float32, p []byte, weight float32) {
	dst[0] += weight * float32(p[0])
	dst[1] += weight * float32(p[1])
	dst[2] += weight * float32(p[2])
	dst[3] += weight * float32(p[3])
}

func accumulate(sum, row []float32, weight float32) {
	for i, v := range row {
		sum[i] += weight * v
	}
}

func write(dst []byte, sum []float32, ratio float32) {
	for i, v := range sum {
		dst[i] = byte(min(255, max(0, v/ratio+0.5)))
	}
}

// upright turns and mirrors a picture as its EXIF orientation asks for.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch orientation {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(dx, dy):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
