package desk

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// failTx gives a message up: it stays with its words, the officer is told, and
// an answer is owed again.
func (s *Service) failTx(ctx context.Context, tx *db.Tx, m *Message, trouble, sentence string) error {
	m.State, m.Trouble, m.RetryAt = Failed, sentence, time.Time{}
	sent := 0
	for _, p := range m.Parts {
		if p.Ref != "" {
			sent++
		}
	}
	if sent > 0 && sent < len(m.Parts) {
		m.Trouble = fmt.Sprintf("%d of %d parts are sent, the rest is not. %s", sent, len(m.Parts), sentence)
	}
	if err := saveMessage(ctx, tx, m); err != nil {
		return err
	}
	c, err := s.ConversationTx(ctx, tx, m.ConversationID)
	if err != nil {
		return err
	}
	before := c.Handling
	if !m.Details.Said && (c.State == Waiting || c.State == Closed) {
		c.heard(tx.Now)
		if err := saveConversation(ctx, tx, &c); err != nil {
			return err
		}
	}
	err = record.Append(ctx, tx, record.Entry{Actor: record.Mercat("sending"), Act: actFailed, Subject: Subject(c.ID),
		About: []record.Subject{messageSubject(m.ID)}, Before: before,
		After: failed{Handling: c.Handling, Message: m.ID, Trouble: trouble, Sent: sent}})
	if err != nil {
		return err
	}
	err = s.notifyTx(ctx, tx, notice{kind: noticeFailed, conversation: c.ID, message: m.ID,
		body: "An answer to " + c.Who + " could not be sent. " + m.Trouble}, 0, cmp.Or(m.OfficerID, c.OfficerID))
	if err != nil {
		return err
	}
	return s.passOnTx(ctx, tx, *m)
}

// failed is what the record says of an answer that was given up.
type failed struct {
	Handling
	Message int64  `json:"message"`
	Trouble string `json:"trouble"`
	Sent    int    `json:"parts_sent"`
}

// sweep puts the jobs of messages that are overdue with nobody at them. Nothing
// should need it; an answer that lies in the outbox for ever is what it is
// against.
func (s *Service) sweep(ctx context.Context) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if n, err := comeBack(ctx, tx); err != nil {
			return err
		} else if n > 0 {
			s.Log.WarnContext(ctx, "the clock has gone back; answers that waited for a time ahead are sent now", "answers", n)
		}
		list, err := readOverdue(ctx, tx, tx.Now.Add(-lostAfter), tx.Now)
		if err != nil {
			return err
		}
		for _, o := range list {
			var args jobs.Args = sendArgs{Message: o.id, Swept: true}
			if o.state == TakingBack {
				args = takeBackArgs{Message: o.id, Swept: true}
			}
			if err := s.Queue.Put(ctx, tx, args, jobs.Unique()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for answers that were left: %w", err)
	}
	return nil
}

// resumeTx lets go what waits for an account: call it when the account is
// active or connected again.
func (s *Service) resumeTx(ctx context.Context, tx *db.Tx, account int64) error {
	if err := endHold(ctx, tx, account); err != nil {
		return err
	}
	list, err := endWaiting(ctx, tx, account)
	if err != nil {
		return err
	}
	for _, d := range list { // beyond the first some hundred the sweep follows
		if err := s.Queue.Put(ctx, tx, sendArgs{Message: d.id}, jobs.At(latest(d.at, tx.Now))); err != nil {
			return err
		}
	}
	return nil
}

// StopSending takes an answer back within the undo window, or one that failed
// before anything was sent. Its text and files are the officer's draft again,
// before what they have begun since.
//
// Errors: fault.NotFound, fault.Conflict when it is too late.
func (s *Service) StopSending(ctx context.Context, by staff.Officer, message int64) (Message, error) {
	var m Message
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = s.stopTx(ctx, tx, by, message)
		return err
	})
	if err != nil {
		return Message{}, fmt.Errorf("stop message %d: %w", message, err)
	}
	return m, nil
}

func (s *Service) stopTx(ctx context.Context, tx *db.Tx, by staff.Officer, message int64) (Message, error) {
	m, err := s.ourMessageTx(ctx, tx, message)
	if err != nil {
		return Message{}, err
	}
	was := m.State
	if err := m.stop(); err != nil {
		return Message{}, err
	}
	m.RetryAt = time.Time{}
	if err := saveMessage(ctx, tx, &m); err != nil {
		return Message{}, err
	}
	if err := searchIndex.Delete(ctx, tx, m.ID); err != nil {
		return Message{}, err
	}
	if err := s.redraftTx(ctx, tx, m); err != nil {
		return Message{}, err
	}
	c, err := s.ConversationTx(ctx, tx, m.ConversationID)
	if err != nil {
		return Message{}, err
	}
	before := c.Handling
	entries, err := record.About(ctx, tx, messageSubject(m.ID), 0, 20)
	if err != nil {
		return Message{}, err
	}
	c.Handling = unanswered(c.Handling, entries, m, tx.Now)
	if err := settleTx(ctx, tx, &c); err != nil {
		return Message{}, err
	}
	err = record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: actStopped, Subject: Subject(c.ID),
		About: []record.Subject{messageSubject(m.ID)}, Before: before, After: stopped{Handling: c.Handling, Message: m.ID, Was: was}})
	if err != nil {
		return Message{}, err
	}
	return m, s.passOnTx(ctx, tx, m)
}

