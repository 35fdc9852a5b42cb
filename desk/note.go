package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Note keeps an internal note. Officers whom it mentions with @ are notified. The
// draft of it is gone with it; that of an answer stays.
//
// Errors: fault.NotFound; fault.Invalid (note).
func (s *Service) Note(ctx context.Context, by staff.Officer, conversation int64, body string) (Message, error) {
	body, err := worded(body)
	if err != nil {
		return Message{}, err
	}
	if body == "" {
		return Message{}, fault.Field("note", "Write the note first.")
	}
	var m Message
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.ConversationTx(ctx, tx, conversation)
		if err != nil {
			return err
		}
		people, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		if m, err = s.noteTx(ctx, tx, by, c, body, people); err != nil {
			return err
		}
		d, err := readDraft(ctx, tx, by.ID, conversation)
		if err != nil || d.Note == "" && !d.Noting {
			return err
		}
		d.Note, d.Noting = "", false
		return putDraft(ctx, tx, by.ID, d)
	})
	if err != nil {
		return Message{}, fmt.Errorf("note in conversation %d: %w", conversation, err)
	}
	return m, nil
}

func (s *Service) noteTx(ctx context.Context, tx *db.Tx, by staff.Officer, c Conversation, body string, people *staff.Roster) (Message, error) {
	m := Message{ID: tx.NewID(), ConversationID: c.ID, AccountID: c.AccountID, Direction: Note, State: Noted, OfficerID: by.ID, Author: by.Name,
		Visibility: network.Direct, Body: body, At: tx.Now, ReceivedAt: tx.Now, Version: 1}
	if err := insertMessage(ctx, tx, m); err != nil {
		return Message{}, err
	}
	if err := searchIndex.Add(ctx, tx, m.ID, m.Searchable()); err != nil {
		return Message{}, err
	}
	var mentioned []int64
	for _, o := range people.Mentioned(body) {
		mentioned = append(mentioned, o.ID)
	}
	err := record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: actNoted, Subject: Subject(c.ID),
		About: []record.Subject{messageSubject(m.ID)}, After: map[string]any{"message": m.ID, "mentions": mentioned}})
	if err != nil {
		return Message{}, err
	}
	err = s.notifyTx(ctx, tx, notice{kind: noticeMention, conversation: c.ID, message: m.ID,
		body: fmt.Sprintf("%s mentioned you in the conversation with %s: %s", by.Name, c.Who, text.Excerpt(body, 160))}, by.ID, mentioned...)
	if err != nil {
		return Message{}, err
	}
	return m, s.Hub.Announce(ctx, tx, Topic(c.ID))
}
