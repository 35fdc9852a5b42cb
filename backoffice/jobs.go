package backoffice

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

type pushArgs struct {
	Office int64 `json:"office"`
}

// Kind is the job's name.
func (pushArgs) Kind() string { return "backoffice.push" }

type pullArgs struct {
	Office int64 `json:"office"`
}

// Kind is the job's name.
func (pullArgs) Kind() string { return "backoffice.pull" }

type sweepArgs struct{}

// Kind is the job's name.
func (sweepArgs) Kind() string { return "backoffice.sweep" }

func (s *Service) registerJobs() {
	jobs.Register(s.Queue, 12*time.Minute, func(ctx context.Context, _ jobs.Job, a pushArgs) error {
		more, err := s.PushSome(ctx, a.Office)
		if err == nil && more {
			return jobs.Later(0)
		}
		return err
	})
	jobs.Register(s.Queue, 6*time.Minute, func(ctx context.Context, _ jobs.Job, a pullArgs) error { return s.Pull(ctx, a.Office) })
	jobs.Register(s.Queue, time.Minute, func(ctx context.Context, _ jobs.Job, _ sweepArgs) error { return s.Sweep(ctx) })
	s.Queue.Every(time.Minute, sweepArgs{})
}

// Jobs are put without looking whether there is one already: they are idempotent,
// and on PostgreSQL that look meets the queue's own writing and would undo what
// the job belongs to.

// Sweep puts the jobs for what is due, and forgets updates that nobody waits for.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := readOffices(ctx, tx)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := forgetPulled(ctx, tx, tx.Now.Add(-earlyFor), tx.Now.Add(-knownFor)); err != nil {
			return err
		}
		for _, o := range list {
			if o.State != Active {
				continue
			}
			if _, due, err := duePush(ctx, tx, o.ID, tx.Now); err != nil {
				return err
			} else if due {
				if err := s.Queue.Put(ctx, tx, pushArgs{o.ID}); err != nil {
					return err
				}
			}
			if since := tx.Now.Sub(o.PulledAt); since >= pullEvery || since < 0 {
				if err := s.Queue.Put(ctx, tx, pullArgs{o.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look what back offices are owed: %w", err)
	}
	return nil
}
