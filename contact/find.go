package contact

import (
	"context"
	"fmt"
	"slices"

	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

// mostFound is how many persons are offered.
const mostFound = 8

// Find returns persons by what is typed: a phone number however it is written,
// an email address, the reference of a case, or the beginning of a name or a
// handle. Those of whom it is the whole of something come first.
func (s *Service) Find(ctx context.Context, typed string) ([]person.Found, error) {
	typed, _ = text.CleanLine(typed, 200)
	if typed == "" {
		return nil, nil
	}
	id, isCase, err := s.Casework.ByReference(ctx, typed)
	if err != nil {
		return nil, err
	}
	var list []person.Found
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if isCase {
			f, err := s.ofCaseTx(ctx, tx, id)
			if err != nil {
				return err
			}
			list = append(list, f)
		}
		reached, err := s.People.ReachedByTx(ctx, tx, typed, mostFound)
		if err != nil {
			return err
		}
		named, err := s.People.FindTx(ctx, tx, text.Fold(typed), 0, mostFound)
		if err != nil {
			return err
		}
		for _, f := range append(reached, named...) {
			if len(list) < mostFound && !slices.ContainsFunc(list, func(o person.Found) bool { return o.Person.ID == f.Person.ID }) {
				list = append(list, f)
			}
		}
		return s.withFactsTx(ctx, tx, list)
	})
	if err != nil {
		return nil, fmt.Errorf("find a person: %w", err)
	}
	slices.SortStableFunc(list, func(a, b person.Found) int { return order(a.Exact) - order(b.Exact) })
	return list, nil
}

func order(exact bool) int {
	if exact {
		return 0
	}
	return 1
}

// withFactsTx adds how they can be reached, by which people tell them apart.
func (s *Service) withFactsTx(ctx context.Context, tx *db.Tx, list []person.Found) (err error) {
	for i := range list {
		if list[i].Facts, err = s.People.FactsTx(ctx, tx, list[i].Person.ID); err != nil {
			return err
		}
	}
	return nil
}

// ofCaseTx is the person to whose conversation a case belongs.
func (s *Service) ofCaseTx(ctx context.Context, tx *db.Tx, id int64) (person.Found, error) {
	conversation, err := s.Casework.ConversationOfTx(ctx, tx, id)
	if err != nil {
		return person.Found{}, err
	}
	c, err := s.Desk.ConversationTx(ctx, tx, conversation)
	if err != nil {
		return person.Found{}, err
	}
	return s.foundTx(ctx, tx, c.PersonID)
}

func (s *Service) foundTx(ctx context.Context, tx *db.Tx, id int64) (person.Found, error) {
	holder, _, err := s.People.HolderTx(ctx, tx, id)
	if err != nil {
		return person.Found{}, err
	}
	_, handles, err := s.People.PersonTx(ctx, tx, holder.ID)
	return person.Found{Person: holder, Handles: handles, Exact: true}, err
}

// one is a person as somebody who may be chosen.
func (s *Service) one(ctx context.Context, id int64) (f person.Found, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if f, err = s.foundTx(ctx, tx, id); err != nil {
			return err
		}
		f.Facts, err = s.People.FactsTx(ctx, tx, f.Person.ID)
		return err
	})
	return f, err
}
