package casework

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// scattered are points around a town, most of them close together.
func scattered(n int) []point {
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]point, n)
	for i := range list {
		p := point{id: int64(i + 1), created: int64(n - i), lat: 57.4 + random.NormFloat64()*0.05, lon: -5.4 + random.NormFloat64()*0.1, service: int64(i % 7), hidden: i%10 == 0, state: Received}
		p.project()
		list[i] = p
	}
	return list
}

func world(zoom int) MapView {
	return MapView{South: -90, West: -180, North: 90, East: 180, Zoom: zoom}
}

func TestEveryCaseIsInOneClusterAndNoViewIsTooLarge(t *testing.T) {
	points := scattered(20_000)
	for zoom := range maxMapZoom + 3 {
		t.Run(fmt.Sprintf("zoom %d", zoom), func(t *testing.T) {
			whole := clusters(points, world(zoom), false)
			count := 0
			for _, c := range whole {
				count += c.Count
			}
			if count != len(points) || len(whole) > maxClusters {
				t.Errorf("%d clusters hold %d of %d cases", len(whole), count, len(points))
			}
			public := 0
			for _, c := range clusters(points, world(zoom), true) {
				public += c.Count
			}
			if public != len(points)*9/10 {
				t.Errorf("the public sees %d of %d cases, one in ten of which is hidden", public, len(points))
			}
			body, err := json.Marshal(featuresOf(whole, names{}, nil))
			if err != nil || len(body) > 200_000 {
				t.Errorf("an answer has %d bytes, %v", len(body), err)
			}
		})
	}
}

func TestMarksStayWhereTheyAreWhenTheMapIsMoved(t *testing.T) {
	points := scattered(2_000)
	here := MapView{South: 57.3, West: -5.6, North: 57.5, East: -5.2, Zoom: 11}
	moved := MapView{South: 57.35, West: -5.5, North: 57.55, East: -5.1, Zoom: 11}
	at := map[int64]Cluster{}
	for _, c := range clusters(points, here, false) {
		at[c.CaseID] = c
	}
	same := 0
	for _, c := range clusters(points, moved, false) {
		if at[c.CaseID] == c {
			same++
		}
	}
	if same < 20 {
		t.Errorf("%d marks are the same after a move", same)
	}
}

func TestAViewOfTheMapIsQuickAtAHundredThousand(t *testing.T) {
	points := scattered(100_000)
	begun := time.Now()
	for zoom := range 20 {
		clusters(points, world(zoom), false)
	}
	if each := time.Since(begun) / 20; each > 100*time.Millisecond {
		t.Errorf("a view takes %v", each)
	}
}

func BenchmarkClusters(b *testing.B) {
	points := scattered(100_000)
	for _, zoom := range []int{6, 10, 13, 16} {
		b.Run(fmt.Sprintf("zoom %d", zoom), func(b *testing.B) {
			for b.Loop() {
				clusters(points, world(zoom), false)
			}
		})
	}
}
