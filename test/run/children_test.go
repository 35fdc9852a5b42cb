//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestNothingIsLeftOfAChild(t *testing.T) {
	// It dies, and leaves behind a grandchild that ignores TERM.
	var c children
	grandchild := make(chan int, 1)
	cmd := exec.Command("sh", "-c", `trap '' TERM; sleep 300 >/dev/null & echo $!; kill -KILL $$`)
	err := c.lines(t.Context(), cmd, func(r io.Reader) {
		line, err := bufio.NewReader(r).ReadString('\n')
		if err != nil {
			t.Error(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Error(err)
		}
		grandchild <- pid
	})
	if err == nil {
		t.Error("a child that was killed reported no error")
	}
	pid := <-grandchild
	for deadline := time.Now().Add(10 * time.Second); ; {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", pid)
		}
		time.Sleep(10 * time.Millisecond) // poll: the kernel tells nobody but the parent
	}
}

func TestAChildThatEndsByItselfIsWaitedFor(t *testing.T) {
	var c children
	out, err := c.run(t.Context(), exec.Command("sh", "-c", "echo said; exit 3"))
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != cannot || string(out) != "said\n" {
		t.Errorf("%q, %v", out, err)
	}
	if len(c.live) != 0 {
		t.Error("it is still on the list")
	}
}
