package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Flow is what came in and what was closed in a time, of a service, an area or
// all of them.
type Flow struct {
	ID       int64 // of the service or area; 0 for none that is known
	Opened   int64
	Closed   int64
	Resolved int64 // of Closed
	Unsolved int64 // of Closed: closed without being resolved
	Reopened int64
	Waiting  int64 // open now
}

// Week is the flow of a week that begins on a Monday, UTC.
type Week struct {
	From time.Time
	Flow
}

// Ageing is how many open cases are of an age.
type Ageing struct {
	Label string
	Count int64
}

// Flows are the figures of the last weeks.
type Flows struct {
	Weeks    []Week // the oldest first; the last one is not over yet
	Total    Flow
	Services []Flow
	Areas    []Flow
	Ages     []Ageing
}

// flowWeeks is how far back the page looks.
const flowWeeks = 13

const dayMicros = 24 * 60 * 60 * 1_000_000

// Flows reads the figures for leaders: of services and areas, never of persons.
func (s *Service) Flows(ctx context.Context) (Flows, error) {
	var f Flows
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		f = Flows{}
		monday := int64(mondayOf(tx.Now).Unix() / 86_400)
		from := monday - 7*(flowWeeks-1)
		byDay, err := flowBy(ctx, tx, sqlFlowByDay, from)
		if err != nil {
			return err
		}
		f.Weeks = make([]Week, flowWeeks)
		for i := range f.Weeks {
			f.Weeks[i].From = time.Unix((from+7*int64(i))*86_400, 0).UTC()
		}
		for _, day := range byDay {
			week := (day.ID - from) / 7
			if week < 0 || week >= flowWeeks {
				continue // a clock was ahead
			}
			f.Weeks[week].Flow = f.Weeks[week].plus(day)
			f.Total = f.Total.plus(day)
		}
		if f.Services, err = flowOf(ctx, tx, sqlFlowByService, sqlWaitingByService, from); err != nil {
			return err
		}
		if f.Areas, err = flowOf(ctx, tx, sqlFlowByArea, sqlWaitingByArea, from); err != nil {
			return err
		}
		for _, one := range f.Services {
			f.Total.Waiting += one.Waiting
		}
		f.Ages, err = ages(ctx, tx)
		return err
	})
	if err != nil {
		return Flows{}, fmt.Errorf("read the flow of cases: %w", err)
	}
	return f, nil
}

func mondayOf(at time.Time) time.Time {
	y, m, d := at.UTC().Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func (f Flow) plus(o Flow) Flow {
	return Flow{f.ID, f.Opened + o.Opened, f.Closed + o.Closed, f.Resolved + o.Resolved, f.Unsolved + o.Unsolved, f.Reopened + o.Reopened, f.Waiting + o.Waiting}
}

// flowPart is what a case adds to one row of casework_flow.
type flowPart struct {
	day, service, area int64
	Flow
}

// flow are the parts of a case: one of the day on which it was opened, and one of
// the day on which it ended.
func (c Case) flow() []flowPart {
	if c.ID == 0 {
		return nil
	}
	parts := []flowPart{{db.Micros(c.CreatedAt) / dayMicros, c.ServiceID, c.AreaID, Flow{Opened: 1}}}
	if o := c.outcome(); o.Closed > 0 && !c.EndedAt.IsZero() {
		parts = append(parts, flowPart{db.Micros(c.EndedAt) / dayMicros, c.ServiceID, c.AreaID, Flow{Closed: o.Closed, Resolved: o.Resolved, Unsolved: o.Unresolved}})
	}
	return parts
}

// flowSums are changes of the figures, by day, service and area.
type flowSums map[[3]int64]Flow

func (sums flowSums) add(c Case, sign int64) {
	for _, p := range c.flow() {
		sums.put(p, sign)
	}
}

func (sums flowSums) put(p flowPart, sign int64) {
	key := [3]int64{p.day, p.service, p.area}
	sums[key] = sums[key].plus(Flow{0, sign * p.Opened, sign * p.Closed, sign * p.Resolved, sign * p.Unsolved, sign * p.Reopened, 0})
}

func (sums flowSums) writeTx(ctx context.Context, tx *db.Tx) error {
	for key, sum := range sums {
		if sum == (Flow{}) {
			continue
		}
		if err := addFlow(ctx, tx, key, sum); err != nil {
			return err
		}
	}
	return nil
}

// flowTx takes what a case was out of the figures and puts what it is into them.
func flowTx(ctx context.Context, tx *db.Tx, before, after Case) error {
	sums := flowSums{}
	sums.add(before, -1)
	sums.add(after, 1)
	if n := after.Reopened - before.Reopened; n != 0 && before.ID != 0 {
		sums.put(flowPart{db.Micros(tx.Now) / dayMicros, after.ServiceID, after.AreaID, Flow{Reopened: n}}, 1)
	}
	return sums.writeTx(ctx, tx)
}
