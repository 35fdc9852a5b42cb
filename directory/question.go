package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

var (
	errNoQuestion = fault.New(fault.NotFound, "There is no such question. It may have been removed. Go back to the service.")
	errNoUndo     = fault.New(fault.Conflict, "The service has been changed again since. Look at it as it is now.")
)

// PutQuestion adds a question to a service, or puts it in place of the one with
// the code was. The person has seen the service's version.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields (description, code,
// datatype, values, attributes).
func (d *Directory) PutQuestion(ctx context.Context, by record.Actor, service, version int64, was string, a Attribute) error {
	return d.changeQuestions(ctx, by, service, version, func(l Attributes) (Attributes, error) {
		if was == "" {
			a.Order = len(l) + 1
			return append(l, a), nil
		}
		i := l.index(was)
		if i < 0 {
			return nil, errNoQuestion
		}
		a.Order = l[i].Order
		l[i] = a
		return l, nil
	})
}

// MoveQuestion moves a question by so many places: -1 is up.
//
// Errors: fault.NotFound; fault.Conflict.
func (d *Directory) MoveQuestion(ctx context.Context, by record.Actor, service, version int64, code string, places int) error {
	return d.changeQuestions(ctx, by, service, version, func(l Attributes) (Attributes, error) {
		i := l.index(code)
		if i < 0 {
			return nil, errNoQuestion
		}
		a := l[i]
		to := max(0, min(len(l)-1, i+places))
		l = slices.Insert(slices.Delete(l, i, i+1), to, a)
		for n := range l {
			l[n].Order = n + 1
		}
		return l, nil
	})
}

// RemoveQuestion takes a question out. Answers that were given stay with their
// cases.
//
// Errors: fault.NotFound; fault.Conflict.
func (d *Directory) RemoveQuestion(ctx context.Context, by record.Actor, service, version int64, code string) error {
	return d.changeQuestions(ctx, by, service, version, func(l Attributes) (Attributes, error) {
		i := l.index(code)
		if i < 0 {
			return nil, errNoQuestion
		}
		return slices.Delete(l, i, i+1), nil
	})
}

// UsualQuestions gives a service that asks nothing the questions that come with
// Mercat for it, and says how many.
//
// Errors: fault.NotFound; fault.Conflict.
func (d *Directory) UsualQuestions(ctx context.Context, by record.Actor, service, version int64) (int, error) {
	list, err := seed()
	if err != nil {
		return 0, err
	}
	added := 0
	err = d.changeService(ctx, by, service, version, func(s *Service) error {
		added = 0
		if usual, ok := usualFor(list, *s); ok && len(s.Attributes) == 0 {
			s.Attributes, added = usual.Attributes, len(usual.Attributes)
		}
		return nil
	})
	return added, err
}

// usualFor finds the service that comes with Mercat and is the same: by its
// number, else by its name.
func usualFor(list []Service, s Service) (Service, bool) {
	for _, one := range list {
		if s.LGSL != 0 && one.LGSL == s.LGSL || one.Name == s.Name {
			return one, true
		}
	}
	return Service{}, false
}

// UndoQuestions puts the questions back as they were before the last change of
// the service.
//
// Errors: fault.NotFound; fault.Conflict when something else came since.
func (d *Directory) UndoQuestions(ctx context.Context, by record.Actor, service int64) error {
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		s, found, err := readService(ctx, tx, service)
		if err != nil {
			return err
		}
		if !found {
			return errNoService
		}
		entries, err := record.About(ctx, tx, s.Subject(), 0, 1)
		if err != nil {
			return err
		}
		if len(entries) == 0 || entries[0].Act != "directory.service.changed" {
			return errNoUndo
		}
		var was struct{ Questions *string }
		if err := json.Unmarshal(entries[0].Before, &was); err != nil {
			return fmt.Errorf("read the record: %w", err)
		}
		if was.Questions == nil {
			return errNoUndo
		}
		to := s
		if to.Attributes, err = unpackAttributes(*was.Questions); err != nil {
			return err
		}
		return d.write(ctx, tx, by, s, to)
	})
	if err != nil {
		return fmt.Errorf("undo a change of the questions of service %d: %w", service, err)
	}
	return nil
}

func (l Attributes) index(code string) int {
	return slices.IndexFunc(l, func(a Attribute) bool { return a.Code == code })
}

func (d *Directory) changeQuestions(ctx context.Context, by record.Actor, service, version int64, change func(Attributes) (Attributes, error)) error {
	return d.changeService(ctx, by, service, version, func(s *Service) (err error) {
		s.Attributes, err = change(slices.Clone(s.Attributes))
		return err
	})
}

// changeService changes one of which the person has seen a version.
func (d *Directory) changeService(ctx context.Context, by record.Actor, service, version int64, change func(*Service) error) error {
	err := d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, found, err := readService(ctx, tx, service)
		switch {
		case err != nil:
			return err
		case !found:
			return errNoService
		case was.Version != version:
			return record.Overtaken(ctx, tx, was.Subject(), fieldName, "directory.service.")
		}
		to := was
		if err := change(&to); err != nil {
			return err
		}
		if to, err = to.clean(); err != nil {
			return err
		}
		return d.write(ctx, tx, by, was, to)
	})
	if err != nil {
		return fmt.Errorf("change service %d: %w", service, err)
	}
	return nil
}
