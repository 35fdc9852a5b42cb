package staff

import (
	"context"
	"fmt"
	"slices"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
)

var errEmailTaken = fault.Field("email", "Somebody here has this email address already. Look in the list of people; if they have left, they can be let in again.")

// AddOfficer makes an officer in these teams and an invitation, with which they
// choose a password.
//
// Errors: fault.Fields and fault.Invalid (email, name, role, teams).
func (s *Service) AddOfficer(ctx context.Context, by record.Actor, p Person, teams []int64) (Officer, Link, error) {
	p, err := p.clean()
	if err != nil {
		return Officer{}, Link{}, err
	}
	teams = sortedIDs(teams)
	token := secret.Token(32)
	var officer Officer
	var link Link
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.teamsExist(ctx, tx, teams); err != nil {
			return err
		}
		officer = newOfficer(tx, p)
		if err := insertOfficer(ctx, tx, officer, ""); err != nil {
			return emailError(err)
		}
		if err := joinTeams(ctx, tx, officer.ID, nil, teams); err != nil {
			return err
		}
		if link, err = s.invite(ctx, tx, officer, token); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.officer.added", Subject: officer.Subject(), About: teamSubjects(teams), After: officer.facts(teams)})
	})
	if err != nil {
		return Officer{}, Link{}, fmt.Errorf("add an officer: %w", err)
	}
	return officer, link, nil
}

// EditOfficer changes what others enter about an officer. A new role ends the
// officer's sessions.
//
// Errors: fault.NotFound; fault.Conflict when version is not the current one;
// fault.Invalid (email, name, role, teams), also when nobody would be left who
// may administer.
func (s *Service) EditOfficer(ctx context.Context, by record.Actor, id, version int64, p Person, teams []int64) error {
	p, err := p.clean()
	if err != nil {
		return err
	}
	teams = sortedIDs(teams)
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, officer, err := s.officerToChange(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := s.teamsExist(ctx, tx, teams); err != nil {
			return err
		}
		before, after := officer.change(p)
		if leavesNobody(r.Officers(), officer) {
			return fault.Field("role", errLastAdministrator.Sentence)
		}
		had := sortedIDs(r.TeamsOf(id))
		if !slices.Equal(had, teams) {
			before["teams"], after["teams"] = had, teams
		}
		if len(after) == 0 {
			return nil
		}
		if err := updateOfficer(ctx, tx, officer); err != nil {
			return emailError(err)
		}
		if err := joinTeams(ctx, tx, id, had, teams); err != nil {
			return err
		}
		if _, changed := after["role"]; changed {
			if _, err := endSessions(ctx, tx, id, 0); err != nil {
				return err
			}
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.officer.changed", Subject: officer.Subject(), About: teamSubjects(append(missing(had, teams), missing(teams, had)...)), Before: before, After: after})
	})
	if err != nil {
		return fmt.Errorf("edit officer %d: %w", id, err)
	}
	return nil
}

// SaveAccount changes what an officer decides alone: name, first name, settings.
//
// Errors: fault.Conflict; fault.Invalid (name, theme).
func (s *Service) SaveAccount(ctx context.Context, id, version int64, name, firstName string, settings Settings) error {
	settings, wrong := settings.clean()
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, officer, err := s.officerToChange(ctx, tx, id, version)
		if err != nil {
			return err
		}
		by := officer.Actor()
		p, err := Person{Email: officer.Email, Name: name, FirstName: firstName, Role: officer.Role}.clean()
		if err := joinFields(err, wrong); err != nil {
			return err
		}
		before, after := officer.change(p)
		if officer.Settings != settings {
			before["settings"], after["settings"] = officer.Settings, settings
			officer.Settings = settings
		}
		if len(after) == 0 {
			return nil
		}
		if err := updateOfficer(ctx, tx, officer); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.officer.changed", Subject: officer.Subject(), Before: before, After: after})
	})
	if err != nil {
		return fmt.Errorf("save account of officer %d: %w", id, err)
	}
	return nil
}

// Deactivate keeps an officer out from now on: sessions and links end. What
// they did stays.
//
// Errors: fault.NotFound, fault.Conflict, fault.Invalid for the last
// administrator.
func (s *Service) Deactivate(ctx context.Context, by record.Actor, id, version int64) error {
	return s.setActive(ctx, by, id, version, false)
}

// Reactivate lets an officer in again, with the password that they had.
//
// Errors: fault.NotFound, fault.Conflict.
func (s *Service) Reactivate(ctx context.Context, by record.Actor, id, version int64) error {
	return s.setActive(ctx, by, id, version, true)
}

func (s *Service) setActive(ctx context.Context, by record.Actor, id, version int64, active bool) error {
	act := "staff.officer.deactivated"
	if active {
		act = "staff.officer.reactivated"
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, officer, err := s.officerToChange(ctx, tx, id, version)
		if err != nil || officer.Active == active {
			return err
		}
		officer.Active = active
		if leavesNobody(r.Officers(), officer) {
			return errLastAdministrator
		}
		if err := updateOfficer(ctx, tx, officer); err != nil {
			return err
		}
		if !active {
			if _, err := endSessions(ctx, tx, id, 0); err != nil {
				return err
			}
			if err := deleteLink(ctx, tx, id); err != nil {
				return err
			}
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: act, Subject: officer.Subject(), Before: facts{"active": !active}, After: facts{"active": active}})
	})
	if err != nil {
		return fmt.Errorf("%s %d: %w", act, id, err)
	}
	return nil
}

