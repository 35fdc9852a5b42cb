package app

import (
	"context"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Office looks after the people who sign in, from the command line. It works
// also while Mercat serves.
type Office struct {
	db      *db.DB
	staff   *staff.Service
	baseURL string
}

// OpenOffice opens the database of a Mercat for it.
//
// Errors: fault.NotFound when there is none, fault.Conflict when it is older
// than this program.
func OpenOffice(ctx context.Context, c Config) (*Office, error) {
	c = c.withDefaults()
	d, err := OpenDatabase(ctx, c, false)
	if err != nil {
		return nil, err
	}
	o := &Office{db: d, baseURL: c.BaseURL}
	missing, err := d.Missing(ctx, Migrations()...)
	if err == nil && len(missing) > 0 {
		err = fault.New(fault.Conflict, "The database is older than this program. Run mercat migrate first.")
	}
	if err == nil {
		o.staff, err = staff.New(staff.Options{DB: d, BaseURL: c.BaseURL, Cost: c.PasswordCost})
	}
	if err != nil {
		d.Close() // the error before it says more
		return nil, err
	}
	return o, nil
}

// Close ends its use.
func (o *Office) Close() error { return o.db.Close() }

// LinkLasts says how long a link for choosing a password may be used.
func LinkLasts() string { return "a day" }

// operator is who acts when it is done from the command line: whoever has the
// machine. Which person that is, Mercat cannot know.
func operator() record.Actor { return record.Mercat("command line") }

// List is everybody who works here.
func (o *Office) List(ctx context.Context) ([]staff.Officer, error) { return o.staff.Officers(ctx) }

// Add makes an officer and returns the address at which they choose a
// password. Teams are named; none is the contact centre.
//
// Errors: as of staff.Service.AddOfficer, and fault.NotFound for a team.
func (o *Office) Add(ctx context.Context, p staff.Person, teams []string) (address string, err error) {
	roster, err := o.staff.Roster(ctx)
	if err != nil {
		return "", err
	}
	centre, ok := roster.ContactCentre()
	if !ok {
		return "", fault.New(fault.Conflict, "Mercat has not been set up yet. Open it in a browser first: the first page makes the administrator.")
	}
	ids := []int64{centre.ID}
	if len(teams) > 0 {
		ids = nil
	}
	for _, name := range teams {
		id, err := teamNamed(roster, name)
		if err != nil {
			return "", err
		}
		ids = append(ids, id)
	}
	_, link, err := o.staff.AddOfficer(ctx, operator(), p, ids)
	if err != nil {
		return "", err
	}
	return o.baseURL + link.Path(), nil
}

func teamNamed(r *staff.Roster, name string) (int64, error) {
	var names []string
	for _, t := range r.Teams() {
		if strings.EqualFold(t.Name, name) {
			return t.ID, nil
		}
		names = append(names, t.Name)
	}
	return 0, fault.Newf(fault.NotFound, "There is no team %q. The teams are: %s.", name, strings.Join(names, ", "))
}

// ResetPassword returns the address at which an officer chooses a new
// password. The old one works until then.
//
// Errors: fault.NotFound, fault.Invalid for somebody deactivated.
func (o *Office) ResetPassword(ctx context.Context, email string) (address string, err error) {
	officer, err := o.staff.OfficerByEmail(ctx, email)
	if err != nil {
		return "", err
	}
	link, err := o.staff.ResetLink(ctx, operator(), officer.ID)
	if err != nil {
		return "", err
	}
	return o.baseURL + link.Path(), nil
}

// Deactivate keeps an officer out from now on.
//
// Errors: fault.NotFound, fault.Invalid for the last administrator.
func (o *Office) Deactivate(ctx context.Context, email string) error {
	officer, err := o.staff.OfficerByEmail(ctx, email)
	if err != nil {
		return err
	}
	return o.staff.Deactivate(ctx, operator(), officer.ID, officer.Version)
}

// Reactivate lets an officer in again.
//
// Errors: fault.NotFound.
func (o *Office) Reactivate(ctx context.Context, email string) error {
	officer, err := o.staff.OfficerByEmail(ctx, email)
	if err != nil {
		return err
	}
	return o.staff.Reactivate(ctx, operator(), officer.ID, officer.Version)
}

// NewPerson is what the command line knows of somebody new.
//
// Errors: fault.Invalid for a role that there is not.
func NewPerson(email, name, firstName, role string) (staff.Person, error) {
	p := staff.Person{Email: email, Name: name, FirstName: firstName, Role: staff.Role(role)}
	if !p.Role.Valid() {
		var roles []string
		for _, r := range staff.Roles() {
			roles = append(roles, string(r))
		}
		return p, fault.Field("role", "The roles are "+strings.Join(roles, ", ")+".")
	}
	return p, nil
}
