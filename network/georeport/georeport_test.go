package georeport

import (
	"testing"

	"mercat.scot/mercat/network"
)

func TestAnAnswerIsSentOnceHoweverOftenItIsSaid(t *testing.T) {
	c, err := New().Connect(network.Account{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.Send(t.Context(), network.Outgoing{Key: "m1", Thread: "request-1", Text: "We have seen it."})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Send(t.Context(), network.Outgoing{Key: "m1", Thread: "request-1", Text: "We have seen it."})
	if err != nil || again != first || first.Ref == "" || first.Thread != "request-1" {
		t.Errorf("%+v, then %+v, %v", first, again, err)
	}
	if _, err := c.Send(t.Context(), network.Outgoing{Key: "M 1"}); err == nil {
		t.Error("a key that is none is taken")
	}
	if b, err := c.Fetch(t.Context(), ""); err != nil || len(b.Events) != 0 || b.Cursor == "" {
		t.Errorf("%+v, %v", b, err)
	}
}
