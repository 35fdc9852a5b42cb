package bench

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// Options say what is measured, and where.
type Options struct {
	// DB is the address of an empty PostgreSQL database; "" is SQLite in a fresh
	// folder.
	DB string
	// Size is how much the council holds; 0 is the usual size. What is counted
	// differs: see Kinds.
	Size int
	// Batch is how many posts one transaction of intake takes; 0 is 200.
	Batch int
	// Keep is a folder in which a full council is left for the next run, and
	// looked for first; "" takes everything away.
	Keep string
	// Import is a list of requests (CSV, also gzipped) whose import is measured,
	// and Mapping says what its columns are; "" is a list that is made up.
	Import, Mapping string
	// Program starts mercat: its path, and arguments that stand before others.
	// Benchmarks that look at a server from outside need it.
	Program []string
	// Log is told how far a benchmark is; nil for silence.
	Log *slog.Logger
	// Now is the clock; never nil.
	Now func() time.Time
}

func (o Options) withDefaults(size int) Options {
	if o.Size <= 0 {
		o.Size = size
	}
	if o.Batch <= 0 {
		o.Batch = 200
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// since is the seconds from a time on.
func (o Options) since(began time.Time) float64 { return o.Now().Sub(began).Seconds() }

// Kind is one benchmark.
type Kind struct {
	Name    string
	Summary string
	Counts  string // what Options.Size counts
	Usual   int    // its usual size
	Run     func(context.Context, Options) (Result, error)
}

// Kinds are all benchmarks, in the order in which they are run.
func Kinds() []Kind {
	return []Kind{
		{"intake", "take posts in, beside a plain insert of the same rows", "posts", 20_000, Intake},
		{"inbox", "show pages of a full council over HTTP", "conversations, five messages each", 1_000_000, Inbox},
		{"search", "find words in a full council over HTTP", "conversations, five messages each", 1_000_000, Search},
		{"triage", "read messages on one core", "messages", 100_000, Triage},
		{"live", "from a network’s server to 500 browsers, at 50 messages a second", "messages", 3_000, Live},
		{"start", "start on a full council", "conversations, five messages each", 1_000_000, Start},
		{"casework", "show cases, lists and maps of a council full of cases", "cases", 2_000_000, Casework},
	}
}

// Named returns a benchmark.
//
// Errors: fault.Invalid when there is none of this name.
func Named(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fault.Newf(fault.Invalid, "There is no benchmark %q.", name)
}

// Result is what a benchmark found.
type Result struct {
	Bench   string    `json:"bench"`
	Engine  db.Engine `json:"engine"`
	Size    int       `json:"size"`    // in what the benchmark counts
	Seconds float64   `json:"seconds"` // that all of it took, making the council included
	Figures []Figure  `json:"figures"`
}

// Figure is one thing measured.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // "posts/s", "ms", "MB", "" for a ratio
	// AtLeast and AtMost are what is aimed at, 0 where nothing is.
	AtLeast float64 `json:"at_least,omitempty"`
	AtMost  float64 `json:"at_most,omitempty"`
}

// Missed reports whether a figure falls short of what is aimed at.
func (f Figure) Missed() bool {
	return f.AtLeast > 0 && f.Value < f.AtLeast || f.AtMost > 0 && f.Value > f.AtMost
}

// Aim is what is aimed at, in words; "" where nothing is.
func (f Figure) Aim() string {
	switch {
	case f.AtLeast > 0:
		return fmt.Sprintf("at least %g", f.AtLeast)
	case f.AtMost > 0:
		return fmt.Sprintf("at most %g", f.AtMost)
	}
	return ""
}

func (r *Result) add(name string, value float64, unit string) *Figure {
	r.Figures = append(r.Figures, Figure{Name: name, Value: rounded(value), Unit: unit})
	return &r.Figures[len(r.Figures)-1]
}

// Figure returns a figure by its name, and false when there is none.
func (r Result) Figure(name string) (Figure, bool) {
	i := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		return Figure{}, false
	}
	return r.Figures[i], true
}

// rounded keeps four digits: what is behind them is noise.
func rounded(v float64) float64 {
	var out float64
	if _, err := fmt.Sscanf(fmt.Sprintf("%.4g", v), "%g", &out); err != nil {
		return v
	}
	return out
}

// percentile is the time below which a share of all times lies (nearest rank),
// in milliseconds; 0 without any.
func percentile(times []time.Duration, share float64) float64 {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	rank := min(int(share*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[rank].Microseconds()) / 1000
}
