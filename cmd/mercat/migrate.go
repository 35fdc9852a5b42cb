package main

import (
	"fmt"

	"mercat.scot/mercat/app"
)

type migrateCommand struct {
	app.Where
	Check bool `help:"Only say what is missing; exit code 1 when something is."`
}

// Run brings the database up to date.
func (m *migrateCommand) Run(with *surroundings) error {
	c, err := with.config(m.Where)
	if err != nil {
		return err
	}
	d, err := app.OpenDatabase(with, c, !m.Check)
	if err != nil {
		return err
	}
	defer d.Close() // what was migrated is committed
	missing, err := d.Missing(with, app.Migrations()...)
	if err != nil {
		return err
	}
	for _, step := range missing {
		printf(with.out, "%04d %s\n", step.Number, step.Name)
	}
	if m.Check && len(missing) > 0 {
		return fmt.Errorf("the database is %d steps behind this program; run mercat migrate", len(missing))
	}
	applied, err := d.Migrate(with, app.Migrations()...)
	if err != nil {
		return err
	}
	if len(applied) == 0 {
		printf(with.out, "The database is up to date.\n")
	} else {
		printf(with.out, "The database was brought up to date in %d steps.\n", len(applied))
	}
	return nil
}
