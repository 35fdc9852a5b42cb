package directory

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Options are what a Directory needs.
type Options struct {
	DB    *db.DB
	Staff *staff.Service
	// MapStyle is the address of the map's style, "" for no map; nil is none.
	MapStyle func(context.Context) (string, error)
}

// Directory is the use cases of this room. It is safe for concurrent use.
type Directory struct {
	Options
	cached atomic.Pointer[cachedSnapshot]
	ready  atomic.Pointer[readyPlaces]
	making sync.Mutex // one snapshot is made at a time; others wait for it
}

// cachedSnapshot is a snapshot with the generations that it was read at.
type cachedSnapshot struct {
	generations
	snapshot *Snapshot
}

// readyPlaces is a gazetteer that was made before its generation came to be.
type readyPlaces struct {
	generation int64
	places     *gazetteer
}

// New returns a Directory.
func New(o Options) *Directory { return &Directory{Options: o} }

// SnapshotTx returns the whole directory as the transaction sees it. It reads
// one row unless something changed.
func (d *Directory) SnapshotTx(ctx context.Context, tx *db.Tx) (*Snapshot, error) {
	now, err := readGenerations(ctx, tx)
	if err != nil {
		return nil, err
	}
	if c := d.cached.Load(); c != nil && c.generations == now {
		return c.snapshot, nil
	}
	d.making.Lock()
	defer d.making.Unlock()
	c := d.cached.Load()
	if c != nil && c.generations == now {
		return c.snapshot, nil
	}
	places, err := d.places(ctx, tx, c, now.places)
	if err != nil {
		return nil, err
	}
	council, err := readCouncil(ctx, tx)
	if err != nil {
		return nil, err
	}
	services, err := readServices(ctx, tx)
	if err != nil {
		return nil, err
	}
	areas, err := readAreas(ctx, tx)
	if err != nil {
		return nil, err
	}
	s := newSnapshot(council, services, areas, places)
	d.cached.Store(&cachedSnapshot{now, s})
	return s, nil
}

// places returns the gazetteer of a generation, from what was made before when
// it is the same.
func (d *Directory) places(ctx context.Context, tx *db.Tx, c *cachedSnapshot, generation int64) (*gazetteer, error) {
	if c != nil && c.places == generation {
		return c.snapshot.places, nil
	}
	if r := d.ready.Load(); r != nil && r.generation == generation {
		return r.places, nil
	}
	list, err := readPlaces(ctx, tx)
	if err != nil {
		return nil, err
	}
	return newGazetteer(list), nil
}

// publishPlaces lets others see places that were written in transactions of
// their own. The gazetteer is made first, which takes a second or two when it
// is large, so that no writer's turn is spent on it.
func (d *Directory) publishPlaces(ctx context.Context) error {
	var before generations
	var list []Place
	err := d.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if before, err = readGenerations(ctx, tx); err != nil {
			return err
		}
		list, err = readPlaces(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	made := newGazetteer(list)
	return d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := readGenerations(ctx, tx)
		if err != nil {
			return err
		}
		total, err := countPlaces(ctx, tx)
		if err != nil {
			return err
		}
		generation, err := movePlaces(ctx, tx)
		if err != nil {
			return err
		}
		// When somebody else has changed the gazetteer since, it is read again.
		if now.places == before.places && total == len(list) {
			tx.AfterCommit(func() { d.ready.Store(&readyPlaces{generation, made}) })
		}
		return nil
	})
}

// Snapshot is SnapshotTx in a transaction of its own.
func (d *Directory) Snapshot(ctx context.Context) (*Snapshot, error) {
	var s *Snapshot
	err := d.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		s, err = d.SnapshotTx(ctx, tx)
		return err
	})
	return s, err
}

// SetCouncilTx writes the council's profile, at set-up. What is left empty gets
// its usual value.
//
// Errors: fault.Fields (name, language, lat, zoom, answer_within).
func (d *Directory) SetCouncilTx(ctx context.Context, tx *db.Tx, by record.Actor, c Council) error {
	c, err := c.clean()
	if err != nil {
		return err
	}
	was, err := readCouncil(ctx, tx)
	if err != nil {
		return err
	}
	return writeCouncil(ctx, tx, by, was, c)
}

// writeCouncil puts a clean profile in place of one, unless nothing differs.
func writeCouncil(ctx context.Context, tx *db.Tx, by record.Actor, was, c Council) error {
	before, after := was.facts().difference(c.facts())
	if len(after) == 0 {
		return nil
	}
	c.Version = was.Version + 1
	if err := putCouncil(ctx, tx, c); err != nil {
		return err
	}
	return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.council.changed", Subject: c.Subject(), Before: before, After: after})
}

