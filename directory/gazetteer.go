package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"mercat.scot/mercat/platform/text"
)

// gazetteer is the places, with what finds them: their names as a trie, their
// positions as a grid, their folded labels in order. It never changes.
type gazetteer struct {
	list    []Place
	plane   []point  // by place: where it is on a plane map
	squeeze float64  // how much shorter a degree of longitude is than one of latitude
	precise []uint8  // by place: its precision
	within  []uint32 // by place: the node of what it lies within, 0 for none
	trie    *trie
	named   [][]int32 // by node: the places of which a name ends there
	around  []bool    // by node: whether places lie within what is named so
	grid    map[cell][]int32
	labels  []label // sorted
}

type label struct {
	folded string // words of the label with a space between
	name   int    // how much of it is the place's name
	place  int32
}

const (
	// nearby is how far Nearest looks, in metres.
	nearby = 2000
	// maxHits bounds what a suggestion sorts.
	maxHits = 1000
	// earth is the mean radius of the earth, in metres.
	earth = 6_371_009
)

// newGazetteer takes over a list that is sorted by id.
func newGazetteer(list []Place) *gazetteer {
	g := &gazetteer{
		list: list, plane: make([]point, len(list)), precise: make([]uint8, len(list)), within: make([]uint32, len(list)),
		trie: newTrie(len(list)), grid: make(map[cell][]int32, len(list)/2), labels: make([]label, len(list)),
	}
	for _, p := range list {
		g.squeeze += math.Cos(p.Lat*math.Pi/180) / float64(len(list))
	}
	type end struct {
		node  uint32
		place int32
	}
	ends := make([]end, 0, len(list))
	for i, p := range list {
		for _, form := range names(p) {
			ends = append(ends, end{g.trie.add(form), int32(i)})
		}
		if surroundings := names(Place{Name: p.Within}); len(surroundings) > 0 {
			g.within[i] = g.trie.add(surroundings[0])
		}
		g.precise[i] = precision(p)
		g.plane[i] = g.project(p.Lat, p.Lon)
		c := cellOf(p.Lat, p.Lon)
		g.grid[c] = append(g.grid[c], int32(i))
		g.labels[i] = newLabel(p, int32(i))
	}
	g.named, g.around = make([][]int32, g.trie.nodes), make([]bool, g.trie.nodes)
	for _, e := range ends {
		g.named[e.node] = append(g.named[e.node], e.place)
	}
	for _, node := range g.within {
		g.around[node] = node != 0
	}
	slices.SortFunc(g.labels, func(a, b label) int {
		return cmp.Or(strings.Compare(a.folded, b.folded), cmp.Compare(a.place, b.place))
	})
	return g
}

func newLabel(p Place, i int32) label {
	name, within := text.Searchable(p.Name, 0), text.Searchable(p.Within, 0)
	return label{strings.TrimSpace(name + " " + within), len(name), i}
}

// knows reports whether a place has a name.
func (g *gazetteer) knows(name string) bool {
	tokens := tokenise(name, maxRead)
	ids := g.trie.words(tokens, spelling)
	_, length := g.trie.longest(tokens, ids, 0, func(n uint32) bool { return len(g.named[n]) > 0 })
	return length > 0 && length == len(tokens)
}

// said is a name that stands in a text.
type said struct {
	node   uint32
	length int
}

// read returns the place that a text names, the zero Place for none. Of
// several it is the most precise kind, then the longest name, then the one
// named first.
func (g *gazetteer) read(tokens []token, lat, lon float64) Place {
	found := g.said(tokens)
	best, bestRank := int32(-1), 0
	for _, f := range found {
		candidates := g.named[f.node]
		if len(candidates) == 0 {
			continue
		}
		place := g.tell(candidates, f.node, found, lat, lon)
		if rank := int(g.precise[place])*100 + min(f.length, 99); rank > bestRank {
			best, bestRank = place, rank
		}
	}
	if best < 0 {
		return Place{}
	}
	return g.list[best]
}

