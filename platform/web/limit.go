package web

import (
	"net/netip"
	"sync"
	"time"
)

// maxSources is how many addresses a Limiter remembers at once.
const maxSources = 20_000

// Limiter lets each address do something most times in a row, and again once
// every so often. It forgets an address that has waited long enough, and the one
// that has waited longest when it is full. It is safe for concurrent use.
type Limiter struct {
	most  int
	every time.Duration

	mu    sync.Mutex
	spent map[netip.Prefix]time.Time // when each will have waited for all that it did
}

// NewLimiter makes a Limiter.
func NewLimiter(most int, every time.Duration) *Limiter {
	return &Limiter{most: most, every: every, spent: map[netip.Prefix]time.Time{}}
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

// Wait is how long an address has to wait before it may act, 0 for not at all.
func (l *Limiter) Wait(addr netip.Addr, now time.Time) time.Duration {
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
func (l *Limiter) longest() time.Duration { return time.Duration(l.most+1) * l.every }

// Spend notes that an address has acted.
func (l *Limiter) Spend(addr netip.Addr, now time.Time) {
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

// GiveBack undoes a Spend: what we could not keep is not counted.
func (l *Limiter) GiveBack(addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from := source(addr); !l.spent[from].IsZero() {
		l.spent[from] = l.spent[from].Add(-l.every)
	}
}

func (l *Limiter) forget(now time.Time) {
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
