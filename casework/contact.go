package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

// ConversationOfTx is the conversation in which a case began.
//
// Errors: fault.NotFound.
func (s *Service) ConversationOfTx(ctx context.Context, tx *db.Tx, id int64) (int64, error) {
	c, err := caseTx(ctx, tx, id)
	return c.ConversationID, err
}

// OfConversationsTx returns the cases that began in some conversations, the
// newest first.
func (s *Service) OfConversationsTx(ctx context.Context, tx *db.Tx, conversations []int64) ([]Case, error) {
	list, err := casesOfMany(ctx, tx, conversations)
	if err != nil {
		return nil, fmt.Errorf("read the cases of %d conversations: %w", len(conversations), err)
	}
	return list, nil
}
