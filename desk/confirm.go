package desk

import (
	"context"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
)

// confirmTx notes a part as sent and goes on with what follows. It is
// idempotent.
func (s *Service) confirmTx(ctx context.Context, tx *db.Tx, message int64, n int, sent network.Sent) error {
	m, err := messageTx(ctx, tx, message)
	if err != nil {
		return err
	}
	if other, found, err := partByRef(ctx, tx, m.AccountID, sent.Ref); err != nil {
		return err
	} else if found && (other.message != message || other.n != n) {
		return s.failTx(ctx, tx, &m, "double", "The network took this answer for an earlier one and did not show it. Change its words a little, then send it again.")
	}
	fresh, err := markSent(ctx, tx, message, n, sent)
	if err != nil {
		return err
	}
	if !fresh {
		return s.addressTx(ctx, tx, m, n, sent.URL)
	}
	if m.Parts, err = readParts(ctx, tx, message); err != nil {
		return err
	}
	if err := s.removeDoubleTx(ctx, tx, m, sent.Ref); err != nil {
		return err
	}
	gaveUp := m.State == Failed
	if !gaveUp {
		m.State, m.Attempts, m.Trouble, m.RetryAt = Sending, 0, "", time.Time{}
	}
	if n == 0 {
		m.Ref, m.URL = sent.Ref, sent.URL
		if m.Thread == "" {
			m.Thread = sent.Thread
		}
	}
	for _, p := range m.Parts {
		if p.Ref == "" {
			if err := saveMessage(ctx, tx, &m); err != nil || gaveUp {
				return err // the officer was told, and decides about the rest
			}
			return s.againTx(ctx, tx, m, tx.Now)
		}
	}
	return s.doneTx(ctx, tx, &m)
}

// addressTx notes where a part can be read, when only that was not known yet.
func (s *Service) addressTx(ctx context.Context, tx *db.Tx, m Message, n int, url string) error {
	if url == "" {
		return nil
	}
	if err := markAddress(ctx, tx, m.ID, n, url); err != nil {
		return err
	}
	if n != 0 || m.URL != "" {
		return nil
	}
	m.URL = url
	return saveMessage(ctx, tx, &m)
}

// removeDoubleTx removes the copy of a part that was fetched as a post before
// we knew its identity.
func (s *Service) removeDoubleTx(ctx context.Context, tx *db.Tx, m Message, ref network.Ref) error {
	double, err := otherByRef(ctx, tx, m, ref)
	if err != nil || double == 0 {
		return err
	}
	copied, err := messageTx(ctx, tx, double)
	if err != nil {
		return err
	}
	if err := forgetDouble(ctx, tx, double); err != nil {
		return err
	}
	c, err := s.ConversationTx(ctx, tx, copied.ConversationID)
	if err != nil {
		return err
	}
	if err := settleTx(ctx, tx, &c); err != nil {
		return err
	}
	return record.Append(ctx, tx, record.Entry{Actor: record.Mercat("sending"), Act: "desk.message.double_removed", Subject: Subject(c.ID),
		About: []record.Subject{messageSubject(m.ID)}, Before: map[string]any{"message": double}, After: map[string]any{"message": m.ID}})
}

// settleTx puts right what a conversation shows after one of its messages is
// gone.
func settleTx(ctx context.Context, tx *db.Tx, c *Conversation) error {
	c.Messages = max(0, c.Messages-1)
	newest, found, err := newestSaid(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if found {
		c.LastID, c.Sorted, c.Excerpt = newest.ID, newest.At, shortened(newest)
	}
	return saveConversation(ctx, tx, c)
}

// doneTx ends a message of which every part is sent.
func (s *Service) doneTx(ctx context.Context, tx *db.Tx, m *Message) error {
	m.State, m.Attempts, m.Trouble, m.RetryAt = Sent, 0, "", time.Time{}
	if err := saveMessage(ctx, tx, m); err != nil {
		return err
	}
	err := record.Append(ctx, tx, record.Entry{Actor: record.Mercat("sending"), Act: actSent, Subject: Subject(m.ConversationID),
		About: []record.Subject{messageSubject(m.ID)}, After: map[string]any{"message": m.ID, "parts": len(m.Parts)}})
	if err == nil && s.Happened != nil {
		err = s.Happened(ctx, tx, []Happening{{Message: *m}})
	}
	if err != nil {
		return err
	}
	return s.passOnTx(ctx, tx, *m)
}

// passOnTx lets the next answer of the conversation go.
func (s *Service) passOnTx(ctx context.Context, tx *db.Tx, m Message) error {
	next, found, err := unsentAfter(ctx, tx, m)
	if err != nil {
		return err
	}
	if found {
		if err := s.Queue.Put(ctx, tx, sendArgs{Message: next.id}, jobs.At(latest(next.at, tx.Now))); err != nil {
			return err
		}
	}
	return s.Hub.Announce(ctx, tx, TopicInbox, Topic(m.ConversationID))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