// AddServicesTx, AddAreasTx and AddPlacesTx add many at once; ids are made and
// returned in order.
//
// Errors: fault.Fields and fault.Invalid (name, words, lgsl, lgil, team).
func (d *Directory) AddServicesTx(ctx context.Context, tx *db.Tx, by record.Actor, list []Service) ([]int64, error) {
	if len(list) == 0 {
		return nil, nil
	}
	services, ids, entries := make([]Service, len(list)), make([]int64, len(list)), make([]record.Entry, len(list))
	codes, err := serviceCodes(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i, s := range list {
		s, err := s.clean()
		if err != nil {
			return nil, err
		}
		if err := d.fits(ctx, tx, s); err != nil {
			return nil, err
		}
		if s.Code == "" {
			s.Code = free(codeOf(s.Name), codes)
		}
		if codes[s.Code] {
			return nil, codeTaken(s.Code)
		}
		codes[s.Code] = true
		s.ID, s.Version = tx.NewID(), 1
		services[i], ids[i] = s, s.ID
		entries[i] = record.Entry{Actor: by, Act: "directory.service.added", Subject: s.Subject(), After: s.facts()}
	}
	if err := insertServices(ctx, tx, services); err != nil {
		return nil, nameTaken(err, "a service")
	}
	return ids, record.Append(ctx, tx, entries...)
}

// AddAreasTx adds areas.
//
// Errors: fault.Fields and fault.Invalid (name, places, team).
func (d *Directory) AddAreasTx(ctx context.Context, tx *db.Tx, by record.Actor, list []Area) ([]int64, error) {
	if len(list) == 0 {
		return nil, nil
	}
	areas, ids, entries := make([]Area, len(list)), make([]int64, len(list)), make([]record.Entry, len(list))
	for i, a := range list {
		a, err := a.clean()
		if err != nil {
			return nil, err
		}
		if err := d.teamExists(ctx, tx, a.TeamID); err != nil {
			return nil, err
		}
		a.ID, a.Version = tx.NewID(), 1
		areas[i], ids[i] = a, a.ID
		entries[i] = record.Entry{Actor: by, Act: "directory.area.added", Subject: a.Subject(), After: a.facts()}
	}
	if err := insertAreas(ctx, tx, areas); err != nil {
		return nil, nameTaken(err, "an area")
	}
	return ids, record.Append(ctx, tx, entries...)
}

// AddPlacesTx adds places to the gazetteer. One that is there already, of the
// same kind, name and surroundings, is moved to the new position and keeps its
// id.
//
// Errors: fault.Invalid; fault.TooLarge beyond 200,000 places.
func (d *Directory) AddPlacesTx(ctx context.Context, tx *db.Tx, by record.Actor, list []Place) ([]int64, error) {
	places := make([]Place, len(list))
	for i, p := range list {
		p, err := p.clean()
		if err != nil {
			return nil, fault.Newf(fault.Invalid, "Place %d, %q: %s.", i+1, p.Name, fault.Sentence(err))
		}
		places[i] = p
	}
	ids, counts, err := addPlaces(ctx, tx, places, 0)
	if err != nil || counts.Added+counts.Moved == 0 {
		return ids, err
	}
	if _, err := movePlaces(ctx, tx); err != nil {
		return nil, err
	}
	return ids, record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.places.added", Subject: gazetteerSubject(), After: counts})
}

// counts are what became of places that were added.
type counts struct {
	Added int `json:"added"`
	Moved int `json:"moved"` // were there, at another position or spelt otherwise
	Same  int `json:"same"`  // were there
}

// addPlaces keeps clean places and returns their ids in order. It does not move
// the generation.
func addPlaces(ctx context.Context, tx *db.Tx, places []Place, source int64) ([]int64, counts, error) {
	keys := make([]string, len(places))
	for i, p := range places {
		keys[i] = p.key()
	}
	known, err := readPlacesByKey(ctx, tx, keys)
	if err != nil {
		return nil, counts{}, err
	}
	var n counts
	ids := make([]int64, len(places))
	write := make([]Place, 0, len(places))
	at := make(map[string]int, len(places)) // where in write a key stands
	for i, p := range places {
		old, found := known[keys[i]]
		j, again := at[keys[i]]
		switch {
		case again:
			p.ID = old.ID
			write[j] = p
		case !found:
			p.ID = tx.NewID()
			n.Added++
		default:
			p.ID = old.ID
			if p == old {
				n.Same++
				ids[i] = p.ID
				continue
			}
			n.Moved++
		}
		if !again {
			at[keys[i]] = len(write)
			write = append(write, p)
		}
		known[keys[i]], ids[i] = p, p.ID
	}
	if n.Added > 0 {
		total, err := countPlaces(ctx, tx)
		if err != nil {
			return nil, counts{}, err
		}
		if total+n.Added > maxPlaces {
			return nil, counts{}, fault.New(fault.TooLarge, "The gazetteer can hold 200,000 places. Leave out what people do not write about, such as single houses.")
		}
	}
	return ids, n, putPlaces(ctx, tx, write, source)
}

// fits says what of a service is not there any more: its team, or an area.
func (d *Directory) fits(ctx context.Context, tx *db.Tx, s Service) error {
	if err := d.teamExists(ctx, tx, s.TeamID); err != nil {
		return err
	}
	for _, id := range s.AreaIDs {
		if _, found, err := readArea(ctx, tx, id); err != nil {
			return err
		} else if !found {
			return fault.Field("areas", "An area is not there any more. Choose from those shown.")
		}
	}
	return nil
}

func codeTaken(code string) error {
	return fault.Field("service_code", fmt.Sprintf("Another service has the code %q. Choose another code.", code))
}

// teamExists says what is wrong with a team that is to own something. 0 is the
// contact centre.
func (d *Directory) teamExists(ctx context.Context, tx *db.Tx, team int64) error {
	if team == 0 || d.Staff == nil {
		return nil
	}
	r, err := d.Staff.RosterTx(ctx, tx)
	if err != nil {
		return err
	}
	if _, found := r.Team(team); !found {
		return fault.Field("team", "This team is not there any more. Choose one of those shown.")
	}
	return nil
}

func nameTaken(err error, what string) error {
	if db.IsUnique(err) {
		return fault.Field("name", fmt.Sprintf("There is already %s of this name. Choose another name.", what)).Because(err)
	}
	return err
}
