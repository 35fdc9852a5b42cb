//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// patience is how long a child may take to end after TERM before it is killed
// with everything in its process group.
const patience = 20 * time.Second

// children are the programs that this one started. Each leads a process group
// of its own, so that a Ctrl-C reaches this program alone, which ends them in
// order and leaves none behind.
type children struct {
	mu   sync.Mutex
	live []*child
}

type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended and err is set
	err   error
}

// start starts a child that runs until it is stopped.
func (c *children) start(cmd *exec.Cmd) (*child, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	// Output that outlives the child, in a grandchild's hands, is not waited for.
	cmd.WaitDelay = 5 * time.Second
	k := &child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer close(k.ended)
		release := lockParent() // the kernel watches the thread that forked
		defer release()
		err := cmd.Start()
		started <- err
		if err == nil {
			k.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.live = append(c.live, k)
	c.mu.Unlock()
	return k, nil
}

// run runs a child to its end, or until ctx is done, and returns what it said.
func (c *children) run(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := c.wait(ctx, cmd)
	return out.Bytes(), err
}

// lines runs a child to its end, or until ctx is done; read gets its output
// while it runs and may leave some unread.
func (c *children) lines(ctx context.Context, cmd *exec.Cmd, read func(io.Reader)) error {
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		read(r)
		io.Copy(io.Discard, r) // the error is the writer's, and told there
	}()
	cmd.Stdout = w
	err := c.wait(ctx, cmd)
	w.Close()
	<-done
	return err
}

func (c *children) wait(ctx context.Context, cmd *exec.Cmd) error {
	k, err := c.start(cmd)
	if err != nil {
		return err
	}
	defer c.forget(k)
	select {
	case <-k.ended:
		k.stop() // what it left behind
		return k.err
	case <-ctx.Done():
		k.stop()
		return errors.Join(context.Cause(ctx), k.err)
	}
}

func (c *children) forget(k *child) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.live {
		if other == k {
			c.live = append(c.live[:i], c.live[i+1:]...)
			return
		}
	}
}

// stop ends all children at the same time and returns when they are gone.
func (c *children) stop() {
	c.mu.Lock()
	live := c.live
	c.live = nil
	c.mu.Unlock()
	var all sync.WaitGroup
	for _, k := range live {
		all.Go(k.stop)
	}
	all.Wait()
}

// stop ends the child and then whatever is left of its process group.
func (k *child) stop() {
	group := -k.cmd.Process.Pid
	// That the group is gone already is the only error, and what is wanted.
	_ = syscall.Kill(k.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-k.ended:
	case <-time.After(patience):
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-k.ended
}
