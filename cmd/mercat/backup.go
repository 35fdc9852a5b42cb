package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/platform/db"
)

type backupCommand struct {
	app.Where
	File   string `arg:"" optional:"" help:"File to write, or - for standard output. Without it, mercat-DATE-TIME.tar here."`
	NoKeys bool   `help:"Leave the keys out, to keep them elsewhere. Without them stored passwords of accounts cannot be read."`
	Quiet  bool   `short:"q" help:"Show no progress."`
}

// Help stands beneath the command's usage.
func (backupCommand) Help() string {
	return "The file holds everything: keep it as you would keep what citizens wrote. With PostgreSQL it holds the media, the keys and the head of the record; copy the database itself with pg_dump, before this."
}

// Run makes a backup.
func (b *backupCommand) Run(with *surroundings) error {
	c, err := with.config(b.Where)
	if err != nil {
		return err
	}
	options := app.BackupOptions{Version: version, NoKeys: b.NoKeys, Progress: megabytes(with, b.Quiet)}
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
	printf(with.err, "%d media files. The record has %d entries; its head is %s\n", m.Media.Files, m.Record.Entries, m.Record.Hash)
	if m.Engine == db.Postgres {
		printf(with.err, "The PostgreSQL database is not in this file. Copy it with pg_dump; a dump made before this file fits to it.\n")
	}
	if m.Keys == nil {
		printf(with.err, "The keys are not in this file. Keep a copy of the key file elsewhere.\n")
	}
	return nil
}

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
	return "The data folder must be empty or not be there. The backup is checked against its manifest and the record is verified before anything is put in place."
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
	if done.Manifest.Engine == db.Postgres {
		printf(with.out, "Now run mercat verify. When Mercat was stopped for the backup, the record ends with %d entries and the head %s.\n", done.Manifest.Record.Entries, done.Manifest.Record.Hash)
		return nil
	}
	return printReport(with, done.Report)
}
