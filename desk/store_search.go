package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

// A search pages through the messages that match, newest first, and shows each
// conversation once, at the newest of them.
// A filter that leaves out most of them is looked for in larger batches, and a
// page gives up after a while and says where it stopped.
const (
	firstBatch   = 200
	nextBatch    = 600
	searchRounds = 3
)

const sqlSearchMessages = `SELECT m.id, c.id, (`
const sqlSearchMessagesFrom = `) FROM desk_message m JOIN desk_conversation c ON c.id = m.conversation_id WHERE m.id IN `
const sqlMessagesSince = `SELECT id, conversation_id FROM desk_message WHERE id >= $1 AND conversation_id IN `

// hit is a message that matches.
type hit struct {
	message, conversation int64
	fits                  bool
}

func scanHit(row db.Scanner) (hit, error) {
	var h hit
	return h, row.Scan(&h.message, &h.conversation, &h.fits)
}

// searchKeys are the conversations of a page of search results, and where the
// next begins.
func searchKeys(ctx context.Context, tx *db.Tx, q Query) ([]int64, Key, error) {
	terms := searchTerms(q.Words)
	conditions, fits := q.conditions(tx.Now)
	if len(terms) == 0 || !fits {
		return nil, Key{}, nil
	}
	var ids []int64
	seen := map[int64]bool{}
	at := q.Before.ID
	batch := firstBatch
	for range searchRounds {
		messages, rest, err := searchIndex.Search(ctx, tx, terms, at, batch)
		if err != nil {
			return nil, Key{}, err
		}
		hits, err := readHits(ctx, tx, conditions, messages)
		if err != nil {
			return nil, Key{}, err
		}
		earlier, err := shownBefore(ctx, tx, terms, hits, q.Before.ID)
		if err != nil {
			return nil, Key{}, err
		}
		for _, id := range messages {
			h, ok := hits[id]
			if ok && h.fits && !seen[h.conversation] && !earlier[h.conversation] {
				if len(ids) == q.Limit {
					return ids, Key{ID: at}, nil
				}
				seen[h.conversation] = true
				ids = append(ids, h.conversation)
			}
			at = id
		}
		if len(messages) < batch {
			return ids, Key{ID: rest}, nil // it took too long: where to go on
		}
		batch = nextBatch
	}
	return ids, Key{ID: at}, nil
}

func readHits(ctx context.Context, tx *db.Tx, conditions []condition, messages []int64) (map[int64]hit, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	var args []any
	asked := "TRUE"
	for i, c := range conditions {
		c.column = "c." + c.column
		if i == 0 {
			asked = c.sql(&args)
		} else {
			asked += " AND " + c.sql(&args)
		}
	}
	padded := db.Padded(messages)
	query := sqlSearchMessages + asked + sqlSearchMessagesFrom + db.In(len(args), len(padded))
	list, err := db.Collect(ctx, tx, scanHit, query, append(args, anys(padded)...)...)
	if err != nil {
		return nil, fmt.Errorf("read messages found: %w", err)
	}
	hits := make(map[int64]hit, len(list))
	for _, h := range list {
		hits[h.message] = h
	}
	return hits, nil
}

// shownBefore are the conversations that have a newer match, so that an earlier
// page has shown them.
func shownBefore(ctx context.Context, tx *db.Tx, terms []db.Term, hits map[int64]hit, before int64) (map[int64]bool, error) {
	if before == 0 || len(hits) == 0 {
		return nil, nil
	}
	set := map[int64]bool{}
	var conversations []int64
	for _, h := range hits {
		if h.fits && !set[h.conversation] {
			set[h.conversation] = true
			conversations = append(conversations, h.conversation)
		}
	}
	if len(conversations) == 0 {
		return nil, nil
	}
	padded := db.Padded(conversations)
	newer, err := db.Collect(ctx, tx, func(row db.Scanner) (hit, error) {
		var h hit
		return h, row.Scan(&h.message, &h.conversation)
	}, sqlMessagesSince+db.In(1, len(padded)), append([]any{before}, anys(padded)...)...)
	if err != nil {
		return nil, fmt.Errorf("read newer messages: %w", err)
	}
	of := make(map[int64]int64, len(newer))
	ids := make([]int64, 0, len(newer))
	for _, h := range newer {
		of[h.message] = h.conversation
		ids = append(ids, h.message)
	}
	matching, err := searchIndex.Among(ctx, tx, terms, ids)
	if err != nil {
		return nil, err
	}
	shown := map[int64]bool{}
	for _, id := range matching {
		shown[of[id]] = true
	}
	return shown, nil
}

func searchTerms(words string) []db.Term {
	list := text.SearchTerms(words)
	terms := make([]db.Term, len(list))
	for i, t := range list {
		terms[i] = db.Term{Words: t.Words, Prefix: t.Prefix}
	}
	return terms
}

const sqlSearchable = `SELECT id, author, subject, body FROM desk_message WHERE id > $1 AND state <> 'cancelled' ORDER BY id LIMIT $2`

// Reindex builds the full-text index anew, after messages came in by another way
// than through the desk.
func Reindex(ctx context.Context, d *db.DB) error {
	scan := func(row db.Scanner) (m Message, err error) {
		err = row.Scan(&m.ID, &m.Author, &m.Subject, &m.Body)
		return m, err
	}
	return searchIndex.Rebuild(ctx, d, func(ctx context.Context, tx *db.Tx, after int64, most int) ([]db.Indexed, error) {
		list, err := db.Collect(ctx, tx, scan, sqlSearchable, after, most)
		out := make([]db.Indexed, len(list))
		for i, m := range list {
			out[i] = db.Indexed{ID: m.ID, Folded: m.Searchable()}
		}
		return out, err
	})
}
