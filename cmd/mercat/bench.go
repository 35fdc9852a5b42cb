package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/bench"
)

type benchCommand struct {
	Bench string `arg:"" help:"What to measure: intake, inbox, search, triage, live, start, casework, or all."`
	sizes `embed:""`
	DB    string `name:"db" placeholder:"postgres://…" help:"Empty PostgreSQL database to measure on. Without it, SQLite in a fresh folder."`
	Size  int    `placeholder:"N" help:"How much the council holds; what is counted, and how much is usual, stands below."`
	Batch int    `placeholder:"N" help:"Posts in one transaction of intake; 200 are usual."`
	Keep  string `placeholder:"FOLDER" help:"Leave the full council there, and use it the next time."`
	List  string `name:"import" placeholder:"FILE" help:"List of requests (CSV, also gzipped) whose import casework measures; without it, one that is made up."`
	Map   string `name:"mapping" placeholder:"FILE" help:"JSON file that says what the columns of --import are; see docs/import.md."`
	JSON  bool   `name:"json" help:"Print JSON."`
	Out   string `placeholder:"FILE" help:"Write the report of all benchmarks there, as JSON."`
	CPU   string `name:"cpu-profile" placeholder:"FILE" help:"Write a profile of what this process does meanwhile, for go tool pprof."`
	Quiet bool   `help:"Do not say on standard error how far it is."`
}

// sizes are how large councils are for all benchmarks.
type sizes struct {
	Posts         int `env:"MERCAT_BENCH_POSTS" placeholder:"N" help:"Size of intake, among all."`
	Conversations int `env:"MERCAT_BENCH_CONVERSATIONS" placeholder:"N" help:"Size of inbox, search and start, among all."`
	Texts         int `env:"MERCAT_BENCH_TEXTS" placeholder:"N" help:"Size of triage, among all."`
	Messages      int `env:"MERCAT_BENCH_MESSAGES" placeholder:"N" help:"Size of live, among all."`
	Cases         int `env:"MERCAT_BENCH_CASES" placeholder:"N" help:"Size of casework, among all."`
}

// Help stands beneath the command's usage.
func (benchCommand) Help() string {
	var b strings.Builder
	b.WriteString("Makes councils of its own and takes them away again; it refuses a database in which there is anything.\n\n")
	for _, k := range bench.Kinds() {
		fmt.Fprintf(&b, "%s: %s; size %d %s\n\n", k.Name, k.Summary, k.Usual, k.Counts)
	}
	return b.String()
}

// Run measures.
func (b *benchCommand) Run(with *surroundings) (err error) {
	if min(b.Size, b.Batch, b.Posts, b.Conversations, b.Texts, b.Messages, b.Cases) < 0 {
		return usageError{errors.New("a size is not less than nothing")}
	}
	if (b.List == "") != (b.Map == "") {
		return usageError{errors.New("--import and --mapping go together")}
	}
	o := bench.Options{DB: b.DB, Size: b.Size, Batch: b.Batch, Keep: b.Keep, Import: b.List, Mapping: b.Map, Now: time.Now}
	if !b.Quiet {
		o.Log = app.NewLog(with.err, "text", slog.LevelInfo)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	o.Program = []string{self}
	if b.CPU != "" {
		end, err := profile(b.CPU)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, end()) }()
	}
	if b.Bench == "all" {
		return b.all(with, o)
	}
	k, err := bench.Named(b.Bench)
	if err != nil {
		return err
	}
	r, err := k.Run(with, o)
	if err != nil {
		return err
	}
	if b.JSON {
		return printJSON(with.out, r)
	}
	return printResult(with, r)
}

// profile begins to write a profile, until end is called.
func profile(file string) (end func() error, err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// all runs every benchmark; what it found so far is printed as it goes.
func (b *benchCommand) all(with *surroundings, o bench.Options) error {
	var failed error
	r, err := bench.All(with, o, bench.Sizes(b.sizes), func(one bench.Result) {
		if !b.JSON {
			failed = errors.Join(failed, printResult(with, one))
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	r.Version = version
	if b.JSON {
		if err := printJSON(with.out, r); err != nil {
			return err
		}
	}
	if b.Out == "" {
		return nil
	}
	var text bytes.Buffer
	if err := printJSON(&text, r); err != nil {
		return err
	}
	return os.WriteFile(b.Out, text.Bytes(), 0o644)
}

func printResult(with *surroundings, r bench.Result) error {
	printf(with.out, "%s on %s, %d, in %g s\n", r.Bench, r.Engine, r.Size, r.Seconds)
	table := tabwriter.NewWriter(with.out, 0, 0, 2, ' ', 0)
	for _, f := range r.Figures {
		verdict := f.Aim()
		if f.Missed() {
			verdict += ": missed"
		}
		printf(table, "  %s\t%s\t%s\t%s\n", f.Name, strconv.FormatFloat(f.Value, 'f', -1, 64), f.Unit, verdict)
	}
	return table.Flush()
}
