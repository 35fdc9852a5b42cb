//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cannot is the exit status of a peer that this machine cannot run.
const cannot = 3

// peer is a real server that tests talk to.
type peer struct {
	name  string
	env   string        // how tests learn of it: the path of its file
	value bool          // … or what stands in the file
	most  time.Duration // until it is ready

	child *child
	begin time.Time
	out   string // its file
	log   string
}

func peers() []*peer {
	return []*peer{
		{name: "postgres", env: "MERCAT_TEST_POSTGRES", value: true, most: time.Minute},
		{name: "mail", env: "MERCAT_TEST_MAIL", most: time.Minute},
		// It downloads and builds its packages when they are not there.
		{name: "bluesky", env: "MERCAT_TEST_BLUESKY", most: 25 * time.Minute},
	}
}

// startPeers starts every peer whose address is not given from outside.
func (r *run) startPeers(ctx context.Context) []*peer {
	logs := filepath.Join(".cache", "peers")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		r.failed = append(r.failed, err.Error())
		return nil
	}
	var started []*peer
	for _, p := range peers() {
		if os.Getenv(p.env) != "" {
			fmt.Printf("ok    %s is given by %s\n", p.name, p.env)
			continue
		}
		if ctx.Err() != nil {
			return started
		}
		p.log = filepath.Join(logs, p.name+".log")
		if err := r.startPeer(p); err != nil {
			r.failed = append(r.failed, fmt.Sprintf("start %s: %v", p.name, err))
			continue
		}
		started = append(started, p)
	}
	return started
}

func (r *run) startPeer(p *peer) error {
	dir := filepath.Join(r.work, p.name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	log, err := os.Create(p.log)
	if err != nil {
		return err
	}
	defer log.Close()
	p.out = filepath.Join(r.work, p.name+".ready")
	cmd := exec.Command(filepath.Join("test", "peers", p.name, "run"), "--dir", dir, "--out", p.out)
	cmd.Env, cmd.Stdout, cmd.Stderr = r.env, log, log
	p.begin = time.Now()
	p.child, err = r.children.start(cmd)
	return err
}

// awaitPeers waits until each peer is ready or has ended, and tells the tests
// where they are.
func (r *run) awaitPeers(ctx context.Context, started []*peer) {
	for _, p := range started {
		var exit *exec.ExitError
		err := p.await(ctx)
		switch {
		case err == nil:
			fmt.Printf("ok    %s is ready\n", p.name)
			r.env = append(r.env, p.env+"="+p.address())
		case ctx.Err() != nil:
			return
		case errors.As(err, &exit) && exit.ExitCode() == cannot:
			fmt.Printf("no    %s cannot run here\n", p.name)
			r.leaveOut("tests against "+p.name, p.said(1))
		default:
			fmt.Printf("FAIL  %s: %v\n%s\n", p.name, err, indent(p.said(60)))
			r.failed = append(r.failed, fmt.Sprintf("%s did not become ready (%s)", p.name, p.log))
		}
	}
}

func (p *peer) await(ctx context.Context) error {
	deadline := time.NewTimer(p.most - time.Since(p.begin))
	defer deadline.Stop()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		if info, err := os.Stat(p.out); err == nil && info.Size() > 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-p.child.ended:
			if p.child.err != nil {
				return p.child.err
			}
			return errors.New("ended before it was ready")
		case <-deadline.C:
			return fmt.Errorf("not ready after %s", p.most)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// address is what tests are told. That the file can be read was seen before.
func (p *peer) address() string {
	if !p.value {
		return p.out
	}
	b, err := os.ReadFile(p.out)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// said is the end of the peer's log.
func (p *peer) said(lines int) string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return tail(string(b), lines)
}
