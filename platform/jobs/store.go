package jobs

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"

	"mercat.scot/mercat/platform/db"
)

// Count is how many jobs of a kind are in a state of River's: available,
// pending, running, retryable, scheduled, discarded.
type Count struct {
	Kind  string
	State string
	Jobs  int64
}

// What is finished is left out: it can be much, and says nothing about now.
const sqlCounts = `SELECT kind, state, COUNT(*) FROM river_job
	WHERE state IN ('available', 'pending', 'running', 'retryable', 'scheduled', 'discarded') GROUP BY kind, state`

const sqlHandOver = `UPDATE river_job SET queue = $1 WHERE queue = $2 AND state IN ('available', 'pending', 'retryable', 'scheduled')`

// The last of those who attempted a job is the one that runs it. The two engines
// keep that list in forms of their own.
const sqlJobsLeft = `UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt < max_attempts
	AND json_extract(attempted_by, '$[#-1]') LIKE $1 AND json_extract(attempted_by, '$[#-1]') <> $2`
const sqlJobsLeftPostgres = `UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt < max_attempts
	AND attempted_by[cardinality(attempted_by)] LIKE $1 AND attempted_by[cardinality(attempted_by)] <> $2`
const sqlLeadLeft = `DELETE FROM river_leader WHERE leader_id LIKE $1 AND leader_id <> $2`

// HandOver gives what is still to be done to the usual queue. Stop this one
// first.
func (q *Queue) HandOver(ctx context.Context) error {
	err := q.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlHandOver, river.QueueDefault, q.options.Name)
		return err
	})
	if err != nil {
		return fmt.Errorf("hand jobs over: %w", err)
	}
	return nil
}

// Counts says what there is to do, and what was given up.
func (q *Queue) Counts(ctx context.Context) ([]Count, error) {
	var counts []Count
	err := q.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		counts, err = db.Collect(ctx, tx, func(row db.Scanner) (c Count, err error) {
			err = row.Scan(&c.Kind, &c.State, &c.Jobs)
			return c, err
		}, sqlCounts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	return counts, nil
}
