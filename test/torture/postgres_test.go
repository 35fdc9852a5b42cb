//go:build linux

package torture

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// cluster is a PostgreSQL of the test's own, which can be stopped and started.
type cluster struct {
	t      *testing.T
	bin    string
	data   string
	listen string
	as     *syscall.Credential // nil: us
	now    *exec.Cmd
	ended  chan struct{}
}

// newCluster prepares a PostgreSQL beside the one that the tests share, and
// skips where that one is not there either.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	dbtest.Empty(t, db.Postgres)
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		t.Fatal("there are no PostgreSQL programs in /usr/lib/postgresql")
	}
	slices.Sort(bins)
	c := &cluster{t: t, bin: bins[len(bins)-1], listen: freePort(t)}
	dir, err := os.MkdirTemp("", "mercat-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c.data = filepath.Join(dir, "data")
	if os.Geteuid() == 0 { // PostgreSQL refuses to be root
		who, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, err1 := strconv.Atoi(who.Uid)
		gid, err2 := strconv.Atoi(who.Gid)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	t.Cleanup(func() { c.stop(syscall.SIGQUIT) })
	return c
}

func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = filepath.Dir(c.data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	return cmd
}

func (c *cluster) run(name string, args ...string) {
	c.t.Helper()
	if out, err := c.command(name, args...).CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// start starts it and waits until it answers.
func (c *cluster) start() {
	c.t.Helper()
	_, port, err := net.SplitHostPort(c.listen)
	if err != nil {
		c.t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(filepath.Dir(c.data), "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	c.now = c.command("postgres", "-D", c.data, "-k", filepath.Dir(c.data), "-p", port, "-c", "listen_addresses=127.0.0.1",
		"-c", "max_connections=100", "-c", "fsync=off", "-c", "wal_level=replica", "-c", "max_wal_senders=4", "-c", "hot_standby=on")
	c.now.Stdout, c.now.Stderr = log, log
	c.now.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	c.ended = make(chan struct{})
	started := make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan struct{}) {
		runtime.LockOSThread() // the kernel watches the thread that forked
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is what the test wanted
		}
		close(ended)
	}(c.now, c.ended)
	if err := <-started; err != nil {
		c.t.Fatal(err)
	}
	err = eventually(c.t, time.Minute, func() (bool, string) {
		out, err := c.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", port).CombinedOutput()
		return err == nil, string(out)
	})
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		c.t.Fatalf("PostgreSQL does not answer: %s", said)
	}
}

// stop ends it: SIGINT is a fast shutdown, SIGQUIT is as a crash.
func (c *cluster) stop(how syscall.Signal) {
	if c.now == nil {
		return
	}
	_ = c.now.Process.Signal(how) // it may have ended
	<-c.ended
	c.now = nil
}

// dsn is the address of a database in it, at where it is reached.
func dsn(at, name string) string {
	return "postgres://postgres@" + at + "/" + name + "?sslmode=disable"
}

func (c *cluster) exec(database string, statements ...string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn(c.listen, database))
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			c.t.Fatalf("%s: %v", s, err)
		}
	}
}

// onPostgres is an installation on a PostgreSQL at an address.
func onPostgres(t *testing.T, at string) *mercat {
	t.Helper()
	m := installed(t, db.SQLite)
	m.engine, m.dsn = db.Postgres, dsn(at, "mercat")
	return m
}

// busy is a town that writes and answers, where it may be told that the database
// does not answer.
func busy(t *testing.T, m *mercat) *town {
	r := chance(t)
	n := newTown(m, mastodontest.Options{IgnoreKeys: true})
	n.pardons = func(what string) bool {
		return strings.Contains(what, ": 503 ") && !strings.Contains(what, "fault of ours")
	}
	admin := m.council(m.start(), n.server.URL, n.token)
	for i, name := range []string{"ann", "bob", "cat"} {
		n.posts(name, 300*time.Millisecond, r.Uint64()+uint64(i))
	}
	n.writes("Elspeth", 500*time.Millisecond, r.Uint64())
	n.answers(admin, "Mairi", 250*time.Millisecond, r.Uint64())
	return n
}

// TestPostgreSQLThatIsRestartedUnderLoadLosesNothing stops the database in order
// and as a crash would, while people write and officers answer. Mercat goes on
// by itself.
func TestPostgreSQLThatIsRestartedUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.run("initdb", "-D", c.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	c.start()
	c.exec("postgres", "CREATE DATABASE mercat")
	m := onPostgres(t, c.listen)
	n := busy(t, m)
	for i := range max(4, number(t, "KILLS", 20)/5) {
		time.Sleep(2 * time.Second)
		c.stop([]syscall.Signal{syscall.SIGINT, syscall.SIGQUIT}[i%2])
		time.Sleep(500 * time.Millisecond)
		if p, err := n.m.visitor("192.0.2.9").once(t.Context(), "GET", "/readyz", nil); err != nil || p.status != 503 || !strings.Contains(p.body, "the database does not answer") {
			t.Errorf("without its database it says that it is ready: %d %q %v", p.status, p.body, err)
		}
		time.Sleep(500 * time.Millisecond)
		c.start()
		m.lives()
	}
	time.Sleep(2 * time.Second)
	n.quiet()
	d := m.look()
	n.settles(d, atRest)
	n.balances(d)
}

// TestPostgreSQLThatFailsOverToItsReplicaLosesNothing kills a primary that
// replicates synchronously and promotes its replica in its place, behind an
// address that stays.
func TestPostgreSQLThatFailsOverToItsReplicaLosesNothing(t *testing.T) {
	t.Parallel()
	primary, replica := newCluster(t), newCluster(t)
	primary.run("initdb", "-D", primary.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	primary.start()
	primary.exec("postgres", "CREATE DATABASE mercat")
	host, port, err := net.SplitHostPort(primary.listen)
	if err != nil {
		t.Fatal(err)
	}
	replica.run("pg_basebackup", "-h", host, "-p", port, "-U", "postgres", "-D", replica.data, "-R", "--no-sync", "-c", "fast")
	replica.start()
	primary.exec("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	address := newWeather(t, freePort(t), primary.listen)
	m := onPostgres(t, address.proxy.Listen)
	n := busy(t, m)
	time.Sleep(6 * time.Second)
	primary.stop(syscall.SIGQUIT)
	replica.exec("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()", "SELECT pg_promote()")
	address.leadsTo(replica.listen)
	time.Sleep(6 * time.Second)
	m.lives()
	n.quiet()
	d := m.look()
	n.settles(d, atRest)
	n.balances(d)
	if all, err := counted(t.Context(), d, "SELECT CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END, 1"); err != nil || all["primary"] != 1 {
		t.Error(fmt.Sprint(all, err))
	}
}
