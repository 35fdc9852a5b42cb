package app

import (
	"context"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Office looks after the people who sign in, from the command line. It works
// also while Mercat serves.
type Office struct {
	db     *db.DB
	staff  *staff.Service
	config Config
}

// Link is the address at which somebody chooses a password, once.
type Link struct {
	Address string
	Guessed bool // how people reach Mercat was not said: the address is that of this machine
	Until   time.Time
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
	o := &Office{db: d, config: c}
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

func (o *Office) link(l staff.Link) Link {
	return Link{Address: reachedAt(o.config.BaseURL, o.config.Listen) + l.Path(), Guessed: o.config.BaseURL == "", Until: l.ExpiresAt}
}

// clash is an error of a command that makes sense and does not fit what is
// there: a form may show it as wrong, a command line is not.
func clash(err error) error {
	if fault.Is(err, fault.Invalid) {
		return fault.New(fault.Conflict, fault.Sentence(err)).Because(err)
	}
	return err
}

// operator is who acts when it is done from the command line: whoever has the
// machine. Which person that is, Mercat cannot know.
func operator() record.Actor { return record.Mercat("command line") }

// List is everybody who works here.
func (o *Office) List(ctx context.Context) ([]staff.Officer, error) { return o.staff.Officers(ctx) }

// Add makes an officer and returns the link with which they choose a password.
// Teams are named; none is the contact centre.
//
// Errors: fault.Fields and fault.Invalid for what cannot be, a team that there
// is not included; fault.Conflict before Mercat is set up and for an email
// address that somebody has.
func (o *Office) Add(ctx context.Context, p staff.Person, teams []string) (Link, error) {
	roster, err := o.staff.Roster(ctx)
	if err != nil {
		return Link{}, err
	}
	centre, ok := roster.ContactCentre()
	if !ok {
		return Link{}, fault.New(fault.Conflict, "Mercat has not been set up yet. Open it in a browser first: the first page makes the administrator.")
	}
	if _, taken := roster.ByEmail(p.Email); taken {
		return Link{}, fault.Newf(fault.Conflict, "Somebody here has the email address %s already. See mercat user list; mercat user reactivate lets somebody in again who has left.", p.Email)
	}
	ids := []int64{centre.ID}
	if len(teams) > 0 {
		ids = nil
	}
	for _, name := range teams {
		id, err := teamNamed(roster, name)
		if err != nil {
			return Link{}, err
		}
		ids = append(ids, id)
	}
	_, link, err := o.staff.AddOfficer(ctx, operator(), p, ids)
	if err != nil {
		return Link{}, err
	}
	return o.link(link), nil
}

func teamNamed(r *staff.Roster, name string) (int64, error) {
	var names []string
	for _, t := range r.Teams() {
		if strings.EqualFold(t.Name, name) {
			return t.ID, nil
		}
		names = append(names, t.Name)
	}
	return 0, fault.Newf(fault.Invalid, "There is no team %q. The teams are: %s.", name, strings.Join(names, ", "))
}

// ResetPassword returns the link with which an officer chooses a new password.
// The old one works until then.
//
// Errors: fault.NotFound, fault.Conflict for somebody deactivated.
func (o *Office) ResetPassword(ctx context.Context, email string) (Link, error) {
	officer, err := o.staff.OfficerByEmail(ctx, email)
	if err != nil {
		return Link{}, err
	}
	link, err := o.staff.ResetLink(ctx, operator(), officer.ID)
	if err != nil {
		return Link{}, clash(err)
	}
	return o.link(link), nil
}

// Deactivate keeps an officer out from now on.
//
// Errors: fault.NotFound, fault.Conflict for the last administrator.
func (o *Office) Deactivate(ctx context.Context, email string) error {
	officer, err := o.staff.OfficerByEmail(ctx, email)
	if err != nil {
		return err
	}
	return clash(o.staff.Deactivate(ctx, operator(), officer.ID, officer.Version))
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
