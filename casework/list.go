package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
)

// Query is what an officer wants to see of the cases.
type Query struct {
	State     State // "" is every state
	Open      bool  // only those that have not ended
	TeamID    int64
	OfficerID int64
	ServiceID int64
	AreaID    int64
	TeamIDs   []int64 // any of these, when TeamID is 0; for Sort by due or opened
	Late      bool    // open, and due before now; sorted by due
	Sort      Sort    // other than ByChanged only with Open
	Words     string
	Before    Key
	Limit     int // 0 is 50
}

// Key is where a page ended.
type Key struct {
	At time.Time
	ID int64
}

const usualLimit = 50

// List returns a page of cases, the last changed first (by words: the newest
// first), and where the next begins: zero when there is none.
func (s *Service) List(ctx context.Context, q Query) ([]Case, Key, error) {
	if q.Limit <= 0 {
		q.Limit = usualLimit
	}
	var list []Case
	var next Key
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if q.Words != "" {
			list, next, err = searchCases(ctx, tx, q)
			return err
		}
		read := listCases
		if q.Late || q.Open && q.Sort != ByChanged {
			read = queued
		}
		list, err = read(ctx, tx, q, q.Limit+1)
		next = Key{}
		if err == nil && len(list) > q.Limit {
			list = list[:q.Limit]
			next = q.key(list[q.Limit-1])
		}
		return err
	})
	if err != nil {
		return nil, Key{}, fmt.Errorf("list cases: %w", err)
	}
	return list, next, nil
}

// key is where a page that ends with c ends.
func (q Query) key(c Case) Key {
	switch {
	case q.Late || q.Open && q.Sort == ByDue:
		return Key{c.DueAt, c.ID}
	case q.Open && q.Sort == ByOpened:
		return Key{c.CreatedAt, c.ID}
	}
	return Key{c.ChangedAt, c.ID}
}

// fits is Query for what a search by words found.
func (q Query) fits(c Case) bool {
	return (q.State == "" || c.State == q.State) && (!q.Open || !c.State.Ended()) && (q.TeamID == 0 || c.TeamID == q.TeamID) &&
		(q.OfficerID == 0 || c.OfficerID == q.OfficerID) && (q.ServiceID == 0 || c.ServiceID == q.ServiceID) && (q.AreaID == 0 || c.AreaID == q.AreaID) &&
		(len(q.TeamIDs) == 0 || slices.Contains(q.TeamIDs, c.TeamID))
}

// searchRounds bounds how much a search looks through for rare filters.
const searchRounds = 20

func searchCases(ctx context.Context, tx *db.Tx, q Query) ([]Case, Key, error) {
	var terms []db.Term
	for _, t := range text.SearchTerms(q.Words) {
		terms = append(terms, db.Term(t))
	}
	var list []Case
	before := q.Before.ID
	for range searchRounds {
		ids, rest, err := searchIndex.Search(ctx, tx, terms, before, 2*usualLimit)
		if err != nil || len(ids) == 0 {
			return list, Key{ID: rest}, err // it took too long: where to go on
		}
		found, err := casesByID(ctx, tx, ids)
		if err != nil {
			return nil, Key{}, err
		}
		for _, id := range ids {
			before = id
			if c, ok := found[id]; ok && q.fits(c) {
				if list = append(list, c); len(list) == q.Limit {
					return list, Key{ID: id}, nil
				}
			}
		}
	}
	return list, Key{ID: before}, nil
}

// ByReference finds the case whose reference is written, however it is spaced
// and cased; found is false when there is none, or when it is no reference.
func (s *Service) ByReference(ctx context.Context, written string) (id int64, found bool, err error) {
	reference, wrong := secret.ParseReference(written)
	if wrong != nil {
		return 0, false, nil
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		id, found, err = db.One(ctx, tx, db.ScanID, sqlReferenceTaken, reference)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("look for the case %s: %w", reference, err)
	}
	return id, found, nil
}
