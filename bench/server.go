package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mercat.scot/mercat/app"
)

// server is a mercat serve of its own process, so that what it needs can be told
// from what measuring needs.
type server struct {
	command *exec.Cmd
	address string
	said    *bytes.Buffer // on standard error
	ended   chan error
}

// stopWithin bounds how long a server takes to end in order.
const stopWithin = 30 * time.Second

// serve starts a server on a council that nobody else has open, and waits until
// it says that it is ready.
func serve(ctx context.Context, o Options, c app.Config) (*server, error) {
	if len(o.Program) == 0 {
		return nil, errors.New("start a server: which program is mercat is not said")
	}
	arguments := append(append([]string{}, o.Program[1:]...), "serve", "--listen", "127.0.0.1:0", "--data", c.Data, "--log-level", "error")
	s := &server{command: exec.CommandContext(ctx, o.Program[0], arguments...), said: &bytes.Buffer{}, ended: make(chan error, 1)}
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	s.command.WaitDelay = stopWithin
	s.command.Stderr = s.said
	s.command.Env = append(withoutSettings(os.Environ()), "MERCAT_DB="+c.DB)
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() { s.ended <- s.command.Wait() }()
	_, address, ok := strings.Cut(strings.TrimSpace(line), "Mercat is ready at ")
	if err != nil || !ok {
		return nil, fmt.Errorf("start a server: it said %q and %q (%w)", line, s.said, s.stop())
	}
	s.address = address
	return s, nil
}

// withoutSettings leaves out what would change how a server runs.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, one := range environment {
		if name, _, _ := strings.Cut(one, "="); !strings.HasPrefix(name, "MERCAT_") || strings.HasPrefix(name, "MERCAT_TEST_") {
			kept = append(kept, one)
		}
	}
	return kept
}

// stop ends the server in order; by force when that takes too long.
func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			return fmt.Errorf("the server ended with %w: %s", err, s.said)
		}
		return nil
	case <-time.After(stopWithin):
		return errors.Join(errors.New("the server did not stop"), s.command.Process.Kill())
	}
}

// memory is what the process holds now and held at most, in MB of resident
// memory; false where the system does not tell.
func (s *server) memory() (now, most float64, known bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0, 0, false
	}
	return statusMB(string(b), "VmRSS:"), statusMB(string(b), "VmHWM:"), true
}

// statusMB reads a line of /proc/PID/status, which counts in KiB.
func statusMB(status, field string) float64 {
	_, rest, _ := strings.Cut(status, field)
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	kib, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		return 0
	}
	return kib * 1024 / 1e6
}

// addMemory notes what the server needs: at rest before it was asked anything,
// and at most while it was measured.
func (r *Result) addMemory(s *server, rest float64) {
	_, most, known := s.memory()
	if !known {
		return
	}
	r.add("memory_at_rest", rest, "MB").AtMost = 100
	r.add("memory_at_most", most, "MB").AtMost = 400
}

// atRest waits until a fresh server has done what it does first, and returns the
// memory that it holds then.
func (s *server) atRest(ctx context.Context, o Options) float64 {
	select {
	case <-ctx.Done():
	case <-time.After(min(time.Duration(o.Size)*time.Millisecond, 3*time.Second)):
	}
	now, _, _ := s.memory()
	return now
}
