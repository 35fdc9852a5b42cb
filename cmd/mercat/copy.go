package main

import "mercat.scot/mercat/app"

type dbCommand struct {
	Copy dbCopyCommand `cmd:"" help:"Copy everything into an empty database, also of the other engine, and compare row by row."`
}

type dbCopyCommand struct {
	app.Where
	From string `required:"" placeholder:"DSN" help:"Database to copy: postgres://… or sqlite:FILE."`
	To   string `required:"" placeholder:"DSN" help:"Empty database to fill; an SQLite file is made."`
}

// Help stands beneath the command's usage.
func (dbCopyCommand) Help() string {
	return "Stop Mercat first: what comes in after the copy began is not in it. The media and the keys stay in the data folder, which goes on being used."
}

// Run copies a database.
func (d *dbCopyCommand) Run(with *surroundings) error {
	c, err := with.config(d.Where)
	if err != nil {
		return err
	}
	done, err := app.CopyDatabase(with, c, app.CopyOptions{From: d.From, To: d.To, Progress: func(table string, rows int64) {
		printf(with.err, "%s: %d rows\n", table, rows)
	}})
	if err != nil {
		return err
	}
	printf(with.out, "Copied %d tables with %d rows, and compared them row by row: they are the same.\n", done.Tables, done.Rows)
	return printReport(with, done.Report)
}
