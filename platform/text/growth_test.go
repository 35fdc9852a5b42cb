package text

import (
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// Nothing that people write takes more than linear time to read.
func TestTextTakesLinearTime(t *testing.T) {
	for name, parse := range map[string]func(s string){
		"Find":        func(s string) { Find(s) },
		"Clean":       func(s string) { Clean(s, 1<<20) },
		"Fold":        func(s string) { Fold(s) },
		"SearchTerms": func(s string) { SearchTerms(s) },
		"Tokens": func(s string) {
			for range Tokens(s, 1<<20) {
			}
		},
		"SanitiseHTML": func(s string) { SanitiseHTML(s) },
		"HTMLToText":   func(s string) { HTMLToText(s) },
		"Graphemes":    func(s string) { Graphemes(s) },
		"Excerpt":      func(s string) { Excerpt(s, 100) },
		"Split":        func(s string) { Split(s, 300, Graphemes) },
	} {
		t.Run(name, func(t *testing.T) { growthtest.Linear(t, growthtest.Texts, parse) })
	}
}