// ResetLink makes a link with which an officer chooses a password. An earlier
// link no longer works; the password does until another is chosen.
//
// Errors: fault.NotFound; fault.Invalid for somebody deactivated.
func (s *Service) ResetLink(ctx context.Context, by record.Actor, id int64) (Link, error) {
	token := secret.Token(32)
	var link Link
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		officer, found, err := readOfficer(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case !found:
			return errNoOfficer
		case !officer.Active:
			return fault.Newf(fault.Invalid, "%s has been deactivated. Let them in again first, then make a link.", officer.Name)
		}
		if link, err = s.invite(ctx, tx, officer, token); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.link.made", Subject: officer.Subject(), After: facts{"purpose": link.Purpose, "expires": link.ExpiresAt}})
	})
	if err != nil {
		return Link{}, fmt.Errorf("make a link for officer %d: %w", id, err)
	}
	return link, nil
}

// invite keeps a link with a token: an invitation for those who never chose a
// password, otherwise a reset.
func (s *Service) invite(ctx context.Context, tx *db.Tx, o Officer, token string) (Link, error) {
	link := Link{OfficerID: o.ID, Purpose: Reset, Token: token, ExpiresAt: tx.Now.Add(linkFor)}
	if o.Invited {
		link.Purpose = Invitation
	}
	return link, putLink(ctx, tx, link, secret.HashToken(token))
}

var errLink = fault.New(fault.Gone, "This link has been used, has been replaced by a newer one, or is older than a day. Ask an administrator for a new one.")

// FollowLink says whose password a link is for. It does not use it up.
//
// Errors: fault.Gone.
func (s *Service) FollowLink(ctx context.Context, token string) (Officer, Link, error) {
	var officer Officer
	var link Link
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		officer, link, err = openLink(ctx, tx, token)
		return err
	})
	if err != nil {
		return Officer{}, Link{}, fmt.Errorf("follow a link: %w", err)
	}
	return officer, link, nil
}

func openLink(ctx context.Context, tx *db.Tx, token string) (Officer, Link, error) {
	if token == "" || len(token) > 200 {
		return Officer{}, Link{}, errLink
	}
	link, found, err := readLink(ctx, tx, secret.HashToken(token))
	if err != nil {
		return Officer{}, Link{}, err
	}
	if !found || !tx.Now.Before(link.ExpiresAt) {
		return Officer{}, Link{}, errLink
	}
	officer, found, err := readOfficer(ctx, tx, link.OfficerID)
	if err != nil {
		return Officer{}, Link{}, err
	}
	if !found || !officer.Active {
		return Officer{}, Link{}, errLink
	}
	link.Token = token
	return officer, link, nil
}

// ChoosePassword uses a link up: it sets the officer's password and ends their
// sessions.
//
// Errors: fault.Gone, fault.Invalid (password).
func (s *Service) ChoosePassword(ctx context.Context, token, password string) (Officer, error) {
	officer, _, err := s.FollowLink(ctx, token)
	if err != nil {
		return Officer{}, err
	}
	if err := checkPassword(password, Person{Email: officer.Email, Name: officer.Name}); err != nil {
		return Officer{}, err
	}
	hash, err := s.hasher.make(ctx, password)
	if err != nil {
		return Officer{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, link, err := openLink(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := deleteLink(ctx, tx, now.ID); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, now.ID, hash); err != nil {
			return err
		}
		if err := forgetFailures(ctx, tx, bucketOf(now.Email)); err != nil {
			return err
		}
		if _, err := endSessions(ctx, tx, now.ID, 0); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: now.Actor(), Act: "staff.password.chosen", Subject: now.Subject(), After: facts{"by": link.Purpose}})
	})
	if err != nil {
		return Officer{}, fmt.Errorf("choose a password: %w", err)
	}
	return officer, nil
}

// officerToChange reads an officer whose version must be the one that the
// person who changes them has seen.
func (s *Service) officerToChange(ctx context.Context, tx *db.Tx, id, version int64) (*Roster, Officer, error) {
	r, err := s.RosterTx(ctx, tx)
	if err != nil {
		return nil, Officer{}, err
	}
	officer, ok := r.Officer(id)
	if !ok {
		return nil, Officer{}, errNoOfficer
	}
	if officer.Version != version {
		return nil, Officer{}, conflict(ctx, tx, officer.Subject())
	}
	return r, officer, nil
}

func (s *Service) teamsExist(ctx context.Context, tx *db.Tx, ids []int64) error {
	r, err := s.RosterTx(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, ok := r.Team(id); !ok {
			return fault.Field("teams", "One of these teams is not there any more. Choose from those shown.")
		}
	}
	return nil
}

func emailError(err error) error {
	if db.IsUnique(err) {
		return errEmailTaken.Because(err)
	}
	return err
}

func sortedIDs(ids []int64) []int64 { return slices.Compact(slices.Sorted(slices.Values(ids))) }

func teamSubjects(ids []int64) []record.Subject {
	var list []record.Subject
	for _, id := range ids {
		list = append(list, Team{ID: id}.Subject())
	}
	return list
}
