package bluesky

import (
	"encoding/json"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/growthtest"
)

// A server cannot keep us busy for longer than it takes to send.
func TestWhatAServerSaysTakesLinearTime(t *testing.T) {
	now := newClock().now()
	record := func(raw string) {
		post(postView{URI: postURI, Record: json.RawMessage(raw), IndexedAt: "2026-11-25T11:59:00Z"}, ourDID, "https://pds.example", now)
	}
	for name, c := range map[string]struct {
		shapes map[string]growthtest.Shape
		parse  func(s string)
	}{
		"record": {growthtest.JSON, record},
		"text": {growthtest.Texts, func(s string) {
			text, err := json.Marshal(s)
			if err != nil {
				t.Error(err)
			}
			record(`{"text":` + string(text) + `}`)
		}},
		"lists": {map[string]growthtest.Shape{
			"facets":        {Head: `{"text":"aaaaaaaa","facets":[`, Unit: `{"index":{"byteStart":1,"byteEnd":3},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://a.example"}]},`, Tail: `{}]}`},
			"facets behind": {Head: `{"text":"aaaaaaaa","facets":[`, Unit: `{"index":{"byteStart":900,"byteEnd":3000},"features":[]},`, Tail: `{}]}`},
			"pictures":      {Head: `{"text":"a","embed":{"images":[`, Unit: `{"alt":"x"},`, Tail: `{}]}}`},
			"embeds":        {Head: `{"text":"a"`, Unit: `,"embed":{"media":{"x":1`, Tail: `}`},
			"languages":     {Head: `{"text":"a","langs":[`, Unit: `"en",`, Tail: `"cy"]}`},
			"labels":        {Head: `{"text":"a","labels":{"values":[`, Unit: `{"val":"porn"},`, Tail: `{}]}}`},
		}, record},
		"notification": {growthtest.JSON, func(s string) { readNote([]byte(s)) }},
		"thread": {map[string]growthtest.Shape{
			"replies":            {Head: `{"post":{"uri":"` + postURI + `"},"replies":[`, Unit: `{"post":{"uri":"` + postURI + `","record":{"text":"x"}}},`, Tail: `null]}`},
			"parents of parents": {Unit: `{"parent":`, Tail: `null`},
		}, func(s string) {
			var n *threadNode
			if json.Unmarshal([]byte(s), &n) == nil && n != nil {
				nearest(n, 100)
			}
		}},
		"cursor": {growthtest.JSON, func(s string) { readCursor(network.Cursor(s), now) }},
	} {
		t.Run(name, func(t *testing.T) { growthtest.Linear(t, c.shapes, c.parse) })
	}
}
