package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// errEndedAnswer answers a citizen who answers a question of a case that has
// ended.
var errEndedAnswer = fault.New(fault.Conflict, "Nothing more is asked about this case, for it has ended. If something is not right, tell us more below.")

// Open are the questions that the citizen may answer on their private page:
// those without an answer, while the case is open.
func (t Tracked) Open() directory.Attributes {
	if t.State.Ended() {
		return nil
	}
	var open directory.Attributes
	for _, q := range t.Asked.Questions {
		if len(t.Asked.Answers[q.Code].Values) == 0 {
			open = append(open, q)
		}
	}
	return open
}

// AnswerTracked fills in what the citizen answers on their private page. What
// is answered already stays: an officer may have put it right. A case that
// waited for the answers goes on when none is missing.
//
// Errors: fault.NotFound; fault.Conflict when the case has ended; fault.Fields
// (directory.AnswerField of each code).
func (s *Service) AnswerTracked(ctx context.Context, reference string, values map[string][]string) (Case, error) {
	var c Case
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = caseByTrack(ctx, tx, reference); err != nil {
			return err
		}
		if c.State.Ended() {
			return errEndedAnswer
		}
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		had, err := answersOf(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		service, _ := snapshot.Service(c.ServiceID)
		clean, wrong := service.Attributes.ValidateGiven(values)
		if len(wrong) > 0 {
			return wrong
		}
		for code := range clean {
			if len(had[code].Values) > 0 {
				delete(clean, code)
			}
		}
		by := c.citizenOf()
		now, different := had.merge(clean, func(string, []string) Answer { return Answer{Origin: FromCitizen, Who: by.Name, At: tx.Now} })
		if !different {
			return nil
		}
		if err := s.saveAnswersTx(ctx, tx, by, &c, service.Attributes, had, now); err != nil {
			return err
		}
		return s.goOnTx(ctx, tx, by, &c, service.Attributes, now, "")
	})
	if err != nil {
		return Case{}, fmt.Errorf("answer on a private page: %w", err)
	}
	return c, nil
}
