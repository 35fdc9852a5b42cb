package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// joinedPeople is what the record says of a join, in the conversation in which
// it was decided.
type joinedPeople struct {
	Join          int64 `json:"join"`
	From          int64 `json:"from"`
	Into          int64 `json:"into"`
	Conversations int64 `json:"conversations"`
}

// JoinPeople says that the person of a conversation and another are one, for a
// reason; UndoJoin takes that back.
//
// Errors: fault.NotFound; fault.Invalid (reason, person).
func (s *Service) JoinPeople(ctx context.Context, by staff.Officer, conversation, other int64, reason string) (Change, error) {
	var done Change
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.ConversationTx(ctx, tx, conversation)
		if err != nil {
			return err
		}
		j, err := s.People.JoinTx(ctx, tx, by.Actor(), other, c.PersonID, reason)
		if err != nil {
			return err
		}
		number, err := s.moveTx(ctx, tx, by.Actor(), actJoined, c.ID, j, j.From, j.Into)
		done = Change{Number: number, Sentence: fmt.Sprintf("%s and %s are one person now.", j.FromName, c.Who)}
		return err
	})
	if err != nil {
		return Change{}, fmt.Errorf("join person %d in conversation %d: %w", other, conversation, err)
	}
	return done, nil
}

// UndoJoin parts two persons again.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) UndoJoin(ctx context.Context, by staff.Officer, join int64) (Change, error) {
	var done Change
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		done, err = s.undoJoinTx(ctx, tx, by, join)
		return err
	})
	if err != nil {
		return Change{}, fmt.Errorf("undo join %d: %w", join, err)
	}
	return done, nil
}

func (s *Service) undoJoinTx(ctx context.Context, tx *db.Tx, by staff.Officer, join int64) (Change, error) {
	j, err := s.People.UndoJoinTx(ctx, tx, by.Actor(), join)
	if err != nil {
		return Change{}, err
	}
	number, err := s.moveTx(ctx, tx, by.Actor(), actParted, 0, j, j.Into, j.From)
	return Change{Number: number, Sentence: j.FromName + " is a person of their own again."}, err
}

// moveTx moves the conversations of a join's handles from one person to another
// and notes it: in the conversation that is named, or in each that moved.
func (s *Service) moveTx(ctx context.Context, tx *db.Tx, by record.Actor, act string, conversation int64, j person.Join, from, into int64) (int64, error) {
	moved, err := movePerson(ctx, tx, from, into, j.Handles)
	if err != nil {
		return 0, err
	}
	subject := Subject(conversation)
	if conversation == 0 {
		subject = record.Subject{Kind: "person", ID: into}
	}
	about := []record.Subject{{Kind: "person", ID: from}, {Kind: "person", ID: into}}
	topics := []string{TopicInbox}
	for i, id := range moved {
		topics = append(topics, Topic(id))
		if i < mostAbout {
			about = append(about, Subject(id))
		}
	}
	if conversation != 0 {
		topics = append(topics, Topic(conversation))
	}
	number, err := record.AppendNumbered(ctx, tx, record.Entry{Actor: by, Act: act, Subject: subject, About: about,
		Before: map[string]any{"person": from}, After: joinedPeople{Join: j.ID, From: j.From, Into: j.Into, Conversations: int64(len(moved))}})
	if err != nil {
		return 0, err
	}
	return number, s.Hub.Announce(ctx, tx, topics...)
}

// mostAbout bounds how many conversations one entry of the record names.
const mostAbout = 100
