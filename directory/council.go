package directory

import "time"

// Council is the authority whose Mercat this is.
type Council struct {
	Name          string
	Language      string  // BCP 47 of its pages, "en-GB"
	Lat, Lon      float64 // middle of the map, WGS 84 degrees
	Zoom          float64
	AnswerWithin  time.Duration // when an answer is late; 24 h unless said otherwise
	Demonstration bool          // everything in it is made up
	Version       int64
}

// Service is something that the council does for the public.
type Service struct {
	ID         int64
	Name       string // "Potholes and road surface"
	Summary    string // a line for the public
	Words      string // comma-separated words by which the public calls it
	LGSL, LGIL int64  // 0 for none
	TeamID     int64  // who owns it; 0 is the contact centre
	Public     bool   // offered on the report form
	NeedsPlace bool   // the form asks where
	Active     bool
	Version    int64
}

// Area is a part of the council's ground that a team looks after.
type Area struct {
	ID      int64
	Name    string
	Places  string // comma-separated names of places that lie in it
	TeamID  int64
	Version int64
}

// Place is an entry of the gazetteer.
type Place struct {
	ID       int64
	Kind     string // street, school, settlement, ward, postcode, …
	Name     string
	Within   string // "Kirkbrae", to tell two High Streets apart; may be empty
	Lat, Lon float64
}

// Label is how people say where it is.
func (p Place) Label() string {
	if p.Within == "" {
		return p.Name
	}
	return p.Name + ", " + p.Within
}
