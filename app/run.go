package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"mercat.scot/mercat/platform/fault"
)

// Stopping takes at most this long, and each step of it no longer than the
// whole; what is not finished then is handed back to the database or ended.
const stopWithin = 20 * time.Second

// Run serves until ctx ends, then stops in order. Ready is told the address at
// which people reach Mercat, once requests are taken. Run may be called once.
func (a *App) Run(ctx context.Context, ready func(address string)) error {
	listener, err := listen(ctx, a.config.Listen)
	if err != nil {
		return err
	}
	server := a.server(a.Handler())
	servers := []*http.Server{server}
	failed := make(chan error, 2)
	serve := func(s *http.Server, l net.Listener) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
	}
	if a.config.MetricsListen != "" {
		beside, err := listen(ctx, a.config.MetricsListen)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		s := a.server(a.metricsOnly())
		servers = append(servers, s)
		go serve(s, beside)
	}

	// What works in the background outlives ctx: it ends after the last request
	// has been answered.
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	var background sync.WaitGroup
	background.Go(func() { a.hub.Run(work, a.db) })
	background.Go(func() { a.learn(work) })
	if err := a.startWork(work); err != nil {
		return errors.Join(err, listener.Close(), a.stopAll(work, servers), a.Close())
	}
	making := make(chan struct{})
	go func() {
		defer close(making)
		a.demo.run(a.stopping)
	}()
	go serve(server, listener)
	a.ready.Store(true)
	ready(a.address(listener.Addr()))
	background.Go(func() { tidy(work) })
	background.Go(func() { a.learnDates(work) })
	background.Go(func() { a.keepMap(work) })

	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	a.ready.Store(false)
	a.config.Log.InfoContext(work, "stopping")
	a.stop() // ends live streams and the making of a demonstration
	<-making
	err = errors.Join(err, a.stopAll(work, servers))
	endWork()
	background.Wait()
	if err = errors.Join(err, a.Close()); err == nil {
		a.config.Log.InfoContext(work, "stopped")
	}
	return err
}

// tidy gives back what starting has used and nothing holds any more: by itself
// the runtime keeps it until as much again is used.
func tidy(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
		debug.FreeOSMemory()
	}
}

// startWork begins what runs without being asked: jobs and receivers. What a
// killed run has left in the middle goes on first.
func (a *App) startWork(ctx context.Context) error {
	left, err := a.queue.Recover(ctx)
	if err != nil {
		return err
	}
	answers, err := a.desk.Recover(ctx)
	if err != nil {
		return err
	}
	if left > 0 || answers > 0 {
		a.config.Log.InfoContext(ctx, "the last run was cut off; what it was at goes on", "jobs", left, "answers", answers)
	}
	if err := a.queue.Start(ctx); err != nil {
		return err
	}
	a.working.Store(true)
	if err := a.desk.Start(ctx); err != nil {
		return fmt.Errorf("start to fetch: %w", err)
	}
	return nil
}

// stopAll takes no more requests, ends live streams, finishes the requests that
// run, then ends what runs without being asked.
func (a *App) stopAll(ctx context.Context, servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	a.stop()
	var errs []error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("finish requests: %w", err), s.Close())
		}
	}
	// What is being fetched is kept first, for it puts jobs.
	if err := a.desk.Stop(ctx); err != nil {
		errs = append(errs, fmt.Errorf("stop to fetch: %w", err))
	}
	if a.working.Swap(false) {
		errs = append(errs, a.queue.Stop(ctx))
	}
	return errors.Join(errs...)
}

// server bounds what a slow or hostile client can hold. Requests have shorter
// deadlines of their own; live streams extend theirs.
func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       5 * time.Minute, // photos over a telephone; routes may take longer
		WriteTimeout:      15 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(dropAddresses{a.config.Log.Handler()}, slog.LevelDebug),
	}
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.Newf(fault.Conflict, "Another program listens at %s already. Stop it, or choose another address with --listen.", address).Because(err)
	case errors.Is(err, syscall.EACCES):
		return nil, fault.Newf(fault.Invalid, "This user may not listen at %s. Choose a port above 1023 with --listen, and put a web server before Mercat.", address).Because(err)
	case err != nil:
		return nil, fault.Newf(fault.Invalid, "Mercat cannot listen at %s. Choose another address with --listen.", address).Because(err)
	}
	return l, nil
}

// address is what to open in a browser.
func (a *App) address(at net.Addr) string {
	return reachedAt(a.config.BaseURL, at.String()) + a.setup.where()
}

// reachedAt is the beginning of every address: how people reach Mercat or, when
// that is not said, where it listens, as this machine would call it.
func reachedAt(baseURL, listens string) string {
	if baseURL != "" {
		return baseURL
	}
	host, port, err := net.SplitHostPort(listens)
	if ip, bad := netip.ParseAddr(host); err == nil && (host == "" || bad == nil && ip.IsUnspecified()) {
		listens = net.JoinHostPort("localhost", port)
	}
	return "http://" + listens
}
