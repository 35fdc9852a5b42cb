package directory

import (
	"encoding/json"
	"fmt"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Area is a part of the council's ground that a team looks after.
type Area struct {
	ID      int64
	Name    string
	Places  string // comma-separated names of places that lie in it
	TeamID  int64
	Version int64
}

// Subject is the area as a thing that something happens to.
func (a Area) Subject() record.Subject { return record.Subject{Kind: "area", ID: a.ID} }

// clean makes an area as entered fit to be kept, or says what is wrong.
func (a Area) clean() (Area, error) {
	var wrong fault.Fields
	a.Name, _ = text.CleanLine(a.Name, maxName)
	if text.Fold(a.Name) == "" {
		wrong.Add("name", "Enter the area’s name.")
	}
	var over bool
	if a.Places, over = cleanList(a.Places); over {
		wrong.Add("places", "These are too many places. Enter at most 4,000 characters, separated by commas: the names of settlements will do.")
	}
	return a, wrong.Err()
}

func (a Area) facts() facts {
	return facts{"name": a.Name, "places": a.Places, "team": a.TeamID}
}

// remains is what the record keeps of an area that is deleted: enough to bring
// it back.
func (a Area) remains() facts {
	f := a.facts()
	f["version"] = a.Version
	return f
}

// areaOfRemains is the inverse of remains, one version on: whoever still has the
// area open from before does not overwrite what comes after.
func areaOfRemains(id int64, kept json.RawMessage) (Area, error) {
	var f struct {
		Name, Places  string
		Team, Version int64
	}
	if err := json.Unmarshal(kept, &f); err != nil {
		return Area{}, fmt.Errorf("read area %d from the record: %w", id, err)
	}
	return Area{ID: id, Name: f.Name, Places: f.Places, TeamID: f.Team, Version: f.Version + 1}, nil
}
