//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// longest is how long everything together may take.
const longest = 40 * time.Minute

func main() {
	only := flag.String("only", "", "run one part: checks, go or browser")
	flag.Parse()
	switch *only {
	case "", "checks", "go", "browser":
	default:
		fmt.Fprintln(os.Stderr, "-only is checks, go or browser")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("everything together took longer than %s", longest))
	defer cancel()

	r := &run{only: *only, strict: strict(), begin: time.Now(), tally: newTally()}
	err := r.all(ctx)
	if cause := context.Cause(ctx); cause != nil && err == nil {
		err = cause
	}
	if !r.report(err) {
		os.Exit(1)
	}
}

// strict says whether everything has to run: in continuous integration, and
// wherever what is missing can be installed without asking.
func strict() bool {
	if ci := os.Getenv("CI"); ci != "" {
		return ci != "false" && ci != "0"
	}
	_, err := os.Stat("/etc/debian_version")
	return os.Geteuid() == 0 && err == nil
}

// run is one run of the tests.
type run struct {
	only   string
	strict bool
	begin  time.Time

	children children
	work     string   // a folder that other users can reach, gone at the end
	env      []string // what every child gets
	tally    *tally
	failed   []string // what went wrong beside tests
	left     []string // what was left out, and why
}

func (r *run) wants(part string) bool { return r.only == "" || r.only == part }

// all does one step after another. It goes on after a failure where the rest
// can still say something, and returns an error where it cannot.
func (r *run) all(ctx context.Context) (err error) {
	r.work, err = os.MkdirTemp("/tmp", "mercat-test-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.work)) }()
	defer r.children.stop()
	if err := os.Chmod(r.work, 0o711); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(r.work, "tmp"), 0o777); err != nil {
		return err
	}
	cache, err := filepath.Abs(".cache")
	if err != nil {
		return err
	}
	r.env = append(os.Environ(), "TMPDIR="+filepath.Join(r.work, "tmp"))
	if os.Getenv("npm_config_cache") == "" {
		r.env = append(r.env, "npm_config_cache="+filepath.Join(cache, "npm"))
	}

	if r.strict && r.only != "checks" {
		if err := r.install(ctx); err != nil {
			return err
		}
	}
	// The servers start while the machine checks and compiles.
	var peers []*peer
	if r.wants("go") || r.wants("browser") {
		peers = r.startPeers(ctx)
	}
	if r.wants("checks") {
		r.checks(ctx)
	}
	if r.wants("browser") {
		r.step(ctx, "build bin/mercat", func() error {
			return r.command(ctx, 10*time.Minute, "make", "--no-print-directory", "-s", "build")
		})
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.awaitPeers(ctx, peers)
	if r.wants("go") {
		r.goTests(ctx)
	}
	if r.wants("browser") {
		r.browserTests(ctx)
	}
	return nil
}

// install gets what the machine lacks. Only Debian's root can do that; in
// continuous integration elsewhere everything has to be there already.
func (r *run) install(ctx context.Context) error {
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return nil
	}
	if err := r.command(ctx, 15*time.Minute, "scripts/install-peers"); err != nil {
		return fmt.Errorf("install what the tests need: %w", err)
	}
	return nil
}

// step runs one part, says how it went and notes its failure.
func (r *run) step(ctx context.Context, name string, do func() error) {
	if ctx.Err() != nil {
		return
	}
	begin := time.Now()
	err := do()
	took := time.Since(begin).Round(100 * time.Millisecond)
	if err == nil {
		fmt.Printf("ok    %s (%s)\n", name, took)
		return
	}
	if ctx.Err() != nil {
		return // it was told to stop, and that is said once
	}
	fmt.Printf("FAIL  %s (%s)\n%s\n", name, took, indent(err.Error()))
	r.failed = append(r.failed, name)
}

// command runs a program to its end. Its output is shown only if it fails.
func (r *run) command(ctx context.Context, most time.Duration, name string, args ...string) error {
	out, err := r.output(ctx, most, name, args...)
	if err != nil && len(out) > 0 {
		return fmt.Errorf("%s\n%w", tail(string(out), 200), err)
	}
	return err
}

func (r *run) output(ctx context.Context, most time.Duration, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("took longer than %s", most))
	defer cancel()
	cmd := exec.Command(name, args...)
	cmd.Env = r.env
	out, err := r.children.run(ctx, cmd)
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args...), " "), err)
	}
	return out, err
}

func (r *run) leaveOut(what, why string) {
	r.left = append(r.left, what+": "+why)
}

// report prints the summary and says whether all is well.
func (r *run) report(err error) bool {
	fmt.Println()
	if skipped := r.tally.skips(); len(skipped) > 0 {
		if r.strict {
			r.failed = append(r.failed, fmt.Sprintf("%d tests were left out, and here nothing may be", r.tally.skipped()))
		}
		r.left = append(r.left, skipped...)
	}
	if len(r.left) > 0 {
		fmt.Println("Left out:")
		for _, l := range r.left {
			fmt.Println("  " + l)
		}
	}
	if r.strict && len(r.left) > r.tally.reasons() {
		r.failed = append(r.failed, "something was left out, and here nothing may be")
	}
	if names := r.tally.failures(); len(names) > 0 {
		fmt.Println("Failed tests:")
		for _, n := range names {
			fmt.Println("  " + n)
		}
	}
	if err != nil {
		r.failed = append(r.failed, err.Error())
	}
	if len(r.failed) > 0 {
		fmt.Println("Failed:")
		for _, f := range r.failed {
			fmt.Println("  " + strings.ReplaceAll(f, "\n", "\n  "))
		}
	}
	took := time.Since(r.begin).Round(time.Second)
	fmt.Printf("%d passed, %d failed, %d skipped in %s\n", r.tally.passed(), r.tally.failed(), r.tally.skipped(), took)
	return len(r.failed) == 0 && r.tally.failed() == 0
}

func indent(s string) string {
	return "      " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n      ")
}

// tail is the last n lines of s, and how many there were before them.
func tail(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{fmt.Sprintf("… %d lines before these", len(lines)-n)}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}
