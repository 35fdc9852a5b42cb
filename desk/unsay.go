package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// UnsayTx stops what SayTx queued, and reports whether it came in time: false
// means that it is being sent or was sent.
//
// Errors: fault.NotFound.
func (s *Service) UnsayTx(ctx context.Context, tx *db.Tx, message int64, by record.Actor) (bool, error) {
	m, err := messageTx(ctx, tx, message)
	if err != nil {
		return false, err
	}
	list := []Message{m}
	if err := withAttached(ctx, tx, list); err != nil {
		return false, err
	}
	m = list[0]
	if err := m.stop(); fault.Is(err, fault.Conflict) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if ok, err := updateMessage(ctx, tx, &m); err != nil || !ok {
		return false, fmt.Errorf("stop message %d: %w", message, err)
	}
	if err := record.Append(ctx, tx, record.Entry{Actor: by, Act: "desk.message.stopped", Subject: Subject(m.ConversationID),
		Before: map[string]any{"message": m.ID, "state": Queued}, After: map[string]any{"message": m.ID, "state": m.State}}); err != nil {
		return false, err
	}
	return true, s.Hub.Announce(ctx, tx, TopicInbox, Topic(m.ConversationID))
}
