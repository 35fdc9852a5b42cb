package georeport

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

// Kind is the kind of this network.
const Kind network.Kind = "open311"

const (
	maxName  = 80
	maxWords = 4_000 // characters of one update, as GeoReport v2 bounds a description
)

// Options are what the program gives to the network. Nil does nothing.
type Options struct {
	// Answered keeps an answer for the program that fetches it, once for each of
	// its keys; Removed takes it back.
	Answered func(ctx context.Context, out network.Outgoing) error
	Removed  func(ctx context.Context, key string) error
}

// Network is the adapter.
type Network struct{ o Options }

// New makes the network.
func New(o Options) Network {
	if o.Answered == nil {
		o.Answered = func(context.Context, network.Outgoing) error { return nil }
	}
	if o.Removed == nil {
		o.Removed = func(context.Context, string) error { return nil }
	}
	return Network{o}
}

// Describe implements network.Network.
func (Network) Describe() network.Description {
	direct := []network.Visibility{network.Direct}
	return network.Description{
		Kind:      Kind,
		Name:      "Open311",
		Summary:   "Reports from other programs by Open311, each with an API key. Pause it to take none.",
		Internal:  true,
		Options:   []network.Option{{Name: "name", Label: "Called", Hint: "Leave empty for “Open311”.", Default: "Open311"}},
		PollEvery: time.Hour, // nothing comes this way by itself
		Compose: network.Compose{
			Limit:           maxWords,
			Unit:            "characters",
			Count:           text.Graphemes,
			Split:           func(s string) []string { return text.Split(s, maxWords, text.Graphemes) },
			Visibilities:    direct,
			ReplyVisibility: func(network.Visibility) []network.Visibility { return direct },
			CanDelete:       true,
			DeleteSays:      "Takes the answer away for programs that have not fetched it yet. Programs that have fetched the answer already keep it.",
		},
	}
}

// Connect implements network.Network.
func (n Network) Connect(a network.Account) (network.Connection, error) {
	name, _ := text.CleanLine(a.Options["name"], maxName)
	return connection{n.o, cmp.Or(name, "Open311")}, nil
}

type connection struct {
	o    Options
	name string
}

// Check implements network.Connection.
func (c connection) Check(ctx context.Context) (network.Identity, error) {
	return network.Identity{ID: "open311", Handle: c.name, Name: c.name}, explain(ctx.Err())
}

// Fetch implements network.Connection. There is never anything to fetch.
func (c connection) Fetch(ctx context.Context, cursor network.Cursor) (network.Batch, error) {
	return network.Batch{Cursor: cmp.Or(cursor, "0")}, explain(ctx.Err())
}

var keyForm = regexp.MustCompile(`^[a-z0-9]{1,64}$`)

// Send implements network.Connection.
func (c connection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	if err := ctx.Err(); err != nil {
		return network.Sent{}, explain(err)
	}
	switch {
	case !keyForm.MatchString(out.Key):
		return network.Sent{}, &network.Error{Trouble: network.Refused, Sentence: "The answer has no proper key, so it cannot be told from others. Nothing was sent."}
	case len(out.Media) > 0:
		return network.Sent{}, &network.Error{Trouble: network.Refused, Sentence: "Files cannot be sent through Open311. Remove them, and put photos on the case."}
	}
	if err := c.o.Answered(ctx, out); err != nil {
		return network.Sent{}, explain(err)
	}
	ref := network.Ref(answer + out.Key)
	return network.Sent{Ref: ref, Thread: cmp.Or(out.Thread, ref)}, nil
}

// Delete implements network.Deleter.
func (c connection) Delete(ctx context.Context, ref network.Ref) error {
	if key, is := strings.CutPrefix(string(ref), answer); is {
		return explain(c.o.Removed(ctx, key))
	}
	return nil
}

// answer begins the name of an answer.
const answer = "answer-"

// Close implements network.Connection.
func (c connection) Close() error { return nil }

func explain(err error) error {
	if err == nil {
		return nil
	}
	var known *network.Error
	if errors.As(err, &known) {
		return known
	}
	return &network.Error{Trouble: network.Unreachable, Sentence: "This was stopped before it had finished. It is tried again by itself.", Cause: err}
}
