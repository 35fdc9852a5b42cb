package networktest

import (
	"testing"
	"time"

	"mercat.scot/mercat/network"
)

// Harness is one world: a server, the council's account, and a citizen.
// Network, Connect, CitizenPosts and CitizenSees are needed; a hook that is nil
// leaves out the checks that need it.
type Harness struct {
	Network network.Network
	// Connect makes a new connection for the council's account, always the same
	// one, over the wires. The suite closes it.
	Connect func(t *testing.T) network.Connection

	// ReadWire is what Fetch goes through and SendWire what Send goes through;
	// where that is the same, they are the same value. Nil when nothing can
	// break between us and the network.
	ReadWire, SendWire Wire

	// CitizenPosts makes the citizen write to the council, in a thread of its
	// own, and returns the Ref under which Fetch must bring it.
	CitizenPosts func(t *testing.T, text string) network.Ref
	// CitizenReplies makes the citizen answer a post of the council.
	CitizenReplies func(t *testing.T, to network.Ref, text string) network.Ref
	// CitizenSees returns the texts of all posts of the council that the citizen
	// can see now, read through the citizen's own account.
	CitizenSees func(t *testing.T) []string
	// CitizenEdits and CitizenDeletes change a post of the citizen.
	CitizenEdits   func(t *testing.T, ref network.Ref, text string)
	CitizenDeletes func(t *testing.T, ref network.Ref)

	// Revoke makes the council's sign-in invalid from now on, and ends whatever
	// is signed in with it.
	Revoke func(t *testing.T)
	// Duplicate makes the server give out everything twice from now on.
	Duplicate func(t *testing.T)
	// Reorder makes the server give out posts in another order than they were
	// made, from now on.
	Reorder func(t *testing.T)

	// Many is how many posts are more than one batch; 0 means 120. Where posting
	// is slow choose fewer and let the adapter's batches be smaller.
	Many int
	// Patience is how long something may take that the network does by itself;
	// 0 means 10 seconds.
	Patience time.Duration
	// Now is the adapter's clock; nil means time.Now.
	Now func() time.Time
	// Subject is what answers carry where posts have one.
	Subject string
}

func (h *Harness) patience() time.Duration {
	if h.Patience > 0 {
		return h.Patience
	}
	return 10 * time.Second
}

func (h *Harness) many() int {
	if h.Many > 0 {
		return h.Many
	}
	return 120
}

func (h *Harness) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}
