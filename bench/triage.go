package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/triage"
)

// Triage reads messages on one core: with the learned model alone, and as intake
// reads them, with the directory's words and the gazetteer. It also loads the
// model.
func Triage(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(100_000)
	began := o.Now()
	before := heap()
	loading := o.Now()
	model, err := triage.LoadDefault()
	if err != nil {
		return Result{}, err
	}
	load := o.since(loading)
	r = Result{Bench: "triage", Size: o.Size}
	held := heap() - before

	s := newSpeaker(3)
	texts := make([]string, o.Size)
	for i := range texts {
		texts[i] = s.complaint()
	}
	cores := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(cores)
	reading := o.Now()
	for _, text := range texts {
		if m := model.Read(text); m.Service.P <= 0 {
			return Result{}, fmt.Errorf("the model makes nothing of %q", text)
		}
	}
	alone := o.since(reading)
	whole, err := readWhole(ctx, o, &r, texts)
	if err != nil {
		return Result{}, err
	}
	n := float64(o.Size)
	r.add("messages_per_second", n/alone, "messages/s").AtLeast = 50_000
	r.add("with_directory_per_second", n/whole, "messages/s")
	r.add("load", load*1000, "ms").AtMost = 200
	r.add("memory", held, "MB").AtMost = 50
	r.Seconds = rounded(o.since(began))
	return r, nil
}

// readWhole measures the seconds that a council's reading of texts takes.
func readWhole(ctx context.Context, o Options, r *Result, texts []string) (seconds float64, err error) {
	g, err := newGround(ctx, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	r.Engine = g.engine
	c, err := g.council(ctx, "council")
	if err != nil {
		return 0, err
	}
	a, err := app.Open(ctx, c)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := setUp(ctx, a); err != nil {
		return 0, err
	}
	desk := a.Rooms().Desk
	if _, err := desk.Triage(ctx, texts[:1]); err != nil { // reads the directory
		return 0, err
	}
	began := o.Now()
	for at := 0; at < len(texts); at += o.Batch {
		if _, err := desk.Triage(ctx, texts[at:min(at+o.Batch, len(texts))]); err != nil {
			return 0, err
		}
	}
	return o.since(began), nil
}

// heap is what is held after rubbish is taken away, in MB.
func heap() float64 {
	for range 3 { // what has a cleanup, and what that held, goes one round later
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}
