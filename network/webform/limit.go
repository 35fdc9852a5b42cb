package webform

import (
	"net/netip"
	"sync"
	"time"
)

const (
	maxSends   = 60 // forms sent from one address in a row; a library's computers share one
	sendEvery  = 10 * time.Second
	maxGuesses = 20 // wrong references from one address in a row
	guessEvery = 30 * time.Second
	maxSources = 20_000 // addresses remembered at once
)

// limits are how often one address may do what costs us something.
type limits struct{ sends, guesses *limiter }

func newLimits() *limits {
	return &limits{
		sends:   &limiter{most: maxSends, every: sendEvery, spent: map[netip.Prefix]time.Time{}},
		guesses: &limiter{most: maxGuesses, every: guessEvery, spent: map[netip.Prefix]time.Time{}},
	}
}

// limiter lets each address do something most times in a row, and again once
// every so often. It forgets an address that has waited long enough, and the one
// that has waited longest when it is full.
type limiter struct {
	most  int
	every time.Duration

	mu    sync.Mutex
	spent map[netip.Prefix]time.Time // when each will have waited for all that it did
}

// source is whom we count: an IPv6 network of one household has 2^64 addresses.
func source(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all such share one
	}
	return p
}

// wait is how long an address has to wait before it may act, 0 for not at all.
func (l *limiter) wait(addr netip.Addr, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	owed := max(0, l.spent[source(addr)].Sub(now))
	if owed > l.longest() {
		return 0 // nobody can owe so much: the clock has gone back
	}
	return max(0, owed-time.Duration(l.most-1)*l.every)
}

// longest is the most that an address can owe: what it may do at once, and one
// more.
func (l *limiter) longest() time.Duration { return time.Duration(l.most+1) * l.every }

// spend notes that an address has acted.
func (l *limiter) spend(addr netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := source(addr)
	if _, known := l.spent[from]; !known && len(l.spent) >= maxSources {
		l.forget(now)
	}
	until := l.spent[from]
	if until.Before(now) || until.Sub(now) > l.longest() {
		until = now
	}
	l.spent[from] = until.Add(l.every)
}

// giveBack undoes a spend: what we could not keep is not counted.
func (l *limiter) giveBack(addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from := source(addr); !l.spent[from].IsZero() {
		l.spent[from] = l.spent[from].Add(-l.every)
	}
}

func (l *limiter) forget(now time.Time) {
	var oldest netip.Prefix
	var first time.Time
	for from, until := range l.spent {
		if !until.After(now) {
			delete(l.spent, from)
		} else if first.IsZero() || until.Before(first) {
			oldest, first = from, until
		}
	}
	if len(l.spent) >= maxSources {
		delete(l.spent, oldest)
	}
}
