package casework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Joined is a conversation beside the one in which a case began.
type Joined struct {
	CaseID         int64
	ConversationID int64
	PersonID       int64
	Who            string
	Told           bool   // they are told at each later step
	Counted        bool   // among the case's MeToo
	CaseBefore     string // reference that stood with the conversation before
	MessageID      int64  // by which they were told of it; 0 for none
	Officer        string // who joined it
	At             time.Time
}

// maxTold bounds how many others are told with one step, in one transaction.
const maxTold = 500

// joinable says why nothing can be joined into a case, if so: chains of
// duplicates would leave people untold.
func joinable(ctx context.Context, tx *db.Tx, id int64) error {
	into, err := caseTx(ctx, tx, id)
	if err != nil {
		return err
	}
	if into.State == Duplicate {
		return fault.Field("into", "Case "+into.Reference+" is a duplicate itself. Join this one into the case that it belongs to.")
	}
	return nil
}

// Join adds a conversation to a case that there is already, instead of making a
// second one: it counts as one more for whom the case is, and whoever wrote in it
// is told now, if tell, and at each later step. Twice is once.
//
// Errors: fault.NotFound; fault.Conflict when it cannot be joined.
func (s *Service) Join(ctx context.Context, by staff.Officer, id, conversation int64, tell bool) (Case, error) {
	var c Case
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if c.State == Duplicate {
			return fault.New(fault.Conflict, "This case is a duplicate itself. Join the conversation to the case that it belongs to.")
		}
		if c.ConversationID == conversation {
			return fault.New(fault.Conflict, "The case began in this conversation.")
		}
		if _, found, err := joinedOf(ctx, tx, id, conversation); err != nil || found {
			return err
		}
		from, err := s.Desk.ConversationTx(ctx, tx, conversation)
		if err != nil {
			return err
		}
		j := Joined{CaseID: id, ConversationID: from.ID, PersonID: from.PersonID, Who: from.Who, Told: true, Counted: true, CaseBefore: from.CaseRef, Officer: by.Name, At: tx.Now}
		before := c
		c.MeToo++
		if tell {
			if j.MessageID, err = s.welcomeTx(ctx, tx, by.Actor(), c, from.ID, from.Language); err != nil {
				return err
			}
		}
		if err := insertJoined(ctx, tx, j); err != nil {
			return err
		}
		if err := s.Desk.SetCaseTx(ctx, tx, from.ID, by.Actor(), c.Reference); err != nil {
			return err
		}
		return s.saveTx(ctx, tx, Change{Act: "casework.case.conversation_joined", By: by.Actor(), Before: before}, &c)
	})
	if err != nil {
		return Case{}, fmt.Errorf("join conversation %d to case %d: %w", conversation, id, err)
	}
	return c, nil
}

// welcomeTx tells whoever is joined to a case that it is known, and how far it
// is.
func (s *Service) welcomeTx(ctx context.Context, tx *db.Tx, by record.Actor, c Case, conversation int64, language string) (int64, error) {
	list, err := wordingsOf(ctx, tx, c.ServiceID)
	if err != nil {
		return 0, err
	}
	m := Saying{Language: language, To: Duplicate, Reference: c.Reference, Whose: c.Whose, At: c.ScheduledAt}
	say := list.Says(m)
	if c.State == Accepted || c.State == Scheduled || c.State == InProgress {
		m.To = c.State
		say += "\n\n" + without(list.Says(m), markLink)
	}
	if say, err = s.finishTx(ctx, tx, &c, conversation, say, true); err != nil {
		return 0, err
	}
	message, err := s.Desk.SayTx(ctx, tx, conversation, by, fmt.Sprintf("joined:%d", c.ID), say)
	return message.ID, err
}

// Part takes a conversation out of a case again. stopped reports whether they had
// not been told yet.
//
// Errors: fault.NotFound.
func (s *Service) Part(ctx context.Context, by staff.Officer, id, conversation int64) (c Case, told bool, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		told = false
		j, found, err := joinedOf(ctx, tx, id, conversation)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "This conversation is no part of the case.")
		}
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if j.MessageID != 0 {
			stopped, err := s.Desk.UnsayTx(ctx, tx, j.MessageID, by.Actor())
			if err != nil {
				return err
			}
			told = !stopped
		}
		before := c
		if j.Counted {
			c.MeToo = max(0, c.MeToo-1)
		}
		if err := deleteJoined(ctx, tx, id, conversation); err != nil {
			return err
		}
		if err := s.Desk.SetCaseTx(ctx, tx, conversation, by.Actor(), j.CaseBefore); err != nil {
			return err
		}
		return s.saveTx(ctx, tx, Change{Act: "casework.case.conversation_parted", By: by.Actor(), Before: before}, &c)
	})
	if err != nil {
		return Case{}, false, fmt.Errorf("part conversation %d from case %d: %w", conversation, id, err)
	}
	return c, told, nil
}

