package bench

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

const (
	aimOfCommits = 0.5    // of the rate of the plainest commit
	requestsUsed = 121145 // rows of a list of requests, as one city has in a year
	aimOfImport  = 20.0   // seconds for so many, on SQLite
)

// reporting makes cases of reports from another program, one transaction each,
// in turns with commits of a single row of a table that has nothing but a key.
func reporting(ctx context.Context, o Options, a *app.App, services []int64, r *Result) error {
	c := commits{d: a.DB()}
	if err := c.begin(ctx); err != nil {
		return err
	}
	by, say, random := record.Mercat("benchmark"), newSpeaker(5), rand.New(rand.NewPCG(5, 5))
	key := fmt.Sprintf("bench-%d-", o.Now().UnixNano())
	n := 0
	report := func() error {
		lat, lon := spot(random)
		n++
		one := casework.Report{Key: fmt.Sprint(key, n), Source: casework.FromOpen311, ServiceID: services[random.IntN(len(services))], Words: say.complaint(),
			Place: say.place(), Lat: lat, Lon: lon, Who: name(n), Language: "en"}
		return a.DB().Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, _, err := a.Rooms().Casework.ReportTx(ctx, tx, by, one)
			return err
		})
	}
	return errors.Join(r.beside(ctx, o, &c, "reports", 0, report), c.end(ctx))
}

// beside does something again and again, each time after the commit of a single
// row, so that what else the machine does slows both alike.
func (r *Result) beside(ctx context.Context, o Options, c *commits, name string, least float64, do func() error) error {
	var took, plain float64
	const untold = 10 // fill caches
	for i := range o.asked() + untold {
		for _, part := range []struct {
			sum *float64
			do  func() error
		}{{&plain, func() error { return c.one(ctx) }}, {&took, do}} {
			began := o.Now()
			if err := part.do(); err != nil {
				return err
			}
			if i >= untold {
				*part.sum += o.since(began)
			}
		}
	}
	durable, err := c.durable(ctx)
	if err != nil {
		return err
	}
	if !durable {
		o.Log.Warn("this PostgreSQL does not wait for the disk, so its commits are no measure")
		least = 0
	}
	count := float64(o.asked())
	r.add(name, count/took, "/s")
	r.add(name+"_commits", count/plain, "/s")
	r.add(name+"_ratio", plain/took, "").AtLeast = least
	return nil
}

// importing measures the import of a list of requests, with its history and the
// record, into a council of its own.
func importing(ctx context.Context, g *ground, r *Result) (err error) {
	list, rows, err := g.requests()
	if err != nil {
		return err
	}
	c, err := g.council(ctx, "import")
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, c)
	if err != nil {
		return err
	}
	if err := errors.Join(setUp(ctx, a), a.Close()); err != nil {
		return err
	}
	h, err := app.OpenHistory(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	began := g.o.Now()
	done, err := h.ImportRequests(ctx, list)
	if err != nil {
		return err
	}
	took := g.o.since(began)
	if done.Import.Kept == 0 || rows > 0 && done.Import.Kept != int64(rows) {
		return fmt.Errorf("of %d requests %d were kept", rows, done.Import.Kept)
	}
	f := r.add("import", float64(done.Import.Kept)/took, "rows/s")
	if g.engine == db.SQLite {
		f.AtLeast = rounded(requestsUsed / aimOfImport)
	}
	r.add("import_rows", float64(done.Import.Kept), "rows")
	r.add("import_took", took, "s")
	g.o.Log.Info("imported", "requests", done.Import.Kept, "seconds", took)
	return nil
}

// requests is the list that is imported: the one that is given, or one that is
// made up, with so many rows.
func (g *ground) requests() (list app.ImportOptions, rows int, err error) {
	list = app.ImportOptions{File: filepath.Join(g.folder, "requests.csv"), Mapping: g.o.Mapping, Name: "benchmark"}
	if g.o.Import == "" {
		rows = min(requestsUsed, g.o.Size)
		list.Mapping = filepath.Join(g.folder, "requests.json")
		return list, rows, errors.Join(writeRequests(list.File, rows, g.o.Now()), os.WriteFile(list.Mapping, []byte(requestsMapping), 0o600))
	}
	if !strings.HasSuffix(g.o.Import, ".gz") {
		list.File = g.o.Import
		return list, 0, nil
	}
	return list, 0, unzip(g.o.Import, list.File)
}

func unzip(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("open a list of requests: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	plain, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("unzip %s: %w", from, err)
	}
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("unzip %s: %w", from, err)
	}
	if _, err := io.Copy(out, plain); err != nil {
		return errors.Join(fmt.Errorf("unzip %s: %w", from, err), out.Close())
	}
	return out.Close()
}

// requestsMapping says what the columns are of a list that is made up.
const requestsMapping = `{"format": "csv", "ref": "{id}", "at": "{opened}", "times": ["2006-01-02T15:04:05"], "zone": "Europe/London",
	"text": ["{words}"], "place": ["{street}"], "lat": "{lat}", "lon": "{lon}",
	"case": {"done": {"of": "{status}", "is": ["closed"]}, "open": {"of": "{status}", "is": ["open"]}, "ended": "{closed}", "words": ["{words}"],
	"service": "{type}", "services": {"Pothole": "Potholes and road surface", "Lamp": "Street lights"}, "reason": "{outcome}", "reasons": {"mended": "fixed"}}}`

func writeRequests(path string, rows int, now time.Time) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make requests up: %w", err)
	}
	w := csv.NewWriter(f)
	r, say := rand.New(rand.NewPCG(13, 13)), newSpeaker(13)
	_ = w.Write([]string{"id", "opened", "closed", "status", "words", "type", "street", "lat", "lon", "outcome"}) // Flush has the error
	const form = "2006-01-02T15:04:05"
	for i := range rows {
		lat, lon := spot(r)
		opened := now.Add(-365*24*time.Hour + time.Duration(i)*364*24*time.Hour/time.Duration(rows))
		closed, status, outcome := opened.Add(time.Duration(r.ExpFloat64()*float64(9*24*time.Hour))), "closed", "mended"
		ended := closed.Format(form)
		if closed.After(now) || i%6 == 0 {
			ended, status, outcome = "", "open", ""
		}
		_ = w.Write([]string{fmt.Sprint(i + 1), opened.Format(form), ended, status, say.complaint(), []string{"Pothole", "Lamp", "Other"}[r.IntN(3)], say.place(),
			fmt.Sprintf("%.5f", lat), fmt.Sprintf("%.5f", lon), outcome})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}
