package directory

import (
	"fmt"
	"strings"
)

// Location is a place that a text names, and how surely.
type Location struct {
	Place  Place // the zero value for none
	Others int   // how many other places of the gazetteer have the same name
}

// Locate finds the place that a text names, as Read does, and how many others
// are called the same.
func (s *Snapshot) Locate(message string) Location {
	read := s.Read(message)
	if read.Place.ID == 0 {
		return Location{}
	}
	at := Location{Place: read.Place}
	tokens := tokenise(read.Place.Name, maxRead)
	node, length := s.places.trie.longest(tokens, s.places.trie.words(tokens, spelling), 0, func(n uint32) bool { return len(s.places.named[n]) > 0 })
	if length != len(tokens) {
		return at
	}
	for _, i := range s.places.named[node] {
		if other := s.places.list[i]; other.ID != read.Place.ID && other.Kind == read.Place.Kind {
			at.Others++
		}
	}
	return at
}

// Sure says in a sentence how surely it is meant, and how exact the point is.
func (l Location) Sure() string {
	if l.Place.ID == 0 {
		return ""
	}
	kind := l.Place.Kind
	exact := "The point is the middle of it."
	switch precision(l.Place) {
	case 4:
		if kind == "street" {
			exact = "The point is the middle of the street."
		} else {
			exact = "The point is that of the " + kind + "."
		}
	case 3:
		exact = "The point is exact to some houses."
	case 2:
		exact = "The point is the middle of the place: it may be a kilometre off."
	case 1:
		exact = "The point is the middle of a large area: it may be kilometres off."
	}
	if l.Others == 0 {
		return fmt.Sprintf("Fairly sure: the words name this %s, and no other is called so. %s", kind, exact)
	}
	how := "the nearest was taken"
	if l.Place.Within != "" {
		how = "the one that fits the rest of the words, or is nearest, was taken"
	}
	return fmt.Sprintf("Not sure: %s of this name in the gazetteer, and %s. %s", thereAre(l.Others+1, kind), how, exact)
}

func thereAre(n int, kind string) string {
	plural := kind + "s"
	if strings.HasSuffix(kind, "ch") || strings.HasSuffix(kind, "s") {
		plural = kind + "es"
	}
	return fmt.Sprintf("there are %d %s", n, plural)
}
