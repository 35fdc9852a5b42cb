package app

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// measure registers what is read when the metrics are asked for. None of it
// names a person, or what anybody wrote.
func (a *App) measure() error {
	watching := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mercat_live_subscriptions", Help: "Pages that watch for changes on this node.",
	}, func() float64 { return float64(a.hub.Watching()) })
	for _, c := range []prometheus.Collector{watching, &stateOfThings{app: a}} {
		if err := a.metrics.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

// stateOfThings is what the database knows, asked for at each scrape.
type stateOfThings struct{ app *App }

// scrapeWithin bounds the questions of one scrape.
const scrapeWithin = 5 * time.Second

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func (*stateOfThings) descriptions() (jobs, accounts, size, entries, failed *prometheus.Desc) {
	return describe("mercat_jobs", "Jobs that are to be done or were given up, by kind and state.", "kind", "state"),
		describe("mercat_accounts", "Connected accounts, by network, state and trouble.", "network", "state", "trouble"),
		describe("mercat_database_bytes", "Size of the database."),
		describe("mercat_record_entries", "Entries of the record."),
		describe("mercat_scrape_failed", "1 when the database could not be asked for these figures.")
}

// Describe implements prometheus.Collector.
func (s *stateOfThings) Describe(out chan<- *prometheus.Desc) {
	jobs, accounts, size, entries, failed := s.descriptions()
	for _, d := range []*prometheus.Desc{jobs, accounts, size, entries, failed} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *stateOfThings) Collect(out chan<- prometheus.Metric) {
	_, _, _, _, failed := s.descriptions()
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	was := 0.0
	if err := s.collect(ctx, out); err != nil {
		was = 1
		s.app.config.Log.WarnContext(ctx, "figures for the metrics are missing", "error", err)
	}
	out <- prometheus.MustNewConstMetric(failed, prometheus.GaugeValue, was)
}

func (s *stateOfThings) collect(ctx context.Context, out chan<- prometheus.Metric) error {
	jobs, accounts, size, entries, _ := s.descriptions()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counts, err := s.app.queue.Counts(ctx)
	if err != nil {
		return err
	}
	for _, c := range counts {
		gauge(jobs, float64(c.Jobs), c.Kind, c.State)
	}
	list, err := s.app.desk.Accounts(ctx)
	if err != nil {
		return err
	}
	type group struct{ network, state, trouble string }
	groups := map[group]int{}
	for _, a := range list {
		groups[group{string(a.Network), string(a.State), string(a.Trouble)}]++
	}
	for g, n := range groups {
		gauge(accounts, float64(n), g.network, g.state, g.trouble)
	}
	bytes, err := s.app.db.Size(ctx)
	if err != nil {
		return err
	}
	gauge(size, float64(bytes))
	head, err := headOf(ctx, s.app.db)
	if err != nil {
		return err
	}
	gauge(entries, float64(head.Entries))
	return nil
}
