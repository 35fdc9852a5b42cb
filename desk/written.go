package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// What happens to conversations that no program carried, as the record calls it.
const (
	actOwed   = "desk.conversation.owed"   // somebody is to be told something
	actUnowed = "desk.conversation.unowed" // they are not, after all
)

// Written is a contact that an officer had and wrote down, read and ready to be
// kept.
type Written struct {
	taking *taking
	owed   bool
}

// ReadWritten reads the posts of one contact, the oldest first, as what comes in
// is read; it needs no transaction. Owed says that an answer is owed. Service is
// what it is about when the officer said so, 0 to leave that to the reading.
func (s *Service) ReadWritten(ctx context.Context, posts []network.Post, owed bool, service int64) (*Written, error) {
	t := &taking{service: s}
	for i := range posts {
		t.events = append(t.events, network.Event{Post: &posts[i]})
	}
	if err := t.prepare(ctx, s.Now()); err != nil {
		return nil, fmt.Errorf("read what was written down: %w", err)
	}
	for i := range t.posts {
		r := &t.posts[i].reading
		r.NoNeed = r.NoNeed && !owed
		if service != 0 {
			r.ServiceID = service
		}
	}
	return &Written{taking: t, owed: owed}, nil
}

// KeepTx keeps it for an account: the person, the conversation, the messages and
// the news of them. Where no answer is owed the conversation is closed for a
// reason. It returns the conversation.
//
// Errors: fault.NotFound for an account that is no longer there.
func (w *Written) KeepTx(ctx context.Context, tx *db.Tx, account int64, by staff.Officer, reason string) (Conversation, error) {
	w.taking.account = account
	if err := w.taking.keep(ctx, tx); err != nil {
		return Conversation{}, err
	}
	s := w.taking.service
	c, err := s.ConversationWithTx(ctx, tx, account, w.taking.posts[0].message.Ref)
	if err != nil {
		return Conversation{}, err
	}
	before, act := c.Handling, actReopened
	switch {
	case w.owed && c.State == Open && !c.DueAt.IsZero():
		return c, nil
	case w.owed:
		if err := s.dueTx(ctx, tx, &c); err != nil {
			return Conversation{}, err
		}
	case c.State == Closed:
		return c, nil
	default:
		act = actClosed
		c.OfficerID = by.ID
		if err := c.close(reason); err != nil {
			return Conversation{}, err
		}
	}
	_, err = s.keepTx(ctx, tx, &c, before, by.Actor(), act)
	return c, err
}

// dueTx says that an answer is owed, within the time that the council gives.
func (s *Service) dueTx(ctx context.Context, tx *db.Tx, c *Conversation) error {
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return err
	}
	c.heard(tx.Now.Add(c.Urgency.within(answerWithin(snapshot))))
	return nil
}

// ConversationWithTx is the conversation of an account in which a post stands.
//
// Errors: fault.NotFound.
func (s *Service) ConversationWithTx(ctx context.Context, tx *db.Tx, account int64, ref network.Ref) (Conversation, error) {
	found, err := messagesByRef(ctx, tx, account, []network.Ref{ref})
	if err != nil {
		return Conversation{}, err
	}
	m, ok := found[ref]
	if !ok {
		return Conversation{}, errNoConversation
	}
	return s.ConversationTx(ctx, tx, m.ConversationID)
}

// oweTx notes what somebody is to be told where Mercat can send nothing, and
// that it is still owed.
func (s *Service) oweTx(ctx context.Context, tx *db.Tx, c Conversation, by record.Actor, key, body string) (Message, error) {
	m := Message{ID: tx.NewID(), ConversationID: c.ID, AccountID: c.AccountID, Direction: Note, State: Noted, Author: by.Name,
		Visibility: network.Direct, Body: "To tell " + c.Who + ": " + body, At: tx.Now, ReceivedAt: tx.Now, Version: 1}
	if by.Kind == record.Officer {
		m.OfficerID = by.ID
	}
	m.Details.Said = true
	if err := insertMessage(ctx, tx, m); err != nil {
		return Message{}, err
	}
	if err := searchIndex.Add(ctx, tx, m.ID, m.Searchable()); err != nil {
		return Message{}, err
	}
	before := c.Handling
	if err := s.dueTx(ctx, tx, &c); err != nil {
		return Message{}, err
	}
	if _, err := s.keepTx(ctx, tx, &c, before, by, actOwed); err != nil {
		return Message{}, err
	}
	return m, noteSaid(ctx, tx, c.ID, key, m.ID)
}

// unoweTx takes back that somebody is to be told something. It reports false
// when it was taken back already.
func (s *Service) unoweTx(ctx context.Context, tx *db.Tx, m Message, by record.Actor) (bool, error) {
	if m.State != Noted || !m.Details.Said {
		return false, fault.New(fault.NotFound, "There is no such message.")
	}
	m.State = Cancelled
	if err := saveMessage(ctx, tx, &m); err != nil {
		return false, err
	}
	if err := searchIndex.Delete(ctx, tx, m.ID); err != nil {
		return false, err
	}
	c, err := s.ConversationTx(ctx, tx, m.ConversationID)
	if err != nil {
		return false, err
	}
	return true, record.Append(ctx, tx, record.Entry{Actor: by, Act: actUnowed, Subject: Subject(c.ID), About: []record.Subject{messageSubject(m.ID)},
		Before: c.Handling, After: stopped{Handling: c.Handling, Message: m.ID, Was: Noted}})
}
