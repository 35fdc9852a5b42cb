package staff

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

var errTeamName = fault.Field("name", "There is a team of this name already. Choose another name.")

// AddTeam makes a team of a name, purpose, members, and, when it is to be the
// contact centre, the mark, which is taken from the team that has it.
//
// Errors: fault.Fields and fault.Invalid (name, members).
func (s *Service) AddTeam(ctx context.Context, by record.Actor, t Team) (Team, error) {
	t, err := t.clean()
	if err != nil {
		return Team{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		if err := membersExist(r, t.MemberIDs); err != nil {
			return err
		}
		about, err := s.giveMark(ctx, tx, by, Team{}, t)
		if err != nil {
			return err
		}
		t.ID, t.CreatedAt, t.Version = tx.NewID(), tx.Now, 1
		if err := insertTeam(ctx, tx, t); err != nil {
			return teamError(err)
		}
		if err := touchOfficers(ctx, tx, t.MemberIDs); err != nil {
			return err
		}
		for _, id := range t.MemberIDs {
			about = append(about, Officer{ID: id}.Subject())
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.team.added", Subject: t.Subject(), About: about, After: t.facts()})
	})
	if err != nil {
		return Team{}, fmt.Errorf("add a team: %w", err)
	}
	return t, nil
}

// EditTeam changes the team t.ID, of which the person has seen t.Version.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (name, members,
// contact_centre).
func (s *Service) EditTeam(ctx context.Context, by record.Actor, t Team) error {
	to, err := t.clean()
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		team, found, err := readTeam(ctx, tx, to.ID)
		switch {
		case err != nil:
			return err
		case !found:
			return errNoTeam
		case team.Version != to.Version:
			return conflict(ctx, tx, team.Subject())
		}
		r, err := s.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		if err := membersExist(r, to.MemberIDs); err != nil {
			return err
		}
		was := team
		before, after, err := team.change(to)
		if err != nil || len(after) == 0 {
			return err
		}
		about, err := s.giveMark(ctx, tx, by, was, team)
		if err != nil {
			return err
		}
		if err := updateTeam(ctx, tx, team); err != nil {
			return teamError(err)
		}
		moved := append(missing(was.MemberIDs, team.MemberIDs), missing(team.MemberIDs, was.MemberIDs)...)
		if err := touchOfficers(ctx, tx, moved); err != nil {
			return err
		}
		for _, id := range moved {
			about = append(about, Officer{ID: id}.Subject())
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.team.changed", Subject: team.Subject(), About: about, Before: before, After: after})
	})
	if err != nil {
		return fmt.Errorf("edit team %d: %w", t.ID, err)
	}
	return nil
}

// giveMark takes the contact centre's mark from the team that has it when
// another is to have it, and says whom that concerns.
func (s *Service) giveMark(ctx context.Context, tx *db.Tx, by record.Actor, was, is Team) ([]record.Subject, error) {
	if was.ContactCentre || !is.ContactCentre {
		return nil, nil
	}
	id, err := unmarkContactCentre(ctx, tx)
	if err != nil || id == 0 {
		return nil, err
	}
	other := Team{ID: id}.Subject()
	err = record.Append(ctx, tx, record.Entry{Actor: by, Act: "staff.team.changed", Subject: other,
		Before: facts{"contact_centre": true}, After: facts{"contact_centre": false}})
	return []record.Subject{other}, err
}

func membersExist(r *Roster, ids []int64) error {
	for _, id := range ids {
		if _, ok := r.Officer(id); !ok {
			return fault.Field("members", "One of these people is not there any more. Choose from those shown.")
		}
	}
	return nil
}

func teamError(err error) error {
	if db.IsUnique(err) {
		return errTeamName.Because(err)
	}
	return err
}

// label is how people call a field that the record keeps.
func label(field string) string {
	switch field {
	case "first_name":
		return "first name"
	case "contact_centre":
		return "contact centre"
	case "active":
		return "whether they may sign in"
	}
	return field
}

// conflict tells somebody whose version is old who changed what: an officer is
// changed by what is done to their teams as well.
func conflict(ctx context.Context, tx *db.Tx, subject record.Subject) error {
	return record.Overtaken(ctx, tx, subject, label, "staff.officer.", "staff.team.")
}
