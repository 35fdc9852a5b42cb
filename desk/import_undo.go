package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// Undoing is what a higher room does when an import is undone. Both run in the
// transaction of what they are about.
type Undoing struct {
	// Worked are those of some conversations in which somebody worked on what
	// came with the import.
	Worked func(ctx context.Context, tx *db.Tx, conversations []int64) ([]int64, error)
	// Gone is told which messages are about to go.
	Gone func(ctx context.Context, tx *db.Tx, messages []int64) error
}

// undoRows is how many messages, or conversations, one transaction takes.
const undoRows = 500

// UndoImport takes an import out again: its messages, and the conversations and
// people that nothing else belongs to. What came in otherwise stays. It may be
// broken off, and goes on with the same call. Progress is told how many messages
// are out.
//
// Files that came with it stay in the store of media, where nothing refers to
// them.
//
// Errors: fault.NotFound; fault.Conflict when it is undone already, or when
// somebody has worked on a conversation of it.
func (s *Service) UndoImport(ctx context.Context, by record.Actor, id int64, u Undoing, progress func(done int64)) (Import, error) {
	i, err := s.beginUndo(ctx, by, id, u)
	if err != nil {
		return Import{}, fmt.Errorf("undo import %d: %w", id, err)
	}
	for done, more := int64(0), true; more; progress(done) {
		var n int64
		err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = s.undoSomeTx(ctx, tx, i, u)
			return err
		})
		if err != nil {
			return Import{}, fmt.Errorf("undo import %d: %w", id, err)
		}
		done, more = done+n, n > 0
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if i, err = importTx(ctx, tx, id); err != nil || i.State != ImportUndoing {
			return err
		}
		i.State, i.EndedAt = ImportUndone, tx.Now
		if err := updateImport(ctx, tx, i); err != nil {
			return err
		}
		if err := record.Append(ctx, tx, i.entry(by, "desk.import.undone")); err != nil {
			return err
		}
		if err := s.removeArchiveTx(ctx, tx, by, i.AccountID); err != nil {
			return err
		}
		return s.Hub.Announce(ctx, tx, TopicInbox)
	})
	if err != nil {
		return Import{}, fmt.Errorf("undo import %d: %w", id, err)
	}
	return i, nil
}

// removeArchiveTx removes an account that was made for an archive, when nothing
// is in it any more and nobody has made another use of it.
func (s *Service) removeArchiveTx(ctx context.Context, tx *db.Tx, by record.Actor, id int64) error {
	a, err := s.accountTx(ctx, tx, id)
	if err != nil || a.State != Paused || a.Version != 1 {
		return err
	}
	made, err := record.About(ctx, tx, a.Subject(), 0, 1_000)
	if err != nil || !slices.ContainsFunc(made, func(k record.Kept) bool { return k.Act == actMadeForArchive }) {
		return err
	}
	if used, err := accountUsed(ctx, tx, id); err != nil || used {
		return err
	}
	before := a.facts()
	a.State = Removed
	if ok, err := updateAccount(ctx, tx, &a); err != nil || !ok {
		return errors.Join(err, errors.New("the account changed while it was written"))
	}
	return s.accountChanged(ctx, tx, by, "desk.account.removed", a, before)
}

// beginUndo notes that an import is being undone, unless somebody worked on it.
// Once that is noted, it is undone whatever happens to it meanwhile.
func (s *Service) beginUndo(ctx context.Context, by record.Actor, id int64, u Undoing) (Import, error) {
	var i Import
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if i, err = importTx(ctx, tx, id); err != nil || i.State == ImportUndoing {
			return err
		}
		if i.State == ImportUndone {
			return fault.Newf(fault.Conflict, "Import %d has been undone already.", id)
		}
		worked, err := s.workedOn(ctx, tx, i, u)
		if err != nil {
			return err
		}
		if n := len(worked); n > 0 {
			return fault.Newf(fault.Conflict, "Somebody has worked on what import %d brought: %s. It cannot be taken out whole any more.", id, conversationsOf(worked))
		}
		i.State = ImportUndoing
		if err := updateImport(ctx, tx, i); err != nil {
			return err
		}
		return record.Append(ctx, tx, i.entry(by, "desk.import.undoing"))
	})
	return i, err
}

