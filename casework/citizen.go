package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/web"
)

// Citizen is what the pages for citizens need. Without BaseURL nobody is given a
// link.
type Citizen struct {
	BaseURL string       // "https://contact.council.example", without a slash at the end
	Photos  *blob.Photos // nil: no photos are taken
	// Say gives a sentence of the pages' frame in a language ("cy", "gd"), "" for
	// the English one; nil is English everywhere.
	Say func(language, english string) string
}

// citizens is what the pages for citizens keep while the program runs.
type citizens struct {
	zone           *time.Location // in which days are written to citizens
	sends, guesses *web.Limiter   // by address
}

func newCitizens() citizens {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		zone = time.UTC // a machine without the table of time zones: a day may be off by one in summer
	}
	return citizens{zone: zone, sends: web.NewLimiter(60, 10*time.Second), guesses: web.NewLimiter(20, 30*time.Second)}
}

// Tracked is a case as its citizen may see it.
type Tracked struct {
	Case
	Service  string
	Photos   []Photo
	Asked    Asked    // what its service asks, and what is known of it
	Steps    []Step   // those that were not undone, oldest first
	Feedback Feedback // on the last closing; the zero value is none
	Closing  Step     // the last closing; the zero value is none
	// Other is the case into which this one is joined, and OtherSteps what became
	// of it since: of it the citizen sees the states and nothing else.
	Other      Case
	OtherSteps []Step
}

// Judgeable reports whether the citizen may say whether it is fixed.
func (t Tracked) Judgeable(now time.Time) bool {
	return t.Closing.ID != 0 && now.Sub(t.Closing.At) <= reopenFor && (t.work().State == Done || t.mistaken())
}

// mistaken reports whether the citizen has taken the case up again and nobody
// has done anything since, so that they may say that it was a mistake.
func (t Tracked) mistaken() bool {
	steps := t.workSteps()
	return t.work().State == Accepted && t.Feedback.counts() && t.Feedback.StepID != 0 && len(steps) > 0 && steps[len(steps)-1].ID == t.Feedback.StepID
}

// work is the case in which the work is done: this one, or the one that it is
// joined into.
func (t Tracked) work() Case {
	if t.Other.ID != 0 {
		return t.Other
	}
	return t.Case
}

func (t Tracked) workSteps() []Step {
	if t.Other.ID != 0 {
		return t.OtherSteps
	}
	return t.Steps
}

// TooLate reports whether the case is done and was closed too long ago to be
// taken up again by a tap.
func (t Tracked) TooLate(now time.Time) bool {
	return t.work().State == Done && t.Closing.ID != 0 && now.Sub(t.Closing.At) > reopenFor
}

// Track reads a case by the long reference of its private page.
//
// Errors: fault.NotFound.
func (s *Service) Track(ctx context.Context, reference string) (Tracked, error) {
	var t Tracked
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		t = Tracked{}
		var err error
		if t.Case, err = caseByTrack(ctx, tx, reference); err != nil {
			return err
		}
		if t.Photos, _, err = photosOf(ctx, tx, t.ID); err != nil {
			return err
		}
		if t.Photos, err = s.describeTx(ctx, tx, t.Photos); err != nil {
			return err
		}
		if t.Asked, err = s.askedTx(ctx, tx, t.Case); err != nil {
			return err
		}
		if t.Steps, err = stood(ctx, tx, t.ID); err != nil {
			return err
		}
		if t.joinedInto() != 0 {
			if t.Other, err = owner(ctx, tx, t.Case); err != nil {
				return err
			}
			if t.OtherSteps, err = stood(ctx, tx, t.Other.ID); err != nil {
				return err
			}
		}
		var closed bool
		if t.Closing, closed = closingOf(t.workSteps()); closed {
			if t.Feedback, err = feedbackOn(ctx, tx, t.work().ID, t.Closing.ID, whoOf(t.Case)); err != nil {
				return err
			}
		}
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		t.Service = snapshot.ServiceName(t.ServiceID)
		return nil
	})
	if err != nil {
		return Tracked{}, fmt.Errorf("read a private page: %w", err)
	}
	return t, nil
}

// stood are the steps of a case that were not undone, oldest first.
func stood(ctx context.Context, tx *db.Tx, id int64) ([]Step, error) {
	steps, err := stepsOf(ctx, tx, id)
	var list []Step
	for _, st := range steps {
		if st.UndoneAt.IsZero() {
			list = append(list, st)
		}
	}
	return list, err
}
