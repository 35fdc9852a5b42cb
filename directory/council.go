package directory

import (
	"math"
	"strings"
	"time"

	"golang.org/x/text/language"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

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

const (
	maxName         = 120
	minAnswerWithin = 15 * time.Minute
	maxAnswerWithin = 60 * 24 * time.Hour
)

// Unset is the profile before the set-up: Scotland, and an answer within a day.
func unset() Council {
	return Council{Language: "en-GB", Lat: 56.8, Lon: -4.2, Zoom: 6, AnswerWithin: 24 * time.Hour}
}

// Subject is the council as a thing that something happens to.
func (c Council) Subject() record.Subject { return record.Subject{Kind: "council", ID: 1} }

// clean makes a profile as entered fit to be kept, or says what is wrong. What
// is left empty gets its usual value.
func (c Council) clean() (Council, error) {
	var wrong fault.Fields
	c.Name, _ = text.CleanLine(c.Name, maxName)
	if text.Fold(c.Name) == "" {
		wrong.Add("name", "Enter the council’s name.")
	}
	usual := unset()
	if c.Language = strings.TrimSpace(c.Language); c.Language == "" {
		c.Language = usual.Language
	}
	if tag, err := language.Parse(c.Language); err != nil {
		wrong.Add("language", "This is no language that Mercat knows. Write it as en-GB, cy or gd.")
	} else {
		c.Language = tag.String()
	}
	if c.Lat == 0 && c.Lon == 0 {
		c.Lat, c.Lon, c.Zoom = usual.Lat, usual.Lon, usual.Zoom
	}
	if !onEarth(c.Lat, c.Lon) {
		wrong.Add("lat", "Enter the middle of the map as latitude and longitude in degrees, such as 56.19 and -3.02.")
	}
	if c.Zoom == 0 {
		c.Zoom = 11
	}
	if !(c.Zoom >= 1 && c.Zoom <= 20) {
		wrong.Add("zoom", "Enter a zoom from 1 (the world) to 20 (a street).")
	}
	if c.AnswerWithin == 0 {
		c.AnswerWithin = usual.AnswerWithin
	}
	if c.AnswerWithin < minAnswerWithin || c.AnswerWithin > maxAnswerWithin {
		wrong.Add("answer_within", "Enter a time from a quarter of an hour to 60 days.")
	}
	c.AnswerWithin = c.AnswerWithin.Truncate(time.Second)
	return c, wrong.Err()
}

func (c Council) facts() facts {
	return facts{
		"name": c.Name, "language": c.Language, "lat": c.Lat, "lon": c.Lon, "zoom": c.Zoom,
		"answer_within": c.AnswerWithin.String(), "demonstration": c.Demonstration,
	}
}

// onEarth reports whether a position can be one, and is one that was meant: the
// point 0, 0 in the Gulf of Guinea is what forms send that know none.
func onEarth(lat, lon float64) bool {
	return math.Abs(lat) <= 90 && math.Abs(lon) <= 180 && (lat != 0 || lon != 0)
}

// facts are what the record keeps of a thing, by field.
type facts map[string]any

// difference are the fields in which two differ, as they were and as they are.
func (f facts) difference(to facts) (before, after facts) {
	before, after = facts{}, facts{}
	for field, value := range to {
		if f[field] != value {
			before[field], after[field] = f[field], value
		}
	}
	return before, after
}
