package main

import (
	"os"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/fault"
)

type servicesCommand struct {
	Export servicesExport `cmd:"" help:"Write the services with their questions."`
	Import servicesImport `cmd:"" help:"Bring services and their questions in; what the file does not name stays."`
}

type servicesExport struct {
	office
	Format string `enum:"csv,json" default:"csv" help:"csv, or json for an Open311 service list with its definitions."`
}

// Run writes the services.
func (s *servicesExport) Run(with *surroundings) error {
	return s.do(with, func(o *app.Office) error { return o.ExportServices(with, with.out, s.Format) })
}

type servicesImport struct {
	office
	File   string `arg:"" help:"File to import: CSV, or JSON of Open311."`
	DryRun bool   `help:"Say what would change, and change nothing."`
}

// Run brings services in, all of them or none.
func (s *servicesImport) Run(with *surroundings) error {
	file, err := os.Open(s.File)
	if err != nil {
		return fault.New(fault.NotFound, "There is no file "+s.File+" that can be read.").Because(err)
	}
	defer file.Close()
	return s.do(with, func(o *app.Office) error {
		plan, err := o.ImportServices(with, file, s.DryRun)
		if err != nil {
			return err
		}
		for _, p := range plan.Problems {
			printf(with.err, "line %d: %s\n", p.Line, p.Sentence)
		}
		if len(plan.Problems) > 0 {
			return fault.New(fault.Invalid, "Nothing was changed. Put these lines right, then import again.")
		}
		for _, ch := range plan.Changes {
			what := "change"
			if ch.New {
				what = "add"
			}
			printf(with.out, "%s %s\n", what, ch.Name)
			for _, f := range ch.Fields {
				printf(with.out, "\t%s: %q becomes %q\n", f.Name, f.Before, f.After)
			}
		}
		printf(with.out, "%d services as they were\n", plan.Same)
		return nil
	})
}
