package networktest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"mercat.scot/mercat/network/networktest"
)

// TestToy runs the suite over an adapter that does what it must, or, when
// TestTheSuiteFindsFlaws says so, that has a flaw.
func TestToy(t *testing.T) {
	networktest.Run(t, openToy(os.Getenv("MERCAT_TEST_TOY_FLAW")))
}

func TestTheSuiteFindsFlaws(t *testing.T) {
	if os.Getenv("MERCAT_TEST_TOY_FLAW") != "" {
		t.Skip("this is the run with the flaw")
	}
	for flaw, check := range map[string]string{
		"doubles":   "AnAnswerSentTwiceIsSeenOnce",
		"skips":     "MoreThanOneBatchComesInWhole",
		"hasty":     "FetchSurvivesFaults",
		"technical": "CheckExplainsFaults",
		"deaf":      "AContextThatHasEndedEndsTheCall",
	} {
		t.Run(flaw, func(t *testing.T) {
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestToy/"+check, "-test.timeout=60s")
			c.Env = append(os.Environ(), "MERCAT_TEST_TOY_FLAW="+flaw)
			output, err := c.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passes an adapter that %s", flaw)
			}
			if !strings.Contains(string(output), "--- FAIL: TestToy/"+check) {
				t.Errorf("%s does not fail for an adapter that %s:\n%s", check, flaw, output)
			}
		})
	}
}
