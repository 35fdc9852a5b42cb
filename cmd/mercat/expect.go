package main

import (
	"path/filepath"
	"text/tabwriter"

	"mercat.scot/mercat/app"
)

type expectCommand struct {
	Eval expectEval `cmd:"" help:"Measure honest dates on a history of cases."`
}

type expectEval struct {
	Files  []string `arg:"" name:"file" help:"Tables (CSV) with a line per case: when it was opened, when it was closed, and where there is one the service and the area. May be gzipped."`
	Nation string   `enum:"weekends,scotland,england,wales" default:"weekends" help:"Whose bank holidays are no working days (${enum})."`
	Every  int      `default:"1" help:"Measure every so many weeks."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

// Help stands beneath the command's usage.
func (expectEval) Help() string {
	return "By rolling origin: at the beginning of each week the dates are learned from what was known then, and held against what became of the cases opened in the week. Of those who were told “half” and “nine in ten”, how many were done in time, and what the marks cost (pinball loss) against a plain trailing median and 90th percentile. docs/expect.md says how."
}

// Run measures.
func (e *expectEval) Run(with *surroundings) error {
	var list []app.MeasuredDates
	for _, path := range e.Files {
		m, err := app.MeasureDates(path, e.Nation, e.Every)
		if err != nil {
			return err
		}
		list = append(list, m)
	}
	if e.JSON {
		return printJSON(with.out, list)
	}
	for _, m := range list {
		printf(with.out, "%s: %d cases of %d services; %d opened after %d origins are judged\n\n", filepath.Base(m.File), m.Cases, m.Services, m.Tested, m.Origins)
		table := tabwriter.NewWriter(with.out, 0, 0, 2, ' ', 0)
		printf(table, "mark\ttold\tdone in time\tpinball loss\tbaseline: done in time\tpinball loss\n")
		for _, k := range m.Marks() {
			printf(table, "%.0f %%\t%d\t%.1f %%\t%.3f\t%.1f %%\t%.3f\n", 100*k.Level, k.Told, 100*k.Coverage, k.Loss, 100*k.BaselineCoverage, k.BaselineLoss)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		printf(with.out, "\nat single origins, eight in ten lie within: half %.0f to %.0f %%, nine in ten %.0f to %.0f %%\n\n",
			100*m.ByOrigin.Half.Tenth, 100*m.ByOrigin.Half.Ninth, 100*m.ByOrigin.Ninety.Tenth, 100*m.ByOrigin.Ninety.Ninth)
	}
	return nil
}
