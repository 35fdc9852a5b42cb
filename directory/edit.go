package directory

import (
	"cmp"
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

var (
	errNoService = fault.New(fault.NotFound, "There is no such service. Go back to the list of services.")
	errNoArea    = fault.New(fault.NotFound, "There is no such area. It may have been deleted. Go back to the list of areas.")
)

// SaveCouncil changes the council's profile, of which the person has seen
// c.Version. Whether it is a demonstration is not for people to change.
//
// Errors: fault.Fields (name, language, lat, zoom, answer_within);
// fault.Conflict.
func (d *Directory) SaveCouncil(ctx context.Context, by record.Actor, c Council) error {
	c, err := c.clean()
	if err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, err := readCouncil(ctx, tx)
		if err != nil {
			return err
		}
		if was.Version != c.Version {
			return record.Overtaken(ctx, tx, c.Subject(), fieldName, "directory.council.")
		}
		to := c
		to.Demonstration = was.Demonstration
		return writeCouncil(ctx, tx, by, was, to)
	})
	if err != nil {
		return fmt.Errorf("save the council: %w", err)
	}
	return nil
}

// AddService adds a service.
//
// Errors: fault.Fields and fault.Invalid (name, words, lgsl, lgil, team).
func (d *Directory) AddService(ctx context.Context, by record.Actor, s Service) (Service, error) {
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		ids, err := d.AddServicesTx(ctx, tx, by, []Service{s})
		if err != nil {
			return err
		}
		s, _, err = readService(ctx, tx, ids[0])
		return err
	})
	if err != nil {
		return Service{}, fmt.Errorf("add a service: %w", err)
	}
	return s, nil
}

// AddUsualServices fills a directory that has no services with those that come
// with Mercat, and says how many it added.
func (d *Directory) AddUsualServices(ctx context.Context, by record.Actor) (int, error) {
	var added int
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, err := readServices(ctx, tx)
		if err != nil {
			return err
		}
		if err := d.SeedTx(ctx, tx, by); err != nil {
			return err
		}
		after, err := readServices(ctx, tx)
		added = len(after) - len(before)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add the usual services: %w", err)
	}
	return added, nil
}

// AddPlace adds one place to the gazetteer, or moves the one that is there.
//
// Errors: fault.Invalid; fault.TooLarge.
func (d *Directory) AddPlace(ctx context.Context, by record.Actor, p Place) (added bool, err error) {
	err = d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, err := countPlaces(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := d.AddPlacesTx(ctx, tx, by, []Place{p}); err != nil {
			return err
		}
		after, err := countPlaces(ctx, tx)
		added = after > before
		return err
	})
	if err != nil {
		return false, fmt.Errorf("add a place: %w", err)
	}
	return added, nil
}

// SaveService changes the service s.ID, of which the person has seen s.Version.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields and fault.Invalid (name,
// words, lgsl, lgil, team).
func (d *Directory) SaveService(ctx context.Context, by record.Actor, s Service) error {
	s, err := s.clean()
	if err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, found, err := readService(ctx, tx, s.ID)
		switch {
		case err != nil:
			return err
		case !found:
			return errNoService
		case was.Version != s.Version:
			return record.Overtaken(ctx, tx, s.Subject(), fieldName, "directory.service.")
		}
		return d.write(ctx, tx, by, was, s)
	})
	if err != nil {
		return fmt.Errorf("save service %d: %w", s.ID, err)
	}
	return nil
}

// write puts a clean service in place of what it was, unless nothing differs.
func (d *Directory) write(ctx context.Context, tx *db.Tx, by record.Actor, was, s Service) error {
	s.Code = cmp.Or(s.Code, was.Code)
	before, after := was.facts().difference(s.facts())
	if len(after) == 0 {
		return nil
	}
	if err := d.fits(ctx, tx, s); err != nil {
		return err
	}
	if has, err := serviceOfCode(ctx, tx, s.Code); err != nil {
		return err
	} else if has != 0 && has != s.ID {
		return codeTaken(s.Code)
	}
	if err := updateService(ctx, tx, s); err != nil {
		return nameTaken(err, "a service")
	}
	return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.service.changed", Subject: s.Subject(), Before: before, After: after})
}

