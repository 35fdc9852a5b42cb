package desk

import (
	"context"
	"slices"

	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// Whole is a conversation with all that stands on its page.
type Whole struct {
	Conversation
	Account  Account
	Messages []Message // newest Limit of them, oldest first, with parts, media and revisions
	Earlier  bool      // there are older ones
	Person   person.Person
	Handles  []person.Handle
	Joins    []person.Join
	Others   []Conversation // of the same person, newest first, 20 at most
	Events   []record.Kept  // what was done since the first of Messages, oldest first
	Reading  Kept           // how its first message was read; zero when it was not
}

const (
	maxOthers = 20
	maxEvents = 200
)

// Whole reads a conversation for its page: at most limit messages older than
// before (0 for the newest).
//
// Errors: fault.NotFound.
func (s *Service) Whole(ctx context.Context, id, before int64, limit int) (Whole, error) {
	return s.wholeFrom(ctx, id, before, 0, limit)
}

// maxFrom bounds how many messages a page that has been open for long is shown
// again.
const maxFrom = 500

// wholeFrom is Whole with all messages from one on, when from is not 0: a page
// on which somebody reads is not shortened at its beginning when something
// comes at its end.
func (s *Service) wholeFrom(ctx context.Context, id, before, from int64, limit int) (Whole, error) {
	var w Whole
	if from != 0 {
		limit = maxFrom
	}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		w = Whole{}
		var err error
		if w.Conversation, err = s.ConversationTx(ctx, tx, id); err != nil {
			return err
		}
		if w.Account, err = s.accountTx(ctx, tx, w.AccountID); err != nil {
			return err
		}
		if w.Messages, err = s.MessagesTx(ctx, tx, id, before, limit+1); err != nil {
			return err
		}
		if len(w.Messages) > limit {
			w.Messages, w.Earlier = w.Messages[1:], true
		}
		if i := slices.IndexFunc(w.Messages, func(m Message) bool { return m.ID == from }); i > 0 {
			w.Messages, w.Earlier = w.Messages[i:], true
		}
		if w.Person, w.Handles, err = s.People.PersonTx(ctx, tx, w.PersonID); err != nil {
			return err
		}
		if w.Joins, err = s.People.JoinsTx(ctx, tx, w.PersonID); err != nil {
			return err
		}
		if w.Others, err = othersOf(ctx, tx, w.Conversation, maxOthers); err != nil {
			return err
		}
		if w.Reading, _, err = readingTx(ctx, tx, id); err != nil {
			return err
		}
		w.Events, err = s.eventsTx(ctx, tx, w, before)
		return err
	})
	if err != nil {
		return Whole{}, err
	}
	return w, nil
}

// eventsTx are the entries of the record that belong between the messages of a
// page.
func (s *Service) eventsTx(ctx context.Context, tx *db.Tx, w Whole, before int64) ([]record.Kept, error) {
	kept, err := record.About(ctx, tx, Subject(w.ID), 0, maxEvents)
	if err != nil {
		return nil, err
	}
	var events []record.Kept
	for i := len(kept) - 1; i >= 0; i-- {
		k := kept[i]
		if w.Earlier && len(w.Messages) > 0 && k.At.Before(w.Messages[0].ReceivedAt) {
			continue
		}
		if before != 0 && len(w.Messages) > 0 && k.At.After(w.Messages[len(w.Messages)-1].ReceivedAt) {
			continue
		}
		events = append(events, k)
	}
	return events, nil
}

// MessagesTx returns the messages of a conversation, oldest first, at most limit
// below before (0 for the newest), with parts, media and revisions.
func (s *Service) MessagesTx(ctx context.Context, tx *db.Tx, conversation, before int64, limit int) ([]Message, error) {
	list, err := messagesBefore(ctx, tx, conversation, before, limit)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if err := withAttached(ctx, tx, list); err != nil {
		return nil, err
	}
	return list, nil
}

// WholeMessageTx returns one message with its parts, media and revisions.
//
// Errors: fault.NotFound.
func (s *Service) WholeMessageTx(ctx context.Context, tx *db.Tx, id int64) (Message, error) {
	m, err := messageTx(ctx, tx, id)
	if err != nil {
		return Message{}, err
	}
	list := []Message{m}
	if err := withAttached(ctx, tx, list); err != nil {
		return Message{}, err
	}
	return list[0], nil
}
