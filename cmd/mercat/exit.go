package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/fault"
)

// Exit codes. Scripts depend on them: they are described in docs/operate.md and
// in the help, and never change their meaning.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitBroken  = 3
	exitArchive = 4
	exitInUse   = 5
)

const exitCodes = "Exit codes: 0 done; 1 failed; 2 the command or its configuration is wrong; 3 the record is broken; 4 the backup file is damaged or was changed; 5 another Mercat uses the data folder."

// usageError is a command that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errBroken says that the record does not hold together; what is wrong with it
// has been printed.
var errBroken = errors.New("the record is broken")

// explain tells the operator what went wrong and returns the exit code.
func explain(w io.Writer, err error) int {
	var usage usageError
	var fields fault.Fields
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errBroken):
		return exitBroken
	case errors.As(err, &fields):
		printf(w, "%s\n", headline(len(fields)))
		for _, f := range fields {
			printf(w, "  %s: %s\n", f.Field, f.Sentence)
		}
		return exitUsage
	case errors.As(err, &usage):
		printf(w, "mercat: %s. Run mercat --help to see what there is.\n", strings.TrimRight(usage.Error(), ".?! "))
		return exitUsage
	case errors.Is(err, context.Canceled):
		printf(w, "mercat: stopped before it was done.\n")
		return exitFailed
	}
	printf(w, "mercat: %s\n", app.Sentence(err))
	switch {
	case app.InUse(err):
		return exitInUse
	case app.Damaged(err):
		return exitArchive
	case fault.Is(err, fault.Invalid):
		return exitUsage
	}
	return exitFailed
}

func headline(wrong int) string {
	if wrong == 1 {
		return "mercat: one setting is wrong:"
	}
	return "mercat: several settings are wrong:"
}
