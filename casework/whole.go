package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// Whole is a case with all that stands on its page.
type Whole struct {
	Case
	Conversation desk.Conversation // the zero value when it has none
	Photos       []Photo
	Tasks        []Task
	Linked       []Linked
	TakenOut     []Photo // photos that were taken out of the case, and can be put back
	Steps        []Step
	Acts         []record.Kept // newest first, 50 at most
	Wordings     Wordings      // in which the citizen is told
	Feedback     []Feedback    // what citizens said of its closings
	Asked        Asked
	Elsewhere    string // where the case is besides here, as a sentence
	around
}

// language is that in which the citizen is told.
func (w Whole) language() string {
	if w.Conversation.Language != "" {
		return w.Conversation.Language
	}
	return w.Language
}

// Whole reads a case for its page.
//
// Errors: fault.NotFound.
func (s *Service) Whole(ctx context.Context, id int64) (Whole, error) {
	var w Whole
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		w = Whole{}
		var err error
		if w.Case, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if w.ConversationID != 0 {
			if w.Conversation, err = s.Desk.ConversationTx(ctx, tx, w.ConversationID); err != nil {
				return err
			}
		}
		if w.Tasks, err = tasksOf(ctx, tx, id); err != nil {
			return err
		}
		if w.Linked, err = linkedTx(ctx, tx, id); err != nil {
			return err
		}
		if w.Photos, w.TakenOut, err = photosOf(ctx, tx, id); err != nil {
			return err
		}
		if w.Photos, err = s.describeTx(ctx, tx, w.Photos); err != nil {
			return err
		}
		if w.Asked, err = s.askedTx(ctx, tx, w.Case); err != nil {
			return err
		}
		if w.Steps, err = stepsOf(ctx, tx, id); err != nil {
			return err
		}
		if w.Wordings, err = wordingsOf(ctx, tx, w.ServiceID); err != nil {
			return err
		}
		if w.Feedback, err = feedbackOf(ctx, tx, id); err != nil {
			return err
		}
		if w.around, err = s.aroundTx(ctx, tx, w.Case); err != nil {
			return err
		}
		if w.Elsewhere, err = s.elsewhereTx(ctx, tx, id); err != nil {
			return err
		}
		w.Acts, err = record.About(ctx, tx, w.Subject(), 0, 50)
		return err
	})
	if err != nil {
		return Whole{}, fmt.Errorf("read case %d: %w", id, err)
	}
	return w, nil
}

// Of returns the cases of a conversation, newest first, 10 at most.
func (s *Service) Of(ctx context.Context, conversation int64) (list []Case, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = casesOf(ctx, tx, conversation, 10)
		return err
	})
	return list, err
}

// Told is a step as the citizen may see it on a tracking page.
type Told struct {
	At        time.Time
	Reference string
	State     State
	Whose     string
}

// Told returns what became of the cases of the conversation that a network
// knows by a token, oldest first. An unknown token has none.
func (s *Service) Told(ctx context.Context, token string) ([]Told, error) {
	var list []Told
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		c, err := s.Desk.ConversationByTokenTx(ctx, tx, token)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		cases, err := casesOf(ctx, tx, c.ID, 10)
		if err != nil {
			return err
		}
		for _, one := range cases {
			steps, err := stepsOf(ctx, tx, one.ID)
			if err != nil {
				return err
			}
			for _, st := range steps {
				if st.UndoneAt.IsZero() {
					t := Told{At: st.At, Reference: one.Reference, State: st.State}
					if st.State == NotOurs {
						t.Whose = one.Whose
					}
					list = append(list, t)
				}
			}
		}
		slices.SortStableFunc(list, func(a, b Told) int { return a.At.Compare(b.At) })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the steps for a tracking page: %w", err)
	}
	return list, nil
}
