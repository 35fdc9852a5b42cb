//go:build unix

package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json`; test/browser/reporter.mjs writes the
// same.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of what does not compile
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// tally counts tests. A test with subtests is as many tests as those, but a
// fuzz test is one, however large its corpus. A test that runs twice (once
// under the race detector, say) is one, and has failed if it failed once.
type tally struct {
	tests map[testName]*outcome
}

type testName struct{ pkg, test string }

type outcome struct {
	action string // pass, fail or skip
	why    string // of a skip
}

func newTally() *tally { return &tally{tests: map[testName]*outcome{}} }

// read takes the events of one run of tests, and says on w how each package
// ended and what failed tests had said. Lines that are no events are passed on.
func (t *tally) read(r io.Reader, w io.Writer) {
	said := map[testName][]string{} // what a test printed so far
	count := map[string]int{}       // of tests, by package
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if line[0] != '{' || json.Unmarshal(line, &e) != nil {
				w.Write(line) // the same stream that would carry the complaint
			} else {
				t.take(e, said, count, w)
			}
		}
		if err != nil {
			return
		}
	}
}

func (t *tally) take(e event, said map[testName][]string, count map[string]int, w io.Writer) {
	name := testName{strings.TrimPrefix(e.Package, "mercat.scot/mercat/"), e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(w, e.Output)
	case "output":
		if out := said[name]; len(out) < 400 {
			said[name] = append(out, e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.packageEnded(e, name, said, count[name.pkg], w)
			return
		}
		if e.Action == "fail" {
			fmt.Fprintf(w, "FAIL  %s %s\n%s\n", name.pkg, name.test, indent(strings.Join(said[name], "")))
		}
		if t.isLeaf(name, e.Action) {
			count[name.pkg]++
			t.set(name, e.Action, said[name])
		}
		delete(said, name)
	}
}

// isLeaf tells tests from those that only hold subtests, which end after them.
// A parent that fails where no subtest did is counted: the failure is its own.
func (t *tally) isLeaf(name testName, action string) bool {
	if parent, _, sub := strings.Cut(name.test, "/"); sub && strings.HasPrefix(parent, "Fuzz") {
		return false
	}
	if strings.HasPrefix(name.test, "Fuzz") {
		return true
	}
	holds, failedBelow := false, false
	for other, o := range t.tests {
		if other.pkg == name.pkg && strings.HasPrefix(other.test, name.test+"/") {
			holds = true
			failedBelow = failedBelow || o.action == "fail"
		}
	}
	return !holds || action == "fail" && !failedBelow
}

func (t *tally) packageEnded(e event, name testName, said map[testName][]string, tests int, w io.Writer) {
	switch {
	case e.Action == "fail":
		// A panic, a time-out or code that does not compile fails no test by
		// name; say what the package said.
		var out []string
		for _, n := range slices.SortedFunc(maps.Keys(said), func(a, b testName) int { return cmp.Compare(a.test, b.test) }) {
			if n.pkg == name.pkg {
				out = append(out, said[n]...)
			}
		}
		if !t.failedIn(name.pkg) {
			t.set(testName{name.pkg, "(the package itself)"}, "fail", nil)
			fmt.Fprintln(w, indent(tail(strings.Join(out, ""), 200)))
		}
		fmt.Fprintf(w, "FAIL  %s (%.1fs)\n", name.pkg, e.Elapsed)
	case tests > 0:
		fmt.Fprintf(w, "ok    %s (%.1fs, %d tests)\n", name.pkg, e.Elapsed, tests)
	}
	maps.DeleteFunc(said, func(n testName, _ []string) bool { return n.pkg == name.pkg })
}

func (t *tally) failedIn(pkg string) bool {
	for n, o := range t.tests {
		if n.pkg == pkg && o.action == "fail" {
			return true
		}
	}
	return false
}

func (t *tally) set(name testName, action string, said []string) {
	if old := t.tests[name]; old != nil && (old.action == "fail" || action == "skip") {
		return
	}
	o := &outcome{action: action}
	if action == "skip" {
		o.why = reason(said)
	}
	t.tests[name] = o
}

// reason is what a skipped test gave as its reason: the line before the last,
// as in "    db_test.go:12: PostgreSQL is not there".
func reason(said []string) string {
	for _, line := range slices.Backward(said) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "--- SKIP") || strings.HasPrefix(line, "=== ") {
			continue
		}
		if _, why, ok := strings.Cut(line, ": "); ok && strings.Contains(line[:len(line)-len(why)], ".go:") {
			return why
		}
		return line
	}
	return "no reason given"
}

func (t *tally) of(action string) (n int) {
	for _, o := range t.tests {
		if o.action == action {
			n++
		}
	}
	return n
}

func (t *tally) passed() int  { return t.of("pass") }
func (t *tally) failed() int  { return t.of("fail") }
func (t *tally) skipped() int { return t.of("skip") }

func (t *tally) failures() []string {
	var names []string
	for n, o := range t.tests {
		if o.action == "fail" {
			names = append(names, n.pkg+" "+n.test)
		}
	}
	slices.Sort(names)
	return names
}

// skips has one line per package and reason.
func (t *tally) skips() []string {
	type why struct{ pkg, reason string }
	groups := map[why][]string{}
	for n, o := range t.tests {
		if o.action == "skip" {
			k := why{n.pkg, o.why}
			groups[k] = append(groups[k], n.test)
		}
	}
	var lines []string
	for k, tests := range groups {
		slices.Sort(tests)
		what := tests[0]
		if len(tests) > 1 {
			what = fmt.Sprintf("%d tests, among them %s", len(tests), tests[0])
		}
		lines = append(lines, fmt.Sprintf("%s, %s: %s", k.pkg, what, k.reason))
	}
	slices.Sort(lines)
	return lines
}

func (t *tally) reasons() int { return len(t.skips()) }
