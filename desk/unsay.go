package desk

import (
	"context"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// UnsayTx stops what SayTx queued, and reports whether it came in time: false
// means that it is being sent or was sent. Nobody's draft changes.
//
// Errors: fault.NotFound.
func (s *Service) UnsayTx(ctx context.Context, tx *db.Tx, message int64, by record.Actor) (bool, error) {
	if owed, err := messageTx(ctx, tx, message); err == nil && owed.Direction == Note {
		return s.unoweTx(ctx, tx, owed, by)
	}
	m, err := s.ourMessageTx(ctx, tx, message)
	if err != nil {
		return false, err
	}
	was := m.State
	if err := m.stop(); fault.Is(err, fault.Conflict) {
		return false, nil
	} else if err != nil {
		return false, err
	}
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
	if err := settleTx(ctx, tx, &c); err != nil {
		return false, err
	}
	err = record.Append(ctx, tx, record.Entry{Actor: by, Act: actStopped, Subject: Subject(c.ID),
		About: []record.Subject{messageSubject(m.ID)}, Before: c.Handling, After: stopped{Handling: c.Handling, Message: m.ID, Was: was}})
	if err != nil {
		return false, err
	}
	return true, s.passOnTx(ctx, tx, m)
}
