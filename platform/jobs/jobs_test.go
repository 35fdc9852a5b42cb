package jobs_test

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/jobs"
)

type greet struct {
	Name string `json:"name"`
	ID   int64  `json:"id,omitempty"`
}

func (greet) Kind() string { return "test.greet" }

func start(t *testing.T, d *db.DB, work func(jobs.Job, greet) error) *jobs.Queue {
	t.Helper()
	q := jobs.New(d, jobs.Options{Poll: 20 * time.Millisecond})
	jobs.Register(q, time.Minute, func(_ context.Context, j jobs.Job, a greet) error { return work(j, a) })
	if err := q.Open(); err != nil {
		t.Fatal(err)
	}
	if err := q.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return q
}

func put(ctx context.Context, d *db.DB, q *jobs.Queue, name string, fail error, options ...jobs.Option) error {
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := q.Put(ctx, tx, greet{Name: name}, options...); err != nil {
			return err
		}
		return fail
	})
}

func wait(t *testing.T, c <-chan string) string {
	t.Helper()
	select {
	case s := <-c:
		return s
	case <-time.After(20 * time.Second):
		t.Fatal("no job ran")
		return ""
	}
}

func TestAJobRunsOnlyWhenItsCauseIsCommitted(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ran := make(chan string, 10)
		q := start(t, d, func(_ jobs.Job, a greet) error { ran <- a.Name; return nil })
		boom := errors.New("boom")
		if err := put(t.Context(), d, q, "never", boom); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if err := put(t.Context(), d, q, "ann", nil); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, ran); got != "ann" {
			t.Errorf("%q ran", got)
		}
	})
}

func TestAFailedJobIsTriedAgain(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ran := make(chan string, 10)
		var mu sync.Mutex
		tries := 0
		q := start(t, d, func(j jobs.Job, a greet) error {
			mu.Lock()
			defer mu.Unlock()
			if tries++; tries == 1 {
				return errors.New("not yet")
			}
			ran <- a.Name
			return nil
		})
		if err := put(t.Context(), d, q, "ann", nil); err != nil {
			t.Fatal(err)
		}
		wait(t, ran)
	})
}

func TestAUniqueJobIsPutOnce(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ran := make(chan string, 10)
		q := start(t, d, func(_ jobs.Job, a greet) error { ran <- a.Name; return nil })
		for range 3 {
			if err := put(t.Context(), d, q, "twin", nil, jobs.Unique(), jobs.At(time.Now().Add(300*time.Millisecond))); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, ran)
		if err := put(t.Context(), d, q, "last", nil); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, ran); got != "last" {
			t.Errorf("the twin ran again: %q", got)
		}
	})
}

func TestWhatIsStillToDoIsCounted(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		q := start(t, d, func(jobs.Job, greet) error { return nil })
		for _, name := range []string{"later", "much later"} {
			if err := put(t.Context(), d, q, name, nil, jobs.At(time.Now().Add(time.Hour))); err != nil {
				t.Fatal(err)
			}
		}
		counts, err := q.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(counts) != 1 || counts[0] != (jobs.Count{Kind: "test.greet", State: "scheduled", Jobs: 2}) {
			t.Errorf("got %v", counts)
		}
	})
}

func TestAnIDOf64BitsReachesTheJobUnchanged(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		const id = 384131991580180518 // a float64 makes …540 of it
		got := make(chan int64, 1)
		q := start(t, d, func(_ jobs.Job, a greet) error {
			got <- a.ID
			return nil
		})
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return q.Put(ctx, tx, greet{ID: id}, jobs.Unique()) })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case n := <-got:
			if n != id {
				t.Errorf("got %d", n)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no job ran")
		}
	})
}

func TestAJobThatIsDueRunsAtOnce(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ran := make(chan string, 1)
		q := start(t, d, func(_ jobs.Job, a greet) error {
			ran <- a.Name
			return nil
		})
		began := time.Now()
		if err := put(t.Context(), d, q, "now", nil, jobs.At(clock.Now())); err != nil {
			t.Fatal(err)
		}
		wait(t, ran)
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("it waited for the scheduler: %v", took)
		}
	})
}

func TestAQueueThatOnlyPutsHandsItsJobsOver(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ran := make(chan string, 2)
		start(t, d, func(_ jobs.Job, a greet) error {
			ran <- a.Name
			return nil
		})
		beside := jobs.New(d, jobs.Options{Name: "beside"})
		jobs.Register(beside, time.Minute, func(context.Context, jobs.Job, greet) error { return nil })
		if err := beside.Open(); err != nil {
			t.Fatal(err)
		}
		if err := put(t.Context(), d, beside, "put beside", nil); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ran:
			t.Error("another queue did it")
		case <-time.After(500 * time.Millisecond):
		}
		if err := beside.HandOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, ran); got != "put beside" {
			t.Errorf("got %q", got)
		}
	})
}

func TestTheNextRunOfASeatTakesUpTheJobsOfAKilledOne(t *testing.T) {
	dbtest.Each(t, []fs.FS{jobs.Migrations()}, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ran, killed := make(chan string, 8), make(chan struct{})
		run := func(run jobs.Run, work func()) *jobs.Queue {
			q := jobs.New(d, jobs.Options{Poll: 20 * time.Millisecond, Workers: 1, Run: run})
			jobs.Register(q, time.Minute, func(context.Context, jobs.Job, greet) error { work(); return nil })
			if err := q.Open(); err != nil {
				t.Fatal(err)
			}
			return q
		}
		starts := func(q *jobs.Queue) {
			t.Helper()
			if err := q.Start(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				if err := q.Stop(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		recovers := func(q *jobs.Queue, want int64) {
			t.Helper()
			if n, err := q.Recover(t.Context()); err != nil || n != want {
				t.Errorf("it took up %d jobs, want %d: %v", n, want, err)
			}
		}
		// What cannot be done here is to die: its one worker never comes back.
		first := run(jobs.Run{Seat: 5, Boot: 1}, func() { ran <- "killed"; <-killed })
		starts(first)
		t.Cleanup(func() { close(killed) }) // before it is stopped
		if err := put(t.Context(), d, first, "hello", nil); err != nil {
			t.Fatal(err)
		}
		wait(t, ran)
		if d.Engine() == db.Postgres { // SQLite is served from one seat
			recovers(run(jobs.Run{Seat: 6, Boot: 2}, nil), 0)
		}
		recovers(run(jobs.Run{Seat: 5, Boot: 1}, nil), 0)
		recovers(run(jobs.Run{}, nil), 0)
		next := run(jobs.Run{Seat: 5, Boot: 2}, func() { ran <- "next" })
		recovers(next, 1)
		recovers(next, 0)
		starts(next)
		if got := wait(t, ran); got != "next" {
			t.Errorf("%q ran it", got)
		}
	})
}
