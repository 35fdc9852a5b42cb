//go:build linux

package torture

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// binary builds the program once. It is the one that people run, but for the
// version.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mercat-torture-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "mercat")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, "mercat.scot/mercat/cmd/mercat")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build mercat: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	// They wait more than they work.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // it is the temporary folder's to lose
	}
	os.Exit(code)
}

// engines are those that every test is run on, side by side.
func engines(t *testing.T, f func(t *testing.T, m *mercat)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			f(t, installed(t, engine))
		})
	}
}

// mercat is an installation: a folder, a database, and at times a process.
type mercat struct {
	t      *testing.T
	engine db.Engine
	data   string
	dsn    string // of the database, for the test's own eyes
	listen string // the same at every start, so that people find it again
	flags  []string
	now    *process
	lived  []*process // all that there were, in order
	runs   int
	jobs   int // that runs before had left in the middle
	out    int // answers that runs before had left in the middle
}

func installed(t *testing.T, engine db.Engine) *mercat {
	t.Helper()
	m := &mercat{t: t, engine: engine, data: filepath.Join(t.TempDir(), "data"), listen: freePort(t)}
	m.dsn = "sqlite:" + filepath.Join(m.data, "mercat.db")
	if engine == db.Postgres {
		m.dsn = dbtest.Empty(t, engine)
	}
	t.Cleanup(func() {
		if m.now != nil {
			m.kill()
		}
		if t.Failed() {
			for _, p := range m.lived[max(0, len(m.lived)-3):] {
				t.Logf("a run said:\n%s", p.said())
			}
		}
	})
	return m
}

// freePort is a free port below those from which the system takes ports for
// connections: nobody takes it while Mercat is down.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(10_000)))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close() // it listens to nobody
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// process is one run of the program.
type process struct {
	cmd   *exec.Cmd
	ready chan string   // gets the printed address
	ended chan struct{} // closed when it has ended and err is set
	err   error

	mu  sync.Mutex
	log bytes.Buffer
}

// Write keeps the log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log.Len() < 1<<20 {
		p.log.Write(b)
	}
	return len(b), nil
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(p.log.String()), "\n"), func(line string) bool { return strings.Contains(line, " msg=request ") })
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// args are a command's with where the installation is.
func (m *mercat) args(command ...string) []string {
	args := append(command, "--data", m.data)
	if m.engine == db.Postgres {
		args = append(args, "--db", m.dsn)
	}
	return args
}

// launch starts the program and does not wait.
func (m *mercat) launch() *process {
	m.t.Helper()
	path, err := binary()
	if err != nil {
		m.t.Fatal(err)
	}
	p := &process{ready: make(chan string, 1), ended: make(chan struct{})}
	args := append(m.args("serve"), "--listen", m.listen, "--allow-private", "all", "--proxies", "127.0.0.1")
	p.cmd = exec.Command(path, append(args, m.flags...)...)
	p.cmd.Stderr = p
	// It dies with us, whatever kills us.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the kernel watches the thread that forked
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, address, ok := strings.Cut(lines.Text(), "Mercat is ready at "); ok {
				p.ready <- address
			}
		}
		_, _ = io.Copy(io.Discard, out) // what is behind the last line
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		m.t.Fatal(err)
	}
	m.now, m.runs, m.lived = p, m.runs+1, append(m.lived, p)
	return p
}

// start starts the program, waits until it is ready, and returns the address
// that it printed.
func (m *mercat) start() string {
	m.t.Helper()
	p := m.launch()
	select {
	case address := <-p.ready:
		return address
	case <-p.ended:
		m.t.Fatalf("it ended before it was ready: %v\n%s", p.err, p.said())
	case <-time.After(time.Minute):
		m.t.Fatalf("it was not ready within a minute\n%s", p.said())
	}
	return ""
}

// kill kills it, as a power cut would but for the disk's own cache.
func (m *mercat) kill() {
	p := m.now
	if p == nil {
		return
	}
	m.now = nil
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended by itself
	<-p.ended
	var jobs, answers int
	for line := range strings.Lines(p.log.String()) {
		if _, counts, ok := strings.Cut(line, "what it was at goes on\" "); ok {
			if n, _ := fmt.Sscanf(counts, "jobs=%d answers=%d", &jobs, &answers); n == 2 {
				m.jobs, m.out = m.jobs+jobs, m.out+answers
			}
		}
	}
}

// dies fails the test when the program has ended by itself.
func (m *mercat) lives() {
	m.t.Helper()
	if m.now == nil {
		return
	}
	select {
	case <-m.now.ended:
		m.t.Fatalf("it ended by itself: %v\n%s", m.now.err, m.now.said())
	default:
	}
}

// says runs a command to its end and returns what it printed; it must succeed.
func (m *mercat) says(args ...string) string {
	m.t.Helper()
	path, err := binary()
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("mercat %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// number is a whole number from the environment.
func number(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is no number: %s", name, text)
	}
	return n
}

// chance is the run's source of chance, whose seed is printed.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := number(t, "SEED", uint64(time.Now().UnixNano())%1_000_000)
	t.Logf("SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0x6d657263))
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}
