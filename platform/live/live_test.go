package live_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/live"
)

func take(t *testing.T, s *live.Subscription) []string {
	t.Helper()
	select {
	case <-s.Ring():
		topics := s.Take()
		slices.Sort(topics)
		return topics
	case <-time.After(10 * time.Second):
		t.Fatal("nobody rang")
		return nil
	}
}

func TestAWatcherHearsOfACommitAndNotOfAFailure(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		hub := live.New("a")
		s := hub.Subscribe("inbox", "conversation/1")
		defer s.Close()
		announce := func(fail error, topics ...string) error {
			return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				if err := hub.Announce(ctx, tx, topics...); err != nil {
					return err
				}
				return fail
			})
		}
		if err := announce(errors.New("boom"), "inbox"); err == nil {
			t.Fatal("the failure was swallowed")
		}
		if err := announce(nil, "conversation/1", "conversation/2"); err != nil {
			t.Fatal(err)
		}
		if got := take(t, s); !slices.Equal(got, []string{"conversation/1"}) {
			t.Errorf("heard %v", got)
		}
	})
}

func TestASlowWatcherIsToldOnceAndNothingGrows(t *testing.T) {
	hub := live.New("a")
	s := hub.Subscribe("inbox")
	for range 100_000 {
		hub.Tell("inbox")
	}
	if got := take(t, s); len(got) != 1 {
		t.Errorf("told %d times", len(got))
	}
	s.Close()
	if hub.Watching() != 0 {
		t.Error("a closed subscription is still kept")
	}
}

func TestNodesHearEachOther(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		if d.Engine() == db.SQLite {
			return // one process has the file
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		here, there := live.New("here"), live.New("there")
		var wg sync.WaitGroup
		wg.Go(func() { there.Run(ctx, d) })
		s := there.Subscribe("inbox")
		defer s.Close()
		for done := false; !done; { // until there listens
			err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return here.Announce(ctx, tx, "inbox") })
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-s.Ring():
				done = true
			case <-time.After(50 * time.Millisecond):
			}
		}
		cancel()
		wg.Wait()
	})
}
