package db

import (
	"math/rand/v2"
	"sync"
	"time"
)

// epoch is where ids begin to count, so that 41 bits of milliseconds last until
// 2093.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// idSource makes ids of 63 bits: 41 of milliseconds, 10 of the node, 12 of a
// counter. Within one source they only rise, also when the clock steps back.
type idSource struct {
	node int64

	mu      sync.Mutex
	last    int64 // milliseconds since epoch
	counter int64
}

func newIDSource(node int) *idSource { return &idSource{node: int64(node) & 0x3ff} }

func (s *idSource) next(now time.Time) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := max(now.UnixMilli()-epoch, 1)
	if ms > s.last {
		s.last = ms
		// A random start makes two processes that wrongly share a node number
		// unlikely to meet.
		s.counter = rand.Int64N(1 << 8)
	} else if s.counter++; s.counter > 0xfff {
		s.last++
		s.counter = 0
	}
	return s.last<<22 | s.node<<12 | s.counter
}

// after makes all further ids greater than one.
func (s *idSource) after(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ms := id >> 22; ms >= s.last {
		s.last, s.counter = ms+1, 0
	}
}

// IDsAfter makes this process's further ids greater than one that is there
// already. Tell it the greatest at the start: the machine's clock may have gone
// back since that was made, and what is later must sort later.
func (d *DB) IDsAfter(id int64) { d.ids.after(id) }

// IDAt is the smallest id that could have been made at t: ids of rows at or
// after t are not below it.
func IDAt(t time.Time) int64 { return max(t.UnixMilli()-epoch, 0) << 22 }
