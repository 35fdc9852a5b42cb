package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/fault"
)

type importCommand struct {
	Mbox     importMbox     `cmd:"" help:"Mail in an mbox file."`
	Mastodon importMastodon `cmd:"" help:"The archive of a Mastodon account (.tar.gz), or its outbox.json."`
	X        importX        `cmd:"" name:"x" help:"The archive of an X account (.zip), or its tweets.js."`
	Bluesky  importBluesky  `cmd:"" help:"The repository of a Bluesky account (.car)."`
	Table    importTable    `cmd:"" help:"Rows of CSV or JSON lines, with a mapping that says what they are."`
	Requests importRequests `cmd:"" help:"Another program’s list of requests as cases: CSV or JSON lines, with a mapping."`
	List     importList     `cmd:"" help:"List what was imported."`
	Undo     importUndo     `cmd:"" help:"Take an import out again, whole."`
}

// importing is what all of them share.
type importing struct {
	app.Where
	File    string `arg:"" help:"File to import."`
	Account string `placeholder:"NAME|NUMBER" help:"Account that it goes into. Without it, the owner’s, or one that is made for the archive and fetches and sends nothing."`
	Name    string `help:"What an account that is made is called."`
	DryRun  bool   `help:"Read everything and say what would come of it, and keep nothing."`
	Quiet   bool   `short:"q" help:"Show no progress."`
}

// importHelp stands beneath the usage of each.
const importHelp = "What comes in is history: conversations that are closed, at their own times. Nothing is late, nobody is told, nothing is sent. " +
	"An import that was broken off goes on when it is started again; the same file twice changes nothing. It works while Mercat serves."

// Help stands beneath the command's usage.
func (importing) Help() string { return importHelp }

