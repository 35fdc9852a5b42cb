package main

import (
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/record"
)

type verifyCommand struct {
	app.Where
	Quiet bool `short:"q" help:"Show no progress."`
}

// Help stands beneath the command's usage.
func (verifyCommand) Help() string {
	return "Reads every entry of the record and checks that it follows from the one before. Prints the hash of the last entry: note it elsewhere, and nobody can later put another history in its place unseen. Exit code 3 when a link is broken."
}

// Run checks the whole record.
func (v *verifyCommand) Run(with *surroundings) error {
	c, err := with.config(v.Where)
	if err != nil {
		return err
	}
	d, err := app.OpenDatabase(with, c, false)
	if err != nil {
		return err
	}
	defer d.Close() // nothing was written
	var progress func(done, of int64)
	if !v.Quiet {
		progress = every(time.Second, time.Now, func(done, of int64) { printf(with.err, "%d of %d entries\n", done, of) })
	}
	report, err := record.Verify(with, d, progress)
	if err != nil {
		return err
	}
	return printReport(with, report)
}

func printReport(with *surroundings, report record.Report) error {
	if !report.Whole() {
		printf(with.out, "The record is broken at entry %d: %s.\nThe %d entries before it are whole.\n", report.Broken, report.Why, report.Broken-1)
		return errBroken
	}
	if report.Entries == 0 {
		printf(with.out, "The record is whole. It has no entries yet.\n")
		return nil
	}
	printf(with.out, "The record is whole: %d entries, from %s to %s.\nHead: %s\n", report.Entries,
		report.First.Format(time.RFC3339), report.Last.Format(time.RFC3339), report.Head)
	return nil
}

// every lets a report through once an interval, and the last one.
func every(interval time.Duration, now func() time.Time, f func(done, of int64)) func(done, of int64) {
	last := now()
	return func(done, of int64) {
		if at := now(); at.Sub(last) >= interval {
			last = at
			f(done, of)
		}
	}
}
