package app

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
)

// emptyConfig is a folder that is not there yet, and on PostgreSQL a database
// without a table.
func emptyConfig(t *testing.T, engine db.Engine) Config {
	t.Helper()
	c := Config{Log: logOf(t), Listen: "127.0.0.1:0", Data: filepath.Join(t.TempDir(), "new")}
	c.PasswordCost = testConfig(t, db.SQLite).PasswordCost
	if engine == db.Postgres {
		c.DB = dbtest.Empty(t, engine)
	}
	return c
}

// busy is a Mercat with a history, on which a citizen goes on writing until the
// test ends.
func busy(t *testing.T, engine db.Engine) *running {
	t.Helper()
	c := testConfig(t, engine)
	c.Twice = false
	r := start(t, c)
	b := r.browser(t)
	b.post("/set-up", "council", "Comhairle Srath Carrann", "name", "Mairi Galbraith", "email", adminEmail,
		"password", adminPassword, "start", "demonstration").leads(t, home)
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		p, _, err := readProgress(t.Context(), r.db)
		if err != nil || p.trouble != "" || time.Since(began) > 5*time.Minute {
			t.Fatalf("the demonstration: %+v, %v", p, err)
		}
		if p.finished {
			break
		}
	}
	if _, _, err := r.blobs.Put(t.Context(), strings.NewReader("snow"), 1<<20); err != nil {
		t.Fatal(err)
	}
	return r
}

// linesOf reads every table, as lines behind the table's name.
func linesOf(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		tables, err := carried(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			out[table.Name] = nil
			for line, err := range table.Rows(ctx, tx) {
				if err != nil {
					return err
				}
				out[table.Name] = append(out[table.Name], string(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBothEnginesCarryTheSameTables(t *testing.T) {
	described := map[db.Engine]string{}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		d := dbtest.Open(t, engine, Migrations(), dbtest.NewClock())
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			tables, err := carried(ctx, tx)
			for _, table := range tables {
				described[engine] += table.Name
				for _, c := range table.Columns {
					described[engine] += fmt.Sprintf(" %s=%s", c.Name, c.Kind)
				}
				described[engine] += "\n"
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if described[db.SQLite] != described[db.Postgres] {
		t.Errorf("SQLite:\n%s\nPostgreSQL:\n%s", described[db.SQLite], described[db.Postgres])
	}
	for _, table := range []string{"desk_message", "record_entry", "casework_case", "river_job"} {
		if !strings.Contains(described[db.SQLite], table+" ") {
			t.Errorf("%s is not carried", table)
		}
	}
	if strings.Contains(described[db.SQLite], "desk_text") || strings.Contains(described[db.Postgres], "desk_text") {
		t.Error("a full-text index is carried")
	}
}

func TestOpenFormsAreRestoredOnEitherEngine(t *testing.T) {
	for _, from := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run("from "+string(from), func(t *testing.T) {
			r := busy(t, from)
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			source, err := OpenDatabase(t.Context(), r.config, false)
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			want := linesOf(t, source)
			var out bytes.Buffer
			m, err := Backup(t.Context(), r.config, &out, BackupOptions{Version: "test", Open: true})
			if err != nil || m.Database != nil || len(m.Tables) != len(want) || m.Record.Entries < 500 || m.Media.Files == 0 {
				t.Fatalf("manifest %+v, %v", m, err)
			}
			for _, to := range []db.Engine{db.SQLite, db.Postgres} {
				t.Run("to "+string(to), func(t *testing.T) { restoredAs(t, emptyConfig(t, to), out.Bytes(), want) })
			}
		})
	}
}

func restoredAs(t *testing.T, c Config, archive []byte, want map[string][]string) {
	done, err := Restore(t.Context(), c, bytes.NewReader(archive), nil)
	if err != nil || !done.Report.Whole() || done.Report.Entries != done.Manifest.Record.Entries {
		t.Fatalf("%+v, %v", done.Report, err)
	}
	d, err := OpenDatabase(t.Context(), c, false)
	if err != nil {
		t.Fatal(err)
	}
	got := linesOf(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for table, lines := range want {
		if !slices.Equal(lines, got[table]) {
			t.Errorf("table %s: %d rows became %d, or others", table, len(lines), len(got[table]))
		}
	}
	again := start(t, c)
	b := again.browser(t)
	b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
	b.get("/desk?view=all&q=pothole").want(t, 200, "Potholes and road surface", "Tormod MacLeòid")
	rows, _, err := again.desk.Inbox(t.Context(), desk.Query{View: desk.Everything, Words: "pothole"})
	if err != nil || len(rows) == 0 {
		t.Errorf("found are %d, %v", len(rows), err)
	}
	citizens, err := again.practice.Citizens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: "The zebra crossing is worn off."}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what is written now comes in", func() bool {
		rows, _, err := again.desk.Inbox(t.Context(), desk.Query{View: desk.Everything, Words: "zebra"})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) == 1
	})
	if c.DB == "" {
		return
	}
	c2 := c
	c2.Data = filepath.Join(t.TempDir(), "second")
	if _, err := Restore(t.Context(), c2, bytes.NewReader(archive), nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("over another Mercat: %v", err)
	}
}

func TestABackupOfPostgreSQLIsOneSnapshotWhileCitizensWrite(t *testing.T) {
	r := busy(t, db.Postgres)
	citizens, err := r.practice.Citizens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				stopped <- n
				return
			default:
				if _, err := r.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: fmt.Sprintf("Snow on road %d.", n)}); err != nil {
					t.Errorf("say: %v", err)
				}
			}
		}
	}()
	var out bytes.Buffer
	m, err := Backup(t.Context(), r.config, &out, BackupOptions{})
	close(stop)
	if said := <-stopped; said < 3 {
		t.Errorf("only %d citizens wrote meanwhile", said)
	}
	if err != nil || len(m.Tables) == 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	c := emptyConfig(t, db.Postgres)
	done, err := Restore(t.Context(), c, &out, nil)
	if err != nil || !done.Report.Whole() {
		t.Fatalf("%+v, %v", done.Report, err)
	}
}

