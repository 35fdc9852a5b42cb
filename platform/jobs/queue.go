package jobs

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"mercat.scot/mercat/platform/db"
)

// Args are a job's arguments: a small struct that goes through JSON. Kind is
// the job's name, "room.verb", and never changes once released.
type Args interface{ Kind() string }

// Options say how a queue works.
type Options struct {
	Log *slog.Logger
	// Workers is how many jobs run at once; 0 means 8.
	Workers int
	// Name keeps these jobs apart from those of other queues on the database; ""
	// is the usual queue.
	Name string
	// Poll is how often to look for jobs without being told; 0 means 250 ms.
	Poll time.Duration
	// Run says which run of the program this is; the zero value is unknown.
	Run Run
}

// Queue puts jobs and runs them.
type Queue struct {
	db      *db.DB
	options Options
	workers *river.Workers
	every   []*river.PeriodicJob
	client  *river.Client[*sql.Tx]
}

// New makes a queue. Register every worker, then call Open, and Start on a node
// that runs jobs.
func New(d *db.DB, o Options) *Queue {
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Poll <= 0 {
		o.Poll = 250 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Name = cmp.Or(o.Name, river.QueueDefault)
	return &Queue{db: d, options: o, workers: river.NewWorkers()}
}

// Job is what a worker is told of a job besides its arguments.
type Job struct {
	ID        int64
	Attempt   int // 1 at the first run
	Max       int
	CreatedAt time.Time
}

// Last reports whether no further attempt follows when this one fails.
func (j Job) Last() bool { return j.Attempt >= j.Max }

type worker[A Args] struct {
	river.WorkerDefaults[A]
	timeout time.Duration
	backoff func(attempt int) time.Duration
	work    func(context.Context, Job, A) error
}

func (w *worker[A]) Work(ctx context.Context, j *river.Job[A]) error {
	return w.work(ctx, Job{ID: j.ID, Attempt: j.Attempt, Max: j.MaxAttempts, CreatedAt: j.CreatedAt}, j.Args)
}

func (w *worker[A]) Timeout(*river.Job[A]) time.Duration { return w.timeout }

// NextRetry counts from the beginning of the attempt, which is a time by River's
// own clock.
func (w *worker[A]) NextRetry(j *river.Job[A]) time.Time {
	began := j.CreatedAt
	if j.AttemptedAt != nil {
		began = *j.AttemptedAt
	}
	return began.Add(w.backoff(j.Attempt))
}

// Register says how jobs of one kind are done. Timeout bounds one attempt.
// Call it before Open.
func Register[A Args](q *Queue, timeout time.Duration, work func(ctx context.Context, job Job, args A) error) {
	river.AddWorker(q.workers, &worker[A]{timeout: timeout, work: work, backoff: backoff})
}

// backoff grows from one second to ten minutes.
func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 10), 10*time.Minute)
}

// Every puts args each interval, once for all nodes, and once at the start. Only
// what is still to run keeps another from being put: were it once a period, then
// none would be put for hours when the clock goes back by hours.
// Call it before Open.
func (q *Queue) Every(interval time.Duration, args Args) {
	q.every = append(q.every, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) {
			o := &river.InsertOpts{Queue: q.options.Name}
			Unique()(o)
			return args, o
		}, &river.PeriodicJobOpts{RunOnStart: true}))
}

