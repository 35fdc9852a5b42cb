package contact

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
)

// pageContacts is how many contacts one page of a record shows.
const pageContacts = 25

// Contact is one contact of a person: a conversation, a call, a visit, a letter.
type Contact struct {
	desk.Conversation
	Latest desk.Latest
	Log    *phone.Contact // what was written down of it; nil on other channels
	Cases  []casework.Case
}

// Record is what is known of a person.
type Record struct {
	Person   person.Person
	Handles  []person.Handle
	Facts    []person.Fact
	Joins    []person.Join
	Cases    []casework.Case
	Contacts []Contact
	Next     desk.Key // where the older ones begin; zero when there are none
}

// Query chooses of a record what a page shows.
type Query struct {
	PersonID int64
	Network  network.Kind // "" is every channel
	Before   desk.Key     // zero is the newest
	Limit    int          // 0 is as many as a page shows
}

// Record reads a person's record. Somebody who was joined into another is that
// other.
//
// Errors: fault.NotFound.
func (s *Service) Record(ctx context.Context, q Query) (Record, error) {
	var rec Record
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rec = Record{}
		holder, _, err := s.People.HolderTx(ctx, tx, q.PersonID)
		if err != nil {
			return err
		}
		rec.Person = holder
		if _, rec.Handles, err = s.People.PersonTx(ctx, tx, holder.ID); err != nil {
			return err
		}
		if rec.Facts, err = s.People.FactsTx(ctx, tx, holder.ID); err != nil {
			return err
		}
		if rec.Joins, err = s.People.JoinsTx(ctx, tx, holder.ID); err != nil {
			return err
		}
		worked, err := s.Desk.WorkedTx(ctx, tx, holder.ID)
		if err != nil {
			return err
		}
		if rec.Cases, err = s.Casework.OfConversationsTx(ctx, tx, worked); err != nil {
			return err
		}
		return s.contactsTx(ctx, tx, q, &rec)
	})
	if err != nil {
		return Record{}, fmt.Errorf("read the record of person %d: %w", q.PersonID, err)
	}
	return rec, nil
}

func (s *Service) contactsTx(ctx context.Context, tx *db.Tx, q Query, rec *Record) error {
	list, next, err := s.Desk.OfPersonTx(ctx, tx, rec.Person.ID, q.Network, q.Before, cmp.Or(q.Limit, pageContacts))
	if err != nil {
		return err
	}
	rec.Next = next
	ids := make([]int64, len(list))
	var threads []network.Ref
	for i, c := range list {
		ids[i] = c.ID
		if c.Network == phone.Kind {
			threads = append(threads, c.Thread)
		}
	}
	latest, err := s.Desk.LatestTx(ctx, tx, ids)
	if err != nil {
		return err
	}
	logs, err := s.Phone.ContactsTx(ctx, tx, threads)
	if err != nil {
		return err
	}
	for _, c := range list {
		one := Contact{Conversation: c, Latest: latest[c.ID]}
		if log, ok := logs[c.Thread]; ok && c.Network == phone.Kind {
			one.Log = &log
		}
		for _, k := range rec.Cases {
			if k.ConversationID == c.ID {
				one.Cases = append(one.Cases, k)
			}
		}
		rec.Contacts = append(rec.Contacts, one)
	}
	return nil
}

// channels are the networks on which a person is known, each once.
func (r Record) channels() []network.Kind {
	var list []network.Kind
	for _, h := range r.Handles {
		if !slices.Contains(list, h.Network) {
			list = append(list, h.Network)
		}
	}
	return list
}
