package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Verdict is what a citizen says of a case that was closed.
type Verdict string

const (
	SaysFixed   Verdict = "fixed"
	SaysUnfixed Verdict = "unfixed"
)

// Valid reports whether v is a verdict.
func (v Verdict) Valid() bool { return v == SaysFixed || v == SaysUnfixed }

// Way is how a verdict reached us.
type Way string

const (
	Tapped Way = "page"  // on the private page
	Read   Way = "reply" // read from what they wrote, which may be wrong
)

// Feedback is a citizen's verdict on a closing.
type Feedback struct {
	ID        int64
	CaseID    int64
	ClosingID int64  // the step that closed it
	Who       string // which citizen
	Verdict   Verdict
	Way       Way
	Words     string
	MessageID int64 // from which it was read
	StepID    int64 // that took the case up again; 0 for none
	At        time.Time
	UndoneAt  time.Time // zero while it counts
}

// counts reports whether it is part of the figures.
func (f Feedback) counts() bool { return f.ID != 0 && f.UndoneAt.IsZero() }

// reopenFor is how long after a closing a citizen's word takes the case up
// again. Later it is a new message, for much may have happened since.
const reopenFor = 60 * 24 * time.Hour

// errLate answers a verdict that comes after reopenFor.
var errLate = fault.New(fault.Conflict, "This was closed more than 60 days ago, so it is not opened again by itself. Tell us more about it and somebody will look.")

// errNotClosed answers a verdict on a case that is not done.
var errNotClosed = fault.New(fault.Conflict, "This case is not closed at the moment, so there is nothing to answer.")

// judgement is a verdict on its way in.
type judgement struct {
	who     string
	by      record.Actor
	verdict Verdict
	way     Way
	words   string
	message int64
}

// closingOf is the step by which a case came to be done, of those that were not
// undone: the last one, even when a citizen has taken the case up again since.
func closingOf(steps []Step) (Step, bool) {
	for _, st := range slices.Backward(steps) {
		if st.UndoneAt.IsZero() && st.State == Done {
			return st, true
		}
	}
	return Step{}, false
}

// judgeTx notes a citizen's verdict on the last closing of a case, and takes the
// case up again when it is not fixed. The same verdict twice changes nothing; the
// other one replaces it.
//
// Errors: errNotClosed, errLate.
func (s *Service) judgeTx(ctx context.Context, tx *db.Tx, c *Case, j judgement) (Feedback, error) {
	steps, err := stood(ctx, tx, c.ID)
	if err != nil {
		return Feedback{}, err
	}
	closing, closed := closingOf(steps)
	if !closed {
		return Feedback{}, errNotClosed
	}
	had, err := feedbackOn(ctx, tx, c.ID, closing.ID, j.who)
	if err != nil {
		return Feedback{}, err
	}
	// Whoever took the case up again by mistake may say so; nobody else can speak
	// of a case that is being worked on.
	mine := had.counts() && had.StepID != 0 && steps[len(steps)-1].ID == had.StepID && c.State == Accepted
	if c.State != Done && !mine {
		if had.counts() && had.Verdict == j.verdict {
			return had, nil
		}
		return Feedback{}, errNotClosed
	}
	f := Feedback{ID: had.ID, CaseID: c.ID, ClosingID: closing.ID, Who: j.who, Verdict: j.verdict, Way: j.way, MessageID: j.message, At: tx.Now}
	if f.Words, _ = text.Clean(j.words, maxSay); f.Words == "" {
		f.Words = had.Words
	}
	if had.counts() && had.Verdict == j.verdict {
		f.StepID = had.StepID
		return f, putFeedback(ctx, tx, f)
	}
	if tx.Now.Sub(closing.At) > reopenFor {
		return Feedback{}, errLate
	}
	if f.ID == 0 {
		f.ID = tx.NewID()
	}
	before := *c
	c.count(had, -1)
	c.count(f, 1)
	switch {
	case j.verdict == SaysUnfixed:
		f.StepID, err = s.takeUpTx(ctx, tx, c, before, j)
	case mine:
		err = s.putDownTx(ctx, tx, c, before, steps[len(steps)-1], j.by)
	default:
		err = s.saveTx(ctx, tx, Change{Act: "casework.case.said_fixed", By: j.by, Before: before}, c)
	}
	if err != nil {
		return Feedback{}, err
	}
	return f, putFeedback(ctx, tx, f)
}

// count adds what f says to the case's figures, n times.
func (c *Case) count(f Feedback, n int64) {
	switch {
	case !f.counts():
	case f.Verdict == SaysFixed:
		c.Fixed = max(0, c.Fixed+n)
	default:
		c.Unfixed = max(0, c.Unfixed+n)
	}
}

// takeUpTx brings a case that is not fixed back into its team's queue.
func (s *Service) takeUpTx(ctx context.Context, tx *db.Tx, c *Case, before Case, j judgement) (int64, error) {
	err := record.Append(ctx, tx, record.Entry{Actor: j.by, Act: "casework.case.said_not_fixed", Subject: c.Subject(),
		Before: map[string]any{"unfixed": before.Unfixed}, After: map[string]any{"unfixed": c.Unfixed, "way": j.way}})
	if err != nil {
		return 0, err
	}
	say, err := s.wordsTx(ctx, tx, *c, Saying{From: Done, To: Accepted})
	if err != nil {
		return 0, err
	}
	step, err := s.moveFromTx(ctx, tx, j.by, before, c, Moving{To: Accepted, Say: say})
	return step.ID, err
}

