package bluesky

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mercat.scot/mercat/network"
)

func TestFacetsCountBytes(t *testing.T) {
	s, now := newScripted(t), newClock()
	s.on(methodResolveHandle, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("handle") {
		case "bethan.example.com":
			say(w, 200, map[string]string{"did": "did:plc:bethan"})
		default:
			no(w, 400, "InvalidRequest")
		}
	})
	c := s.connect(now.now, nil)
	to := network.Identity{ID: annDID, Handle: "@ann.example.com"}
	for name, test := range map[string]struct {
		text string
		want []string // "link https://…: what is marked"
	}{
		"nothing":              {"The road is open again.", nil},
		"link":                 {"See https://council.example.com/bins for more.", []string{"link https://council.example.com/bins: https://council.example.com/bins"}},
		"link without scheme":  {"See mercat.scot/bins.", []string{"link https://mercat.scot/bins: mercat.scot/bins"}},
		"mention of the other": {"@ann.example.com, thank you", []string{"mention " + annDID + ": @ann.example.com"}},
		"mention of a third":   {"Ask @bethan.example.com.", []string{"mention did:plc:bethan: @bethan.example.com"}},
		"mention of nobody":    {"Ask @nobody.example.com or @ann or @ann@mastodon.example.", nil},
		"tag":                  {"Roads closed today #Leith #snow2026", []string{"tag Leith: #Leith", "tag snow2026: #snow2026"}},
		"emoji before":         {"🚧👩‍👩‍👧‍👦 https://mercat.scot/a 🏴󠁧󠁢󠁳󠁣󠁴󠁿 #Snow", []string{"link https://mercat.scot/a: https://mercat.scot/a", "tag Snow: #Snow"}},
		"Gaelic":               {"Tha an rathad dùinte aig Àird nam Murchan: mercat.scot/rathaidean #Gàidhlig", []string{"link https://mercat.scot/rathaidean: mercat.scot/rathaidean", "tag Gàidhlig: #Gàidhlig"}},
		"Welsh":                {"Mae’r ffordd ar gau yn Llŷn – @bethan.example.com #tŷ", []string{"mention did:plc:bethan: @bethan.example.com", "tag tŷ: #tŷ"}},
		"Chinese":              {"道路已封闭。https://mercat.scot/路 #道路", []string{"link https://mercat.scot/路: https://mercat.scot/路", "tag 道路: #道路"}},
		"all at once":          {"(@ann.example.com) #a “https://mercat.scot/x”", []string{"mention " + annDID + ": @ann.example.com", "tag a: #a", "link https://mercat.scot/x: https://mercat.scot/x"}},
		"a tag too long":       {"#" + strings.Repeat("x", 65), nil},
	} {
		t.Run(name, func(t *testing.T) {
			facets, err := c.findFacets(t.Context(), test.text, to)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range facets {
				marked := test.text[f.Index.ByteStart:f.Index.ByteEnd]
				if !utf8.ValidString(marked) || len(f.Features) != 1 {
					t.Fatalf("facet %+v marks %q", f, marked)
				}
				one := f.Features[0]
				got = append(got, strings.TrimPrefix(one.Type, "app.bsky.richtext.facet#")+" "+one.URI+one.DID+one.Tag+": "+marked)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestLinksAreWrittenOutWhenTheyGoElsewhere(t *testing.T) {
	link := func(s, shown, uri string) facet {
		start := strings.Index(s, shown)
		return facet{Index: facetIndex{start, start + len(shown)}, Features: []facetFeature{{Type: featureLink, URI: uri}}}
	}
	for _, c := range []struct{ text, shown, uri, want string }{
		{"See mercat.scot/bins now", "mercat.scot/bins", "https://mercat.scot/bins", "See mercat.scot/bins now"},
		{"Gù! mercat.scot/a-ver... 🚧", "mercat.scot/a-ver...", "https://mercat.scot/a-very-long-address", "Gù! https://mercat.scot/a-very-long-address 🚧"},
		{"See www.mercat.scot/a…", "www.mercat.scot/a…", "https://www.mercat.scot/abc", "See https://www.mercat.scot/abc"},
		{"Read this please", "this", "https://evil.example/x", "Read this (https://evil.example/x) please"},
		{"See mercat.scot…", "mercat.scot…", "https://evil.example/x", "See mercat.scot… (https://evil.example/x)"},
		{"Read this", "this", "javascript:alert(1)", "Read this"},
		{"Read this", "this", "https://a.example/ two", "Read this"},
	} {
		p := &network.Post{}
		if got := readText(p, record{Text: c.text, Facets: []facet{link(c.text, c.shown, c.uri)}}); got != c.want {
			t.Errorf("%q with %q to %q is read as %q, want %q", c.text, c.shown, c.uri, got, c.want)
		}
	}
}

func TestFacetsThatPointNowhereAreLeftOut(t *testing.T) {
	const s = "Gàidhlig 🚧 @ann.example.com"
	for _, index := range []facetIndex{{-1, 3}, {3, 2}, {0, 0}, {2, 4}, {0, 1000}, {10, 12}, {1 << 40, 1<<40 + 1}} {
		p := &network.Post{}
		r := record{Text: s, Facets: []facet{{Index: index, Features: []facetFeature{{Type: featureMention, DID: annDID}, {Type: featureLink, URI: "https://a.example"}}}}}
		if got := readText(p, r); got != s || len(p.Mentions) != 0 {
			t.Errorf("facet %v makes %q with mentions %v", index, got, p.Mentions)
		}
	}
	p := &network.Post{}
	r := record{Text: "abcdef", Facets: []facet{
		{Index: facetIndex{2, 6}, Features: []facetFeature{{Type: featureLink, URI: "https://b.example"}}},
		{Index: facetIndex{0, 4}, Features: []facetFeature{{Type: featureLink, URI: "https://a.example"}}},
	}}
	if got, want := readText(p, r), "abcd (https://a.example)ef"; got != want {
		t.Errorf("facets that overlap make %q, want %q", got, want)
	}
}

func TestTheCountKeepsBothLimits(t *testing.T) {
	for text, want := range map[string]int{
		"a": 1, "": 0, "Llŷn": 4, "道路": 2, "🚧": 1, strings.Repeat("道", 300): 300,
		strings.Repeat("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 10): 28, // 28 bytes each: three thousand bytes are reached before 300 signs
	} {
		if got := count(text); got != want {
			t.Errorf("count(%.20q) is %d, want %d", text, got, want)
		}
	}
}
