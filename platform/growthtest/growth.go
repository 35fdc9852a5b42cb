// Package growthtest holds parsers of foreign input to linear time. It measures
// how their cost grows with their input, not how long they take: a machine that
// is busy makes everything slower by the same factor, while a parser that looks
// back at each byte costs 256 times as much for 16 times as much input, on any.
package growthtest

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	small  = 4 << 10 // bytes
	factor = 16      // how much larger the large input is
	// most is how many times as much as in proportion it may cost: sorting, and
	// what falls out of a processor's cache, cost more than that proportion too.
	most = 3
	// tries are the measurements of which the cheapest counts.
	tries = 3
	// least is how long a measurement lasts at least, in repeated calls.
	least = time.Millisecond
)

// Shape is a kind of input, of any size: the same piece again and again, between
// a beginning and an end.
type Shape struct{ Head, Unit, Tail string }

func (s Shape) of(bytes int) string {
	return s.Head + strings.Repeat(s.Unit, max(1, bytes/len(s.Unit))) + s.Tail
}

// Texts are shapes that have brought parsers of text to their knees.
var Texts = map[string]Shape{
	"letters":          {"", "a", ""},
	"words":            {"", "the bin in the High Street ", ""},
	"spaces":           {"x", " ", "x"},
	"lines":            {"x", "\n", "x"},
	"lines and spaces": {"x", " \r\n", "x"},
	"brackets":         {"", "(", ""},
	"more brackets":    {"", "[{(<", ""},
	"quotes":           {"", `"`, ""},
	"backslashes":      {"", `\`, ""},
	"commas":           {"", ",", ""},
	"ampersands":       {"", "&", ""},
	"entities":         {"", "&amp;&#x26;", ""},
	"equals and marks": {"", "=?utf-8?Q?", ""},
	"percents":         {"", "%41%", ""},
	"full stops":       {"a", ".", "a"},
	"domains":          {"", "a.", "uk"},
	"addresses":        {"", "https://a.example/(", ""},
	"no addresses":     {"", "https://(", ""},
	"schemes":          {"", "http://", ""},
	"mentions":         {"", "@a@", ""},
	"hashes":           {"", "#", ""},
	"tags":             {"", "<b><i>", ""},
	"ends of tags":     {"", "</b>", ""},
	"half tags":        {"", "<a ", ""},
	"comments":         {"", "<!--", ""},
	"quoted lines":     {"", "> ", ""},
	"marks":            {"e", "\u0301\u0316", ""},
	"joiners":          {"👩", "\u200d👩", ""},
	"joiners alone":    {"", "\u200d", ""},
	"flags":            {"", "🇬", ""},
	"emoji":            {"", "🚧", ""},
	"overrides":        {"", "\u202e", ""},
	"not UTF-8":        {"", "\xff\xfe", ""},
	"zeros":            {"", "\x00", ""},
	"digits":           {"", "9", ""},
	"Japanese":         {"", "道路", ""},
	"long s":           {"", "ﬁſİ", ""},
}

// JSON are shapes of JSON: of the whole, and of what may stand in it.
var JSON = map[string]Shape{
	"arrays in arrays":   {"", "[", ""},
	"objects in objects": {"", `{"a":`, ""},
	"a long array":       {"[", "1,", "1]"},
	"many names":         {"{", `"a":1,`, `"b":2}`},
	"a long text":        {`{"id":"1","text":"`, "a", `"}`},
	"escapes":            {`{"id":"1","text":"`, `\u0061`, `"}`},
	"half surrogates":    {`{"id":"1","text":"`, `\ud800`, `"}`},
	"spaces":             {"{", " ", "}"},
	"digits":             {`{"id":`, "9", "}"},
}

// Lines are shapes of files of lines.
var Lines = map[string]Shape{
	"empty lines":     {"", "\n", ""},
	"carriage return": {"", "\r", ""},
	"one long line":   {"", "a", ""},
	"one long quote":  {`"`, "a\n", ""},
	"quotes":          {"", `""`, ""},
	"columns":         {"", ",", "\n"},
	"short lines":     {"", "a,b\n", ""},
}

// With returns shapes that stand within something else.
func With(shapes map[string]Shape, head, tail string) map[string]Shape {
	out := make(map[string]Shape, len(shapes))
	for name, s := range shapes {
		out[name] = Shape{head + s.Head, s.Unit, s.Tail + tail}
	}
	return out
}

// Linear fails the test when what parse costs for one of the shapes grows by
// more than three times the proportion of its input, in time or in memory. Parse
// must give the same again for the same input; what it makes of it is others'
// to test.
func Linear(t *testing.T, shapes map[string]Shape, parse func(input string)) {
	t.Helper()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			little, much := shape.of(small), shape.of(small*factor)
			// What is cut off at a size costs the same for more: that is fine.
			proportion := float64(len(much)) / float64(len(little))
			var was, now cost
			for range 3 { // a clear case is clear three times
				was, now = measure(parse, little), measure(parse, much)
				if now.time <= most*proportion*was.time && now.bytes <= most*proportion*was.bytes {
					return
				}
			}
			t.Errorf("%d bytes cost %.0f µs and %.0f KiB, %d bytes %.0f µs and %.0f KiB: %.0f and %.0f times as much for %.0f times the input",
				len(little), was.time*1e6, was.bytes/1024, len(much), now.time*1e6, now.bytes/1024, now.time/was.time, now.bytes/was.bytes, proportion)
		})
	}
}

// cost is what one call costs.
type cost struct {
	time  float64 // of this thread, in seconds
	bytes float64 // allocated
}

func measure(parse func(string), input string) (best cost) {
	runtime.LockOSThread() // its time alone is counted
	defer runtime.UnlockOSThread()
	for i := range tries {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began, calls := threadTime(), 0
		var took time.Duration
		for took < least {
			parse(input)
			calls++
			took = threadTime() - began
		}
		runtime.ReadMemStats(&after)
		// Sixteen bytes for each of the input are nothing to speak of: what allocates
		// only from some size on is not to be taken for growth.
		one := cost{took.Seconds() / float64(calls), float64(after.TotalAlloc-before.TotalAlloc)/float64(calls) + 16*float64(len(input))}
		if i == 0 {
			best = one
		}
		best = cost{min(best.time, one.time), min(best.bytes, one.bytes)}
	}
	return best
}