// putDownTx undoes what takeUpTx did: it is fixed after all.
func (s *Service) putDownTx(ctx context.Context, tx *db.Tx, c *Case, before Case, st Step, by record.Actor) error {
	if st.MessageID != 0 {
		if _, err := s.Desk.UnsayTx(ctx, tx, st.MessageID, by); err != nil {
			return err
		}
	}
	c.putBack(st, tx.Now)
	c.EndedAt = before.EndedAt
	if c.State.Ended() && c.EndedAt.IsZero() {
		c.EndedAt = tx.Now
	}
	if err := markUndone(ctx, tx, st.ID); err != nil {
		return err
	}
	return s.saveTx(ctx, tx, Change{Act: "casework.case.said_fixed", By: by, Before: before, Step: st}, c)
}

// forgetVerdictTx takes the verdict back that led to a step, when the step is
// undone.
func (s *Service) forgetVerdictTx(ctx context.Context, tx *db.Tx, c *Case, step int64) error {
	list, err := feedbackOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.StepID == step && f.counts() {
			c.count(f, -1)
			f.UndoneAt = tx.Now
			return putFeedback(ctx, tx, f)
		}
	}
	return nil
}

// NotMeant takes a verdict back that was read from a message and not meant: the
// case is as it was before, when nobody has done anything to it since.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) NotMeant(ctx context.Context, by staff.Officer, id, feedback int64) (c Case, told bool, err error) {
	var step int64
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		step = 0
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		list, err := feedbackOf(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(f Feedback) bool { return f.ID == feedback && f.counts() })
		if i < 0 {
			return fault.New(fault.NotFound, "There is no such answer, or it was taken back already.")
		}
		f := list[i]
		if f.StepID != 0 && c.State == Accepted {
			step = f.StepID
			return nil
		}
		before := c
		c.count(f, -1)
		f.UndoneAt = tx.Now
		if err := putFeedback(ctx, tx, f); err != nil {
			return err
		}
		return s.saveTx(ctx, tx, Change{Act: "casework.case.answer_not_meant", By: by.Actor(), Before: before}, &c)
	})
	if err != nil {
		return Case{}, false, fmt.Errorf("take back what was read of case %d: %w", id, err)
	}
	if step != 0 {
		return s.Undo(ctx, by, id, step)
	}
	return c, false, nil
}

// citizenOf is who a case's citizen is on the record.
func (c Case) citizenOf() record.Actor {
	name := c.Who
	if name == "" {
		name = "The citizen"
	}
	return record.Actor{Kind: record.Citizen, ID: c.PersonID, Name: name}
}

// Judge notes what the citizen tapped on their private page, once for each
// closing and changeable for 60 days.
//
// Errors: fault.NotFound; fault.Invalid for no answer; fault.Conflict when the
// case is not closed, or was closed too long ago.
func (s *Service) Judge(ctx context.Context, reference string, verdict Verdict, words string) (Case, error) {
	if !verdict.Valid() {
		return Case{}, fault.New(fault.Invalid, "Choose one of the answers.")
	}
	var c Case
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = caseByTrack(ctx, tx, reference); err != nil {
			return err
		}
		j := judgement{who: whoOf(c), by: c.citizenOf(), verdict: verdict, way: Tapped, words: words}
		if c, err = owner(ctx, tx, c); err != nil {
			return err
		}
		_, err = s.judgeTx(ctx, tx, &c, j)
		return err
	})
	if err != nil {
		return Case{}, fmt.Errorf("note what a citizen says of a case: %w", err)
	}
	return c, nil
}

// whoOf is as whom the holder of a case's private page answers.
func whoOf(c Case) string {
	if c.joinedInto() == 0 {
		return "page"
	}
	return fmt.Sprintf("case:%d", c.ID) // one of several whom the other case is for
}

// owner is the case in which the work on c is done: itself, or the one that it
// is joined into.
func owner(ctx context.Context, tx *db.Tx, c Case) (Case, error) {
	for range 10 { // a case into which others are joined may be joined in turn
		into := c.joinedInto()
		if into == 0 {
			return c, nil
		}
		var err error
		if c, err = caseTx(ctx, tx, into); err != nil {
			return c, err
		}
	}
	return c, nil
}

// SetQuiet stops news about a case, or lets them come again.
//
// Errors: fault.NotFound.
func (s *Service) SetQuiet(ctx context.Context, reference string, quiet bool) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := caseByTrack(ctx, tx, reference)
		if err != nil || c.Quiet == quiet {
			return err
		}
		before := c
		c.Quiet = quiet
		return s.saveTx(ctx, tx, Change{Act: "casework.case.news_switched", By: c.citizenOf(), Before: before}, &c)
	})
	if err != nil {
		return fmt.Errorf("switch the news about a case: %w", err)
	}
	return nil
}

// TellMore adds what the citizen wrote on their private page to the
// conversation in which the case began. It is idempotent by the key.
//
// Errors: fault.NotFound; fault.Conflict when the case began in no conversation.
func (s *Service) TellMore(ctx context.Context, reference string, a desk.Addition) error {
	var c Case
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = caseByTrack(ctx, tx, reference)
		return err
	})
	if err != nil {
		return err
	}
	if c.ConversationID == 0 {
		return fault.New(fault.Conflict, "This case came to us from another program. Please tell us more where you reported it.")
	}
	a.Key = fmt.Sprintf("case:%d:%s", c.ID, a.Key)
	a.Notice = "Written on the private page of case " + c.Reference + "."
	return s.Desk.Hear(ctx, c.ConversationID, a)
}
