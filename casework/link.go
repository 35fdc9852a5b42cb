package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Linking is how a case has to do with another.
type Linking string

const (
	RelatesTo Linking = "relates_to"
	CausedBy  Linking = "caused_by"
	Follows   Linking = "follows"
)

// Linkings are all, in the order in which they are offered.
func Linkings() []Linking { return []Linking{RelatesTo, CausedBy, Follows} }

// Valid reports whether k is one of them.
func (k Linking) Valid() bool { return k == RelatesTo || k == CausedBy || k == Follows }

// Label is what stands before the other case; back is seen from there.
func (k Linking) Label(back bool) string {
	switch {
	case k == CausedBy && back:
		return "Caused"
	case k == CausedBy:
		return "Caused by"
	case k == Follows && back:
		return "Followed by"
	case k == Follows:
		return "Follows"
	}
	return "Relates to"
}

// Link is between two cases: CaseID has to do with OtherID.
type Link struct {
	CaseID, OtherID int64
	Kind            Linking
	Officer         string
	At              time.Time
}

// tidy gives a link that is the same in both directions one way to be kept.
func (l Link) tidy() Link {
	if l.Kind == RelatesTo && l.CaseID > l.OtherID {
		l.CaseID, l.OtherID = l.OtherID, l.CaseID
	}
	return l
}

// Linked is a case to which another has a link.
type Linked struct {
	Link
	Case Case // the other one
	Back bool // it is the other that has the link
}

const maxLinks = 50

// Link notes that a case has to do with another. Twice is once.
//
// Errors: fault.NotFound; fault.Invalid (other, kind).
func (s *Service) Link(ctx context.Context, by staff.Officer, id, other int64, kind Linking) error {
	switch {
	case !kind.Valid():
		return fault.Field("kind", "Say how the two have to do with each other.")
	case id == other:
		return fault.Field("other", "A case cannot be linked to itself. Enter the reference of the other one.")
	}
	return s.linking(ctx, Link{CaseID: id, OtherID: other, Kind: kind}, by, "casework.case.linked", func(ctx context.Context, tx *db.Tx, l Link) (bool, error) {
		have, err := linksOf(ctx, tx, id)
		if err != nil {
			return false, err
		}
		if len(have) >= maxLinks {
			return false, fault.Field("other", fmt.Sprintf("A case can have %d links. Take one away first.", maxLinks))
		}
		return insertLink(ctx, tx, l)
	})
}

// Unlink takes a link away. It is idempotent.
//
// Errors: fault.NotFound.
func (s *Service) Unlink(ctx context.Context, by staff.Officer, id, other int64, kind Linking) error {
	return s.linking(ctx, Link{CaseID: id, OtherID: other, Kind: kind}, by, "casework.case.unlinked", deleteLink)
}

func (s *Service) linking(ctx context.Context, l Link, by staff.Officer, act string, f func(context.Context, *db.Tx, Link) (bool, error)) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := caseTx(ctx, tx, l.CaseID)
		if err != nil {
			return err
		}
		other, err := caseTx(ctx, tx, l.OtherID)
		if err != nil {
			return err
		}
		one := l.tidy()
		one.Officer, one.At = by.Name, tx.Now
		if changed, err := f(ctx, tx, one); err != nil || !changed {
			return err
		}
		return s.notedBeside(ctx, tx, by.Actor(), c, act, nil, map[string]any{"kind": l.Kind, "other": other.Reference}, record.Subject{Kind: "case", ID: other.ID})
	})
	if err != nil {
		return fmt.Errorf("link case %d and case %d: %w", l.CaseID, l.OtherID, err)
	}
	return nil
}

// linkedTx are the cases that have to do with one, oldest link first.
func linkedTx(ctx context.Context, tx *db.Tx, id int64) ([]Linked, error) {
	links, err := linksOf(ctx, tx, id)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	var ids []int64
	for _, l := range links {
		ids = append(ids, l.CaseID, l.OtherID)
	}
	found, err := casesByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var list []Linked
	for _, l := range links {
		one := Linked{Link: l, Case: found[l.OtherID]}
		if l.OtherID == id {
			one.Case, one.Back = found[l.CaseID], true
		}
		list = append(list, one)
	}
	return list, nil
}
