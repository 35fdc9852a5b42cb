package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

type takeBackArgs struct {
	Message int64 `json:"message"`
	Swept   bool  `json:"swept,omitempty"`
}

// Kind is the job's name.
func (takeBackArgs) Kind() string { return "desk.take_back" }

// TakeBack removes a sent answer from the network, where it allows; the
// original stays on the record.
//
// Errors: fault.NotFound; fault.Conflict, with the network's own words when it
// cannot take anything back; fault.Invalid (reason).
func (s *Service) TakeBack(ctx context.Context, by staff.Officer, message int64, reason string) error {
	reason, _ = text.Clean(reason, maxReason)
	var conversation int64
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := messageTx(ctx, tx, message)
		conversation = m.ConversationID
		return err
	})
	if err != nil {
		return err
	}
	_, compose, err := s.composeFor(ctx, conversation)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.ourMessageTx(ctx, tx, message)
		if err != nil {
			return err
		}
		if !compose.CanDelete {
			return cannotDelete(compose.DeleteSays)
		}
		was := m.State
		if err := m.takeBack(reason); err != nil {
			return err
		}
		m.SendAt, m.Attempts, m.Trouble, m.RetryAt = tx.Now, 0, "", time.Time{}
		if err := saveMessage(ctx, tx, &m); err != nil {
			return err
		}
		if err := s.Queue.Put(ctx, tx, takeBackArgs{Message: m.ID}); err != nil {
			return err
		}
		err = record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "desk.message.taking_back", Subject: Subject(m.ConversationID),
			About: []record.Subject{messageSubject(m.ID)}, Before: map[string]any{"state": was}, After: map[string]any{"state": m.State, "message": m.ID}})
		if err != nil {
			return err
		}
		return s.Hub.Announce(ctx, tx, TopicInbox, Topic(m.ConversationID))
	})
	if err != nil {
		return fmt.Errorf("take message %d back: %w", message, err)
	}
	return nil
}

func cannotDelete(says string) error {
	return fault.New(fault.Conflict, cmp.Or(says, "This network cannot take an answer back. Send a correction instead."))
}

// takeBack removes the parts of an answer from the network, the last first.
// Removing is idempotent, so this needs neither lease nor key.
func (s *Service) takeBack(ctx context.Context, a takeBackArgs) error {
	var m Message
	var account sender
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if m, err = s.ourMessageTx(ctx, tx, a.Message); err != nil {
			return err
		}
		account, err = readSender(ctx, tx, m.AccountID)
		return err
	})
	if err != nil {
		return fmt.Errorf("take message %d back: %w", a.Message, err)
	}
	now := s.Now()
	switch {
	case m.State != TakingBack:
		return nil
	case m.RetryAt.After(now):
		return jobs.Later(m.RetryAt.Sub(now))
	}
	trouble := s.deleteParts(ctx, m, account)
	if trouble != nil && ctx.Err() != nil && errors.Is(trouble, context.Canceled) {
		return trouble // we are being stopped: the queue runs this job again
	}
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	err = s.DB.Write(note, func(ctx context.Context, tx *db.Tx) error { return s.takenTx(ctx, tx, m.ID, trouble) })
	if err != nil {
		return fmt.Errorf("note that message %d is taken back: %w", m.ID, err)
	}
	return nil
}

// deleteParts deletes what is left of a message, and notes each part that is
// gone.
func (s *Service) deleteParts(ctx context.Context, m Message, account sender) error {
	connection, d, err := s.connections.of(ctx, m.AccountID)
	if o := account.waits(s.Now(), err); o.sentence != "" {
		trouble := network.Unreachable
		if o.forGood {
			trouble = network.Refused
		}
		return &network.Error{Trouble: trouble, Sentence: o.sentence}
	}
	deleter, ok := connection.(network.Deleter)
	if !ok {
		return &network.Error{Trouble: network.Refused, Sentence: fault.Sentence(cannotDelete(d.Compose.DeleteSays))}
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	for i := len(m.Parts) - 1; i >= 0; i-- {
		p := m.Parts[i]
		if p.Gone || p.Ref == "" {
			continue
		}
		if err := deleter.Delete(ctx, p.Ref); err != nil && network.TroubleOf(err) != network.Missing {
			return err
		}
		note, done := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
		err := s.DB.Write(note, func(ctx context.Context, tx *db.Tx) error { return markGone(ctx, tx, m.ID, p.N) })
		done()
		if err != nil {
			return err
		}
	}
	return nil
}

// takenTx notes what came of taking a message back.
func (s *Service) takenTx(ctx context.Context, tx *db.Tx, id int64, trouble error) error {
	m, err := s.ourMessageTx(ctx, tx, id)
	if err != nil || m.State != TakingBack {
		return err
	}
	var refused *network.Error
	forGood := errors.As(trouble, &refused) && refused.Trouble == network.Refused
	switch {
	case trouble == nil:
		m.State, m.Attempts, m.Trouble, m.RetryAt = TakenBack, 0, "", time.Time{}
		if m.DeletedAt.IsZero() {
			m.DeletedAt = tx.Now
		}
		return s.takingEndsTx(ctx, tx, m, "desk.message.taken_back")
	case forGood, tx.Now.Sub(m.SendAt) >= giveUpAfter:
		m.State, m.Attempts, m.RetryAt = Sent, 0, time.Time{}
		if !allSent(m.Parts) {
			m.State = Failed // as it was: a part of it is out
		}
		m.Trouble = "It could not be taken back. " + sentenceFor(trouble)
		if err := s.takingEndsTx(ctx, tx, m, "desk.message.not_taken_back"); err != nil {
			return err
		}
		return s.notifyTx(ctx, tx, notice{kind: noticeFailed, conversation: m.ConversationID, message: m.ID, body: m.Trouble}, 0, m.OfficerID)
	}
	m.Trouble, m.RetryAt = sentenceFor(trouble), tx.Now.Add(retryPause(m.Attempts))
	if refused != nil && refused.RetryAt.After(m.RetryAt) {
		m.RetryAt = refused.RetryAt
	}
	m.Attempts++
	if err := saveMessage(ctx, tx, &m); err != nil {
		return err
	}
	if err := s.Queue.Put(ctx, tx, takeBackArgs{Message: m.ID}, jobs.At(m.RetryAt)); err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, Topic(m.ConversationID))
}

func (s *Service) takingEndsTx(ctx context.Context, tx *db.Tx, m Message, act string) error {
	if err := saveMessage(ctx, tx, &m); err != nil {
		return err
	}
	err := record.Append(ctx, tx, record.Entry{Actor: record.Mercat("sending"), Act: act, Subject: Subject(m.ConversationID),
		About: []record.Subject{messageSubject(m.ID)}, Before: map[string]any{"state": TakingBack}, After: map[string]any{"state": m.State, "message": m.ID}})
	if err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, TopicInbox, Topic(m.ConversationID))
}
