package georeport

import (
	"context"
	"testing"

	"mercat.scot/mercat/network"
)

func TestAnAnswerIsSentOnceHoweverOftenItIsSaid(t *testing.T) {
	kept := map[string]int{}
	c, err := New(Options{Answered: func(_ context.Context, out network.Outgoing) error { kept[out.Key]++; return nil },
		Removed: func(_ context.Context, key string) error { delete(kept, key); return nil }}).Connect(network.Account{})
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
	if kept["m1"] != 2 { // whoever keeps it knows the key
		t.Errorf("%v", kept)
	}
	if err := c.(network.Deleter).Delete(t.Context(), first.Ref); err != nil || len(kept) != 0 {
		t.Errorf("%v, %v", kept, err)
	}
	if _, err := c.Send(t.Context(), network.Outgoing{Key: "M 1"}); err == nil {
		t.Error("a key that is none is taken")
	}
	if b, err := c.Fetch(t.Context(), ""); err != nil || len(b.Events) != 0 || b.Cursor == "" {
		t.Errorf("%+v, %v", b, err)
	}
}
