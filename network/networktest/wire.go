package networktest

import (
	"fmt"
	"time"

	"mercat.scot/mercat/network"
)

// FaultKind is a way in which a network fails.
type FaultKind string

const (
	Refuse      FaultKind = "refuse"       // nobody listens
	Hang        FaultKind = "hang"         // accepted, and never answered
	Slow        FaultKind = "slow"         // each answer takes longer, but comes
	Cut         FaultKind = "cut"          // the connection is reset after some bytes of an answer
	Half        FaultKind = "half"         // the connection ends in good order after some bytes of an answer
	TooMany     FaultKind = "too many"     // 429 with Retry-After of RetryAfter
	ServerError FaultKind = "server error" // 500
	HTML        FaultKind = "html"         // a page for people, with status 200, in place of an answer
	// LoseAnswer lets what has an effect reach the server, and cuts the
	// connection before its answer comes through.
	LoseAnswer FaultKind = "lose answer"
)

// RetryAfter is what TooMany asks for.
const RetryAfter = 30 * time.Second

// slowBy is how much later each answer comes when Slow.
const slowBy = 50 * time.Millisecond

// Fault is a FaultKind with its measure.
type Fault struct {
	Kind  FaultKind
	After int // bytes of the answer that still come through, for Cut and Half
}

func (f Fault) String() string {
	if f.Kind == Cut || f.Kind == Half {
		return fmt.Sprintf("%s after %d bytes", f.Kind, f.After)
	}
	return string(f.Kind)
}

// Wire is the way between an adapter and its server, which can be broken.
type Wire interface {
	// Faults are those that this wire can have.
	Faults() []Fault
	// Break gives the wire a fault until Mend.
	Break(Fault)
	// Mend makes it whole. What hung is cut.
	Mend()
}

// troubles are those that an adapter may make of a fault; none means that the
// call must succeed.
func (f Fault) troubles() []network.Trouble {
	switch f.Kind {
	case Refuse, Hang:
		return []network.Trouble{network.Unreachable}
	case TooMany:
		return []network.Trouble{network.Limited}
	case ServerError, HTML:
		return []network.Trouble{network.Broken}
	case Cut, Half, LoseAnswer:
		return []network.Trouble{network.Unreachable, network.Broken}
	}
	return nil
}

// maySucceed reports whether a call can get through all the same: its answer
// was short enough, or the adapter looked again.
func (f Fault) maySucceed() bool {
	switch f.Kind {
	case Slow, LoseAnswer:
		return true
	case Cut, Half:
		return f.After > 0
	}
	return false
}