func (i *importing) run(with *surroundings, o app.ImportOptions) error {
	return history(with, i.Where, func(h *app.History) error {
		o.File, o.Account, o.Name, o.Dry = i.File, i.Account, i.Name, i.DryRun
		o.Progress = i.progress(with)
		done, err := h.Import(with, o)
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

// history opens a Mercat for an import.
func history(with *surroundings, where app.Where, f func(*app.History) error) (err error) {
	c, err := with.config(where)
	if err != nil {
		return err
	}
	h, err := app.OpenHistory(with, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return f(h)
}

// progress tells how far it is, once a second.
func (i *importing) progress(with *surroundings) func(app.ImportProgress) {
	if i.Quiet {
		return nil
	}
	var p app.ImportProgress
	say := every(time.Second, time.Now, func(bytes, size int64) {
		if p.Hashing {
			printf(with.err, "looking at the file: %d of %d MB\n", bytes/1_000_000, size/1_000_000)
			return
		}
		printf(with.err, "%d read, %d kept, %d known, %d set aside\n", p.Read, p.Kept, p.Known, p.Aside)
	})
	return func(now app.ImportProgress) {
		p = now
		say(p.Bytes, p.Size)
	}
}

// maxShown is how many of what was set aside are printed.
const maxShown = 50

// report prints what came of it.
func (i *importing) report(with *surroundings, done app.Imported) {
	t := done.Import
	switch {
	case i.DryRun:
		printf(with.out, "Nothing was kept; this is what an import would do.\n")
	case done.Before:
		printf(with.out, "This file was imported before, on %s: import %d. Nothing has changed.\n", t.EndedAt.Local().Format("2 January 2006"), t.ID)
	default:
		printf(with.out, "Import %d into the account “%s” is done.\n", t.ID, done.Account.Name)
	}
	printf(with.out, "read:          %d\nkept:          %d\nknown already: %d\nset aside:     %d\n", t.Read, t.Kept, t.Known, t.Aside)
	if t.Cases > 0 {
		printf(with.out, "with a case:   %d\n", t.Cases)
	}
	for n, a := range done.Asides {
		if n == maxShown {
			printf(with.err, "… and %d more.\n", t.Aside-maxShown)
			break
		}
		printf(with.err, "%s: %s\n", a.Place, a.Reason)
	}
}

type importMbox struct {
	importing
	Own []string `placeholder:"ADDRESS" help:"Our own email addresses: what they wrote are our answers. Without it, the account’s."`
}

// Run imports mail.
func (i *importMbox) Run(with *surroundings) error {
	return i.run(with, app.ImportOptions{Format: "mbox", Own: i.Own})
}

type importMastodon struct{ importing }

// Run imports an account archive.
func (i *importMastodon) Run(with *surroundings) error {
	return i.run(with, app.ImportOptions{Format: "mastodon"})
}

type importX struct {
	importing
	Own string `placeholder:"@NAME" help:"Our own name there, for a tweets.js without its archive."`
}

// Run imports an account archive.
func (i *importX) Run(with *surroundings) error {
	o := app.ImportOptions{Format: "x"}
	if i.Own != "" {
		o.Own = []string{i.Own}
	}
	return i.run(with, o)
}

type importBluesky struct{ importing }

// Run imports a repository.
func (i *importBluesky) Run(with *surroundings) error {
	return i.run(with, app.ImportOptions{Format: "bluesky"})
}

type importTable struct {
	importing
	Mapping string `required:"" placeholder:"FILE" help:"JSON file that says what the columns are; see docs/import.md."`
}

// Run imports rows.
func (i *importTable) Run(with *surroundings) error {
	return i.run(with, app.ImportOptions{Format: "table", Mapping: i.Mapping})
}

type importList struct{ app.Where }

// Run lists imports.
func (l *importList) Run(with *surroundings) error {
	return history(with, l.Where, func(h *app.History) error {
		list, err := h.Imports(with)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(with.out, 0, 0, 2, ' ', 0)
		printf(table, "IMPORT\tBEGAN\tSTATE\tKEPT\tSET ASIDE\tACCOUNT\tFILE\n")
		for _, i := range list {
			name, err := h.AccountName(with, i.AccountID)
			if err != nil {
				return err
			}
			printf(table, "%d\t%s\t%s\t%d\t%d\t%s\t%s\n", i.ID, i.BeganAt.Local().Format("2006-01-02 15:04"), i.State, i.Kept, i.Aside, name, i.File)
		}
		requests, err := h.RequestImports(with)
		if err != nil {
			return err
		}
		for _, i := range requests {
			printf(table, "%d\t%s\t%s\t%d\t%d\t%s\t%s\n", i.ID, i.BeganAt.Local().Format("2006-01-02 15:04"), i.State, i.Kept, i.Aside, "requests: "+i.Name, i.File)
		}
		if err := table.Flush(); err != nil {
			return fmt.Errorf("print the list: %w", err)
		}
		return nil
	})
}

type importUndo struct {
	app.Where
	Import int64 `arg:"" help:"Its number, as import list shows it."`
	Quiet  bool  `short:"q" help:"Show no progress."`
}

// Help stands beneath the command's usage.
func (importUndo) Help() string {
	return strings.Join([]string{
		"Takes out what the import brought: messages, conversations and people that nothing else belongs to.",
		"What came in otherwise stays. It is refused when somebody has worked on a conversation or case of it meanwhile.",
	}, " ")
}

// Run takes an import out.
func (u *importUndo) Run(with *surroundings) error {
	return history(with, u.Where, func(h *app.History) error {
		say := every(time.Second, time.Now, func(done, _ int64) { printf(with.err, "%d are out\n", done) })
		progress := func(done int64) {
			if !u.Quiet {
				say(done, 0)
			}
		}
		i, err := h.Undo(with, u.Import, progress)
		if fault.Is(err, fault.NotFound) {
			return u.requests(with, h, progress)
		}
		if err != nil {
			return err
		}
		printf(with.out, "Import %d (%s) has been undone: %d messages are out.\n", i.ID, i.File, i.Kept)
		return nil
	})
}

// requests takes a list of requests out.
func (u *importUndo) requests(with *surroundings, h *app.History, progress func(int64)) error {
	i, err := h.UndoRequests(with, u.Import, progress)
	if err != nil {
		return err
	}
	printf(with.out, "Import %d (%s) has been undone: %d cases are out.\n", i.ID, i.File, i.Kept)
	return nil
}
