package casework

import (
	"context"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Honest says in words how long things really take. It knows what it says by
// itself, without waiting, for it is asked within transactions too. A nil function
// knows nothing.
type Honest struct {
	// Now is what is known of a case of a service that was opened at a time and
	// waits still: of those that have waited as long as it has.
	Now func(language string, service int64, opened time.Time) string
	// Rest is what is said beside the days that were named: how many such cases are
	// never resolved, and how many wait before this one.
	Rest func(language string, service int64, opened time.Time) string
	// Days are working days with their noun, in a language.
	Days func(language string, days int) string
	// Figures is what is known of a service, for everybody; false when too little is.
	Figures func(service int64) (Figures, bool)
}

// Figures are how long things take in a service.
type Figures struct {
	Half, Most int      // working days in which half and nine in ten are done; 0 when that cannot be said
	Never      int      // of 100, how many are never resolved; -1 when not known
	Waiting    int      // how many wait now
	By         []DoneBy // how many are done by when
	Says       func(language string) string
	Cases      int       // that this was learned from, over all services
	Since      time.Time // the first of them was opened
	At         time.Time // when it was computed
}

// DoneBy is how many of 100 are done within some working days.
type DoneBy struct{ Days, Of100 int }

func (h Honest) figures(service int64) (Figures, bool) {
	if h.Figures == nil {
		return Figures{Never: -1}, false
	}
	return h.Figures(service)
}

func (h Honest) now(language string, c Case) string {
	if h.Now == nil || c.State.Ended() || c.ServiceID == 0 {
		return ""
	}
	return h.Now(language, c.ServiceID, c.CreatedAt)
}

func (h Honest) rest(language string, c Case) string {
	if h.Rest == nil || c.State.Ended() || c.ServiceID == 0 {
		return ""
	}
	return h.Rest(language, c.ServiceID, c.CreatedAt)
}

// likely is what a citizen is told of the days that their case was given: both,
// or the later one alone when the first is over. "" when none was given or both
// are over.
func likely(language string, c Case, now time.Time, zone *time.Location) string {
	switch {
	case c.HalfAt.IsZero() || c.MostAt.IsZero() || now.After(c.MostAt):
		return ""
	case now.After(c.HalfAt), day(c.HalfAt, zone) == day(c.MostAt, zone):
		return strings.ReplaceAll(spokenIn(language).expectedMost, "{most}", day(c.MostAt, zone))
	}
	return expectedIn(language, c.HalfAt, c.MostAt, zone)
}

// expectedTx is what takes the place of the honest date in words: the days, and
// what else is known where the network has room for it in one post.
func (s *Service) expectedTx(ctx context.Context, tx *db.Tx, c Case, conversation int64, say string) (string, error) {
	dates := likely(c.Language, c, tx.Now, s.zone)
	rest := s.rest(c.Language, c)
	if dates == "" || rest == "" {
		return dates, nil
	}
	whole := dates + " " + rest
	_, fits, err := s.Desk.SayableTx(ctx, tx, conversation, strings.NewReplacer(markExpected, whole, markLink, s.BaseURL+trackURL(c.Track)).Replace(say))
	if err != nil || !fits {
		return dates, err
	}
	return whole, nil
}
