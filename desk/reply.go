package desk

import (
	"context"
	"errors"
	"io"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

var errSkeleton = errors.New("desk: not written yet")

func (s *Service) registerOutgoing() {}

// Reply is an answer as an officer gives it. Its files are those of the
// officer's draft in this conversation.
type Reply struct {
	ConversationID int64
	Body           string
	Subject        string             // where the network has one; "" keeps the conversation's
	Visibility     network.Visibility // "" is the usual one
	// SeenID is the newest message that the officer had before their eyes; when
	// there is a newer one, they are told before anything is sent. Anyway sends
	// all the same.
	SeenID int64
	Anyway bool
	// Then is what becomes of the conversation: "" waits for the citizen,
	// "close" closes it, "keep" leaves it open.
	Then   string
	Reason string // for closing
}

// Reply keeps an answer, to be sent after the undo window. The draft is gone
// with it.
//
// Errors: fault.NotFound; fault.Invalid (body, subject, visibility, alt_ID);
// fault.Conflict when somebody else has answered or the citizen has written
// more.
func (s *Service) Reply(ctx context.Context, by staff.Officer, r Reply) (Message, error) {
	return Message{}, errSkeleton
}

// SayTx queues a message of the program or of another room to the citizen of a
// conversation, by the network that they used, as privately as they wrote. key
// makes it once-only: the same key for the same conversation says nothing more.
// It moves no conversation's state.
//
// Errors: fault.NotFound.
func (s *Service) SayTx(ctx context.Context, tx *db.Tx, conversation int64, by record.Actor, key, body string) (Message, error) {
	return Message{}, errSkeleton
}

// Preview is how an answer would go out.
type Preview struct {
	Count, Limit int
	Unit         string
	Parts        []string // as posted, signature and numbering included; one when it fits
	Problem      string   // why it could not be sent, "" when it could
}

// Preview counts and splits what an officer is writing, as the network would.
//
// Errors: fault.NotFound.
func (s *Service) Preview(ctx context.Context, by staff.Officer, conversation int64, body string) (Preview, error) {
	return Preview{}, errSkeleton
}

// StopSending takes an answer back within the undo window, or one that failed
// before anything was sent. Its text and files are the officer's draft again.
//
// Errors: fault.NotFound, fault.Conflict when it is too late.
func (s *Service) StopSending(ctx context.Context, by staff.Officer, message int64) (Message, error) {
	return Message{}, errSkeleton
}

// Retry sends an answer that was given up once more.
//
// Errors: fault.NotFound, fault.Conflict.
func (s *Service) Retry(ctx context.Context, by staff.Officer, message int64) error {
	return errSkeleton
}

// TakeBack removes a sent answer from the network, where it allows; the
// original stays on the record.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (reason).
func (s *Service) TakeBack(ctx context.Context, by staff.Officer, message int64, reason string) error {
	return errSkeleton
}

// Note keeps an internal note. Officers whom it mentions with @ are notified.
//
// Errors: fault.NotFound; fault.Invalid (body).
func (s *Service) Note(ctx context.Context, by staff.Officer, conversation int64, body string) (Message, error) {
	return Message{}, errSkeleton
}

// Draft is what an officer has not sent yet.
type Draft struct {
	ConversationID int64
	Body           string
	Subject        string
	Visibility     network.Visibility
	Note           bool // it was begun as a note
	Media          []Media
	UpdatedAt      time.Time
}

// DraftOf returns an officer's draft in a conversation; an empty one when there
// is none.
func (s *Service) DraftOf(ctx context.Context, officer, conversation int64) (Draft, error) {
	return Draft{}, errSkeleton
}

// SaveDraft keeps an officer's draft; empty text without files removes it.
func (s *Service) SaveDraft(ctx context.Context, officer int64, d Draft) error { return errSkeleton }

// Attach adds a file to an officer's draft: pictures are encoded anew, other
// files are taken where the network takes them.
//
// Errors: fault.NotFound; fault.Invalid, fault.TooLarge with what to do.
func (s *Service) Attach(ctx context.Context, officer, conversation int64, filename string, body io.Reader) (Media, error) {
	return Media{}, errSkeleton
}

// Describe sets the alternative text of a file of an officer's draft.
//
// Errors: fault.NotFound; fault.Invalid (alt).
func (s *Service) Describe(ctx context.Context, officer, media int64, alt string) error {
	return errSkeleton
}

// Detach removes a file from an officer's draft.
func (s *Service) Detach(ctx context.Context, officer, media int64) error { return errSkeleton }