// StopTrying gives up an answer that waits for its network after it was tried.
// Its words stay, for the network may have them without saying so: should that
// come out later, it counts as sent. An answer is owed again.
//
// Errors: fault.NotFound; fault.Conflict when it does not wait, or is being sent
// at this moment.
func (s *Service) StopTrying(ctx context.Context, by staff.Officer, message int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.ourMessageTx(ctx, tx, message)
		if err != nil {
			return err
		}
		if m.State != Sending && m.State != Queued || !anyTried(m.Parts) {
			return fault.New(fault.Conflict, "This answer does not wait for its network. Look at what became of it.")
		}
		held, err := readLease(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		if held.until.After(tx.Now) {
			return fault.New(fault.Conflict, "It is being sent at this moment. Wait until it is known what came of it.")
		}
		was := m.State
		m.State, m.RetryAt = Failed, time.Time{}
		m.Trouble = "Nobody tries to send it any more, because " + by.Name + " stopped that. Look on the network whether it is there before you answer again."
		if err := saveMessage(ctx, tx, &m); err != nil {
			return err
		}
		c, err := s.ConversationTx(ctx, tx, m.ConversationID)
		if err != nil {
			return err
		}
		before := c.Handling
		if !m.Details.Said && (c.State == Waiting || c.State == Closed) {
			c.heard(tx.Now)
			if err := saveConversation(ctx, tx, &c); err != nil {
				return err
			}
		}
		err = record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: actGivenUp, Subject: Subject(c.ID),
			About: []record.Subject{messageSubject(m.ID)}, Before: before, After: stopped{Handling: c.Handling, Message: m.ID, Was: was}})
		if err != nil {
			return err
		}
		return s.passOnTx(ctx, tx, m)
	})
	if err != nil {
		return fmt.Errorf("stop trying message %d: %w", message, err)
	}
	return nil
}

// stopped is what the record says of an answer that was stopped.
type stopped struct {
	Handling
	Message int64        `json:"message"`
	Was     MessageState `json:"was"`
}

// unanswered is the handling of a conversation whose answer was stopped: as it
// was before the answer, when nothing else has happened since; otherwise an
// answer is owed again.
func unanswered(now Handling, entries []record.Kept, m Message, at time.Time) Handling {
	if m.Details.Said {
		return now
	}
	for _, k := range entries {
		if k.Act != actQueued {
			continue
		}
		before, after, ok := handlings(k)
		if ok && after.same(now) {
			return before
		}
	}
	if now.State == Waiting || now.State == Closed {
		now.heard(at)
	}
	return now
}

// redraftTx makes the words and files of an answer its officer's draft again.
func (s *Service) redraftTx(ctx context.Context, tx *db.Tx, m Message) error {
	if m.OfficerID == 0 || m.Details.Said {
		return nil
	}
	d, err := readDraft(ctx, tx, m.OfficerID, m.ConversationID)
	if err != nil {
		return err
	}
	words := unsigned(m.Body, m.Details.Signature)
	if d.Body != "" && d.Body != words {
		words += "\n\n" + d.Body
	}
	d.Body, d.Subject, d.Warning, d.Visibility, d.Noting = words, m.Subject, m.Warning, m.Visibility, false
	if err := putDraft(ctx, tx, m.OfficerID, d); err != nil {
		return err
	}
	return returnFiles(ctx, tx, m.OfficerID, m.ID)
}

// ourMessageTx returns an answer of ours with its parts.
func (s *Service) ourMessageTx(ctx context.Context, tx *db.Tx, id int64) (Message, error) {
	m, err := messageTx(ctx, tx, id)
	if err != nil {
		return Message{}, err
	}
	if m.Direction != Out {
		return Message{}, errNoMessage
	}
	m.Parts, err = readParts(ctx, tx, id)
	return m, err
}

// Retry sends an answer that was given up once more; what of it is sent stays
// as it is.
//
// Errors: fault.NotFound, fault.Conflict.
func (s *Service) Retry(ctx context.Context, by staff.Officer, message int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.ourMessageTx(ctx, tx, message)
		if err != nil {
			return err
		}
		if m.State == Failed && allSent(m.Parts) {
			return fault.New(fault.Conflict, "This answer was sent and came back. Sending it again would not help: check the address, then write again.")
		}
		if err := m.retry(tx.Now); err != nil {
			return err
		}
		m.Attempts, m.Details.Warned = 0, false
		if err := saveMessage(ctx, tx, &m); err != nil {
			return err
		}
		c, err := s.ConversationTx(ctx, tx, m.ConversationID)
		if err != nil {
			return err
		}
		before := c.Handling
		if !m.Details.Said {
			c.answered(by.ID)
			if err := saveConversation(ctx, tx, &c); err != nil {
				return err
			}
		}
		err = record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: actRetried, Subject: Subject(m.ConversationID),
			About: []record.Subject{messageSubject(m.ID)}, Before: before, After: handled{Handling: c.Handling, Message: m.ID}})
		if err != nil {
			return err
		}
		return s.againTx(ctx, tx, m, tx.Now)
	})
	if err != nil {
		return fmt.Errorf("try message %d again: %w", message, err)
	}
	return nil
}

// handled is what the record says of an act on a conversation by way of one of
// its messages.
type handled struct {
	Handling
	Message int64 `json:"message"`
}