func TestADamagedTableRestoresNothing(t *testing.T) {
	r := start(t, testConfig(t, db.SQLite))
	r.setUp(t)
	var out bytes.Buffer
	if _, err := Backup(t.Context(), r.config, &out, BackupOptions{Open: true}); err != nil {
		t.Fatal(err)
	}
	whole := unpack(t, out.Bytes())
	at := func(name string) int {
		return slices.IndexFunc(whole, func(m member) bool { return strings.HasPrefix(m.header.Name, name) })
	}
	officers := archiveTables + "staff_officer/"
	with := func(body string) func([]member) []member {
		return func(list []member) []member {
			list[at(officers)].body = []byte(body)
			return list
		}
	}
	original := string(whole[at(officers)].body)
	for name, change := range map[string]func([]member) []member{
		"changed row":     with(strings.Replace(original, "Mairi", "Mhairi", 1)),
		"row left out":    with(""),
		"row twice":       with(original + original),
		"no JSON":         with("snow\n"),
		"another column":  with(strings.Replace(original, `{"id"`, `{"snow":1,"id"`, 1)),
		"table left out":  func(list []member) []member { return slices.Delete(list, at(officers), at(officers)+1) },
		"schema left out": func(list []member) []member { return slices.Delete(list, at(archiveSchema), at(archiveSchema)+1) },
		"unknown table": func(list []member) []member {
			m := list[at(officers)]
			m.header.Name = archiveTables + "pg_authid/000001.jsonl"
			return slices.Insert(list, at(officers), m)
		},
		"cut off": func(list []member) []member { return list[:len(list)-1] },
	} {
		for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
			t.Run(name+" "+string(engine), func(t *testing.T) {
				c := emptyConfig(t, engine)
				archive := pack(t, change(slices.Clone(whole)))
				if _, err := Restore(t.Context(), c, bytes.NewReader(archive), nil); !Damaged(err) {
					t.Errorf("got %v", err)
				}
				if names := namesIn(t, c.Data); len(names) != 0 {
					t.Errorf("it left %v", names)
				}
				if _, err := Restore(t.Context(), c, bytes.NewReader(out.Bytes()), nil); err != nil {
					t.Errorf("the whole one afterwards: %v", err)
				}
			})
		}
	}
}

func TestADatabaseIsCopiedThereAndBack(t *testing.T) {
	r := busy(t, db.SQLite)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	there, back := dbtest.Empty(t, db.Postgres), "sqlite:"+filepath.Join(t.TempDir(), "back.db")
	for _, o := range []CopyOptions{{From: r.config.DSN(), To: there}, {From: there, To: back}} {
		done, err := CopyDatabase(t.Context(), r.config, o)
		if err != nil || done.Rows < 1000 || !done.Report.Whole() {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	if _, err := CopyDatabase(t.Context(), r.config, CopyOptions{From: r.config.DSN(), To: there}); !fault.Is(err, fault.Conflict) {
		t.Errorf("over another Mercat: %v", err)
	}
	var all [2]map[string][]string
	for i, dsn := range []string{r.config.DSN(), back} {
		d, err := db.Open(t.Context(), db.Options{DSN: dsn, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		all[i] = linesOf(t, d)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for table, lines := range all[0] {
		if !slices.Equal(lines, all[1][table]) {
			t.Errorf("table %s: %d rows came back as %d, or others", table, len(lines), len(all[1][table]))
		}
	}
}
