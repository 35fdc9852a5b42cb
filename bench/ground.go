package bench

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// ground is where the councils of a benchmark stand: a folder of its own, and on
// PostgreSQL schemas of its own.
type ground struct {
	o       Options
	engine  db.Engine
	folder  string
	prefix  string // of the schemas
	schemas []string
}

// newGround makes a place for councils. Whoever has it calls remove.
//
// Errors: fault.Conflict when the database holds anything.
func newGround(ctx context.Context, o Options) (g *ground, err error) {
	g = &ground{o: o, engine: db.SQLite}
	if o.DB != "" {
		g.engine = db.Postgres
		if err := refuseUsed(ctx, o); err != nil {
			return nil, err
		}
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		g.prefix = schemaPrefix + hex.EncodeToString(b[:]) + "_"
	}
	if g.folder, err = os.MkdirTemp("", "mercat-bench-"); err != nil {
		return nil, fmt.Errorf("make a place to measure in: %w", err)
	}
	return g, nil
}

// refuseUsed looks into the database: a council's data must never be near a
// benchmark. What benchmarks leave in schemas of their own does not count.
func refuseUsed(ctx context.Context, o Options) error {
	d, err := db.Open(ctx, db.Options{DSN: o.DB, Now: o.Now})
	if err != nil {
		return err
	}
	defer d.Close() // nothing was written
	if d.Engine() != db.Postgres {
		return fault.New(fault.Invalid, "A benchmark takes the address of a PostgreSQL database, or none for SQLite in a fresh folder.")
	}
	used, err := tablesThere(ctx, d)
	if err != nil {
		return err
	}
	if used > 0 {
		return fault.New(fault.Conflict, "This database is not empty. A benchmark wants an empty one, so that it can never harm a council: make one with createdb.")
	}
	return nil
}

// council is the configuration of a fresh council, of which nothing is there
// yet.
func (g *ground) council(ctx context.Context, name string) (app.Config, error) {
	c := app.Config{
		Data: filepath.Join(g.folder, name), Listen: "127.0.0.1:0", Now: g.o.Now,
		PasswordCost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}, // it is not signing in that is measured
	}
	if g.engine == db.SQLite {
		return c, os.MkdirAll(c.Data, 0o700)
	}
	schema := g.prefix + name
	if err := makeSchema(ctx, g.o, schema); err != nil {
		return c, err
	}
	g.schemas = append(g.schemas, schema)
	var err error
	c.DB, err = withSchema(g.o.DB, schema)
	return c, err
}

// withSchema is the address of a database in which every name without a schema
// is of this one.
func withSchema(dsn, schema string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fault.New(fault.Invalid, "The PostgreSQL address cannot be read. It looks like postgres://user:password@host:5432/name.").Because(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// remove takes everything away, also when the benchmark was stopped.
func (g *ground) remove(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for _, schema := range g.schemas {
		errs = append(errs, dropSchema(ctx, g.o, schema))
	}
	return errors.Join(append(errs, os.RemoveAll(g.folder))...)
}

const (
	adminEmail    = "morag@benchmark.example"
	adminPassword = "fifty fathoms of salt water"
)

// operator is who does what has to be done before something can be measured.
func operator() record.Actor { return record.Mercat("benchmark") }

// setUp gives a council what every one has: an administrator, its services, the
// practice network, and a gazetteer of some thousand streets.
func setUp(ctx context.Context, a *app.App) error {
	first := staff.First{Email: adminEmail, Name: "Morag Benchmark", Password: adminPassword}
	if err := a.SetUp(ctx, first, "Benchmark Council"); err != nil {
		return fmt.Errorf("set a council up: %w", err)
	}
	return addPlaces(ctx, a.Rooms().Directory)
}

// addPlaces fills the gazetteer with the streets of which citizens speak.
func addPlaces(ctx context.Context, d *directory.Directory) error {
	var table strings.Builder
	w := csv.NewWriter(&table)
	lines := [][]string{{"name", "kind", "within", "lat", "lon"}}
	for i, v := range villages {
		for j, s := range streets() {
			lines = append(lines, []string{s, "street", v, fmt.Sprintf("%.5f", 56.1+float64(i)/50+float64(j%16)/900), fmt.Sprintf("%.5f", -3.4+float64(i%4)/20+float64(j/16)/900)})
		}
	}
	if err := w.WriteAll(lines); err != nil {
		return fmt.Errorf("write the gazetteer: %w", err)
	}
	done, err := d.ImportPlaces(ctx, operator(), strings.NewReader(table.String()))
	if err != nil {
		return fmt.Errorf("fill the gazetteer: %w", err)
	}
	if done.Wrong > 0 {
		return fmt.Errorf("fill the gazetteer: %d lines are wrong", done.Wrong)
	}
	return nil
}
