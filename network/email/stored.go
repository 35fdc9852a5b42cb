package email

import (
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// Stored reads mail that another program has kept, as the mailbox's own mail is
// read.
type Stored struct {
	own []mailbox
	now time.Time
}

// NewStored makes a Stored for our own addresses: what they wrote are answers.
// What is dated more than a day after now has no date that can be right.
//
// Errors: fault.Invalid without an address, or with one that is none.
func NewStored(addresses []string, now time.Time) (Stored, error) {
	s := Stored{now: now}
	for _, a := range addresses {
		m, ok := parseMailbox(a)
		if !ok {
			return s, fault.Newf(fault.Invalid, "%q is no email address. Name our own addresses with --own contact@council.example.", a)
		}
		s.own = append(s.own, m)
	}
	if len(s.own) == 0 {
		return s, fault.New(fault.Invalid, "Say which addresses are the council’s, so that its answers are known as such: --own contact@council.example.")
	}
	return s, nil
}

// Owner is the first of our own addresses.
func (s Stored) Owner() network.Identity { return named{mailbox: s.own[0]}.identity() }

// Ours reports whether an identity is one of our own addresses.
func (s Stored) Ours(id string) bool {
	for _, m := range s.own {
		if m.address() == id {
			return true
		}
	}
	return false
}

// Read reads one message, which came in at received, zero when that is not
// known. Dated is false when no date of it can be right.
func (s Stored) Read(raw []byte, received time.Time) (e network.Event, dated bool) {
	h, _ := splitHeader(raw)
	self := s.own[0]
	for _, n := range parseAddresses(h.get("from")) {
		for _, m := range s.own {
			if n.mailbox == m {
				self = m
			}
		}
	}
	// Its own date counts, then the envelope's; today is neither.
	_, insane := h.date(received, s.now)
	dated = !insane && h.get("date") != "" || sane(received, s.now)
	return reader{self: self, now: s.now}.event(raw, received).Event, dated
}
