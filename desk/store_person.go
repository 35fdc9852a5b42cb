package desk

import (
	"context"
	"fmt"
	"math"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

const sqlOfPerson = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation
	WHERE person_id = $1 AND (sorted, id) < ($2, $3) ORDER BY sorted DESC, id DESC LIMIT $4`
const sqlOfPersonOn = `SELECT ` + sqlConversationColumns + ` FROM desk_conversation
	WHERE person_id = $1 AND (sorted, id) < ($2, $3) AND network = $5 ORDER BY sorted DESC, id DESC LIMIT $4`
const sqlWorked = `SELECT id FROM desk_conversation WHERE person_id = $1 AND case_ref <> '' ORDER BY sorted DESC, id DESC LIMIT 200`

// What each side said last, of several conversations.
const sqlLatest = `SELECT conversation_id, direction, subject, body FROM desk_message WHERE id IN (
	SELECT MAX(id) FROM desk_message WHERE deleted_at = 0 AND state <> 'cancelled' AND conversation_id IN `
const sqlLatestEnd = ` GROUP BY conversation_id, direction)`

// OfPersonTx returns conversations of a person, those with the newest words
// first, from before a place in that order (zero: from the newest), on one
// network or on all (""). next is the place of the last when there are more.
func (s *Service) OfPersonTx(ctx context.Context, tx *db.Tx, person int64, on network.Kind, before Key, limit int) (list []Conversation, next Key, err error) {
	sorted, id := db.Micros(before.Sorted), before.ID
	if before == (Key{}) {
		sorted, id = math.MaxInt64, math.MaxInt64
	}
	query, args := sqlOfPerson, []any{person, sorted, id, limit + 1}
	if on != "" {
		query, args = sqlOfPersonOn, append(args, string(on))
	}
	if list, err = db.Collect(ctx, tx, scanConversation, query, args...); err != nil {
		return nil, Key{}, fmt.Errorf("read conversations of person %d: %w", person, err)
	}
	if len(list) > limit {
		list = list[:limit]
		next = Key{Sorted: list[limit-1].Sorted, ID: list[limit-1].ID}
	}
	return list, next, nil
}

// WorkedTx returns the conversations of a person from which cases were made, the
// newest 200.
func (s *Service) WorkedTx(ctx context.Context, tx *db.Tx, person int64) ([]int64, error) {
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlWorked, person)
	if err != nil {
		return nil, fmt.Errorf("read conversations with cases of person %d: %w", person, err)
	}
	return ids, nil
}

// Latest is what each side said last, in a line; "" where one said nothing.
type Latest struct{ In, Out, Note string }

// LatestTx returns what was said last in conversations, by id.
func (s *Service) LatestTx(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Latest, error) {
	type said struct {
		conversation int64
		direction    Direction
		words        string
	}
	scan := func(row db.Scanner) (one said, err error) {
		var subject, body string
		err = row.Scan(&one.conversation, &one.direction, &subject, &body)
		if one.words = text.Excerpt(body, maxExcerpt); one.words == "" {
			one.words = text.Excerpt(subject, maxExcerpt)
		}
		return one, err
	}
	latest := make(map[int64]Latest, len(ids))
	for chunk := range db.Chunks(ids, insertRows) {
		list, err := db.Collect(ctx, tx, scan, sqlLatest+db.In(0, len(chunk))+sqlLatestEnd, anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("read what was said last: %w", err)
		}
		for _, one := range list {
			l := latest[one.conversation]
			switch one.direction {
			case In:
				l.In = one.words
			case Out:
				l.Out = one.words
			case Note:
				l.Note = one.words
			}
			latest[one.conversation] = l
		}
	}
	return latest, nil
}

// Label is what people call the state of a conversation.
func (s State) Label() string { return s.label() }
