package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"mercat.scot/mercat/platform/db"
)

// Outcome is how the cases of a service ended, as the public may know it. Closed
// is not fixed, so it counts apart what was closed without being resolved and
// what citizens said was not fixed.
type Outcome struct {
	ServiceID  int64 // 0 for cases of which no service is known
	Opened     int64
	Closed     int64 // done, or given up because no reply came
	Resolved   int64 // of Closed: what was asked for was done
	Unresolved int64 // of Closed: it was not. The rest have no reason: they are older, or came from elsewhere
	Fixed      int64 // cases of which a citizen said that they were fixed
	Unfixed    int64 // and those of which one said that they were not
	Reopened   int64 // cases taken up again at least once
}

// Share is a part of a whole in percent, and whether there is a whole.
func Share(part, whole int64) (percent float64, known bool) {
	if whole <= 0 {
		return 0, false
	}
	return 100 * float64(part) / float64(whole), true
}

// Known is how many of the closed have a reason: the whole for the share of
// unresolved ones.
func (o Outcome) Known() int64 { return o.Resolved + o.Unresolved }

// outcome is what one case adds to its service.
func (c Case) outcome() Outcome {
	o := Outcome{ServiceID: c.ServiceID}
	if c.ID == 0 {
		return o
	}
	gaveUp := c.State == Withdrawn && c.Reason == NoReply
	o.Opened = 1
	o.Closed = one(c.State == Done || gaveUp)
	o.Resolved = one(c.State == Done && c.Reason.Resolves())
	o.Unresolved = one(c.State == Done && c.Reason != Unknown && !c.Reason.Resolves() || gaveUp)
	o.Fixed, o.Unfixed, o.Reopened = one(c.Fixed > 0), one(c.Unfixed > 0), one(c.Reopened > 0)
	return o
}

func one(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// times is n of the same.
func (o Outcome) times(n int64) Outcome {
	return Outcome{o.ServiceID, n * o.Opened, n * o.Closed, n * o.Resolved, n * o.Unresolved, n * o.Fixed, n * o.Unfixed, n * o.Reopened}
}

func (o Outcome) plus(p Outcome) Outcome {
	return Outcome{o.ServiceID, o.Opened + p.Opened, o.Closed + p.Closed, o.Resolved + p.Resolved, o.Unresolved + p.Unresolved,
		o.Fixed + p.Fixed, o.Unfixed + p.Unfixed, o.Reopened + p.Reopened}
}

func (o Outcome) zero() bool { return o == Outcome{ServiceID: o.ServiceID} }

// tallyTx keeps the figures in step with a change of a case; the zero Case is
// one that is not there.
func tallyTx(ctx context.Context, tx *db.Tx, before, after Case) error {
	was, is := before.outcome().times(-1), after.outcome()
	list := []Outcome{was, is}
	if before.ID == 0 || after.ID == 0 || was.ServiceID == is.ServiceID {
		both := was.plus(is)
		if both.ServiceID = is.ServiceID; after.ID == 0 {
			both.ServiceID = was.ServiceID
		}
		list = []Outcome{both}
	}
	return addOutcomes(ctx, tx, list)
}

// tallyPastTx is tallyTx for many at once: a row of figures is written once for
// each service.
func tallyPastTx(ctx context.Context, tx *db.Tx, before, after []Case) error {
	sums := map[int64]Outcome{}
	add := func(o Outcome) {
		sum := sums[o.ServiceID]
		sum.ServiceID = o.ServiceID
		sums[o.ServiceID] = sum.plus(o)
	}
	for _, c := range before {
		add(c.outcome().times(-1))
	}
	for _, c := range after {
		add(c.outcome())
	}
	list := make([]Outcome, 0, len(sums))
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, sums[id])
	}
	return addOutcomes(ctx, tx, list)
}

// Outcomes are the public figures of every service that has had a case, in the
// order of their ids.
func (s *Service) Outcomes(ctx context.Context) (list []Outcome, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = outcomes(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how cases ended: %w", err)
	}
	return list, nil
}
