package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Undo puts a conversation back as it was before a change, unless it has been
// changed again since. Joining two people is undone by UndoJoin too, later and from elsewhere.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) Undo(ctx context.Context, by staff.Officer, conversation, number int64) (Change, error) {
	var done Change
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		done, err = s.undoTx(ctx, tx, by, conversation, number)
		return err
	})
	if err != nil {
		return Change{}, fmt.Errorf("undo entry %d of conversation %d: %w", number, conversation, err)
	}
	return done, nil
}

func (s *Service) undoTx(ctx context.Context, tx *db.Tx, by staff.Officer, conversation, number int64) (Change, error) {
	c, err := s.ConversationTx(ctx, tx, conversation)
	if err != nil {
		return Change{}, err
	}
	k, found, err := record.Numbered(ctx, tx, number)
	if err != nil {
		return Change{}, err
	}
	if !found || k.Subject != Subject(conversation) {
		return Change{}, fault.New(fault.NotFound, "There is no such change in this conversation.")
	}
	switch k.Act {
	case actAssigned, actHanded, actSnoozed, actClosed, actReopened, actService, actUrgency, actUndone:
	case actJoined:
		var joined joinedPeople
		if err := json.Unmarshal(k.After, &joined); err != nil {
			return Change{}, fmt.Errorf("read entry %d: %w", number, err)
		}
		return s.undoJoinTx(ctx, tx, by, joined.Join)
	default:
		return Change{}, fault.New(fault.Conflict, "This cannot be undone. Change the conversation by hand.")
	}
	before, after, ok := handlings(k)
	if !ok {
		return Change{}, fmt.Errorf("entry %d holds no handling", number)
	}
	if !after.same(c.Handling) {
		people, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return Change{}, err
		}
		return Change{}, s.changedTx(ctx, tx, c, people)
	}
	was := c.Handling
	c.Handling = before
	sentence := "Undone."
	if c.State == Snoozed && !c.SnoozedUntil.After(tx.Now) {
		// Its time has come meanwhile.
		c.State, c.SnoozedUntil = Open, time.Time{}
		sentence = "Undone. The time until which it was set aside has passed, so it is open."
	}
	done, err := s.keepTx(ctx, tx, &c, was, by.Actor(), actUndone)
	if err != nil {
		return Change{}, err
	}
	if err := s.putWake(ctx, tx, c); err != nil {
		return Change{}, err
	}
	return Change{Number: done, Sentence: sentence}, nil
}

// wakeArgs name the moment as well: one that was set aside anew has a job of
// its own, and the old one does nothing.
type wakeArgs struct {
	Conversation int64 `json:"conversation"`
	Until        int64 `json:"until"` // microseconds
}

// Kind is the job's name.
func (wakeArgs) Kind() string { return "desk.wake" }

// wake opens a conversation that was set aside until now.
func (s *Service) wake(ctx context.Context, a wakeArgs) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.ConversationTx(ctx, tx, a.Conversation)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if c.State != Snoozed || db.Micros(c.SnoozedUntil) != a.Until {
			return nil
		}
		before := c.Handling
		c.State, c.SnoozedUntil = Open, time.Time{}
		if _, err := s.keepTx(ctx, tx, &c, before, record.Mercat("timer"), actWoken); err != nil {
			return err
		}
		return s.notifyTx(ctx, tx, notice{kind: noticeWoken, conversation: c.ID, message: c.LastID,
			body: fmt.Sprintf("The conversation with %s that was set aside is back.", c.Who)}, 0, c.OfficerID)
	})
	if err != nil {
		return fmt.Errorf("bring conversation %d back: %w", a.Conversation, err)
	}
	return nil
}
