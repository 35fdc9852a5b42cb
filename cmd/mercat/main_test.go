package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// said is what a command wrote, and how it ended.
type said struct {
	code     int
	out, err string
}

func mercat(t *testing.T, args ...string) said {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(t.Context(), args, &out, &errOut)
	return said{code, out.String(), errOut.String()}
}

func (s said) want(t *testing.T, code int, parts ...string) said {
	t.Helper()
	if s.code != code {
		t.Fatalf("exit code %d, not %d\n%s\n%s", s.code, code, s.out, s.err)
	}
	for _, part := range parts {
		if !strings.Contains(s.out+s.err, part) {
			t.Errorf("it does not say %q:\n%s\n%s", part, s.out, s.err)
		}
	}
	return s
}

// lines lets a test read what a running command writes.
type lines struct{ c chan string }

func (l lines) Write(b []byte) (int, error) {
	l.c <- string(b)
	return len(b), nil
}

// serving starts mercat serve and returns its address and how to stop it.
func serving(t *testing.T, data string, args ...string) (address string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, ended := lines{make(chan string, 4)}, make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, args...), out, io.Discard)
	}()
	stop = func() int {
		cancel()
		select {
		case code := <-ended:
			ended <- code
			return code
		case <-time.After(time.Minute):
			t.Error("it did not stop")
			return -1
		}
	}
	t.Cleanup(func() { stop() })
	select {
	case line := <-out.c:
		_, address, ok := strings.Cut(strings.TrimSpace(line), "Mercat is ready at ")
		if !ok || strings.Contains(address, "\n") {
			t.Fatalf("it printed %q", line)
		}
		return address, stop
	case code := <-ended:
		ended <- code
		t.Fatalf("it ended with %d", code)
	case <-time.After(time.Minute):
		t.Fatal("it was not ready within a minute")
	}
	return "", stop
}

const password = "harled walls and crow steps"

