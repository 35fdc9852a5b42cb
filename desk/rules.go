package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

const (
	maxRules     = 500
	maxRuleName  = 80
	maxRuleWords = 2_000
)

var errNoRule = fault.New(fault.NotFound, "There is no such rule any more. Look in the list of rules.")

// Subject is the rule as a thing that something happens to.
func (r Rule) Subject() record.Subject { return record.Subject{Kind: "rule", ID: r.ID} }

func (r Rule) facts() map[string]any {
	return map[string]any{"position": r.Position, "name": r.Name, "account": r.AccountID, "service": r.ServiceID, "language": r.Language,
		"words": r.Words, "place": r.Place, "team": r.TeamID, "active": r.Active}
}

func (r Rule) clean() Rule {
	r.Name, r.Language = line(r.Name, maxRuleName), line(r.Language, 35)
	r.Words, _ = text.Clean(r.Words, maxRuleWords)
	r.Place, _ = text.Clean(r.Place, maxRuleWords)
	return r
}

// Rules are all routing rules in the order in which they are tried.
func (s *Service) Rules(ctx context.Context) (list []Rule, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readRules(ctx, tx)
		return err
	})
	return list, err
}

// Rule returns one.
//
// Errors: fault.NotFound.
func (s *Service) Rule(ctx context.Context, id int64) (r Rule, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var found bool
		if r, found, err = readRule(ctx, tx, id); err == nil && !found {
			return errNoRule
		}
		return err
	})
	return r, err
}

// AddRule adds a rule behind the others, or at its Position where that is free:
// so a rule that was deleted comes back to where it decided.
//
// Errors: fault.Fields (name, team, words).
func (s *Service) AddRule(ctx context.Context, by record.Actor, r Rule) (Rule, error) {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = s.AddRuleTx(ctx, tx, by, r)
		return err
	})
	if err != nil {
		return Rule{}, fmt.Errorf("add a routing rule: %w", err)
	}
	return r, nil
}

// AddRuleTx is AddRule in the caller's transaction.
func (s *Service) AddRuleTx(ctx context.Context, tx *db.Tx, by record.Actor, r Rule) (Rule, error) {
	r = r.clean()
	if err := r.Check(); err != nil {
		return r, err
	}
	list, err := readRules(ctx, tx)
	if err != nil {
		return r, err
	}
	if len(list) >= maxRules {
		return r, fault.Newf(fault.Invalid, "There are %d rules already, and no more can be kept apart. Join some: a rule may have many words.", maxRules)
	}
	if err := s.checkTeam(ctx, tx, r.TeamID); err != nil {
		return r, err
	}
	r.ID, r.Version = tx.NewID(), 1
	if taken := slices.ContainsFunc(list, func(o Rule) bool { return o.Position == r.Position }); r.Position <= 0 || taken {
		r.Position = 1
		if len(list) > 0 {
			r.Position = list[len(list)-1].Position + 1
		}
	}
	if err := insertRule(ctx, tx, r); err != nil {
		return r, err
	}
	return r, record.Append(ctx, tx, record.Entry{Actor: by, Act: "desk.rule.added", Subject: r.Subject(), After: r.facts()})
}

// EditRule changes the rule r.ID, of which the person has seen r.Version. Its
// position stays.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields (name, team, words).
func (s *Service) EditRule(ctx context.Context, by record.Actor, r Rule) error {
	r = r.clean()
	if err := r.Check(); err != nil {
		return err
	}
	return s.changeRule(ctx, by, r.ID, r.Version, "desk.rule.changed", func(ctx context.Context, tx *db.Tx, now *Rule) error {
		r.Position = now.Position
		*now = r
		return s.checkTeam(ctx, tx, r.TeamID)
	})
}

// DeleteRule removes a rule; what it sent stays where it is.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) DeleteRule(ctx context.Context, by record.Actor, id, version int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, found, err := readRule(ctx, tx, id)
		if err != nil || !found {
			return errors.Join(err, errNoRule)
		}
		if ok, err := deleteRule(ctx, tx, id, version); err != nil || !ok {
			return errors.Join(err, errRuleChanged)
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "desk.rule.deleted", Subject: r.Subject(), Before: r.facts()})
	})
	if err != nil {
		return fmt.Errorf("delete routing rule %d: %w", id, err)
	}
	return nil
}

// MoveRule moves a rule one place up (-1) or down (1).
//
// Errors: fault.NotFound.
func (s *Service) MoveRule(ctx context.Context, by record.Actor, id int64, step int) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := readRules(ctx, tx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(r Rule) bool { return r.ID == id })
		if at < 0 {
			return errNoRule
		}
		to := at + step
		if to < 0 || to >= len(list) {
			return nil
		}
		before := list[at].facts()
		list[at].Position, list[to].Position = list[to].Position, list[at].Position
		for _, r := range []Rule{list[at], list[to]} {
			if ok, err := updateRule(ctx, tx, r); err != nil || !ok {
				return errors.Join(err, errRuleChanged)
			}
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: "desk.rule.moved", Subject: list[at].Subject(), Before: before, After: list[at].facts()})
	})
	if err != nil {
		return fmt.Errorf("move routing rule %d: %w", id, err)
	}
	return nil
}

var errRuleChanged = fault.New(fault.Conflict, "Somebody changed this rule meanwhile. What you entered is not saved. Compare it with what is there now, then save again.")

func (s *Service) changeRule(ctx context.Context, by record.Actor, id, version int64, act string, change func(context.Context, *db.Tx, *Rule) error) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, found, err := readRule(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found {
			return errNoRule
		}
		if r.Version != version {
			return errRuleChanged
		}
		before := r.facts()
		if err := change(ctx, tx, &r); err != nil {
			return err
		}
		if ok, err := updateRule(ctx, tx, r); err != nil || !ok {
			return errors.Join(err, errRuleChanged)
		}
		return record.Append(ctx, tx, record.Entry{Actor: by, Act: act, Subject: r.Subject(), Before: before, After: r.facts()})
	})
	if err != nil {
		return fmt.Errorf("change routing rule %d: %w", id, err)
	}
	return nil
}

// Fits says where the rules, as they are now, would send a text that came in
// by an account, for trying them out.
func (s *Service) Fits(ctx context.Context, account int64, words string) (team int64, why string, err error) {
	p := clean(&network.Post{Text: words}, s.Now())
	readings, err := s.Triage(ctx, []string{words})
	if err != nil {
		return 0, "", fmt.Errorf("try the routing rules: %w", err)
	}
	p.reading = readings[0]
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		a := Account{}
		if account != 0 {
			if a, err = s.accountTx(ctx, tx, account); err != nil {
				return err
			}
		}
		r, err := s.routerTx(ctx, tx, a)
		if err != nil {
			return err
		}
		team, why = r.route(p.facts(account), p.place, p.reading)
		return nil
	})
	return team, why, err
}
