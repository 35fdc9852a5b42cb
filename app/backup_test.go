package app

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// backedUp is a Mercat with some media, still serving, and its backup.
func backedUp(t *testing.T) (*running, []byte) {
	t.Helper()
	r := start(t, testConfig(t, "sqlite"))
	r.setUp(t)
	for i := range 3 {
		if _, _, err := r.blobs.Put(t.Context(), strings.NewReader(strings.Repeat("snow ", i*1000)), 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	m, err := Backup(t.Context(), r.config, &out, BackupOptions{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if m.Media.Files != 3 || m.Record.Entries == 0 || m.Keys == nil || m.Database == nil {
		t.Fatalf("manifest %+v", m)
	}
	return r, out.Bytes()
}

func TestABackupOfARunningMercatIsRestored(t *testing.T) {
	r, archive := backedUp(t)
	sealed, err := r.box.Seal([]byte("app password"), "account:1")
	if err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, "sqlite")
	c.Data = filepath.Join(c.Data, "new")
	done, err := Restore(t.Context(), c, bytes.NewReader(archive), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !done.Report.Whole() || done.Report.Head != done.Manifest.Record.Hash {
		t.Errorf("report %+v", done.Report)
	}
	again := start(t, c)
	b := again.browser(t)
	b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
	b.get("/record").want(t, http.StatusOK, "account connected")
	if plain, err := again.box.Open(sealed, "account:1"); err != nil || string(plain) != "app password" {
		t.Errorf("what was sealed cannot be opened: %v", err)
	}
	var files int
	if err := again.blobs.Each(t.Context(), func(blob.Key, int64) error { files++; return nil }); err != nil || files != 3 {
		t.Errorf("%d media files, %v", files, err)
	}
}

func TestABackupFileAppearsWhole(t *testing.T) {
	r, _ := backedUp(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "mercat.tar")
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := BackupFile(stopped, r.config, path, BackupOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	if names := namesIn(t, folder); len(names) != 0 {
		t.Errorf("a broken-off backup leaves %v", names)
	}
	if _, err := BackupFile(t.Context(), r.config, path, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	if names := namesIn(t, folder); !slices.Equal(names, []string{"mercat.tar"}) {
		t.Errorf("beside the backup stands %v", names)
	}
	if _, err := BackupFile(t.Context(), r.config, path, BackupOptions{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one to the same name: %v", err)
	}
	for _, name := range namesIn(t, r.config.Data) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("the data folder keeps %s", name)
		}
	}
}

func namesIn(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestNothingIsWrittenOver(t *testing.T) {
	_, archive := backedUp(t)
	c := testConfig(t, "sqlite")
	if err := os.WriteFile(filepath.Join(c.Data, "letter.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Restore(t.Context(), c, bytes.NewReader(archive), nil)
	if !fault.Is(err, fault.Conflict) || Damaged(err) {
		t.Errorf("got %v", err)
	}
	if names := namesIn(t, c.Data); !slices.Equal(names, []string{"letter.txt"}) {
		t.Errorf("the folder holds %v", names)
	}
}

// member is one file of an archive, for tests that change it.
type member struct {
	header tar.Header
	body   []byte
}

func unpack(t *testing.T, archive []byte) []member {
	t.Helper()
	var list []member
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, member{*h, body})
	}
}

func pack(t *testing.T, list []member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range list {
		m.header.Size = int64(len(m.body))
		if m.header.Typeflag != tar.TypeReg {
			m.header.Size = 0
		}
		if err := w.WriteHeader(&m.header); err != nil {
			t.Fatal(err)
		}
		if m.header.Size > 0 {
			if _, err := w.Write(m.body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestADamagedBackupRestoresNothing(t *testing.T) {
	_, archive := backedUp(t)
	whole := unpack(t, archive)
	named := func(name string) int {
		return slices.IndexFunc(whole, func(m member) bool { return strings.HasPrefix(m.header.Name, name) })
	}
	change := func(f func(list []member) []member) []byte { return pack(t, f(slices.Clone(whole))) }
	with := func(name string, body []byte) func([]member) []member {
		return func(list []member) []member {
			list[named(name)].body = body
			return list
		}
	}
	add := func(h tar.Header) []byte {
		return change(func(list []member) []member {
			return slices.Insert(list, 1, member{h, []byte("x")})
		})
	}
	flipped := bytes.Clone(whole[named(archiveDatabase)].body)
	flipped[len(flipped)/2] ^= 1
	cases := map[string][]byte{
		"empty":               {},
		"no tar":              []byte(strings.Repeat("no tar ", 400)),
		"another tar":         pack(t, []member{{tar.Header{Name: "x", Typeflag: tar.TypeReg, Mode: 0o600}, []byte("x")}}),
		"changed database":    change(with(archiveDatabase, flipped)),
		"changed media":       change(with(archiveMedia, []byte("rain"))),
		"changed keys":        change(with(archiveKeys, []byte("other keys"))),
		"unreadable manifest": change(with(archiveManifest, []byte("{"))),
		"newer form":          change(with(archiveMark, []byte("3\n"))),
		"no manifest":         change(func(list []member) []member { return list[:len(list)-1] }),
		"media left out":      change(func(list []member) []member { return slices.Delete(list, named(archiveMedia), named(archiveMedia)+1) }),
		"keys left out":       change(func(list []member) []member { return slices.Delete(list, named(archiveKeys), named(archiveKeys)+1) }),
		"database twice":      change(func(list []member) []member { return slices.Insert(list, 1, list[named(archiveDatabase)]) }),
		"behind the end":      change(func(list []member) []member { return append(list, list[named(archiveKeys)]) }),
		"out of the folder":   add(tar.Header{Name: "../evil", Typeflag: tar.TypeReg, Mode: 0o600}),
		"media out of it":     add(tar.Header{Name: archiveMedia + "../../evil", Typeflag: tar.TypeReg, Mode: 0o600}),
		"absolute":            add(tar.Header{Name: "/tmp/evil", Typeflag: tar.TypeReg, Mode: 0o600}),
		"a link":              add(tar.Header{Name: archiveDatabase, Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}),
		"a hard link":         add(tar.Header{Name: archiveKeys, Linkname: "/etc/passwd", Typeflag: tar.TypeLink}),
		"a folder":            add(tar.Header{Name: "keys/", Typeflag: tar.TypeDir, Mode: 0o700}),
	}
	for _, share := range []int{1, 10, 50, 90, 99} {
		cases[fmt.Sprintf("cut off at %d %%", share)] = archive[:len(archive)*share/100]
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t, "sqlite")
			_, err := Restore(t.Context(), c, bytes.NewReader(cases[name]), nil)
			if !Damaged(err) {
				t.Errorf("got %v", err)
			}
			if !strings.Contains(fault.Sentence(err), "Use another backup") {
				t.Errorf("it says %q", fault.Sentence(err))
			}
			if names := namesIn(t, c.Data); len(names) != 0 {
				t.Errorf("it left %v", names)
			}
			if _, err := os.Lstat(filepath.Join(filepath.Dir(c.Data), "evil")); err == nil {
				t.Error("it wrote outside of the folder")
			}
		})
	}
}

func TestARecordThatWasBrokenBeforeTheBackupIsRestoredAndNamed(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	r.setUp(t)
	if _, err := r.db.Handle().ExecContext(t.Context(), `UPDATE record_entry SET actor_name = 'Somebody else' WHERE number = 3`); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := Backup(t.Context(), r.config, &out, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, "sqlite")
	done, err := Restore(t.Context(), c, &out, nil)
	if err != nil || done.Report.Broken != 3 {
		t.Fatalf("got %+v, %v", done.Report, err)
	}
	d, err := OpenDatabase(t.Context(), c, false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if report, err := record.Verify(t.Context(), d, nil); err != nil || report.Broken != 3 {
		t.Errorf("verify says %+v, %v", report, err)
	}
}

func FuzzRestore(f *testing.F) {
	mark := func(name, body string) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, file := range [][2]string{{archiveMark, "1\n"}, {name, body}} {
			if err := w.WriteHeader(&tar.Header{Name: file[0], Size: int64(len(file[1])), Typeflag: tar.TypeReg, Mode: 0o600}); err != nil {
				f.Fatal(err)
			}
			if _, err := io.WriteString(w, file[1]); err != nil {
				f.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		return out.Bytes()
	}
	f.Add(mark(archiveManifest, `{"format":1,"engine":"sqlite"}`))
	f.Add(mark(archiveDatabase, "SQLite format 3"))
	f.Add(mark(archiveMedia+strings.Repeat("a", 64), "x"))
	f.Add(mark("../x", "x"))
	f.Add(mark(archiveSchema, `{"engine":"sqlite","migrations":[1]}`))
	f.Add(mark(archiveTables+"desk_message/000001.jsonl", `{"id":1}`))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		parent := t.TempDir()
		c := Config{Data: filepath.Join(parent, "data")}
		if _, err := Restore(t.Context(), c, bytes.NewReader(archive), nil); err == nil {
			t.Fatal("nonsense was restored")
		}
		if names := namesIn(t, parent); len(names) > 1 {
			t.Fatalf("it wrote %v", names)
		}
	})
}