func setUp(t *testing.T, address string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(address+"/set-up", url.Values{"council": {"Strathcarron Council"}, "name": {"Mairi Galbraith"},
		"email": {"mairi@strathcarron.example"}, "password": {password}, "start": {"empty"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/desk" {
		t.Fatalf("set-up: %s to %q", answer.Status, answer.Header.Get("Location"))
	}
}

func TestACouncilIsLookedAfterFromTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	data, file := filepath.Join(folder, "data"), filepath.Join(folder, "mercat.tar")
	at := []string{"--data", data}
	with := func(args ...string) []string { return append(args, at...) }

	mercat(t, with("verify")...).want(t, exitFailed, "There is no Mercat in the folder")
	address, stop := serving(t, data)
	mercat(t, with("serve", "--listen", "127.0.0.1:0")...).want(t, exitInUse, "already serves from")
	mercat(t, with("user", "add", "iain@strathcarron.example", "--name", "Iain")...).want(t, exitFailed, "has not been set up yet")
	setUp(t, address)

	mercat(t, with("migrate", "--check")...).want(t, exitDone, "up to date")
	mercat(t, with("user", "add", "iain@strathcarron.example", "--name", "Iain Ruadh", "--role", "king")...).want(t, exitUsage, "role", "administrator")
	added := mercat(t, with("user", "add", "iain@strathcarron.example", "--name", "Iain Ruadh", "--role", "leader", "--base-url", "https://mercat.example.org")...).want(t, exitDone)
	if !strings.HasPrefix(added.out, "https://mercat.example.org/password/") {
		t.Errorf("the link is %q", added.out)
	}
	mercat(t, with("user", "add", "x@strathcarron.example", "--name", "X", "--team", "Roads")...).want(t, exitUsage, `no team "Roads"`, "Contact centre")
	mercat(t, with("user", "add", "iain@strathcarron.example", "--name", "Iain")...).want(t, exitFailed, "Somebody here has the email address iain@strathcarron.example already")
	mercat(t, with("user", "add", "IAIN@strathcarron.example", "--name", "Iain")...).want(t, exitFailed, "already")
	mercat(t, with("user", "add", "iain", "--name", "Iain")...).want(t, exitUsage, "Enter an email address")
	mercat(t, with("user", "add", "x@strathcarron.example", "--name", "X", "--base-url", "mercat.example.org/x")...).want(t, exitUsage, "base-url:")
	mercat(t, with("user", "list")...).want(t, exitDone, "Mairi Galbraith", "administrator", "Iain Ruadh", "invited")
	reset := mercat(t, with("user", "reset-password", "iain@strathcarron.example")...).want(t, exitDone, "lapses on "+time.Now().AddDate(0, 0, 1).Format("Monday 2 January 2006"), "--base-url")
	if !strings.HasPrefix(reset.out, "http://127.0.0.1:8080/password/") {
		t.Errorf("the link is %q", reset.out)
	}
	for listen, begins := range map[string]string{":9090": "http://localhost:9090/password/", "[::]:9090": "http://localhost:9090/password/", "10.1.2.3:80": "http://10.1.2.3:80/password/"} {
		t.Setenv("MERCAT_LISTEN", listen)
		mercat(t, with("user", "reset-password", "iain@strathcarron.example")...).want(t, exitDone, begins)
	}
	t.Setenv("MERCAT_BASE_URL", "https://mercat.example.org/")
	mercat(t, with("user", "reset-password", "iain@strathcarron.example")...).want(t, exitDone, "https://mercat.example.org/password/")
	mercat(t, with("user", "reset-password", "nobody@strathcarron.example")...).want(t, exitFailed, "Nobody here")
	mercat(t, with("user", "deactivate", "iain@strathcarron.example")...).want(t, exitDone)
	mercat(t, with("user", "reset-password", "iain@strathcarron.example")...).want(t, exitFailed, "has been deactivated")
	mercat(t, with("user", "list")...).want(t, exitDone, "deactivated")
	mercat(t, with("user", "reactivate", "iain@strathcarron.example")...).want(t, exitDone)
	mercat(t, with("user", "deactivate", "mairi@strathcarron.example")...).want(t, exitFailed, "only administrator")

	mercat(t, with("backup", file)...).want(t, exitDone, "its head is")
	mercat(t, with("backup", file)...).want(t, exitFailed, "There is a file")
	mercat(t, with("backup", filepath.Join(folder, "none", "x.tar"))...).want(t, exitFailed, "There is no folder")
	mercat(t, with("verify")...).want(t, exitDone, "The record is whole", "Head: ")
	if code := stop(); code != exitDone {
		t.Errorf("serve ended with %d", code)
	}

	mercat(t, with("restore", file)...).want(t, exitFailed, "is not empty")
	mercat(t, "restore", file, "--data", filepath.Join(folder, "new")).want(t, exitDone, "Restored into", "The record is whole")
	mercat(t, "restore", filepath.Join(folder, "none.tar"), "--data", filepath.Join(folder, "none")).want(t, exitFailed, "There is no file")
	open := filepath.Join(folder, "open.tar")
	mercat(t, with("export", open)...).want(t, exitDone, "tables with", "its head is")
	mercat(t, "restore", open, "--data", filepath.Join(folder, "opened")).want(t, exitDone, "Restored into", "The record is whole")
	from := "sqlite:" + filepath.Join(folder, "opened", "mercat.db")
	mercat(t, "db", "copy", "--from", from, "--to", "sqlite:"+filepath.Join(folder, "copy.db")).want(t, exitDone, "they are the same", "The record is whole")
	mercat(t, "db", "copy", "--from", from, "--to", "sqlite:"+filepath.Join(folder, "copy.db")).want(t, exitFailed, "already")
	mercat(t, "db", "copy", "--from", from+"x", "--to", "sqlite:"+filepath.Join(folder, "other.db")).want(t, exitFailed, "There is no SQLite file")
	if err := os.WriteFile(file, []byte("no backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	mercat(t, "restore", file, "--data", filepath.Join(folder, "newer")).want(t, exitArchive, "cannot be restored")
}

func TestCommandsThatMakeNoSenseAreUsageErrors(t *testing.T) {
	mercat(t).want(t, exitDone, "Usage: mercat", "Exit codes")
	mercat(t, "--help").want(t, exitDone, "serve")
	mercat(t, "help").want(t, exitDone, "Usage: mercat", "Exit codes")
	mercat(t, "help", "user", "add").want(t, exitDone, "Usage: mercat user add", "--team")
	if unlike := mercat(t, "serve", "--da", "x").want(t, exitUsage, `did you mean`).err; strings.Contains(unlike, "?.") || strings.Contains(unlike, "..") {
		t.Errorf("it is stopped twice: %s", unlike)
	}
	mercat(t, "serve", "--help").want(t, exitDone, "--listen", "$MERCAT_LISTEN")
	mercat(t, "version").want(t, exitDone, "mercat unknown")
	mercat(t, "sing").want(t, exitUsage, "mercat --help")
	mercat(t, "serve", "--sing").want(t, exitUsage)
	mercat(t, "restore").want(t, exitUsage)
	mercat(t, "serve", "--listen", "x", "--node", "y").want(t, exitUsage, "listen:", "node:")
}

func TestFlagsGoBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "mercat.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Wrong values tell where they come from.
	write("node = \"from the file\"\nlog_level = \"from the file\"\nproxies = [\"10.0.0.1\", \"from the file\"]\nlog-format = \"from the file\"")
	t.Setenv("MERCAT_LOG_LEVEL", "from the environment")
	t.Setenv("MERCAT_NODE", "from the environment")
	got := mercat(t, "--config", file, "serve", "--data", folder, "--node", "from the flag")
	got.want(t, exitUsage, `"from the flag" is not a whole number`, `"from the environment" is none of`, `"from the file" is neither an IP`, `"from the file" is neither text`)

	t.Setenv("MERCAT_LOG_LEVEL", "info")
	write("lisetn = \"127.0.0.1:1\"\nlog-format = 1.5\nlisten = 7")
	mercat(t, "--config", file, "serve", "--data", folder, "--node", "1").want(t, exitUsage, "lisetn: There is no such setting", "log-format: Write", `"7" is not like`)
	write("listen = \n")
	mercat(t, "--config", file, "serve").want(t, exitUsage, "line 1")
	mercat(t, "--config", filepath.Join(folder, "none.toml"), "serve").want(t, exitUsage, "cannot be read")

	t.Setenv("MERCAT_NODE", "0")
	write(fmt.Sprintf("data = %q\n", filepath.Join(folder, "data")))
	t.Setenv("MERCAT_CONFIG", file)
	mercat(t, "migrate").want(t, exitDone, "brought up to date")
	if _, err := os.Stat(filepath.Join(folder, "data", "mercat.db")); err != nil {
		t.Error(err)
	}
}

// TestTheManualKnowsEverySetting holds the table in docs/operate.md to what the
// program takes.
func TestTheManualKnowsEverySetting(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	settings := 0
	for _, node := range parser.Model.Children {
		if node.Name != "serve" {
			continue
		}
		for _, flag := range node.Flags {
			settings++
			row := fmt.Sprintf("| `--%s` | `%s` | ", flag.Name, strings.Join(flag.Envs, ""))
			i := strings.Index(string(manual), row)
			if i < 0 {
				t.Errorf("docs/operate.md has no row %s", row)
				continue
			}
			usual, _, _ := strings.Cut(string(manual)[i+len(row):], " |")
			if flag.Default != "" && usual != "`"+flag.Default+"`" {
				t.Errorf("docs/operate.md says that --%s is usually %s, not %s", flag.Name, usual, flag.Default)
			}
		}
	}
	if n := strings.Count(string(manual), "| `--"); settings == 0 || n != settings {
		t.Errorf("%d settings, %d rows in docs/operate.md", settings, n)
	}
}

func TestTriageIsMeasuredOnAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "texts.tsv")
	text := "text\tservice\nA deep pothole in the road outside number 9\tpotholes_roads\nThe street light has been out for a week\tstreet_lights\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mercat(t, "triage", "eval", file).want(t, 0, "2 texts, accuracy 1.000", "street_lights")
	mercat(t, "triage", "eval", "--json", file).want(t, 0, `"macro_f1": 1,`, `"expected_calibration_error"`, `"coverage"`, `"accuracy_at_threshold"`)
	mercat(t, "triage", "read", "There is a huge pothole on our road").want(t, 0, "potholes_roads", "because of: ")
	if err := os.WriteFile(file, []byte("words\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mercat(t, "triage", "eval", file).want(t, 2, "no column is called text")
}
