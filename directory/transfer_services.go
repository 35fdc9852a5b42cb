package directory

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

const (
	maxServices     = 2000
	maxServicesFile = 4 << 20 // bytes
)

var errTooManyServices = fault.Field("file", "These are more than 2,000 services. Nothing was changed.")

// ExportServices writes all services, as "csv" or as Open311 "json": the service
// list with the definitions in it.
func (d *Directory) ExportServices(ctx context.Context, w io.Writer, format string) error {
	var s *Snapshot
	var o owners
	err := d.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if s, err = d.SnapshotTx(ctx, tx); err != nil {
			return err
		}
		o, err = d.ownersTx(ctx, tx, s)
		return err
	})
	if err != nil {
		return fmt.Errorf("export services: %w", err)
	}
	if format == "json" {
		return writeJSON(w, s.Services(), o)
	}
	return writeCSV(w, s.Services(), o)
}

// ImportServices brings a table (CSV) or an Open311 service list (JSON) in, and
// says what it changed. A service is known by its code; what the file does not
// name stays. With dry nothing is kept. Where one line is wrong, nothing is kept
// either: Problems say what to put right.
//
// Errors: fault.Invalid (file) when it is neither; fault.TooLarge.
func (d *Directory) ImportServices(ctx context.Context, by record.Actor, file io.Reader, dry bool) (ServicesPlan, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxServicesFile+1))
	if err != nil {
		return ServicesPlan{}, fmt.Errorf("import services: %w", err)
	}
	if len(data) > maxServicesFile {
		return ServicesPlan{}, fault.New(fault.TooLarge, "The file is larger than 4 MB. Nothing was changed.")
	}
	read := readCSV
	if start := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF"))); len(start) > 0 && (start[0] == '[' || start[0] == '{') {
		read, data = readJSON, start
	}
	drafts, err := read(data)
	if err != nil {
		return ServicesPlan{}, fmt.Errorf("import services: %w", err)
	}
	var p planned
	work := func(ctx context.Context, tx *db.Tx) error {
		s, err := d.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		o, err := d.ownersTx(ctx, tx, s)
		if err != nil {
			return err
		}
		p = plan(s, o, drafts)
		if dry || len(p.Problems) > 0 {
			return nil
		}
		for _, to := range p.change {
			if err := d.write(ctx, tx, by, p.was[to.ID], to); err != nil {
				return err
			}
		}
		_, err = d.AddServicesTx(ctx, tx, by, p.add)
		return err
	}
	if dry {
		err = d.DB.Read(ctx, work)
	} else {
		err = d.DB.Write(ctx, work)
	}
	if err != nil {
		return ServicesPlan{}, fmt.Errorf("import services: %w", err)
	}
	return p.ServicesPlan, nil
}

// ownersTx are the teams and areas that a table may name.
func (d *Directory) ownersTx(ctx context.Context, tx *db.Tx, s *Snapshot) (owners, error) {
	o := owners{map[string]int64{}, map[string]int64{}}
	for _, a := range s.Areas() {
		o.areas[a.Name] = a.ID
	}
	if d.Staff == nil {
		return o, nil
	}
	roster, err := d.Staff.RosterTx(ctx, tx)
	if err != nil {
		return o, err
	}
	for _, t := range roster.Teams() {
		o.teams[t.Name] = t.ID
	}
	return o, nil
}
