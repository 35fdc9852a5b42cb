package triage

import (
	_ "embed"
	"math"
	"strings"
	"sync"
	"unicode"
)

// lid.176.ftz is the compressed language model of fastText, CC BY-SA 3.0,
// https://fasttext.cc/docs/en/language-identification.html; see LICENCES.md.
//
//go:embed lid.176.ftz
var lid []byte

// Languages tells languages apart. It does not change and is safe for
// concurrent use.
type Languages struct {
	classes []string // "en", as ISO 639 has them
	model   *fastText
}

// DefaultLanguages is the model that this package brings along, read at its
// first use.
var DefaultLanguages = sync.OnceValues(func() (*Languages, error) { return LoadLanguages(lid) })

const (
	fewestLetters = 12  // of a message whose language can be told
	mostBytes     = 200 // of a message that are looked at
	sureLanguage  = 0.6
)

// Of returns the language of a message as BCP 47 has it, "" for don't know.
func (l *Languages) Of(message string) string {
	words := words(message)
	if own := ownLanguage(words); own != "" {
		return own
	}
	letters := 0
	for _, w := range words {
		letters += len(w)
	}
	if letters < fewestLetters {
		return ""
	}
	class, p := l.model.predict(words)
	if p < sureLanguage {
		return ""
	}
	return l.classes[class]
}

// ownWords are little words of the languages of these islands that others do not
// have. The model knows these languages from encyclopaedias, and often not from
// a line about a broken lamp.
var ownWords = littleWords()

func littleWords() map[string]string {
	known := map[string]string{}
	for language, list := range map[string]string{
		"cy":  "mae yn yr wedi gan rydw rwy rwyf rydyn ydy yw oes nid ddim sydd dw dwi gwelwch diolch bore prynhawn ffordd golau ysgol pryd sut hoffwn angen gallwch maent maen nhw wrth dros eich eu ein fy ger heol stryd bin sbwriel cyngor roedd bydd fydd rhaid dydd heddiw",
		"gd":  "agus tha chan eil anns bha sibh oirbh leis nach seo ciamar càit cuin tapadh leibh leat madainn feasgar rathad sgoil sràid toll solas bhon dhan aig feum faodaidh bheil robh cha nam nan ann iad againn agam ur a-rithist an-diugh a-nis math mhath chomhairle sgudal",
		"sco": "cannae dinnae isnae wasnae wisnae didnae havnae hasnae doesnae disnae willnae couldnae wouldnae shouldnae hae wi fae frae oot aboot doon hoose toon ma nae yer whit wey wha whaur noo bairns weans aw gonnae jist heid licht nicht richt braw gress ye",
	} {
		for _, w := range strings.Fields(list) {
			known[w] = language
		}
	}
	return known
}

// ownLanguage is the language whose little words make up a quarter of a
// message, two at least, and for Scots, which shares most words with English,
// three.
func ownLanguage(words []string) string {
	counts := map[string]int{}
	seen := map[string]bool{}
	for _, w := range words {
		if first, _, cut := strings.Cut(w, "’"); cut {
			w = first // mae’r
		} else if first, _, cut := strings.Cut(w, "'"); cut {
			w = first
		}
		if language := ownWords[w]; language != "" && !seen[w] {
			seen[w] = true
			counts[language]++
		}
	}
	for _, language := range []string{"cy", "gd", "sco"} {
		n := counts[language]
		if n >= 2 && 4*n >= len(words) && language != "sco" || n >= 3 && 8*n >= len(words) {
			return language
		}
	}
	return ""
}

// words are the words of a message's beginning without addresses, mentions and
// tags, which are of no language, and without the signs about them.
func words(message string) []string {
	if len(message) > mostBytes {
		message = strings.ToValidUTF8(message[:mostBytes], "")
	}
	var out []string
	for _, w := range strings.Fields(message) {
		if strings.ContainsAny(w, "/@#") || strings.ContainsFunc(w, unicode.IsDigit) {
			continue
		}
		w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) })
		if w != "" {
			out = append(out, strings.ToLower(w))
		}
	}
	return out
}

// predict returns the likeliest label and its probability, by hierarchical
// softmax: the probability of a leaf is the product of those of the turns that
// lead to it.
func (f *fastText) predict(words []string) (label int, p float64) {
	hidden := make([]float32, f.dim)
	n := float32(0)
	for _, w := range words {
		f.rows(w, func(row int) {
			f.input.add(hidden, row)
			n++
		})
	}
	if n == 0 {
		return 0, 0
	}
	for i := range hidden {
		hidden[i] /= n
	}
	return f.descend(hidden, len(f.tree)-1, 0, 0, -1e9)
}

// descend looks below a node for the best leaf that is better than best.
func (f *fastText) descend(hidden []float32, node int, score float64, label int, best float64) (int, float64) {
	found, top := label, best
	var walk func(node int, score float64)
	walk = func(node int, score float64) {
		if score < top {
			return
		}
		t := f.tree[node]
		if t.left < 0 {
			found, top = node, score
			return
		}
		var sum float64
		for i, x := range f.output[(node-f.labels)*f.dim:][:f.dim] {
			sum += float64(x * hidden[i])
		}
		right := 1 / (1 + math.Exp(-sum))
		walk(t.left, score+math.Log(1-right+1e-5))
		walk(t.right, score+math.Log(right+1e-5))
	}
	walk(node, score)
	return found, math.Exp(top)
}