func conversationsOf(ids []int64) string {
	if len(ids) == 1 {
		return fmt.Sprintf("one conversation (/desk/%d)", ids[0])
	}
	return fmt.Sprintf("%d conversations (the first is /desk/%d)", len(ids), ids[0])
}

// workedOn are the conversations that the import made and in which an officer
// has done something since.
func (s *Service) workedOn(ctx context.Context, tx *db.Tx, i Import, u Undoing) ([]int64, error) {
	var worked []int64
	for after := int64(0); ; {
		ids, err := conversationsOfImport(ctx, tx, i.ID, after, undoRows)
		if err != nil || len(ids) == 0 {
			return worked, err
		}
		after = ids[len(ids)-1]
		touched, err := touchedOf(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		drafted, err := draftedOf(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		worked = append(worked, drafted...)
		for _, id := range touched {
			by, err := workedByOfficer(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			if by {
				worked = append(worked, id)
			}
		}
		if u.Worked != nil {
			more, err := u.Worked(ctx, tx, ids)
			if err != nil {
				return nil, err
			}
			worked = append(worked, more...)
		}
		slices.Sort(worked)
		worked = slices.Compact(worked)
	}
}

// workedByOfficer reports whether an officer did something in a conversation
// that an import made. One that was there before has its opening in the record,
// and goes on whether history was added to it or not.
func workedByOfficer(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	list, err := record.About(ctx, tx, Subject(id), 0, maxEvents)
	if err != nil {
		return false, err
	}
	officer := false
	for _, k := range list {
		if k.Act == "desk.conversation.opened" {
			return false, nil
		}
		officer = officer || k.Actor.Kind == record.Officer
	}
	return officer, nil
}

// undoSomeTx takes some messages of an import out and returns how many.
func (s *Service) undoSomeTx(ctx context.Context, tx *db.Tx, i Import, u Undoing) (int64, error) {
	list, err := someImported(ctx, tx, i.ID, undoRows)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	var messages []int64
	removed := map[int64]int64{} // by conversation
	for _, one := range list {
		messages = append(messages, one.message)
		removed[one.conversation]++
	}
	if u.Gone != nil {
		if err := u.Gone(ctx, tx, messages); err != nil {
			return 0, err
		}
	}
	for _, id := range messages {
		if err := searchIndex.Delete(ctx, tx, id); err != nil {
			return 0, err
		}
	}
	if err := deleteMessages(ctx, tx, messages); err != nil {
		return 0, err
	}
	var handles []int64
	for id, n := range removed {
		c, err := s.ConversationTx(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		left, err := messagesBefore(ctx, tx, id, 0, 1)
		if err != nil {
			return 0, err
		}
		if len(left) > 0 {
			if err := shrink(ctx, tx, c, n, left[0]); err != nil {
				return 0, err
			}
			continue
		}
		if err := deleteConversation(ctx, tx, id); err != nil {
			return 0, err
		}
		handles = append(handles, c.HandleID)
	}
	if handles, err = unused(ctx, tx, handles); err != nil {
		return 0, err
	}
	return int64(len(list)), s.People.ForgetTx(ctx, tx, handles, i.BeganAt)
}

// shrink takes n messages of history off a conversation that goes on without
// them.
func shrink(ctx context.Context, tx *db.Tx, c Conversation, n int64, newest Message) error {
	last, lastIn, err := lastOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	c.Messages, c.LastID, c.LastInID = c.Messages-n, last, lastIn
	if newest.Direction != Note {
		c.Excerpt = excerpt(newest, 0)
	}
	if c.Past() {
		c.Sorted = newest.At
	}
	return addPast(ctx, tx, c)
}
