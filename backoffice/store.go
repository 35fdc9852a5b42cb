package backoffice

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlOfficeColumns = `id, name, url, jurisdiction, format, person, key, state, pulled_to, pulled_at, skew, last_ok, trouble, trouble_since, created_at, version`
const sqlOffice = `SELECT ` + sqlOfficeColumns + ` FROM backoffice_office WHERE id = $1 AND state <> 'ended'`
const sqlOffices = `SELECT ` + sqlOfficeColumns + ` FROM backoffice_office WHERE state <> 'ended' ORDER BY id`
const sqlOfficeEver = `SELECT ` + sqlOfficeColumns + ` FROM backoffice_office WHERE id = $1`
const sqlOfficePut = `INSERT INTO backoffice_office (` + sqlOfficeColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
	ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, jurisdiction = excluded.jurisdiction, format = excluded.format, person = excluded.person,
	key = excluded.key, state = excluded.state, trouble = excluded.trouble, trouble_since = excluded.trouble_since, version = excluded.version`
const sqlOfficeHealth = `UPDATE backoffice_office SET skew = $1, last_ok = $2, trouble = $3, trouble_since = $4 WHERE id = $5`
const sqlOfficePulled = `UPDATE backoffice_office SET pulled_at = $1 WHERE id = $2`
const sqlOfficePulledTo = `UPDATE backoffice_office SET pulled_to = $1 WHERE id = $2`

const sqlRoutes = `SELECT service_id, code FROM backoffice_route WHERE office_id = $1 ORDER BY service_id`
const sqlRouteOf = `SELECT office_id, code FROM backoffice_route WHERE service_id = $1`
const sqlRoutesDelete = `DELETE FROM backoffice_route WHERE office_id = $1`
const sqlRouteInsert = `INSERT INTO backoffice_route (service_id, office_id, code) VALUES ($1, $2, $3)`

func scanOffice(row db.Scanner) (o Office, err error) {
	var to, at, skew, ok, since, created int64
	err = row.Scan(&o.ID, &o.Name, &o.URL, &o.Jurisdiction, &o.Format, &o.Person, &o.key, &o.State, &to, &at, &skew, &ok, &o.Trouble, &since, &created, &o.Version)
	o.PulledTo, o.PulledAt, o.LastOK, o.TroubleSince, o.CreatedAt = db.Time(to), db.Time(at), db.Time(ok), db.Time(since), db.Time(created)
	o.Skew, o.HasKey = time.Duration(skew)*time.Microsecond, len(o.key) > 0
	return o, err
}

// readOffice is one that has not ended.
func readOffice(ctx context.Context, tx *db.Tx, id int64) (Office, error) {
	o, found, err := db.One(ctx, tx, scanOffice, sqlOffice, id)
	switch {
	case err != nil:
		return Office{}, fmt.Errorf("read back office %d: %w", id, err)
	case !found:
		return Office{}, errNoOffice
	}
	o.Routes, err = routesOf(ctx, tx, id)
	return o, err
}

func readOfficeEver(ctx context.Context, tx *db.Tx, id int64) (Office, error) {
	o, found, err := db.One(ctx, tx, scanOffice, sqlOfficeEver, id)
	if err == nil && !found {
		err = errNoOffice
	}
	if err != nil {
		return Office{}, fmt.Errorf("read back office %d: %w", id, err)
	}
	return o, nil
}

func readOffices(ctx context.Context, tx *db.Tx) ([]Office, error) {
	list, err := db.Collect(ctx, tx, scanOffice, sqlOffices)
	if err != nil {
		return nil, fmt.Errorf("read back offices: %w", err)
	}
	for i := range list {
		if list[i].Routes, err = routesOf(ctx, tx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func putOffice(ctx context.Context, tx *db.Tx, o Office) error {
	if _, err := tx.Exec(ctx, sqlOfficePut, o.ID, o.Name, o.URL, o.Jurisdiction, string(o.Format), o.Person, o.key, string(o.State), db.Micros(o.PulledTo), db.Micros(o.PulledAt),
		o.Skew.Microseconds(), db.Micros(o.LastOK), o.Trouble, db.Micros(o.TroubleSince), db.Micros(o.CreatedAt), o.Version); err != nil {
		return fmt.Errorf("keep back office %d: %w", o.ID, err)
	}
	return nil
}

func noteHealth(ctx context.Context, tx *db.Tx, o Office) error {
	if _, err := tx.Exec(ctx, sqlOfficeHealth, o.Skew.Microseconds(), db.Micros(o.LastOK), o.Trouble, db.Micros(o.TroubleSince), o.ID); err != nil {
		return fmt.Errorf("note how it goes with back office %d: %w", o.ID, err)
	}
	return nil
}

func notePulled(ctx context.Context, tx *db.Tx, id int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlOfficePulled, db.Micros(at), id); err != nil {
		return fmt.Errorf("note when back office %d was asked: %w", id, err)
	}
	return nil
}

func notePulledTo(ctx context.Context, tx *db.Tx, id int64, to time.Time) error {
	if _, err := tx.Exec(ctx, sqlOfficePulledTo, db.Micros(to), id); err != nil {
		return fmt.Errorf("note how far the updates of back office %d were read: %w", id, err)
	}
	return nil
}

func scanRoute(row db.Scanner) (r Route, err error) {
	err = row.Scan(&r.ServiceID, &r.Code)
	return r, err
}

func routesOf(ctx context.Context, tx *db.Tx, office int64) ([]Route, error) {
	list, err := db.Collect(ctx, tx, scanRoute, sqlRoutes, office)
	if err != nil {
		return nil, fmt.Errorf("read the services of back office %d: %w", office, err)
	}
	return list, nil
}

// routeOf is the office that gives a service.
func routeOf(ctx context.Context, tx *db.Tx, service int64) (office int64, code string, found bool, err error) {
	r, found, err := db.One(ctx, tx, scanRoute, sqlRouteOf, service) // office in place of service
	if err != nil {
		return 0, "", false, fmt.Errorf("look for the back office of service %d: %w", service, err)
	}
	return r.ServiceID, r.Code, found, nil
}

func putRoutes(ctx context.Context, tx *db.Tx, o Office) error {
	if _, err := tx.Exec(ctx, sqlRoutesDelete, o.ID); err != nil {
		return fmt.Errorf("keep the services of back office %d: %w", o.ID, err)
	}
	for _, r := range o.Routes {
		if _, err := tx.Exec(ctx, sqlRouteInsert, r.ServiceID, o.ID, r.Code); err != nil {
			return fmt.Errorf("keep the services of back office %d: %w", o.ID, err)
		}
	}
	return nil
}
