package directory

import (
	"math"

	"mercat.scot/mercat/platform/text"
)

// withinReach is how far from a position the place may be that says which area
// it is in, in metres: about as far as a village is from its farms. Where only
// some of the ground is looked after by an area, the rest is not its.
const withinReach = 5_000

// areaIndex finds the area of a name or a position.
type areaIndex struct {
	trie   *trie
	named  map[uint32]int // area by the node at which one of its names ends
	places []int32        // area by place of the gazetteer, -1 for none
}

func newAreaIndex(areas []Area, g *gazetteer) areaIndex {
	x := areaIndex{trie: newTrie(len(areas) * 8), named: map[uint32]int{}, places: make([]int32, len(g.list))}
	byName := map[string]int{}
	name := func(s string, area int) {
		forms := names(Place{Name: s})
		if len(forms) == 0 {
			return
		}
		node := x.trie.add(forms[0])
		if _, taken := x.named[node]; !taken {
			x.named[node] = area
		}
		if key := text.Fold(s); byName[key] == 0 {
			byName[key] = area + 1
		}
	}
	for i, a := range areas {
		for _, s := range splitList(a.Places) {
			name(s, i)
		}
	}
	for i, a := range areas {
		name(a.Name, i) // behind what others list: a place named counts more than a heading
	}
	for i, p := range g.list {
		x.places[i] = -1
		for _, s := range []string{p.Within, p.Name} {
			if area := byName[text.Fold(s)]; s != "" && area > 0 {
				x.places[i] = int32(area - 1)
				break
			}
		}
	}
	return x
}

// find returns the area's place in the list, -1 for none.
func (x areaIndex) find(s *Snapshot, where string, lat, lon float64) int {
	if len(x.named) == 0 {
		return -1
	}
	tokens := tokenise(where, maxRead)
	if area := x.read(tokens); area >= 0 {
		return area
	}
	if place := s.places.read(tokens, s.council.Lat, s.council.Lon); place.Name != "" {
		if math.Abs(lat)+math.Abs(lon) == 0 {
			lat, lon = place.Lat, place.Lon
		}
	}
	near := s.places.nearest(lat, lon, withinReach, func(i int32) bool { return x.places[i] >= 0 })
	if near < 0 {
		return -1
	}
	return int(x.places[near])
}

// read returns the area of which the longest name stands in a text, of equally
// long ones the first; -1 for none.
func (x areaIndex) read(tokens []token) int {
	ids := x.trie.words(tokens, spelling)
	best, longest := -1, 0
	for i := 0; i < len(tokens); i++ {
		if ids[i] == 0 {
			continue
		}
		node, length := x.trie.longest(tokens, ids, i, func(n uint32) bool { _, ok := x.named[n]; return ok })
		if length > longest {
			best, longest = x.named[node], length
		}
	}
	return best
}