// AddArea adds an area.
//
// Errors: fault.Fields and fault.Invalid (name, places, team).
func (d *Directory) AddArea(ctx context.Context, by record.Actor, a Area) (Area, error) {
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		ids, err := d.AddAreasTx(ctx, tx, by, []Area{a})
		if err != nil {
			return err
		}
		a, _, err = readArea(ctx, tx, ids[0])
		return err
	})
	if err != nil {
		return Area{}, fmt.Errorf("add an area: %w", err)
	}
	return a, nil
}

// SaveArea changes the area a.ID, of which the person has seen a.Version.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields and fault.Invalid (name,
// places, team).
func (d *Directory) SaveArea(ctx context.Context, by record.Actor, a Area) error {
	a, err := a.clean()
	if err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, err := d.area(ctx, tx, a.ID, a.Version)
		if err != nil {
			return err
		}
		before, after := was.facts().difference(a.facts())
		if len(after) == 0 {
			return nil
		}
		if err := d.teamExists(ctx, tx, a.TeamID); err != nil {
			return err
		}
		if err := updateArea(ctx, tx, a); err != nil {
			return nameTaken(err, "an area")
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.area.changed", Subject: a.Subject(), Before: before, After: after})
	})
	if err != nil {
		return fmt.Errorf("save area %d: %w", a.ID, err)
	}
	return nil
}

// DeleteArea takes an area out and returns it, so that it can be added again.
//
// Errors: fault.NotFound; fault.Conflict.
func (d *Directory) DeleteArea(ctx context.Context, by record.Actor, id, version int64) (Area, error) {
	var was Area
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if was, err = d.area(ctx, tx, id, version); err != nil {
			return err
		}
		if err := deleteArea(ctx, tx, id); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.area.deleted", Subject: was.Subject(), Before: was.remains()})
	})
	if err != nil {
		return Area{}, fmt.Errorf("delete area %d: %w", id, err)
	}
	return was, nil
}

// RestoreArea brings back an area that was deleted, as the record has it, under
// its old id.
//
// Errors: fault.NotFound when it was not deleted or is there again;
// fault.Invalid when another has its name now.
func (d *Directory) RestoreArea(ctx context.Context, by record.Actor, id int64) (Area, error) {
	var a Area
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, there, err := readArea(ctx, tx, id)
		if err != nil {
			return err
		}
		entries, err := record.About(ctx, tx, Area{ID: id}.Subject(), 0, 1)
		if err != nil {
			return err
		}
		if there || len(entries) == 0 || entries[0].Act != "directory.area.deleted" {
			return errNoArea
		}
		if a, err = areaOfRemains(id, entries[0].Before); err != nil {
			return err
		}
		if err := insertAreas(ctx, tx, []Area{a}); err != nil {
			return nameTaken(err, "an area")
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "directory.area.restored", Subject: a.Subject(), After: a.facts()})
	})
	if err != nil {
		return Area{}, fmt.Errorf("restore area %d: %w", id, err)
	}
	return a, nil
}

// area reads one of which the person has seen a version.
func (d *Directory) area(ctx context.Context, tx *db.Tx, id, version int64) (Area, error) {
	a, found, err := readArea(ctx, tx, id)
	switch {
	case err != nil:
		return Area{}, err
	case !found:
		return Area{}, errNoArea
	case a.Version != version:
		return Area{}, record.Overtaken(ctx, tx, a.Subject(), fieldName, "directory.area.")
	}
	return a, nil
}

// fieldName is how people call a field that the record keeps.
func fieldName(field string) string {
	switch field {
	case "lat", "lon", "zoom":
		return "middle of the map"
	case "answer_within":
		return "time to answer"
	case "lgsl":
		return "LGSL number"
	case "lgil":
		return "LGIL number"
	case "public":
		return "whether it is on the form"
	case "needs_place":
		return "whether the form asks where"
	case "active":
		return "whether it is in use"
	case "areas":
		return "where it is given"
	case "hours":
		return "opening hours"
	case "out_of_hours":
		return "what to do out of hours"
	case "holidays":
		return "bank holidays"
	case "promised_days":
		return "promised working days"
	}
	return field
}