// said finds the names in a text, the longest at each place, in order.
func (g *gazetteer) said(tokens []token) []said {
	ids := g.trie.words(tokens, spelling)
	var found []said
	for i := 0; i < len(tokens) && len(found) < 64; {
		if ids[i] == 0 {
			i++
			continue
		}
		node, length := g.trie.longest(tokens, ids, i, func(n uint32) bool { return len(g.named[n]) > 0 || g.around[n] })
		if length == 0 || length == 1 && !tokens[i].capital && everyday(tokens[i].word) {
			i++
			continue
		}
		found = append(found, said{node, length})
		i += length
	}
	return found
}

// tell chooses among places of one name the most precise kind, and of that the
// one that lies within something else that is named; else the one nearest to
// something else that is named; else the one nearest to the middle.
func (g *gazetteer) tell(candidates []int32, node uint32, found []said, lat, lon float64) int32 {
	if len(candidates) == 1 {
		return candidates[0]
	}
	near := g.project(lat, lon)
	for _, f := range found {
		if f.node != node && len(g.named[f.node]) > 0 {
			near = g.plane[g.named[f.node][0]]
			break
		}
	}
	const inside, kind = 10 * world, 100 * world // outweigh any distance
	best, score := candidates[0], math.Inf(-1)
	for _, c := range candidates {
		s := kind*float64(g.precise[c]) - g.plane[c].squared(near)
		for _, f := range found {
			if f.node != node && g.within[c] == f.node {
				s += inside
				break
			}
		}
		if s > score {
			best, score = c, s
		}
	}
	return best
}

// precision ranks kinds of places by how closely they say where: what people
// name beside the rest is mostly there to tell where that is.
func precision(p Place) uint8 {
	switch p.Kind {
	case "postcode":
		if strings.Contains(p.Name, " ") {
			return 3
		}
		return 1
	case "settlement", "city", "town", "village", "hamlet", "suburb", "locality", "neighbourhood":
		return 2
	case "ward", "area", "district", "parish", "island", "council", "region", "community":
		return 1
	}
	return 4 // street, school, park, building, …
}

// everyday reports whether a name of one word is mostly said of something else.
// Then it counts as a name only when it is written with a capital.
func everyday(word string) bool {
	switch word {
	case "st", "rd", "ave", "bank", "banks", "bath", "beach", "bridge", "burn", "castle", "church", "close", "common", "corner",
		"court", "cross", "dale", "deal", "dean", "den", "drum", "end", "fair", "farm", "field", "ford", "gate", "glen", "green", "hall",
		"harbour", "haven", "hill", "hope", "house", "inch", "island", "lane", "loan", "loch", "mains", "market", "mill", "moor", "moss",
		"muir", "neuk", "park", "parks", "path", "pier", "port", "quay", "rest", "row", "sands", "school", "shore", "side", "station",
		"the", "top", "town", "view", "village", "walk", "well", "wells", "wood", "woods", "wynd":
		return true
	}
	return false
}

// find returns places of whose label a word begins with typed: first those
// that begin with it, in the order of the alphabet, equal names by their
// distance from lat, lon.
func (g *gazetteer) find(typed string, limit int, lat, lon float64) []Place {
	typed = text.Searchable(typed, 16)
	if typed == "" || limit <= 0 {
		return nil
	}
	var first, later []label
	from, _ := slices.BinarySearchFunc(g.labels, typed, func(l label, s string) int { return strings.Compare(l.folded, s) })
	for _, l := range g.labels[from:] {
		if !strings.HasPrefix(l.folded, typed) || len(first) == maxHits {
			break
		}
		first = append(first, l)
	}
	if len(first) < limit {
		inner := " " + typed
		for _, l := range g.labels {
			if len(later) == maxHits {
				break
			}
			if strings.Contains(l.folded, inner) && !strings.HasPrefix(l.folded, typed) {
				later = append(later, l)
			}
		}
	}
	middle := g.project(lat, lon)
	places := make([]Place, 0, min(limit, len(first)+len(later)))
	for _, group := range [][]label{first, later} {
		slices.SortStableFunc(group, func(a, b label) int {
			return cmp.Or(strings.Compare(a.folded[:a.name], b.folded[:b.name]),
				cmp.Compare(g.plane[a.place].squared(middle), g.plane[b.place].squared(middle)))
		})
		for _, l := range group[:min(len(group), limit-len(places))] {
			places = append(places, g.list[l.place])
		}
	}
	return places
}
