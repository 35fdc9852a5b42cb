package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network/archive"
	"mercat.scot/mercat/platform/fault"
)

// RequestsImported is what came of an import of a list of requests.
type RequestsImported struct {
	Import casework.Import
	Before bool // it had been done before, and nothing was to be done
	Asides []casework.SetAside
}

// rowsAtOnce is how many rows one transaction takes.
const rowsAtOnce = 1_000

// ImportRequests brings in another program's list of requests as cases, without
// conversations. It may be broken off at any moment, and goes on with the same
// call; done again it changes nothing. A newer list of the same name ends the
// cases that have ended there meanwhile.
//
// Errors: fault.NotFound and fault.Invalid for the file and the mapping, with
// what to do; fault.Conflict when somebody else imports the same file.
func (h *History) ImportRequests(ctx context.Context, o ImportOptions) (RequestsImported, error) {
	run := &importing{History: h, options: o}
	done, err := run.requests(ctx)
	return done, explainDisk(err, h.config)
}

func (r *importing) requests(ctx context.Context) (done RequestsImported, err error) {
	if err := r.readMapping(ctx); err != nil {
		return done, err
	}
	if r.mapping == nil || r.mapping.Case == nil {
		return done, fault.New(fault.Invalid, "A list of requests needs a mapping with the entry “case”. docs/import.md has an example.")
	}
	if err := knownReasons(r.mapping.Case); err != nil {
		return done, err
	}
	i := casework.Import{Name: cmp.Or(r.options.Name, filepath.Base(r.options.File)), File: filepath.Base(r.options.File), Mapping: r.mapping.Sum()}
	if i.SHA256, i.Size, err = r.hash(ctx); err != nil {
		return done, err
	}
	if !r.options.Dry {
		if i, err = r.casework.BeginImport(ctx, operator(), i); err != nil {
			return done, err
		}
	}
	done.Import = i
	if done.Before = i.State == casework.ImportDone; !done.Before {
		if err := r.requestRows(ctx, &done); err != nil || r.options.Dry {
			return done, err
		}
		if done.Import, err = r.casework.EndImport(ctx, operator(), i.ID); err != nil {
			return done, err
		}
	}
	done.Asides, err = r.casework.Asides(ctx, i.ID)
	return done, err
}

func knownReasons(c *archive.CaseMapping) error {
	for from, to := range c.Reasons {
		if r := casework.Reason(to); to != "" && !slices.Contains(casework.ReasonsFor(casework.Done), r) {
			return fault.Newf(fault.Invalid, "The mapping has %q for the reason %q, and Mercat has no such reason.", to, from)
		}
	}
	return nil
}

// requestRows goes through what is left of the file.
func (r *importing) requestRows(ctx context.Context, done *RequestsImported) error {
	from, err := archive.ParsePosition(done.Import.Position)
	if err != nil {
		return err
	}
	r.reader, err = archive.Open(archive.Table, r.options.File, archive.Options{Now: r.db.Now(), Mapping: r.mapping, From: from})
	if err != nil {
		return err
	}
	defer r.reader.Close() // it was only read
	for end := false; !end; {
		rows, atEnd, err := r.nextRows(ctx)
		end = atEnd
		if err != nil {
			return err
		}
		position := r.reader.Position()
		switch {
		case r.options.Dry:
			done.rehearse(rows)
		case len(rows) > 0:
			if done.Import, err = r.casework.ImportRows(ctx, operator(), done.Import.ID, done.Import.Position, position.String(), rows); err != nil {
				return err
			}
		}
		t := done.Import.Tally
		p := ImportProgress{Bytes: position.Offset, Size: done.Import.Size}
		p.Read, p.Kept, p.Known, p.Aside = t.Read, t.Kept, t.Known+t.Ended, t.Aside
		r.tell(p)
	}
	return nil
}

// rehearse counts what rows would become, without looking for those that are
// known.
func (d *RequestsImported) rehearse(rows []casework.Row) {
	for _, row := range rows {
		d.Import.Read++
		if row.Wrong == "" {
			d.Import.Kept++
			continue
		}
		d.Import.Aside++
		if len(d.Asides) < 1_000 {
			d.Asides = append(d.Asides, casework.SetAside{Place: row.Place, Reason: row.Wrong})
		}
	}
}

func (r *importing) nextRows(ctx context.Context) (rows []casework.Row, end bool, err error) {
	for size := int64(0); len(rows) < rowsAtOnce && size < importBytes; {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		item, err := r.reader.Next()
		if errors.Is(err, io.EOF) {
			return rows, true, nil
		}
		if err != nil {
			return rows, false, err
		}
		size += item.Size
		rows = append(rows, r.requestRow(item))
	}
	return rows, false, nil
}

// requestRow is a row as casework takes it.
func (r *importing) requestRow(item archive.Item) casework.Row {
	row := casework.Row{Place: item.Place, Wrong: item.Wrong}
	if item.Wrong != "" {
		return row
	}
	k := item.Case
	switch k.State {
	case "":
		row.Wrong = "The mapping does not say whether it is open, done or somebody else’s."
		return row
	case archive.StateOpen:
		row.State = casework.Received
	default:
		row.State = casework.State(k.State)
	}
	row.Ref, row.At, row.Words, row.Asset = string(item.Post.Ref), item.Post.At, k.Words, k.Asset
	row.ServiceID = r.services[strings.ToLower(k.Service)]
	if row.State.Ended() {
		row.EndedAt = k.Ended
	}
	if row.State == casework.Done {
		row.Reason = casework.Reason(k.Reason)
	}
	if p := item.Post.Place; p != nil {
		row.Where, row.Lat, row.Lon = p.Label, p.Lat, p.Lon
	}
	return row
}

// RequestImports are the lists of requests that were brought in, the newest
// first.
func (h *History) RequestImports(ctx context.Context) ([]casework.Import, error) {
	return h.casework.Imports(ctx)
}

// UndoRequests takes a list of requests out again, whole.
//
// Errors: those of casework.UndoImport.
func (h *History) UndoRequests(ctx context.Context, id int64, progress func(done int64)) (casework.Import, error) {
	return h.casework.UndoImport(ctx, operator(), id, progress)
}
