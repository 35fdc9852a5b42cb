package casework

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// MapView is the part of the map that somebody looks at, and which cases they
// want to see in it. The bounds are WGS 84 degrees.
type MapView struct {
	South, West, North, East float64
	Zoom                     int // as MapLibre counts: the world is 512 pixels wide at 0
	ServiceID                int64
	TeamID                   int64
	AreaID                   int64
	OfficerID                int64
	TeamIDs                  []int64 // any of these, when TeamID is 0; none is every team
	State                    State
	Services                 map[int64]bool // those that may be seen; nil for all
}

// Cluster is one mark on the map: a case, or several that would lie upon each
// other.
type Cluster struct {
	Lat, Lon  float64 // of the one case, or the middle of them all
	Count     int
	CaseID    int64 // the one case; of several the oldest
	ServiceID int64 // of that case
	State     State // of that case
	CreatedAt time.Time
}

const (
	// clusterPixels is how far apart marks are at least, in pixels of the map:
	// room for a finger.
	clusterPixels = 48
	// maxClusters bounds an answer, so that it stays below 200 KB: a part of the
	// map that would have more is clustered more coarsely.
	maxClusters = 1_000
	// maxMapZoom is the closest view; from there on cases at the same place are
	// told apart in the table.
	maxMapZoom = 22
)

// Valid reports whether v is a part of the map.
func (v MapView) Valid() bool {
	return v.South >= -90 && v.North <= 90 && v.South < v.North && v.West >= -180 && v.East <= 180 && v.West < v.East && v.Zoom >= 0
}

// point is an open case on the map, as it is kept in memory.
type point struct {
	id, created         int64
	lat, lon            float64
	service, team, area int64
	officer             int64
	x, y                float64 // on a Mercator map that is 1 wide and 1 high
	state               State
	hidden, ended       bool // ended: or its place is not known any more
}

func (p *point) project() {
	lat := min(max(p.lat, -85.05112878), 85.05112878) * math.Pi / 180
	p.x, p.y = p.lon/360+0.5, 0.5-math.Log(math.Tan(lat)+1/math.Cos(lat))/(2*math.Pi)
}

func (v MapView) shows(p *point, publicOnly bool) bool {
	return p.lat >= v.South && p.lat <= v.North && p.lon >= v.West && p.lon <= v.East && !(publicOnly && p.hidden) &&
		(v.ServiceID == 0 || p.service == v.ServiceID) && (v.TeamID == 0 || p.team == v.TeamID) && (v.AreaID == 0 || p.area == v.AreaID) &&
		(v.OfficerID == 0 || p.officer == v.OfficerID) && (v.TeamID != 0 || len(v.TeamIDs) == 0 || slices.Contains(v.TeamIDs, p.team)) &&
		(v.State == "" || p.state == v.State) && (v.Services == nil || v.Services[p.service])
}

// clusters puts points that lie in the same square of a grid into one mark. The
// grid belongs to the zoom and not to the part of the map, so that marks stay
// where they are when somebody moves it.
func clusters(points []point, v MapView, publicOnly bool) []Cluster {
	type square struct{ x, y int32 }
	type sum struct {
		Cluster
		lat, lon float64
	}
	for zoom := min(v.Zoom, maxMapZoom); ; zoom-- {
		scale := math.Exp2(float64(zoom)) * 512 / clusterPixels
		found := map[square]*sum{}
		for i := range points {
			p := &points[i]
			if !v.shows(p, publicOnly) {
				continue
			}
			at := square{int32(p.x * scale), int32(p.y * scale)}
			s := found[at]
			if s == nil {
				if len(found) == maxClusters && zoom > 0 {
					found = nil
					break
				}
				s = &sum{}
				found[at] = s
			}
			s.Count++
			s.lat += p.lat
			s.lon += p.lon
			if s.CaseID == 0 || p.created < s.CreatedAt.UnixMicro() {
				s.CaseID, s.ServiceID, s.State, s.CreatedAt = p.id, p.service, p.state, time.UnixMicro(p.created).UTC()
			}
		}
		if found == nil {
			continue
		}
		list := make([]Cluster, 0, len(found))
		for _, s := range found {
			s.Lat, s.Lon = s.lat/float64(s.Count), s.lon/float64(s.Count)
			list = append(list, s.Cluster)
		}
		slices.SortFunc(list, func(a, b Cluster) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.CaseID, b.CaseID)) })
		return list
	}
}
