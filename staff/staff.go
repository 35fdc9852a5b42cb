package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// Options are what a Service needs from the program around it.
type Options struct {
	DB *db.DB
	// BaseURL is where people reach us ("https://mercat.example.scot"), for
	// links that are passed on; "" takes it from the request.
	BaseURL string
	// Home is where a person is sent after signing in; "" is /desk.
	Home string
	// Cost of passwords; zero is the usual one. Tests set a low one.
	Cost Cost
}

// Service is the use cases of this room. It is safe for concurrent use.
type Service struct {
	db        *db.DB
	base      string
	home      string
	hasher    *hasher
	addresses addresses
	rates     rates
	cached    atomic.Pointer[cachedRoster]
}

// cachedRoster is a roster with the generation that it was read at.
type cachedRoster struct {
	generation int64
	roster     *Roster
}

// New returns a Service. It spends the time of one password.
func New(o Options) (*Service, error) {
	if o.DB == nil {
		return nil, errors.New("staff: Options.DB is missing")
	}
	h, err := newHasher(o.Cost)
	if err != nil {
		return nil, err
	}
	s := &Service{db: o.DB, base: strings.TrimSuffix(o.BaseURL, "/"), home: o.Home, hasher: h}
	if s.home == "" {
		s.home = "/desk"
	}
	return s, nil
}

// RosterTx returns everybody and every team as the transaction sees them. It
// reads one row unless something changed.
func (s *Service) RosterTx(ctx context.Context, tx *db.Tx) (*Roster, error) {
	generation, err := readGeneration(ctx, tx)
	if err != nil {
		return nil, err
	}
	if c := s.cached.Load(); c != nil && c.generation == generation {
		return c.roster, nil
	}
	officers, err := readOfficers(ctx, tx)
	if err != nil {
		return nil, err
	}
	teams, err := readTeams(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := newRoster(officers, teams)
	s.cached.Store(&cachedRoster{generation: generation, roster: r})
	return r, nil
}

// Roster is RosterTx in a transaction of its own.
func (s *Service) Roster(ctx context.Context) (*Roster, error) {
	var r *Roster
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = s.RosterTx(ctx, tx)
		return err
	})
	return r, err
}

// OfficersTx are all officers by name, also those who have left.
func (s *Service) OfficersTx(ctx context.Context, tx *db.Tx) ([]Officer, error) {
	r, err := s.RosterTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.Officers()), nil
}

// Officers is OfficersTx in a transaction of its own.
func (s *Service) Officers(ctx context.Context) ([]Officer, error) {
	r, err := s.Roster(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.Officers()), nil
}

// Officer returns one by id.
//
// Errors: fault.NotFound.
func (s *Service) Officer(ctx context.Context, id int64) (Officer, error) {
	r, err := s.Roster(ctx)
	if err != nil {
		return Officer{}, err
	}
	o, ok := r.Officer(id)
	if !ok {
		return Officer{}, errNoOfficer
	}
	return o, nil
}

// OfficerByEmail returns one by address.
//
// Errors: fault.NotFound.
func (s *Service) OfficerByEmail(ctx context.Context, email string) (Officer, error) {
	r, err := s.Roster(ctx)
	if err != nil {
		return Officer{}, err
	}
	o, ok := r.ByEmail(email)
	if !ok {
		return Officer{}, fault.New(fault.NotFound, "Nobody here has this email address. Check it against the list of people.")
	}
	return o, nil
}

// Teams are all teams, the contact centre first.
func (s *Service) Teams(ctx context.Context) ([]Team, error) {
	r, err := s.Roster(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.Teams()), nil
}

// TeamsOf are the ids of the teams that an officer is in.
func (s *Service) TeamsOf(ctx context.Context, officer int64) ([]int64, error) {
	r, err := s.Roster(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.TeamsOf(officer)), nil
}

// Mentions are the active officers whom "@typed" could mean.
func (s *Service) Mentions(ctx context.Context, typed string, limit int) ([]Officer, error) {
	r, err := s.Roster(ctx)
	if err != nil {
		return nil, err
	}
	return r.Mentions(typed, limit), nil
}

var (
	errNoOfficer = fault.New(fault.NotFound, "There is no such person here. They may have been entered under another name: look in the list of people.")
	errNoTeam    = fault.New(fault.NotFound, "There is no such team. Look in the list of teams.")
	errSetUp     = fault.New(fault.Conflict, "Mercat is set up already, and has an administrator. Sign in, or ask that person for an invitation.")
)

