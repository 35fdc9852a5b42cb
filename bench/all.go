package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Report is everything that was measured in one go, and on what.
type Report struct {
	Version string    `json:"version"` // of Mercat
	At      time.Time `json:"at"`
	Machine Machine   `json:"machine"`
	Results []Result  `json:"results"`
}

// Machine is what figures depend on most.
type Machine struct {
	System string `json:"system"` // "linux/amd64"
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
}

// Sizes are how large councils are when everything is measured; 0 is the usual
// size of each benchmark.
type Sizes struct {
	Posts         int // of intake
	Conversations int // of a full council
	Texts         int // for triage
	Messages      int // of live
	Cases         int // of casework
}

func (s Sizes) of(kind string) int {
	switch kind {
	case "intake":
		return s.Posts
	case "triage":
		return s.Texts
	case "live":
		return s.Messages
	case "casework":
		return s.Cases
	}
	return s.Conversations
}

// All runs every benchmark on SQLite, and on PostgreSQL when Options.DB names an
// empty database. Benchmarks of a full council share one. Each is told the
// results as they come.
func All(ctx context.Context, o Options, sizes Sizes, each func(Result)) (r Report, err error) {
	r = Report{At: o.Now().UTC().Truncate(time.Second), Machine: Machine{runtime.GOOS + "/" + runtime.GOARCH, runtime.NumCPU(), runtime.Version()}}
	if o.Keep == "" {
		if o.Keep, err = os.MkdirTemp("", "mercat-bench-"); err != nil {
			return r, fmt.Errorf("make a place to measure in: %w", err)
		}
		defer func() { err = errors.Join(err, forget(ctx, o)) }()
	}
	engines := []string{""}
	if o.DB != "" {
		engines = append(engines, o.DB)
	}
	for _, dsn := range engines {
		for _, k := range Kinds() {
			one := o
			one.DB, one.Size = dsn, sizes.of(k.Name)
			found, err := k.Run(ctx, one)
			if err != nil {
				return r, fmt.Errorf("measure %s: %w", k.Name, err)
			}
			r.Results = append(r.Results, found)
			each(found)
		}
	}
	return r, nil
}

// forget takes away what was kept for the next benchmark.
func forget(ctx context.Context, o Options) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	kept, err := os.ReadDir(o.Keep)
	if err != nil {
		return fmt.Errorf("take away what was measured: %w", err)
	}
	for _, one := range kept {
		n, err := readNote(o, one.Name())
		if err == nil && n.Engine == db.Postgres {
			err = dropSchema(ctx, o, n.Schema)
		}
		errs = append(errs, err)
	}
	return errors.Join(append(errs, os.RemoveAll(o.Keep))...)
}
