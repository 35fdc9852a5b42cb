package directory

import (
	"cmp"
	"slices"

	"mercat.scot/mercat/platform/text"
)

// Snapshot is the directory at one moment. It never changes and is shared: do
// not write to what it returns.
type Snapshot struct {
	council  Council
	services []Service
	byID     map[int64]int
	byCode   map[string]int
	areas    []Area
	words    *serviceWords
	places   *gazetteer
	areaOf   areaIndex
}

func newSnapshot(c Council, services []Service, areas []Area, places *gazetteer) *Snapshot {
	s := &Snapshot{council: c, services: services, areas: areas, places: places, byID: make(map[int64]int, len(services)), byCode: make(map[string]int, len(services))}
	slices.SortFunc(s.services, func(a, b Service) int {
		return cmp.Or(cmp.Compare(text.Fold(a.Name), text.Fold(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(s.areas, func(a, b Area) int {
		return cmp.Or(cmp.Compare(text.Fold(a.Name), text.Fold(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	known := make(map[int64]bool, len(s.areas))
	for _, a := range s.areas {
		known[a.ID] = true
	}
	for i, service := range s.services {
		// An area that was deleted says nothing of where a service is given.
		s.services[i].AreaIDs = slices.DeleteFunc(service.AreaIDs, func(id int64) bool { return !known[id] })
		s.byID[service.ID], s.byCode[service.Code] = i, i
	}
	s.words = newServiceWords(s.services)
	s.areaOf = newAreaIndex(s.areas, places)
	return s
}

// Council is the council's profile. Before the set-up its name is empty.
func (s *Snapshot) Council() Council { return s.council }

// Services are all, by name, also those that are not active.
func (s *Snapshot) Services() []Service { return s.services }

// Service returns one by id.
func (s *Snapshot) Service(id int64) (Service, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Service{}, false
	}
	return s.services[i], true
}

// ServiceByCode returns one by its Open311 service_code.
func (s *Snapshot) ServiceByCode(code string) (Service, bool) {
	i, ok := s.byCode[code]
	if !ok {
		return Service{}, false
	}
	return s.services[i], true
}

// ServiceName is a service's name, or "" when there is no such service.
func (s *Snapshot) ServiceName(id int64) string {
	service, _ := s.Service(id)
	return service.Name
}

// Areas are all, by name.
func (s *Snapshot) Areas() []Area { return s.areas }

// OwnerOf is the team that owns a service, 0 for none.
func (s *Snapshot) OwnerOf(service int64) int64 {
	owned, _ := s.Service(service)
	return owned.TeamID
}

// Reading is what the directory recognises in a text.
type Reading struct {
	ServiceID int64   // 0 for "don't know"
	Named     []int64 // every service whose words stand in it, the likeliest first
	Place     Place   // zero for none
}

// Read finds the service whose words, and the place whose name, stand in a
// text. Pure and bounded: it looks at the first 16 KiB.
func (s *Snapshot) Read(message string) Reading {
	tokens := tokenise(message, maxRead)
	service, named := s.words.read(tokens)
	return Reading{ServiceID: service, Named: named, Place: s.places.read(tokens, s.council.Lat, s.council.Lon)}
}

// AreaOf is the area in which a place lies: by a name in text, otherwise by
// the nearest place of the gazetteer that an area names. lat and lon are 0, 0
// when unknown.
func (s *Snapshot) AreaOf(where string, lat, lon float64) (Area, bool) {
	i := s.areaOf.find(s, where, lat, lon)
	if i < 0 {
		return Area{}, false
	}
	return s.areas[i], true
}

// Nearest is the place of the gazetteer nearest to a position, within 2 km.
func (s *Snapshot) Nearest(lat, lon float64) (Place, bool) {
	i := s.places.nearest(lat, lon, nearby, nil)
	if i < 0 {
		return Place{}, false
	}
	return s.places.list[i], true
}

// FindPlaces are places whose folded name begins with typed, for suggestions;
// behind them those of whom a later word does. Of equal names, the one nearest
// to the council's middle stands first.
func (s *Snapshot) FindPlaces(typed string, limit int) []Place {
	return s.places.find(typed, limit, s.council.Lat, s.council.Lon)
}

// Places are all places of the gazetteer.
func (s *Snapshot) Places() []Place { return s.places.list }
