package casework

import (
	"context"
	"fmt"
	"sync"
	"time"

	"mercat.scot/mercat/platform/db"
)

// points are the open cases that have a place, held in memory on each node, so
// that any part of the map is clustered in milliseconds. They are brought up to
// date from what has changed since, when somebody looks.
type points struct {
	mu   sync.RWMutex
	list []point
	at   map[int64]int // index in list by id

	fresh sync.Mutex // held by whoever brings the list up to date
	until int64      // changed_at up to which the list is true, microseconds
	read  time.Time  // when it was last brought up to date
	whole time.Time  // when it was last read anew; zero for never
}

const (
	pointsPage = 10_000
	// pointsOverlap is how much is read again each time, for the clocks of two
	// nodes are not the same; and pointsEvery how often at most, while nothing is
	// newer than what is known.
	pointsEvery   = time.Second
	pointsOverlap = 30 * time.Second
	// pointsWhole is how often all are read anew, for what reached the table by
	// another way than by a change: on another node by an import, whose changes are
	// old.
	pointsWhole = 15 * time.Minute
)

// KeepMap reads the points at the start and again every quarter of an hour, until
// ctx ends: nobody who looks at the map waits for all of them. failed is told what
// went wrong; it is tried again.
func (s *Service) KeepMap(ctx context.Context, failed func(error)) {
	for {
		if err := s.rereadPoints(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pointsWhole):
		}
	}
}

// rereadPoints reads all, while others look at those that are known.
func (s *Service) rereadPoints(ctx context.Context) error {
	p := s.points
	var all []point
	var newest int64
	var now time.Time
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if newest, err = newestChange(ctx, tx); err != nil {
			return err
		}
		all, err = allPoints(ctx, tx)
		now = tx.Now
		return err
	})
	if err != nil {
		return fmt.Errorf("read the open cases for the map: %w", err)
	}
	p.fresh.Lock()
	defer p.fresh.Unlock()
	p.take(all, true)
	// What changed meanwhile is newer, and read by whoever looks next.
	p.until, p.read, p.whole = newest, time.Time{}, now
	return nil
}

// Clusters are the marks on a part of the map, the largest first. With
// publicOnly those that are kept off public pages are left out.
func (s *Service) Clusters(ctx context.Context, v MapView, publicOnly bool) ([]Cluster, error) {
	if err := s.freshPoints(ctx); err != nil {
		return nil, fmt.Errorf("read the open cases for the map: %w", err)
	}
	s.points.mu.RLock()
	defer s.points.mu.RUnlock()
	return clusters(s.points.list, v, publicOnly), nil
}

// freshPoints brings the points up to date. Who comes while another does so
// waits for it: what they see is never older than their own act.
func (s *Service) freshPoints(ctx context.Context) error {
	p := s.points
	p.fresh.Lock()
	defer p.fresh.Unlock()
	return s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		newest, err := newestChange(ctx, tx)
		if err != nil {
			return err
		}
		if since := tx.Now.Sub(p.read); newest == p.until && since >= 0 && since < pointsEvery {
			return nil
		}
		var changed []point
		// What is newest has become older: rows were taken away.
		anew := p.whole.IsZero() || newest < p.until
		if anew {
			changed, err = allPoints(ctx, tx)
		} else {
			changed, err = pointsSince(ctx, tx, p.until-pointsOverlap.Microseconds())
		}
		if err != nil {
			return err
		}
		p.take(changed, anew)
		p.until, p.read = newest, tx.Now
		if anew {
			p.whole = tx.Now
		}
		return nil
	})
}

// forget has all be read anew when somebody looks next.
func (p *points) forget() {
	p.fresh.Lock()
	defer p.fresh.Unlock()
	p.whole = time.Time{}
}

// take puts what changed into the list.
func (p *points) take(changed []point, anew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if anew { // none of them has ended
		p.list, p.at = changed, make(map[int64]int, len(changed))
		for i, c := range changed {
			p.at[c.id] = i
		}
		return
	}
	for _, c := range changed {
		i, had := p.at[c.id]
		switch {
		case c.ended && had: // the last takes its room
			last := len(p.list) - 1
			p.list[i] = p.list[last]
			p.at[p.list[i].id] = i
			p.list = p.list[:last]
			delete(p.at, c.id)
		case c.ended:
		case had:
			p.list[i] = c
		default:
			p.at[c.id] = len(p.list)
			p.list = append(p.list, c)
		}
	}
}
