package archive

import (
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// A file takes as long as it is large.
func TestArchivesTakeLinearTime(t *testing.T) {
	mapping := func(format string) Options {
		m := mappingOf(t, small)
		m.Format = format
		return Options{Mapping: m}
	}
	const outbox = `{"orderedItems":[`
	const mail = "From a Mon Mar  3 09:12:00 2014\nFrom: a@b.example\n"
	for name, c := range map[string]struct {
		format  Format
		options Options
		shapes  map[string]growthtest.Shape
	}{
		"mail": {Mbox, ours, map[string]growthtest.Shape{
			"letters":          {Unit: mail + "\nHello\n\n"},
			"one letter":       {Head: mail + "\n", Unit: "Hello\n"},
			"almost letters":   {Head: mail + "\n", Unit: ">From a\n"},
			"one line":         {Head: mail + "\n", Unit: "From "},
			"no letter at all": {Unit: "From a\n"},
		}},
		"outbox, whole": {Mastodon, Options{}, growthtest.JSON},
		"outbox": {Mastodon, Options{}, map[string]growthtest.Shape{
			"posts":  {Head: outbox, Unit: `{"type":"Create","actor":"a://b/c","published":"2020-01-01T00:00:00Z","object":{"id":"a://b/c","content":"x"}},`, Tail: `{}]}`},
			"boosts": {Head: outbox, Unit: `{"type":"Announce"},`, Tail: `{}]}`},
			"tags":   {Head: outbox + `{"type":"Create","actor":"a://b/c","published":"2020-01-01T00:00:00Z","object":{"id":"a://b/c","content":"x","tag":[`, Unit: `{"type":"Mention","href":"%","name":"@@"},`, Tail: `{}]}}]}`},
		}},
		"tweets, whole": {X, Options{Own: []string{"a"}}, growthtest.JSON},
		"tweets": {X, Options{Own: []string{"a"}}, map[string]growthtest.Shape{
			"posts":           {Head: "[", Unit: `{"id_str":"1","created_at":"Tue Jan 07 07:00:00 +0000 2014","text":"x"},`, Tail: `{}]`},
			"links":           {Head: `[{"id_str":"1","created_at":"Tue Jan 07 07:00:00 +0000 2014","text":"x","entities":{"urls":[`, Unit: `{"url":"https://t.co/a","expanded_url":"https://a.example"},`, Tail: `{}]}}]`},
			"links in a text": {Head: `[{"id_str":"1","created_at":"Tue Jan 07 07:00:00 +0000 2014","entities":{"urls":[{"url":"https://t.co/a","expanded_url":"https://a.example"}]},"text":"`, Unit: `https://t.co/a `, Tail: `"}]`},
		}},
		"repository": {Bluesky, Options{}, growthtest.Texts},
		"table":      {Table, mapping("csv"), growthtest.With(growthtest.Lines, "id,at,text\n", "")},
		"lines":      {Table, mapping("jsonl"), growthtest.Lines},
		"line":       {Table, mapping("jsonl"), growthtest.JSON},
	} {
		t.Run(name, func(t *testing.T) {
			growthtest.Linear(t, c.shapes, func(s string) {
				_, _ = read(t, c.format, writeFile(t, "x", s), c.options) // that it may be refused is others' to test
			})
		})
	}
}