// Open connects the queue to the database; from then on jobs can be put.
func (q *Queue) Open() error {
	var driver riverdriver.Driver[*sql.Tx]
	if q.db.Engine() == db.Postgres {
		driver = riverdatabasesql.NewWithPgxListener(q.db.Handle(), q.db.Pool())
	} else {
		driver = riversqlite.New(q.db.Handle())
	}
	client, err := river.NewClient(driver, &river.Config{
		ID:                q.options.Run.client(),
		Queues:            map[string]river.QueueConfig{q.options.Name: {MaxWorkers: q.options.Workers}},
		Workers:           q.workers,
		PeriodicJobs:      q.every,
		FetchCooldown:     20 * time.Millisecond,
		FetchPollInterval: q.options.Poll,
		Logger:            q.options.Log,
		MaxAttempts:       25,
		// A node that dies and does not come back (see Recover) holds its jobs until
		// this has passed. Workers are idempotent, so running one twice is safe; their
		// timeouts are shorter.
		RescueStuckJobsAfter: 5 * time.Minute,
		JobTimeout:           2 * time.Minute,
	})
	if err != nil {
		return fmt.Errorf("open the job queue: %w", err)
	}
	q.client = client
	return nil
}

// Start begins to run jobs.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	return nil
}

// Stop waits for running jobs until ctx ends, then cancels and hands them back.
func (q *Queue) Stop(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = q.client.StopAndCancel(last)
	}
	if err != nil {
		return fmt.Errorf("stop the job queue: %w", err)
	}
	return nil
}

// Option changes how one job is put.
type Option func(*river.InsertOpts)

// At runs the job not before t.
func At(t time.Time) Option { return func(o *river.InsertOpts) { o.ScheduledAt = t } }

// Attempts bounds how often the job is tried.
func Attempts(n int) Option { return func(o *river.InsertOpts) { o.MaxAttempts = n } }

// Unique leaves the job out when one with the same arguments is still to run.
func Unique() Option {
	return func(o *river.InsertOpts) {
		o.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled}}
	}
}

// Put puts a job in the transaction.
func (q *Queue) Put(ctx context.Context, tx *db.Tx, args Args, options ...Option) error {
	if _, err := q.client.InsertTx(ctx, tx.SQL(), args, q.insertOpts(tx, options)); err != nil {
		return fmt.Errorf("put job %s: %w", args.Kind(), err)
	}
	return nil
}

// PutAll is Put for many at once, all with the same options.
func (q *Queue) PutAll(ctx context.Context, tx *db.Tx, list []Args, options ...Option) error {
	if len(list) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(list))
	for i, args := range list {
		params[i] = river.InsertManyParams{Args: args, InsertOpts: q.insertOpts(tx, options)}
	}
	if _, err := q.client.InsertManyFastTx(ctx, tx.SQL(), params); err != nil {
		return fmt.Errorf("put %d jobs: %w", len(list), err)
	}
	return nil
}

func (q *Queue) insertOpts(tx *db.Tx, options []Option) *river.InsertOpts {
	o := &river.InsertOpts{Queue: q.options.Name}
	for _, option := range options {
		option(o)
	}
	if !o.ScheduledAt.After(tx.Now) {
		// River leaves even what is due to its scheduler, which looks every five
		// seconds.
		o.ScheduledAt = time.Time{}
	}
	return o
}

// Later, returned by a worker, runs the job again after a while without
// counting a failure.
func Later(after time.Duration) error { return river.JobSnooze(max(after, 0)) }

// GiveUp, returned by a worker, ends the job for good.
func GiveUp(cause error) error { return river.JobCancel(cause) }

// Migrations are River's own, as steps of the one numbered list: 1000 and
// River's version.
func Migrations() fs.FS {
	files := fstest.MapFS{}
	for engine, driver := range map[db.Engine]riverdriver.Driver[*sql.Tx]{
		db.SQLite: riversqlite.New(nil), db.Postgres: riverdatabasesql.New(nil)} {
		migrator, err := rivermigrate.New(driver, nil)
		if err != nil {
			panic("jobs: " + err.Error()) // only on a programming error in River's options
		}
		for _, m := range migrator.AllVersions() {
			name := fmt.Sprintf("migrations/%04d_river.%s.sql", 1000+m.Version, engine)
			// River fills in a schema here; in a literal it is no comment.
			script := strings.ReplaceAll(m.SQLUp, "/* TEMPLATE: schema */", "")
			files[name] = &fstest.MapFile{Data: []byte(script)}
		}
	}
	return files
}
