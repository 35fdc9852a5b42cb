package email_test

import (
	"errors"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
)

// wantTrouble checks that err is a *network.Error of a kind, with a sentence
// that holds says and ends like one.
func wantTrouble(t *testing.T, err error, trouble network.Trouble, says string) {
	t.Helper()
	var e *network.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want a *network.Error", err)
	}
	if e.Trouble != trouble || !strings.Contains(e.Sentence, says) || !strings.HasSuffix(e.Sentence, ".") {
		t.Errorf("error is %v, want %s: …%s…", e, trouble, says)
	}
}
