package main

import (
	"mercat.scot/mercat/app"
)

type importRequests struct {
	app.Where
	File    string `arg:"" help:"File to import."`
	Mapping string `required:"" placeholder:"FILE" help:"JSON file that says what the columns are; see docs/import.md."`
	Name    string `placeholder:"NAME" help:"Of the program or council that the list comes from: the same number under the same name is the same case. The file’s name unless said otherwise."`
	DryRun  bool   `help:"Read everything and say what would come of it, and keep nothing."`
	Quiet   bool   `short:"q" help:"Show no progress."`
}

// Help stands beneath the command's usage.
func (importRequests) Help() string {
	return "What had ended comes in as history, what is open into its team’s queue. There are no conversations with it, so nobody is told. " +
		"Broken off, it goes on when it is started again; the same file twice changes nothing; a newer list of the same name ends what has ended meanwhile."
}

// Run imports a list of requests.
func (i *importRequests) Run(with *surroundings) error {
	return history(with, i.Where, func(h *app.History) error {
		shown := importing{Quiet: i.Quiet}
		o := app.ImportOptions{File: i.File, Mapping: i.Mapping, Name: i.Name, Dry: i.DryRun, Progress: shown.progress(with)}
		done, err := h.ImportRequests(with, o)
		if err != nil {
			if done.Import.Read > 0 && !o.Dry {
				printf(with.err, "%d were read and %d kept before that. Start it again to go on.\n", done.Import.Read, done.Import.Kept)
			}
			return err
		}
		i.report(with, done)
		return nil
	})
}

func (i *importRequests) report(with *surroundings, done app.RequestsImported) {
	t := done.Import
	switch {
	case i.DryRun:
		printf(with.out, "Nothing was kept; this is what an import would do at most.\n")
	case done.Before:
		printf(with.out, "This file was imported before, on %s: import %d. Nothing has changed.\n", t.EndedAt.Local().Format("2 January 2006"), t.ID)
	default:
		printf(with.out, "Import %d of “%s” is done.\n", t.ID, t.Name)
	}
	printf(with.out, "read:           %d\nnew cases:      %d\nended meanwhile: %d\nknown already:  %d\nset aside:      %d\n", t.Read, t.Kept, t.Ended, t.Known, t.Aside)
	for n, a := range done.Asides {
		if n == maxShown {
			printf(with.err, "… and %d more.\n", t.Aside-maxShown)
			break
		}
		printf(with.err, "%s: %s\n", a.Place, a.Reason)
	}
}
