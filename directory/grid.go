package directory

import "math"

// cell is a square of the grid of places, 0.01 degrees of latitude high and
// 0.02 degrees of longitude wide: about a kilometre each way in Scotland.
type cell struct{ y, x int32 }

const (
	cellHeight = 0.01
	cellWidth  = 0.02
)

func cellOf(lat, lon float64) cell {
	return cell{int32(math.Floor(lat / cellHeight)), int32(math.Floor(lon / cellWidth))}
}

// nearest returns the place nearest to a position within so many metres, of
// those that are wanted (nil for all), and -1 when there is none.
func (g *gazetteer) nearest(lat, lon, within float64, wanted func(place int32) bool) int32 {
	if !onEarth(lat, lon) {
		return -1
	}
	degree := math.Pi / 180 * earth // metres of one degree of latitude
	middle := cellOf(lat, lon)
	high := int32(math.Ceil(within / (degree * cellHeight)))
	narrow := max(math.Cos((math.Abs(lat)+within/degree)*math.Pi/180), 0.05)
	wide := int32(math.Ceil(within / (degree * cellWidth * narrow)))
	best, distance := int32(-1), within
	// Rings around the middle: what lies in ring r is at least r-1 cells away.
	for r := int32(0); r <= max(high, wide); r++ {
		if best >= 0 && float64(r-1)*degree*min(cellHeight, cellWidth*narrow) > distance {
			break
		}
		for y := -min(r, high); y <= min(r, high); y++ {
			step := max(1, 2*r)
			if y == -r || y == r {
				step = 1
			}
			for x := -r; x <= r; x += step {
				if x < -wide || x > wide {
					continue
				}
				for _, i := range g.grid[cell{middle.y + y, middle.x + x}] {
					p := g.list[i]
					if d := roughly(lat, lon, p.Lat, p.Lon); d < distance && (wanted == nil || wanted(i)) {
						best, distance = i, d
					}
				}
			}
		}
	}
	return best
}

// roughly is the distance of two positions in metres, as on a plane: right to a
// per cent within a council, and quick.
func roughly(lat1, lon1, lat2, lon2 float64) float64 {
	const radian = math.Pi / 180
	y := (lat2 - lat1) * radian
	x := (lon2 - lon1) * radian * math.Cos((lat1+lat2)/2*radian)
	return earth * math.Sqrt(x*x+y*y)
}

// point is a position on a plane map of the gazetteer, in degrees of latitude:
// good enough to say which of several places is nearer.
type point struct{ y, x float64 }

// world is more than any squared distance on that map.
const world = 1e6

func (g *gazetteer) project(lat, lon float64) point { return point{lat, lon * g.squeeze} }

func (p point) squared(q point) float64 {
	y, x := p.y-q.y, p.x-q.x
	return y*y + x*x
}
