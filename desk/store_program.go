package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlConversationsAfter = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation WHERE id > $1 ORDER BY id LIMIT $2`
const sqlContactsAfter = `SELECT m.id, m.at, m.direction, m.visibility, m.conversation_id, c.network, c.person_id, c.service_id, c.case_ref
	FROM desk_message m JOIN desk_conversation c ON c.id = m.conversation_id
	WHERE m.id > $1 AND (m.direction = 'in' OR m.direction = 'out' AND m.state = 'sent') ORDER BY m.id LIMIT $2`

// AfterTx returns conversations behind one by id, in the order of their ids: for
// going through all of them, a piece at a time.
func (s *Service) AfterTx(ctx context.Context, tx *db.Tx, id int64, most int) ([]Conversation, error) {
	list, err := db.Collect(ctx, tx, scanConversation, sqlConversationsAfter, id, most)
	if err != nil {
		return nil, fmt.Errorf("read conversations behind %d: %w", id, err)
	}
	return list, nil
}

// Contact is that something was said, by either side, without what it was.
type Contact struct {
	Message
	Network   string
	PersonID  int64
	ServiceID int64
	CaseRef   string
}

// ContactsTx returns what was said behind a message by id, in the order of their
// ids. Of the messages it reads id, time, direction, visibility and conversation.
func (s *Service) ContactsTx(ctx context.Context, tx *db.Tx, id int64, most int) ([]Contact, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (c Contact, err error) {
		var at int64
		err = row.Scan(&c.ID, &at, &c.Direction, &c.Visibility, &c.ConversationID, &c.Network, &c.PersonID, &c.ServiceID, &c.CaseRef)
		c.At = db.Time(at)
		return c, err
	}, sqlContactsAfter, id, most)
	if err != nil {
		return nil, fmt.Errorf("read contacts behind %d: %w", id, err)
	}
	return list, nil
}
