package expect

import (
	"strings"
)

// Holding is a phrase with which an answer says nothing: it names no time, nobody,
// or only that it was written down.
type Holding struct {
	Words    string // as they stand there
	Sentence string // that they stand in, as it stands there
	Lacks    Lack
}

// Lack is what a holding phrase leaves out.
type Lack string

const (
	NoTime Lack = "time" // it sounds like a time, and is none
	NoName Lack = "name" // somebody has it, and nobody knows who
	NoStep Lack = "step" // it was written down: what comes of it is not said
)

// Says is what an officer is told about it.
func (h Holding) Says() string {
	switch h.Lacks {
	case NoName:
		return "“" + h.Words + "” does not say who has it or what they will do."
	case NoStep:
		return "“" + h.Words + "” says what we did with the message, and not what happens next."
	}
	return "“" + h.Words + "” sounds like a time and is none."
}

// phrase is what holding phrases look like: words one after another, * for any one
// word, and a|b for either.
type phrase struct {
	words []string
	lacks Lack
}

// phrases are by their first word, so that reading is linear.
var phrases = phrasesOf(map[Lack][]string{
	NoTime: {
		"in due course", "as soon as possible", "asap", "as soon as we can", "as soon as practicable", "as soon as practically possible", "at the earliest opportunity",
		"at our earliest opportunity|convenience", "when resources allow|permit", "as resources allow|permit", "when time allows|permits", "in the near future", "in the fullness of time",
		"bear with us", "working hard to", "working as hard as we can", "being looked into", "will be looked into", "will be dealt with accordingly", "will be actioned accordingly",
		"maes o law", "cyn gynted a phosib|phosibl", "cyn gynted ag y bo modd", "cyn gynted ag y gallwn", "cyn bo hir", "pan fydd adnoddau yn caniatau", "yn y dyfodol agos",
		"cho luath s a ghabhas", "cho luath s as urrainn dhuinn", "ann an uine ghoirid", "ri uine", "a dh aithghearr",
	},
	NoName: {
		"the|an appropriate officer|officers|team|teams|department|person|people|section|service|colleague|colleagues|authority",
		"the relevant officer|officers|team|teams|department|departments|person|people|section|service|colleague|colleagues|area",
		"the responsible|correct|right|concerned|proper officer|officers|team|department|section|service",
		"our relevant|responsible team|department|colleagues", "relevant team|department|officer|colleagues",
		"y|i'r|i|r tim|swyddog|adran perthnasol|priodol|cywir|berthnasol|briodol", "i'r|r adran|gwasanaeth berthnasol|briodol|perthnasol|priodol", "y swyddog perthnasol|priodol", "yr adran berthnasol|briodol",
		"an sgioba|oifigear|roinn iomchaidh|ceart|cheart", "chun an|na sgioba|oifigeir|roinne iomchaidh|ceart|ceirt",
	},
	NoStep: {
		"has|have been logged", "has|have now been logged", "has|have been noted", "has|have been recorded", "has|have been actioned", "has|have been escalated", "we|i have|ve logged|noted|escalated", "we've|i've logged|noted|escalated",
		"is|are now logged", "is|are logged", "have logged this|it|your", "i|we will|'ll log this|it|your", "will be logged", "is being escalated", "your comments|feedback are|is noted", "comments|feedback noted", "will be taken on board",
		"wedi i|ei|eu gofnodi|cofnodi|nodi", "wedi'i|wedi'u gofnodi|cofnodi|nodi", "wedi cael ei|eu gofnodi|cofnodi|nodi",
		"air a|an clàradh", "air a chlaradh", "air an claradh",
	},
})

func phrasesOf(list map[Lack][]string) map[string][]phrase {
	by := map[string][]phrase{}
	for lack, all := range list {
		for _, one := range all {
			words := strings.Fields(one)
			for _, first := range strings.Split(words[0], "|") {
				by[first] = append(by[first], phrase{words, lack})
			}
		}
	}
	return by
}

// fits is how many words of a text, from i, the phrase is; 0 when it is not there.
func (p phrase) fits(ws []word, i int) int {
	if i+len(p.words) > len(ws) {
		return 0
	}
	for k, want := range p.words {
		if got := ws[i+k].folded; got == "" || !strings.Contains("|"+want+"|", "|"+got+"|") {
			return 0
		}
	}
	return len(p.words)
}

// maxHoldings bounds how many are told of one text.
const maxHoldings = 3

// Holdings are the phrases of a text that tell nothing, in English, Welsh or
// Gaelic. A sentence that names a time with figures, or a day, is let be: there
// the phrase holds nobody off.
func Holdings(s string) []Holding {
	var list []Holding
	seen := map[Lack]bool{}
	for _, sentence := range sentences(s) {
		if names(sentence.words) || asksReader(sentence.words) {
			continue
		}
		for i := range sentence.words {
			longest, lacks := 0, Lack("")
			for _, p := range phrases[sentence.words[i].folded] {
				if n := p.fits(sentence.words, i); n > longest {
					longest, lacks = n, p.lacks
				}
			}
			if lacks == NoStep && i+longest < len(sentence.words) && sentence.words[i+longest].folded == "in" {
				longest = 0 // "is logged in"
			}
			if longest == 0 || seen[lacks] || len(list) == maxHoldings {
				continue
			}
			seen[lacks] = true
			list = append(list, Holding{Words: s[sentence.words[i].start:sentence.words[i+longest-1].end], Sentence: s[sentence.start:sentence.end], Lacks: lacks})
		}
	}
	return list
}

// asksReader reports whether a sentence asks something of who reads it: "please
// tell us as soon as possible". "Please bear with us" asks for nothing.
func asksReader(ws []word) bool {
	for i, w := range ws {
		if w.folded == "please" && i+1 < len(ws) && ws[i+1].folded != "bear" && ws[i+1].folded != "be" {
			return true
		}
	}
	return false
}

// names reports whether a sentence says a day or a number of days.
func names(ws []word) bool {
	for i, w := range ws {
		if _, day := weekdays[w.folded]; day || in(w.folded, "tomorrow today yfory heddiw") {
			return true
		}
		if w.number >= 0 && i+1 < len(ws) && in(ws[i+1].folded, "working day days hour hours week weeks month months diwrnod ddiwrnod wythnos latha laithean seachdain") {
			return true
		}
	}
	return false
}
