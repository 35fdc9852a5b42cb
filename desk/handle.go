package desk

import (
	"context"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Change is what a use case did to a conversation, and how it is undone.
type Change struct {
	Number   int64  // of the entry in the record
	Sentence string // "Assigned to Mairi Nic Dhòmhnaill."
}

// Assign gives a conversation to an officer, 0 for nobody. Version is the one
// that the person saw.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (officer).
func (s *Service) Assign(ctx context.Context, by staff.Officer, conversation, version, officer int64) (Change, error) {
	return Change{}, errSkeleton
}

// Hand gives a conversation to another team, with a note that says why.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (team).
func (s *Service) Hand(ctx context.Context, by staff.Officer, conversation, version, team int64, note string) (Change, error) {
	return Change{}, errSkeleton
}

// Snooze sets a conversation aside until a time, when it opens by itself.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (until).
func (s *Service) Snooze(ctx context.Context, by staff.Officer, conversation, version int64, until time.Time) (Change, error) {
	return Change{}, errSkeleton
}

// Close closes a conversation with a reason.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (reason).
func (s *Service) Close(ctx context.Context, by staff.Officer, conversation, version int64, reason string) (Change, error) {
	return Change{}, errSkeleton
}

// Reopen opens a conversation that is closed, waiting or set aside.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) Reopen(ctx context.Context, by staff.Officer, conversation, version int64) (Change, error) {
	return Change{}, errSkeleton
}

// SetService says what a conversation is about, 0 for "don't know".
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (service).
func (s *Service) SetService(ctx context.Context, by staff.Officer, conversation, version, service int64) (Change, error) {
	return Change{}, errSkeleton
}

// Undo puts a conversation back as it was before a change, unless it has been
// changed again since.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) Undo(ctx context.Context, by staff.Officer, conversation, number int64) (Change, error) {
	return Change{}, errSkeleton
}

// JoinPeople says that the person of a conversation and another are one, for a
// reason; UndoJoin takes that back.
//
// Errors: fault.NotFound; fault.Invalid (reason, person).
func (s *Service) JoinPeople(ctx context.Context, by staff.Officer, conversation, other int64, reason string) (Change, error) {
	return Change{}, errSkeleton
}

// UndoJoin parts two persons again.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) UndoJoin(ctx context.Context, by staff.Officer, join int64) (Change, error) {
	return Change{}, errSkeleton
}

// MarkSeen notes that an officer has seen a conversation up to a message; 0
// makes it unread again.
func (s *Service) MarkSeen(ctx context.Context, officer, conversation, message int64) error {
	return errSkeleton
}

// SetCaseTx notes the reference of a conversation's newest case, for lists.
func (s *Service) SetCaseTx(ctx context.Context, tx *db.Tx, conversation int64, by record.Actor, reference string) error {
	return errSkeleton
}

// Notification tells an officer that something wants their eyes.
type Notification struct {
	ID             int64
	ConversationID int64
	MessageID      int64
	Kind           string // mention, assigned, handed, failed, woken
	Body           string
	At             time.Time
	ReadAt         time.Time
}

// Notifications returns an officer's, newest first, below before (0 for the
// newest).
func (s *Service) Notifications(ctx context.Context, officer, before int64, limit int) ([]Notification, error) {
	return nil, errSkeleton
}

// Unread counts an officer's unread notifications, 100 at most.
func (s *Service) Unread(ctx context.Context, officer int64) (int, error) { return 0, errSkeleton }

// MarkRead marks notifications as read: one, or all when id is 0.
func (s *Service) MarkRead(ctx context.Context, officer, id int64) error { return errSkeleton }
