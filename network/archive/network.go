package archive

import (
	"context"

	"mercat.scot/mercat/network"
)

// Kinds of networks of which only archives are read.
const (
	KindX     network.Kind = "x"
	KindTable network.Kind = "archive"
)

// Networks are those of which only archives are read.
func Networks() []network.Network {
	return []network.Network{
		past{network.Description{Kind: KindX, Name: "X", Summary: "Posts of an account archive."}},
		past{network.Description{Kind: KindTable, Name: "Archive", Summary: "Requests and messages of another program."}},
	}
}

// past is a network that is history.
type past struct{ d network.Description }

// Describe implements network.Network.
func (p past) Describe() network.Description {
	d := p.d
	d.Past = true
	d.Compose = network.Compose{
		Count:           func(text string) int { return len([]rune(text)) },
		Split:           func(text string) []string { return []string{text} },
		Visibilities:    []network.Visibility{network.Direct},
		ReplyVisibility: func(network.Visibility) []network.Visibility { return []network.Visibility{network.Direct} },
	}
	return d
}

// Connect implements network.Network.
func (p past) Connect(network.Account) (network.Connection, error) { return connection{}, nil }

// connection refuses everything.
type connection struct{}

var errPast = &network.Error{Trouble: network.Refused, Sentence: "This account holds what was imported from an archive. It is connected to nothing."}

// Check implements network.Connection.
func (connection) Check(context.Context) (network.Identity, error) {
	return network.Identity{}, errPast
}

// Fetch implements network.Connection.
func (connection) Fetch(context.Context, network.Cursor) (network.Batch, error) {
	return network.Batch{}, errPast
}

// Send implements network.Connection.
func (connection) Send(context.Context, network.Outgoing) (network.Sent, error) {
	return network.Sent{}, errPast
}

// Close implements network.Connection.
func (connection) Close() error { return nil }
