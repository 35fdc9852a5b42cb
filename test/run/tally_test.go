//go:build unix

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// events writes `go test -json` lines of "action package test".
func events(lines ...string) string {
	var s strings.Builder
	for _, l := range lines {
		f := append(strings.SplitN(l, " ", 4), "", "", "")
		fmt.Fprintf(&s, `{"Action":%q,"Package":%q,"Test":%q,"Output":%q}`+"\n", f[0], f[1], f[2], f[3])
	}
	return s.String()
}

func TestTestsAreCountedAsAPersonWould(t *testing.T) {
	for name, c := range map[string]struct {
		events                  string
		passed, failed, skipped int
	}{
		"one test":                     {events("pass p TestA", "pass p"), 1, 0, 0},
		"a test is its subtests":       {events("pass p TestA/one", "pass p TestA/two", "pass p TestA", "pass p"), 2, 0, 0},
		"names that begin alike":       {events("pass p TestA/one", "pass p TestA", "pass p TestAB", "pass p"), 2, 0, 0},
		"a fuzz test is one":           {events("pass p FuzzA/seed#0", "pass p FuzzA/seed#1", "pass p FuzzA", "pass p"), 1, 0, 0},
		"a fuzz test that fails":       {events("pass p FuzzA/seed#0", "fail p FuzzA/seed#1", "fail p FuzzA", "fail p"), 0, 1, 0},
		"a subtest fails":              {events("fail p TestA/one", "pass p TestA/two", "fail p TestA", "fail p"), 1, 1, 0},
		"the test fails, no subtest":   {events("pass p TestA/one", "fail p TestA", "fail p"), 1, 1, 0},
		"one engine is skipped":        {events("pass p TestA/sqlite", "skip p TestA/postgres", "pass p TestA", "pass p"), 1, 0, 1},
		"it does not compile":          {events("fail p"), 0, 1, 0},
		"a package without tests":      {events("skip p"), 0, 0, 0},
		"the same test, twice":         {events("pass p TestA", "pass p", "pass p TestA", "pass p"), 1, 0, 0},
		"twice, and it failed once":    {events("fail p TestA", "fail p", "pass p TestA", "pass p"), 0, 1, 0},
		"lines that are not events":    {"not JSON\n{\n" + events("pass p TestA"), 1, 0, 0},
		"a panic in the only test":     {events("output p TestA panic:", "fail p TestA", "fail p"), 0, 1, 0},
		"the stream ends in the midst": {events("pass p TestA") + `{"Action":"pa`, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tally := newTally()
			tally.read(strings.NewReader(c.events), io.Discard)
			if tally.passed() != c.passed || tally.failed() != c.failed || tally.skipped() != c.skipped {
				t.Errorf("%d passed, %d failed, %d skipped; want %d, %d, %d",
					tally.passed(), tally.failed(), tally.skipped(), c.passed, c.failed, c.skipped)
			}
		})
	}
}

func TestWhatAFailedTestSaidIsShown(t *testing.T) {
	var out strings.Builder
	newTally().read(strings.NewReader(events(
		"output p TestGood quiet", "pass p TestGood", "output p TestBad loud", "fail p TestBad", "fail p")), &out)
	if !strings.Contains(out.String(), "loud") || strings.Contains(out.String(), "quiet") {
		t.Error(out.String())
	}
}

func TestSkippedTestsAreListedByReason(t *testing.T) {
	tally := newTally()
	tally.read(strings.NewReader(events(
		"output p TestA === RUN   TestA\n", "output p TestA     a_test.go:7: there is no server: none\n", "output p TestA --- SKIP: TestA (0.00s)\n", "skip p TestA",
		"output p TestB     a_test.go:9: there is no server: none\n", "output p TestB --- SKIP: TestB (0.00s)\n", "skip p TestB",
		"skip p TestC", "pass p")), io.Discard)
	want := []string{"p, 2 tests, among them TestA: there is no server: none", "p, TestC: no reason given"}
	if got := tally.skips(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
