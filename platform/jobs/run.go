package jobs

import (
	"context"
	"fmt"
	"strconv"

	"mercat.scot/mercat/platform/db"
)

// Run names one run of a program that runs jobs. A seat is something that one
// process at a time can hold, such as a locked file; who holds it knows that all
// earlier runs of the same seat are over, however they ended. Boot tells these
// runs apart. Seat 0 is none: then nothing is known of other runs.
type Run struct{ Seat, Boot int64 }

// client is the run as the queue's tables know it; "" lets River make a name.
func (r Run) client() string {
	if r.Seat == 0 {
		return ""
	}
	return r.ofSeat() + strconv.FormatInt(r.Boot, 36)
}

// ofSeat is how the names of all runs of a seat begin.
func (r Run) ofSeat() string { return "seat-" + strconv.FormatInt(r.Seat, 36) + "-" }

// Run is which run of the program this queue belongs to.
func (q *Queue) Run() Run { return q.options.Run }

// Recover takes up what earlier runs of this seat have left when they were
// killed: jobs that they were running are run again at once, where River would
// wait until RescueStuckJobsAfter has passed, and nobody waits for them to give
// the lead of the queue away. Call it before Start. It returns how many jobs
// there were.
//
// An attempt that was cut off counts as one, so that a job which ends the
// program itself is given up after its last attempt, by River.
func (q *Queue) Recover(ctx context.Context) (left int64, err error) {
	run := q.options.Run
	if run.Seat == 0 {
		return 0, nil
	}
	mine, seat := run.client(), run.ofSeat()+"%"
	if q.db.Engine() == db.SQLite {
		seat = "%" // one process serves it: what stands there of others came with a copy
	}
	err = q.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if _, err = tx.Exec(ctx, sqlLeadLeft, seat, mine); err != nil {
			return err
		}
		statement := sqlJobsLeft
		if tx.Engine() == db.Postgres {
			statement = sqlJobsLeftPostgres
		}
		left, err = tx.Exec(ctx, statement, seat, mine)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("take up the jobs of an earlier run: %w", err)
	}
	return left, nil
}