// NeedsSetup reports whether there is nobody yet who could sign in.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	var needs bool
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		has, err := anyOfficer(ctx, tx)
		needs = !has
		return err
	})
	return needs, err
}

// First is what the set-up asks of the first administrator.
type First struct {
	Email     string
	Name      string
	FirstName string
	Password  string
	// ContactCentre is the name of the first team; "" is "Contact centre".
	ContactCentre string
}

// Check says what is wrong with what the first person entered, all at once.
func (f First) Check() error {
	_, wrong := f.clean()
	return wrong
}

func (f First) clean() (Person, error) {
	p, wrong := Person{Email: f.Email, Name: f.Name, FirstName: f.FirstName, Role: Administrator}.clean()
	return p, joinFields(wrong, checkPassword(f.Password, p))
}

// CreateFirstAdministrator makes the first officer and the contact centre, with
// that officer in it. Also, when it is not nil, runs in the same transaction,
// for what else a set-up decides. Of two who try at once, one succeeds.
//
// Errors: fault.Fields (email, name, password), fault.Conflict when there is an
// officer.
func (s *Service) CreateFirstAdministrator(ctx context.Context, first First, also func(context.Context, *db.Tx, Officer) error) (Officer, error) {
	p, wrong := first.clean()
	if wrong != nil {
		return Officer{}, wrong
	}
	if first.ContactCentre == "" {
		first.ContactCentre = "Contact centre"
	}
	team, err := Team{Name: first.ContactCentre, Purpose: "Takes what no rule sends to another team.", ContactCentre: true}.clean()
	if err != nil {
		return Officer{}, err
	}
	// Asked before the password is worked on, so that strangers cannot keep a
	// set-up installation busy; the answer that counts is the transaction's.
	needs, err := s.NeedsSetup(ctx)
	if err != nil {
		return Officer{}, err
	}
	if !needs {
		return Officer{}, errSetUp
	}
	hash, err := s.hasher.make(ctx, first.Password)
	if err != nil {
		return Officer{}, err
	}
	var officer Officer
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		has, err := anyOfficer(ctx, tx)
		if err != nil {
			return err
		}
		if has {
			return errSetUp
		}
		officer = newOfficer(tx, p)
		team.ID, team.CreatedAt, team.MemberIDs = tx.NewID(), tx.Now, []int64{officer.ID}
		if err := insertOfficer(ctx, tx, officer, hash); err != nil {
			return err
		}
		if err := insertTeam(ctx, tx, team); err != nil {
			return err
		}
		if err := record.Append(ctx, tx,
			record.Entry{Actor: officer.Actor(), Act: "staff.officer.added", Subject: officer.Subject(), After: officer.facts([]int64{team.ID})},
			record.Entry{Actor: officer.Actor(), Act: "staff.team.added", Subject: team.Subject(), About: []record.Subject{officer.Subject()}, After: team.facts()},
		); err != nil {
			return err
		}
		if also != nil {
			return also(ctx, tx, officer)
		}
		return nil
	})
	if err != nil {
		return Officer{}, fmt.Errorf("create the first administrator: %w", err)
	}
	officer.Invited, officer.Version = false, 1
	return officer, nil
}

// newOfficer is a person on their first day.
func newOfficer(tx *db.Tx, p Person) Officer {
	return Officer{
		ID: tx.NewID(), Email: p.Email, Name: p.Name, FirstName: p.FirstName, Role: p.Role, Active: true, Invited: true,
		Settings: Settings{SingleKeys: true, Theme: ThemeAuto}, CreatedAt: tx.Now, Version: 1,
	}
}

func (o Officer) facts(teams []int64) facts {
	return facts{"email": o.Email, "name": o.Name, "first_name": o.FirstName, "role": o.Role, "teams": teams}
}

func (t Team) facts() facts {
	return facts{"name": t.Name, "purpose": t.Purpose, "contact_centre": t.ContactCentre, "members": t.MemberIDs}
}

// joinFields puts what is wrong with one form together.
func joinFields(errs ...error) error {
	var all fault.Fields
	for _, err := range errs {
		var fields fault.Fields
		var one *fault.Error
		switch {
		case errors.As(err, &fields):
			all = append(all, fields...)
		case errors.As(err, &one):
			all = append(all, one)
		}
	}
	return all.Err()
}
