package directory

import (
	"slices"
	"strings"
)

// serviceWords recognises services by the words by which the public calls
// them.
type serviceWords struct {
	trie  *trie
	means map[uint32][]int64 // services by the node at which their phrase ends
}

func newServiceWords(services []Service) *serviceWords {
	w := &serviceWords{trie: newTrie(len(services) * 16), means: map[uint32][]int64{}}
	for _, s := range services {
		if !s.Active {
			continue
		}
		seen := map[uint32]bool{}
		for _, phrase := range append(splitList(s.Words), s.Name) {
			var words []string
			for _, k := range tokenise(phrase, maxRead) {
				words = append(words, singular(k.word))
			}
			if len(words) == 0 {
				continue
			}
			if node := w.trie.add(words); !seen[node] {
				seen[node] = true
				w.means[node] = append(w.means[node], s.ID)
			}
		}
	}
	return w
}

// read returns the service for which a text has most evidence, 0 when there is
// none or two have as much. At each place the longest phrase counts, by its
// number of words ("street light" says more than "street"). Each phrase counts
// once; how often it is said decides only between equals. named are all services
// for which there is evidence, the most first, of equals the one named first.
func (w *serviceWords) read(tokens []token) (service int64, named []int64) {
	ids := w.trie.words(tokens, singular)
	var seen []uint32
	var evidence []weighed
	const once = 1000 // outweighs every repetition
	for i := 0; i < len(tokens); {
		if ids[i] == 0 {
			i++
			continue
		}
		node, length := w.trie.longest(tokens, ids, i, func(n uint32) bool { return len(w.means[n]) > 0 })
		if length == 0 {
			i++
			continue
		}
		i += length
		weight := 1
		if !slices.Contains(seen, node) {
			seen = append(seen, node)
			weight += length * once
		}
		for _, one := range w.means[node] {
			evidence = weigh(evidence, one, weight)
		}
	}
	service = heaviest(evidence)
	slices.SortStableFunc(evidence, func(a, b weighed) int { return b.weight - a.weight })
	for _, e := range evidence {
		named = append(named, e.id)
	}
	return service, named
}

// weighed is a thing with the evidence for it.
type weighed struct {
	id     int64
	weight int
}

func weigh(list []weighed, id int64, weight int) []weighed {
	for i := range list {
		if list[i].id == id {
			list[i].weight += weight
			return list
		}
	}
	return append(list, weighed{id, weight})
}

// heaviest returns 0 when two weigh the same.
func heaviest(list []weighed) int64 {
	best, tie := weighed{}, false
	for _, w := range list {
		switch {
		case w.weight > best.weight:
			best, tie = w, false
		case w.weight == best.weight:
			tie = true
		}
	}
	if tie {
		return 0
	}
	return best.id
}

// singular takes the plural's s from an English word: bins, potholes, trees.
// Both what the directory holds and what is read pass through it, so it need
// not be right, only the same.
func singular(word string) string {
	if len(word) > 3 && word[len(word)-1] == 's' && word[len(word)-2] != 's' && word[len(word)-2] != 'u' && word[len(word)-2] != 'i' {
		return word[:len(word)-1]
	}
	return word
}

// spelling is the one form of words that stand in names in several: street and
// saint are both written St. Both the gazetteer and what is read pass through
// it.
func spelling(word string) string {
	switch word {
	case "street", "saint", "str":
		return "st"
	case "road":
		return "rd"
	case "avenue", "av":
		return "ave"
	case "crescent", "cresc":
		return "cres"
	case "drive":
		return "dr"
	case "place":
		return "pl"
	case "court":
		return "ct"
	case "lane":
		return "ln"
	case "gardens", "gdn":
		return "gdns"
	case "square":
		return "sq"
	case "terrace", "terr":
		return "ter"
	case "grove":
		return "gr"
	case "mount":
		return "mt"
	case "prim":
		return "primary"
	case "sch":
		return "school"
	}
	return word
}

// abbreviation reports whether a full stop behind a word may be part of it.
func abbreviation(word string) bool {
	switch word {
	case "st", "str", "rd", "ave", "av", "cres", "cresc", "dr", "pl", "ct", "ln", "gdns", "gdn", "sq", "ter", "terr", "gr", "mt", "prim", "sch", "no":
		return true
	}
	return false
}

// names are the forms in which people say a place's name: as it stands, and a
// school without the word School.
func names(p Place) [][]string {
	var words []string
	for _, k := range tokenise(p.Name, maxRead) {
		words = append(words, spelling(k.word))
	}
	if len(words) == 0 {
		return nil
	}
	forms := [][]string{words}
	if p.Kind == "postcode" && len(words) == 2 {
		forms = append(forms, []string{strings.Join(words, "")}) // written without the space
	}
	if n := len(words); n > 2 && words[n-1] == "school" {
		forms = append(forms, words[:n-1])
	}
	return forms
}
