package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/fault"
)

// copying is what backup and export share.
type copying struct {
	app.Where
	File   string `arg:"" optional:"" help:"File to write, or - for standard output. Without it, mercat-DATE-TIME.tar here."`
	NoKeys bool   `help:"Leave the keys out, to keep them elsewhere. Without them stored passwords of accounts cannot be read."`
	Quiet  bool   `short:"q" help:"Show no progress."`
}

func (b *copying) run(with *surroundings, open bool) error {
	c, err := with.config(b.Where)
	if err != nil {
		return err
	}
	options := app.BackupOptions{Version: version, NoKeys: b.NoKeys, Open: open, Progress: megabytes(with, b.Quiet)}
	name := b.File
	var m app.Manifest
	if name == "-" {
		m, err = app.Backup(with, c, with.out, options)
	} else {
		if name == "" {
			name = "mercat-" + time.Now().Format("2006-01-02-1504") + ".tar"
		}
		m, err = app.BackupFile(with, c, name, options)
	}
	if err != nil {
		return err
	}
	if name != "-" {
		printf(with.out, "%s\n", name)
	}
	if len(m.Tables) > 0 {
		var rows int64
		for _, t := range m.Tables {
			rows += t.Rows
		}
		printf(with.err, "%d tables with %d rows.\n", len(m.Tables), rows)
	}
	printf(with.err, "%d media files. The record has %d entries; its head is %s\n", m.Media.Files, m.Record.Entries, m.Record.Hash)
	if m.Keys == nil {
		printf(with.err, "The keys are not in this file. Keep a copy of the key file elsewhere.\n")
	}
	return nil
}

type backupCommand struct{ copying }

// Help stands beneath the command's usage.
func (backupCommand) Help() string {
	return "The file holds everything: keep it as you would keep what citizens wrote. mercat restore makes a Mercat of it again."
}

// Run makes a backup.
func (b *backupCommand) Run(with *surroundings) error { return b.run(with, false) }

type exportCommand struct{ copying }

// Help stands beneath the command's usage.
func (exportCommand) Help() string {
	return "The file is a tar with every table in lines of JSON, every picture and file, and a manifest; it belongs to no database engine. mercat restore puts it back without loss, into SQLite or with --db into PostgreSQL."
}

// Run writes everything in open forms.
func (b *exportCommand) Run(with *surroundings) error { return b.run(with, true) }

// megabytes tells how far a copy is, once a second.
func megabytes(with *surroundings, quiet bool) func(int64) {
	if quiet {
		return nil
	}
	say := every(time.Second, time.Now, func(bytes, _ int64) { printf(with.err, "%d MB\n", bytes/1_000_000) })
	return func(bytes int64) { say(bytes, 0) }
}

type restoreCommand struct {
	app.Where
	File  string `arg:"" help:"Backup to restore, or - for standard input."`
	Quiet bool   `short:"q" help:"Show no progress."`
}

// Help stands beneath the command's usage.
func (restoreCommand) Help() string {
	return "The data folder must be empty or not be there, and with --db so must the database. The backup is checked against its manifest and the record is verified before anything is put in place."
}

// Run restores a backup.
func (r *restoreCommand) Run(with *surroundings) (err error) {
	c, err := with.config(r.Where)
	if err != nil {
		return err
	}
	var from io.Reader = os.Stdin
	if r.File != "-" {
		f, err := os.Open(r.File)
		if errors.Is(err, fs.ErrNotExist) {
			return fault.Newf(fault.NotFound, "There is no file %s to restore. Check its name.", r.File).Because(err)
		}
		if err != nil {
			return fmt.Errorf("open the backup: %w", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		from = f
	}
	done, err := app.Restore(with, c, from, megabytes(with, r.Quiet))
	if err != nil {
		return err
	}
	printf(with.out, "Restored into %s: %d media files, made by Mercat %s on %s.\n", c.Data, done.Manifest.Media.Files,
		done.Manifest.Version, done.Manifest.Made.Format(time.RFC3339))
	if done.Manifest.Keys == nil {
		printf(with.err, "The backup has no keys. Put your copy of the key file to keys/secret.key in the data folder before you serve.\n")
	}
	return printReport(with, done.Report)
}