// countJoinTx keeps the count of those for whom a case is, when another one is
// joined into it or parted from it.
func (s *Service) countJoinTx(ctx context.Context, tx *db.Tx, ch Change) error {
	was, is := ch.Before.joinedInto(), ch.After.joinedInto()
	if was == is {
		return nil
	}
	for _, one := range []struct{ id, n int64 }{{was, -1 - ch.Before.MeToo}, {is, 1 + ch.After.MeToo}} {
		if one.id == 0 {
			continue
		}
		into, err := caseTx(ctx, tx, one.id)
		if err != nil {
			return err
		}
		before := into
		into.MeToo = max(0, into.MeToo+one.n)
		if err := s.saveTx(ctx, tx, Change{Act: "casework.case.joined_by", By: ch.By, Before: before}, &into); err != nil {
			return err
		}
	}
	return nil
}

// joinedInto is the case of which c is a duplicate, 0 for none.
func (c Case) joinedInto() int64 {
	if c.State != Duplicate {
		return 0
	}
	return c.IntoID
}

// listener is somebody beside the first reporter who is told of a case's steps.
type listener struct {
	conversation int64
	language     string
	own          Case // their own case, joined into this one; the zero value for none
}

// listenersTx are those who are told beside the conversation in which a case
// began: each conversation once.
func (s *Service) listenersTx(ctx context.Context, tx *db.Tx, c Case) ([]listener, error) {
	seen := map[int64]bool{c.ConversationID: true, 0: true}
	var list []listener
	visited := map[int64]bool{c.ID: true}
	for queue := []Case{c}; len(queue) > 0 && len(list) < maxTold; queue = queue[1:] {
		at := queue[0]
		joined, err := joinedList(ctx, tx, at.ID, maxTold)
		if err != nil {
			return nil, err
		}
		for _, j := range joined {
			if j.Told && !seen[j.ConversationID] && len(list) < maxTold {
				seen[j.ConversationID] = true
				list = append(list, listener{conversation: j.ConversationID})
			}
		}
		duplicates, err := duplicatesOf(ctx, tx, at.ID, maxTold)
		if err != nil {
			return nil, err
		}
		for _, d := range duplicates {
			if visited[d.ID] {
				continue
			}
			visited[d.ID] = true
			queue = append(queue, d)
			if !d.Quiet && !seen[d.ConversationID] && len(list) < maxTold {
				seen[d.ConversationID] = true
				list = append(list, listener{conversation: d.ConversationID, language: d.Language, own: d})
			}
		}
	}
	return list, nil
}

// tellOthersTx says a step to everybody else whom the case is for: in their
// language when the usual words are said, in the officer's own words otherwise.
func (s *Service) tellOthersTx(ctx context.Context, tx *db.Tx, by record.Actor, c, before Case, st Step, say string) error {
	if say == "" || c.State == Duplicate {
		return nil
	}
	others, err := s.listenersTx(ctx, tx, c)
	if err != nil || len(others) == 0 {
		return err
	}
	list, err := wordingsOf(ctx, tx, c.ServiceID)
	if err != nil {
		return err
	}
	m := Saying{From: before.State, To: c.State, Reason: c.Reason, Reference: c.Reference, Whose: c.Whose, At: c.ScheduledAt}
	usual, err := s.wordsTx(ctx, tx, c, m)
	if err != nil {
		return err
	}
	for _, o := range others {
		conversation, err := s.Desk.ConversationTx(ctx, tx, o.conversation)
		if err != nil {
			return err
		}
		mine, about := say, c
		if say == usual {
			m.Language = conversation.Language
			mine = list.Says(m)
		}
		if o.own.ID != 0 { // they know it by their own case's reference, and have a page of their own
			mine = strings.ReplaceAll(mine, c.Reference, o.own.Reference)
			about.ID, about.Reference, about.Track, about.Language = o.own.ID, o.own.Reference, o.own.Track, o.own.Language
		}
		if mine, err = s.finishTx(ctx, tx, &about, o.conversation, mine, o.own.ID == 0); err != nil {
			return err
		}
		message, err := s.Desk.SayTx(ctx, tx, o.conversation, by, fmt.Sprintf("case:%d", st.ID), mine)
		if fault.Of(err) != "" {
			continue // this network cannot carry it: the others are told all the same
		}
		if err != nil {
			return err
		}
		if err := insertTold(ctx, tx, st.ID, o.conversation, message.ID); err != nil {
			return err
		}
	}
	return nil
}

// unsayOthersTx stops what tellOthersTx said, and reports whether some of it was
// sent already.
func (s *Service) unsayOthersTx(ctx context.Context, tx *db.Tx, step int64, by record.Actor) (sent bool, err error) {
	messages, err := toldWith(ctx, tx, step)
	if err != nil {
		return false, err
	}
	for _, m := range messages {
		stopped, err := s.Desk.UnsayTx(ctx, tx, m, by)
		if err != nil {
			return false, err
		}
		sent = sent || !stopped
	}
	return sent, nil
}
