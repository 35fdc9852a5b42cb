//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// raced are the packages whose goroutines meet. The race detector makes tests
// several times slower, so the rest is tested without it.
var raced = []string{
	"platform/db", "platform/jobs", "platform/live", "platform/blob", "platform/httpx", "network",
}

func (r *run) goTests(ctx context.Context) {
	list, err := r.output(ctx, 5*time.Minute, "go", "list", "./...")
	if err != nil {
		r.failed = append(r.failed, "list the packages: "+err.Error()+"\n"+string(list))
		return
	}
	var plain, race []string
	for pkg := range strings.Lines(string(list)) {
		pkg = strings.TrimSpace(pkg)
		room := strings.TrimPrefix(pkg, "mercat.scot/mercat/")
		if slices.ContainsFunc(raced, func(p string) bool { return room == p || strings.HasPrefix(room, p+"/") }) {
			race = append(race, pkg)
		} else {
			plain = append(plain, pkg)
		}
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		r.leaveOut("the race detector", "there is no C compiler")
		r.goTest(ctx, "go test", append(plain, race...))
		return
	}
	r.goTest(ctx, "go test -race", append([]string{"-race"}, race...))
	r.goTest(ctx, "go test", plain)
}

// goTest runs packages; vet has been over them already. One more than there are
// processors at once, for those that kill servers and start them mostly wait.
func (r *run) goTest(ctx context.Context, name string, args []string) {
	cmd := exec.Command("go", append([]string{"test", "-json", "-vet=off", "-timeout=20m", fmt.Sprintf("-p=%d", runtime.NumCPU()+1)}, args...)...)
	r.counted(ctx, name, 25*time.Minute, cmd)
}

func (r *run) browserTests(ctx context.Context) {
	var chromium string
	ok := true
	r.step(ctx, "browser test set-up", func() (err error) {
		chromium, err = r.browserSetUp(ctx)
		ok = err == nil && chromium != ""
		return err
	})
	if !ok || ctx.Err() != nil {
		return
	}
	tests, err := filepath.Glob("test/browser/*.test.mjs")
	if err != nil || len(tests) == 0 {
		r.failed = append(r.failed, "there are no browser tests")
		return
	}
	// Two at once, for a scenario waits half of its time. The walk of every page
	// takes longest, so it is begun first.
	const walk = "test/browser/demonstration.test.mjs"
	if i := slices.Index(tests, walk); i > 0 {
		tests = append([]string{walk}, slices.Delete(tests, i, i+1)...)
	}
	cmd := exec.Command("node", append([]string{
		"--test", "--test-concurrency=2", "--test-reporter=./test/browser/reporter.mjs", "--test-reporter-destination=stdout",
	}, tests...)...)
	cmd.Env = append(slices.Clone(r.env), "MERCAT_TEST_CHROMIUM="+chromium)
	if os.Getenv("MERCAT_TEST_PATIENCE") == "" {
		cmd.Env = append(cmd.Env, "MERCAT_TEST_PATIENCE=2")
	}
	r.counted(ctx, "browser tests", 30*time.Minute, cmd)
}

// browserSetUp installs the test packages and finds a browser: none without an
// error means that the machine cannot run these tests and need not.
func (r *run) browserSetUp(ctx context.Context) (chromium string, err error) {
	lacks := func(why string) (string, error) {
		if r.strict {
			return "", errors.New(why)
		}
		r.leaveOut("browser tests", why)
		return "", nil
	}
	out, err := r.output(ctx, time.Minute, "node", "--version")
	if err != nil {
		return lacks("Node.js 20 or newer is not installed")
	}
	var major int
	if _, err := fmt.Sscanf(string(out), "v%d.", &major); err != nil || major < 20 {
		return lacks("Node.js 20 or newer is needed, and this is " + strings.TrimSpace(string(out)))
	}
	chromium = os.Getenv("MERCAT_TEST_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if chromium == "" {
			chromium, _ = exec.LookPath(name) // an empty path says that it is not there
		}
	}
	if chromium == "" {
		return lacks("Chromium is not installed")
	}
	return chromium, r.packages(ctx, "test/browser")
}

// packages installs a folder's npm packages unless they are those of its lock
// file already.
func (r *run) packages(ctx context.Context, folder string) error {
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(lock)
	want := []byte(hex.EncodeToString(sum[:]))
	mark := filepath.Join(folder, "node_modules", ".installed")
	if have, err := os.ReadFile(mark); err == nil && bytes.Equal(have, want) {
		return nil
	}
	for range 3 {
		err = r.command(ctx, 5*time.Minute, "npm", "ci", "--prefix", folder, "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	return os.WriteFile(mark, want, 0o644)
}

// counted runs a command that writes test events, shows them and counts them.
// The command's failure is told by its tests; if none failed, by itself.
func (r *run) counted(ctx context.Context, name string, most time.Duration, cmd *exec.Cmd) {
	fmt.Printf("---   %s\n", name)
	whole, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("took longer than %s", most))
	defer cancel()
	if cmd.Env == nil {
		cmd.Env = r.env
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	before := r.tally.failed()
	passed, began := r.tally.passed(), time.Now()
	err := r.children.lines(whole, cmd, func(out io.Reader) { r.tally.read(out, os.Stdout) })
	fmt.Printf("---   %s: %s\n", name, time.Since(began).Round(time.Second))
	if ctx.Err() != nil {
		return
	}
	if complaints.Len() > 0 && err != nil {
		fmt.Println(indent(tail(complaints.String(), 60)))
	}
	if err != nil && (r.tally.failed() == before || context.Cause(whole) != nil) {
		r.failed = append(r.failed, fmt.Sprintf("%s: %v", name, err))
	}
	if err == nil && r.tally.passed() == passed {
		r.failed = append(r.failed, name+" ran no test")
	}
}
