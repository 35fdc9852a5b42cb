package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// Happening is something that other programs may want to know: a conversation
// was opened, or, when there is a Message, that was said in it, by either side.
type Happening struct {
	Opened       bool
	Conversation Conversation // when Opened
	Message      Message      // otherwise
	CaseRef      string       // of the newest case of the message's conversation; empty: it has none
}

// happenedTx tells what the batch brought.
func (k *keeping) happenedTx(ctx context.Context, tx *db.Tx, opened []Conversation) error {
	if k.service.Happened == nil {
		return nil
	}
	list := make([]Happening, 0, len(opened)+len(k.messages))
	for _, c := range opened {
		list = append(list, Happening{Opened: true, Conversation: c})
	}
	for _, m := range k.messages {
		list = append(list, Happening{Message: m, CaseRef: k.changed[m.ConversationID].c.CaseRef})
	}
	return k.service.Happened(ctx, tx, list)
}

// NotifyTx tells officers something that is about no conversation.
func (s *Service) NotifyTx(ctx context.Context, tx *db.Tx, sentence string, officers ...int64) error {
	return s.notifyTx(ctx, tx, notice{kind: noticeProgram, body: sentence}, 0, officers...)
}

// NoteTx keeps an internal note by whoever says it, within a transaction.
//
// Errors: fault.NotFound; fault.Invalid (note).
func (s *Service) NoteTx(ctx context.Context, tx *db.Tx, by staff.Officer, conversation int64, body string) (Message, error) {
	body, err := worded(body)
	if err != nil {
		return Message{}, err
	}
	if body == "" {
		return Message{}, fault.Field("note", "Write the note first.")
	}
	c, err := s.ConversationTx(ctx, tx, conversation)
	if err != nil {
		return Message{}, err
	}
	people, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return Message{}, err
	}
	return s.noteTx(ctx, tx, by, c, body, people)
}

// MessageTx returns one message, without its media and parts.
//
// Errors: fault.NotFound.
func (s *Service) MessageTx(ctx context.Context, tx *db.Tx, id int64) (Message, error) {
	m, err := messageTx(ctx, tx, id)
	if err != nil {
		return Message{}, fmt.Errorf("read a message: %w", err)
	}
	return m, nil
}
