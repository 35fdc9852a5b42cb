package directory

import (
	"strings"
	"unicode/utf8"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Place is an entry of the gazetteer.
type Place struct {
	ID       int64
	Kind     string // street, school, settlement, ward, postcode, …
	Name     string
	Within   string // "Kirkbrae", to tell two High Streets apart; may be empty
	Lat, Lon float64
}

const (
	maxKind   = 30
	maxPlaces = 200_000
)

// gazetteerSubject is the gazetteer as a thing that something happens to.
func gazetteerSubject() record.Subject { return record.Subject{Kind: "gazetteer", ID: 1} }

// Label is how people say where it is.
func (p Place) Label() string {
	if p.Within == "" {
		return p.Name
	}
	return p.Name + ", " + p.Within
}

// key tells places apart: the same kind, name and surroundings are one place.
func (p Place) key() string {
	return p.Kind + "\t" + text.Fold(p.Name) + "\t" + text.Fold(p.Within)
}

// clean makes a place as given fit to be kept, or says what is wrong with it.
func (p Place) clean() (Place, error) {
	for _, s := range []string{p.Name, p.Kind, p.Within} {
		if !utf8.ValidString(s) {
			return p, fault.New(fault.Invalid, "the letters cannot be read: save the table as CSV UTF-8")
		}
	}
	name, _ := text.CleanLine(p.Name, maxName+1)
	if len([]rune(name)) > maxName {
		return p, fault.Newf(fault.Invalid, "the name is longer than %d characters", maxName)
	}
	p.Name = name
	if text.Fold(p.Name) == "" {
		return p, fault.New(fault.Invalid, "the name is missing")
	}
	p.Within, _ = text.CleanLine(p.Within, maxName)
	p.Kind, _ = text.CleanLine(text.Fold(p.Kind), maxKind)
	if p.Kind == "" {
		return p, fault.New(fault.Invalid, "the kind is missing: write street, settlement, school, ward, postcode or another word")
	}
	if p.Kind == "postcode" {
		p.Name = strings.ToUpper(p.Name)
	}
	if !onEarth(p.Lat, p.Lon) {
		return p, fault.New(fault.Invalid, "the latitude and longitude are not a position in degrees")
	}
	return p, nil
}
