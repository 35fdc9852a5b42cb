package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
)

// PublishedQuery is what other programs ask of the cases that the public may see.
// The zero value is all of them, the newest first.
type PublishedQuery struct {
	Services []int64 // of one of these; none is every service
	Open     bool    // only those that have not ended
	Ended    bool    // only those that have
	// From and To bound when a case was made; with Changed, when it was changed
	// last, which is then the order as well. Zero is no bound; To is not within.
	From, To time.Time
	Changed  bool
	// Tiles, of TilesOf, Box around the same place, and Within bound where it is.
	Tiles  []int64
	Box    s2.Rect                     // with Tiles
	Within func(lat, lon float64) bool // nil is everywhere; it is asked of the point as it is shown
	Before Key                         // where the page before ended
	Limit  int                         // at most 1000
}

// maxTiles is how many tiles are looked at one by one. A larger place is looked
// for among all cases of the time.
const maxTiles = 64

// Around asks for what is in a rectangle, and perhaps a little more: Within says
// exactly what.
func (q *PublishedQuery) Around(r s2.Rect) { q.Tiles, q.Box = TilesOf(r), widened(r) }

// widened is a rectangle with as much around it as points are rounded.
func widened(r s2.Rect) s2.Rect {
	margin := (1e-4 * s1.Degree).Radians()
	return s2.Rect{Lat: r.Lat.Expanded(margin), Lng: r.Lng.Expanded(margin)}
}

// TilesOf are the tiles, of about a square kilometre each, that cover a
// rectangle; none when they are too many to be of use. It is widened by as much
// as points are rounded, for tiles are of the points themselves.
func TilesOf(r s2.Rect) []int64 {
	r = widened(r)
	const tile = 1.2e6 // square metres, about the least of this level
	if r.Area()*6.371e6*6.371e6 > maxTiles*tile {
		return nil
	}
	coverer := s2.RegionCoverer{MinLevel: tileLevel, MaxLevel: tileLevel, MaxCells: maxTiles}
	cells := coverer.Covering(r)
	if len(cells) > maxTiles {
		return nil
	}
	tiles := make([]int64, len(cells))
	for i, c := range cells {
		tiles[i] = int64(c)
	}
	return tiles
}

// publishedRounds bounds how much is looked through for filters that few cases
// pass.
const publishedRounds = 12

// Published returns a page of the cases that everybody may see, and where the next
// begins: zero when there is none. A page may be short of its limit, or empty,
// and still have a next one.
func (s *Service) Published(ctx context.Context, q PublishedQuery) (list []Public, next Key, err error) {
	q.Limit = min(max(q.Limit, 1), 1000)
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		cases, at, err := published(ctx, tx, q, snapshot)
		list, next = make([]Public, len(cases)), at
		for i, c := range cases {
			list[i] = publicOf(c, snapshot)
		}
		return err
	})
	if err != nil {
		return nil, Key{}, fmt.Errorf("list what is public: %w", err)
	}
	return list, next, nil
}

func published(ctx context.Context, tx *db.Tx, q PublishedQuery, snapshot *directory.Snapshot) ([]Case, Key, error) {
	var list []Case
	atOnce := q.Limit + 1
	if q.tiled() { // most of a tile is passed over, and costs little
		atOnce = min(4*atOnce, max(atOnce, 1000))
	}
	for range publishedRounds {
		keys, err := publishedKeys(ctx, tx, q, atOnce)
		if err != nil {
			return nil, Key{}, err
		}
		var ids []int64
		for _, k := range keys {
			if q.may(k) {
				ids = append(ids, k.ID)
			}
		}
		for part := range slices.Chunk(ids, min(q.Limit+1, 256)) {
			found, err := casesByID(ctx, tx, part)
			if err != nil {
				return nil, Key{}, err
			}
			for _, id := range part {
				c, ok := found[id]
				service, _ := snapshot.Service(c.ServiceID)
				if !ok || !c.public(service) || !q.fits(c) {
					continue
				}
				if len(list) == q.Limit {
					return list, q.key(list[q.Limit-1]), nil
				}
				list = append(list, c)
			}
		}
		if len(keys) < atOnce {
			return list, Key{}, nil
		}
		q.Before = keys[len(keys)-1].Key
	}
	return list, q.Before, nil
}

// tiled reports whether keys come from the index that knows where their cases are.
// That of open cases does not: they are few.
func (q PublishedQuery) tiled() bool { return !q.Changed && !q.Open && len(q.Tiles) > 0 }

// placedKey is a key with what an index of tiles knows of its case.
type placedKey struct {
	Key
	cell, service int64 // 0 when it is not known
}

// may reports whether it is worth to read a case: what lies outside of the box, or
// is of another service, is not. The box has room for the rounding of points.
func (q PublishedQuery) may(k placedKey) bool {
	if k.cell == 0 {
		return true
	}
	return (len(q.Services) == 0 || slices.Contains(q.Services, k.service)) && q.Box.ContainsLatLng(s2.CellID(k.cell).LatLng())
}

func (q PublishedQuery) key(c Case) Key {
	if q.Changed {
		return Key{c.ChangedAt, c.ID}
	}
	return Key{c.CreatedAt, c.ID}
}

func (q PublishedQuery) fits(c Case) bool {
	return (!q.Open || !c.State.Ended()) && (!q.Ended || c.State.Ended()) && (len(q.Services) == 0 || slices.Contains(q.Services, c.ServiceID)) &&
		(q.Within == nil || c.Located() && q.Within(roundPublic(c.Lat), roundPublic(c.Lon)))
}

// PublishedByReference returns those cases of some references that everybody may
// see, in the order asked for. What is no reference is left out.
func (s *Service) PublishedByReference(ctx context.Context, references []string) (list []Public, err error) {
	var known []string
	for _, written := range references {
		if reference, err := secret.ParseReference(written); err == nil && !slices.Contains(known, reference) {
			known = append(known, reference)
		}
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(known, 256) {
			found, err := casesByReference(ctx, tx, part)
			if err != nil {
				return err
			}
			for _, reference := range part {
				c := found[reference]
				if service, _ := snapshot.Service(c.ServiceID); c.public(service) {
					list = append(list, publicOf(c, snapshot))
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read public cases: %w", err)
	}
	return list, nil
}
