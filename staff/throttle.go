package staff

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// Tries to sign in are counted before the password is looked at and forgiven
// when it was right, so that guesses made side by side all count. They count
// against the email address, and, in a browser in which its owner has signed in
// before, against that browser instead (the "device cookie" of OWASP): so who
// guesses all day keeps nobody out of the browser that they work in.

const (
	freeTries    = 5               // failures for which nobody waits
	longestDelay = 5 * time.Minute // 288 guesses a day
	forgetAfter  = 24 * time.Hour
)

// failures are the tries that failed for an email address.
type failures struct {
	count int64
	last  time.Time
}

// delay is how long after the last failure the next try is heard: 0 for the
// first freeTries, then 2, 4, 8 … seconds up to longestDelay.
func (f failures) delay() time.Duration {
	over := f.count - freeTries + 1
	if over <= 0 {
		return 0
	}
	if over > 8 {
		return longestDelay
	}
	return min(time.Second<<over, longestDelay)
}

// blocked reports whether a try now would not be heard.
func (f failures) blocked(now time.Time) bool {
	return f.count > 0 && now.Before(f.last.Add(f.delay()))
}

// next is the count with one more.
func (f failures) next(now time.Time) failures {
	if now.Sub(f.last) >= forgetAfter {
		f.count = 0
	}
	return failures{count: f.count + 1, last: now}
}

// bucketOf is the row that counts failures for a name, such as an email
// address: one of 65,536. Two names that share one wait together; that is the price of a table that
// a flood of made-up addresses cannot fill and that tells nobody's address.
func bucketOf(name string) int64 {
	sum := sha256.Sum256([]byte("mercat sign-in:" + name))
	return int64(binary.BigEndian.Uint16(sum[:2]))
}

const (
	addressWindow = 10 * time.Minute
	addressTries  = 100 // a council's whole staff may come from one address
	maxAddresses  = 10_000
)

// addresses counts tries by network address, in bounded memory and for this
// process alone.
type addresses struct {
	mu    sync.Mutex
	began time.Time
	tries map[netip.Prefix]int
}

// take counts a try, and reports whether it may go on.
func (a *addresses) take(from netip.Addr, now time.Time) bool {
	key, ok := addressKey(from)
	if !ok {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// A full table starts anew: whoever commands ten thousand networks is held
	// by the count by email address alone.
	_, known := a.tries[key]
	if a.tries == nil || now.Sub(a.began) >= addressWindow || now.Before(a.began) || !known && len(a.tries) >= maxAddresses {
		a.tries, a.began = map[netip.Prefix]int{}, now
	}
	if a.tries[key] >= addressTries {
		return false
	}
	a.tries[key]++
	return true
}

// forgive takes back a try that was right.
func (a *addresses) forgive(from netip.Addr) {
	key, ok := addressKey(from)
	if !ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.tries[key]; n > 1 {
		a.tries[key] = n - 1
	} else {
		delete(a.tries, key)
	}
}

// addressKey is one subscriber's network: an IPv4 address, or the 56 bits that
// a provider commonly gives to a household.
func addressKey(from netip.Addr) (netip.Prefix, bool) {
	if !from.IsValid() {
		return netip.Prefix{}, false
	}
	from = from.Unmap().WithZone("")
	bits := 56
	if from.Is4() {
		bits = 32
	}
	p, err := from.Prefix(bits)
	return p, err == nil
}
