package mastodon

import (
	"encoding/json"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/growthtest"
)

// A server cannot keep us busy for longer than it takes to send.
func TestWhatAServerSaysTakesLinearTime(t *testing.T) {
	status := func(raw []byte) {
		if s, ok := readStatus(raw); ok {
			limits{Domain: "burgh.test"}.post(s, "5", "1", noon())
			_ = essence(s.Content)
		}
	}
	const head = `{"id":"109","created_at":"2026-11-25T11:59:00.000Z","account":{"id":"1","acct":"ann"},`
	for name, c := range map[string]struct {
		shapes map[string]growthtest.Shape
		parse  func(s string)
	}{
		"status": {growthtest.JSON, func(s string) { status([]byte(s)) }},
		"content": {growthtest.Texts, func(s string) {
			text, err := json.Marshal(s)
			if err != nil {
				t.Error(err)
			}
			status([]byte(head + `"content":` + string(text) + `}`))
		}},
		"lists": {map[string]growthtest.Shape{
			"mentions": {Head: head + `"content":"x","mentions":[`, Unit: `{"id":"1","acct":"a@b.test","url":"https://b.test/@a"},`, Tail: `{"id":"2"}]}`},
			"tags":     {Head: head + `"content":"x","tags":[`, Unit: `{"name":"bins"},`, Tail: `{"name":"x"}]}`},
			"pictures": {Head: head + `"content":"x","media_attachments":[`, Unit: `{"type":"image","url":"https://a.test/b"},`, Tail: `{"type":"image"}]}`},
			"options":  {Head: head + `"content":"x","poll":{"options":[`, Unit: `{"title":"a"},`, Tail: `{"title":"b"}]}}`},
			"quotes":   {Head: head + `"content":"x"`, Unit: `,"quote":{"quoted_status":{"id":"3"`, Tail: `}`},
		}, func(s string) { status([]byte(s)) }},
		"notification": {growthtest.JSON, func(s string) { readNotification([]byte(s)) }},
		"instance":     {growthtest.JSON, func(s string) { _, _ = readInstance([]byte(s), noon()) }},
		"cursor":       {growthtest.JSON, func(s string) { readCursor(network.Cursor(s)) }},
		"stream": {map[string]growthtest.Shape{
			"events":        {Unit: "event: delete\ndata: 109\n\n"},
			"lines of data": {Head: "event: update\n", Unit: "data: a\n", Tail: "\n"},
			"heartbeats":    {Unit: ":thump\n"},
			"one line":      {Unit: "a"},
			"no data":       {Unit: "event: x\n\n"},
		}, func(s string) {
			st := &stream{happens: make(chan happening, 1<<16), stop: func() {}}
			_ = readEvents(st, strings.NewReader(s)) // it ends, always
		}},
		"essence": {growthtest.Texts, func(s string) { _ = essence(s) }},
	} {
		t.Run(name, func(t *testing.T) { growthtest.Linear(t, c.shapes, c.parse) })
	}
}
