package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Word is how often the council kept its word, of the cases of a service for which
// what was said was over in the last year. What was somebody else's, joined or taken
// back is not among them.
type Word struct {
	Told, Kept int64
}

// Words are both kinds of it.
type Words struct {
	Date     Word // the day that was named, by which nine in ten are done
	Standard Word // the time that the council has promised for the service
}

type wordKind string

const (
	wordDate     wordKind = "date"
	wordStandard wordKind = "standard"
)

// wordFor is how long what was said is counted after it was over, in weeks.
const wordFor = 53

// weekOf numbers weeks from Monday 29 December 1969, UTC.
func weekOf(t time.Time) int64 { return (db.Micros(t)/dayMicros + 3) / 7 }

// word is what one case adds, for which it was said that it would be done by a
// time.
func (c Case) word(by time.Time) Word {
	apart := c.State == NotOurs || c.State == Duplicate || c.State == Withdrawn && c.Reason != NoReply
	if c.ID == 0 || by.IsZero() || apart {
		return Word{}
	}
	done := c.State == Done && (c.Reason == Unknown || c.Reason.Resolves()) && !c.EndedAt.After(by)
	return Word{1, one(done)}
}

type keptPart struct {
	week    int64
	service int64
	kind    wordKind
	Word
}

// keptTx keeps count of the council's word in step with a change of a case. The
// standard is what the case was given when it was made.
func keptTx(ctx context.Context, tx *db.Tx, before, after Case) error {
	standard := after.DueAt
	switch {
	case before.ID == 0:
		if !standard.IsZero() {
			if err := setStandard(ctx, tx, after.ID, standard); err != nil {
				return err
			}
		}
	case before.State == after.State && before.Reason == after.Reason && before.ServiceID == after.ServiceID && before.EndedAt.Equal(after.EndedAt) && before.MostAt.Equal(after.MostAt):
		return nil
	default:
		var err error
		if standard, err = standardOf(ctx, tx, after.ID); err != nil {
			return err
		}
	}
	list := []keptPart{}
	add := func(c Case, kind wordKind, by time.Time, n int64) {
		if w := c.word(by); w.Told != 0 {
			list = append(list, keptPart{weekOf(by), c.ServiceID, kind, Word{n * w.Told, n * w.Kept}})
		}
	}
	add(before, wordDate, before.MostAt, -1)
	add(after, wordDate, after.MostAt, 1)
	add(before, wordStandard, standard, -1)
	add(after, wordStandard, standard, 1)
	return addKept(ctx, tx, list)
}

// Kept is how often the council kept its word, by service.
func (s *Service) Kept(ctx context.Context, now time.Time) (map[int64]Words, error) {
	list := map[int64]Words{}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		clear(list)
		parts, err := keptSince(ctx, tx, weekOf(now)-wordFor, weekOf(now))
		for _, p := range parts {
			w := list[p.service]
			if p.kind == wordDate {
				w.Date = p.Word
			} else {
				w.Standard = p.Word
			}
			list[p.service] = w
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how often the council kept its word: %w", err)
	}
	return list, nil
}
