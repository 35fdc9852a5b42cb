package directory

// Snapshot is the directory at one moment. It never changes and is shared: do
// not write to what it returns.
type Snapshot struct{}

// Council is the council's profile.
func (s *Snapshot) Council() Council { return Council{} }

// Services are all, by name, also those that are not active.
func (s *Snapshot) Services() []Service { return nil }

// Service returns one by id.
func (s *Snapshot) Service(id int64) (Service, bool) { return Service{}, false }

// ServiceName is a service's name, or "" when there is no such service.
func (s *Snapshot) ServiceName(id int64) string { return "" }

// Areas are all, by name.
func (s *Snapshot) Areas() []Area { return nil }

// OwnerOf is the team that owns a service, 0 for none.
func (s *Snapshot) OwnerOf(service int64) int64 { return 0 }

// AreaOf is the area in which a place lies: by a name in text, otherwise by
// the nearest place of the gazetteer that an area names. lat and lon are 0, 0
// when unknown.
func (s *Snapshot) AreaOf(text string, lat, lon float64) (Area, bool) { return Area{}, false }

// Reading is what the directory recognises in a text.
type Reading struct {
	ServiceID int64 // 0 for "don't know"
	Place     Place // zero for none
}

// Read finds the service whose words, and the place whose name, stand in a
// text. It is the place where learned triage will stand. Pure and bounded.
func (s *Snapshot) Read(text string) Reading { return Reading{} }

// Nearest is the place of the gazetteer nearest to a position, within 2 km.
func (s *Snapshot) Nearest(lat, lon float64) (Place, bool) { return Place{}, false }

// FindPlaces are places whose folded name begins with typed, for suggestions.
func (s *Snapshot) FindPlaces(typed string, limit int) []Place { return nil }
