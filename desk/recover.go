package desk

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// lateEnough is how long after the end of a lease the next try begins: queues
// keep times in milliseconds.
const lateEnough = 100 * time.Millisecond

// Recover takes over the answers that an earlier run of this program, in the
// same seat, was sending when it was killed. Their leases were made for nodes
// that may still be alive somewhere; that run is not, so only what the network
// may still be doing with its last call is waited for. Call it before the queue
// starts. It returns how many answers there were.
//
// Whatever else waits to be sent may have been sent too: by this very Mercat,
// later than the backup that it was restored from, whichever way that was made.
// So all that is unsent counts as tried from here on.
//
// None is sent twice: their parts are marked as tried, so that the adapter looks
// for what the last call has done, and that call had its time to be done.
func (s *Service) Recover(ctx context.Context) (answers int, err error) {
	run := s.Queue.Run()
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := doubtUnsent(ctx, tx); err != nil {
			return err
		}
		if answers = 0; run.Seat == 0 {
			return nil
		}
		left, err := leasesLeft(ctx, tx, run)
		if err != nil {
			return err
		}
		for _, l := range left {
			if sooner := tx.Now.Add(l.settle); sooner.Before(l.until) {
				l.until = sooner
			}
			if err := shortenLease(ctx, tx, l.message, l.until); err != nil {
				return err
			}
			if err := s.Queue.Put(ctx, tx, sendArgs{Message: l.message}, jobs.At(latest(l.until, tx.Now).Add(lateEnough))); err != nil {
				return err
			}
		}
		answers = len(left)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("take over the answers of an earlier run: %w", err)
	}
	return answers, nil
}

// ForgetCallsTx forgets who is calling a network. It is for a database that was
// just restored: whoever did so when the backup was made has long ended.
func ForgetCallsTx(ctx context.Context, tx *db.Tx) error { return db.Empty(ctx, tx, "desk_lease") }
