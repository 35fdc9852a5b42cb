package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mercat.scot/mercat/network/archive"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const requestsMapping = "../docs/import/gainesville311.json"

// past is a set-up Mercat that serves, and a way to import into it.
type past struct {
	*running
	*History
	t *testing.T
}

func withPast(t *testing.T, c Config) past {
	t.Helper()
	r := start(t, c)
	r.setUp(t)
	h, err := OpenHistory(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return past{r, h, t}
}

func (p past) bring(o ImportOptions) Imported {
	p.t.Helper()
	done, err := p.Import(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	return done
}

// rows are how many rows every table has.
func (p past) rows() map[string]int64 {
	p.t.Helper()
	counts := map[string]int64{}
	err := p.running.db.Read(p.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, table := range []string{"desk_account", "desk_conversation", "desk_message", "desk_media", "desk_import", "desk_imported", "desk_import_aside", "desk_reading",
			"desk_notification", "casework_case", "casework_step", "person_person", "person_handle", "person_word", "record_entry"} {
			n, _, err := db.One(ctx, tx, db.ScanID, `SELECT COUNT(*) FROM `+table)
			if err != nil {
				return err
			}
			counts[table] = n
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return counts
}

// less is what counts differ in.
func less(after, before map[string]int64) string {
	var b strings.Builder
	for _, table := range []string{"desk_account", "desk_conversation", "desk_message", "desk_media", "desk_import", "desk_imported", "desk_import_aside", "desk_reading",
		"desk_notification", "casework_case", "casework_step", "person_person", "person_handle", "person_word", "record_entry"} {
		if d := after[table] - before[table]; d != 0 {
			fmt.Fprintf(&b, "%s%+d ", strings.TrimPrefix(table, "desk_"), d)
		}
	}
	return strings.TrimSpace(b.String())
}

func requestsOf(file string) ImportOptions {
	return ImportOptions{Format: archive.Table, File: file, Mapping: requestsMapping, Name: "Old requests"}
}

func TestRequestsComeInAsHistoryOnce(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		before := p.rows()
		o := requestsOf("../network/archive/testdata/requests.csv")
		dry := o
		dry.Dry = true
		if d := p.bring(dry); d.Import.Kept != 5 || d.Import.Aside != 4 || d.Import.Cases != 4 || less(p.rows(), before) != "" {
			t.Errorf("a rehearsal: %+v, %s", d.Import.Tally, less(p.rows(), before))
		}
		done := p.bring(o)
		if i := done.Import; i.Read != 9 || i.Kept != 5 || i.Aside != 4 || i.Known != 0 || i.Cases != 4 || len(done.Asides) != 4 || i.State != "done" {
			t.Errorf("%+v, %v", i.Tally, done.Asides)
		}
		after := p.rows()
		const want = "account+1 conversation+5 message+5 import+1 imported+5 import_aside+4 casework_case+4 casework_step+8 person_person+5 person_handle+5 person_word+5 record_entry+4"
		if got := less(after, before); got != want {
			t.Errorf("it made\n%s, not\n%s", got, want)
		}
		if again := p.bring(o); !again.Before || again.Import.Kept != 5 || less(p.rows(), after) != "" {
			t.Errorf("a second time: %+v, %s", again, less(p.rows(), after))
		}
		if d := p.bring(dry); d.Import.Known != 5 || d.Import.Kept != 0 || d.Import.Aside != 4 {
			t.Errorf("a rehearsal of what is there: %+v", d.Import.Tally)
		}
		// Another export with the same rows and one more.
		more := filepath.Join(t.TempDir(), "more.csv")
		text := readText(t, o.File) + "9000010,2019-03-01T00:00:00,,Open,Other,Works,Another,,,,sample\n"
		if err := os.WriteFile(more, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o.File, o.Account = more, "old requests"
		if i := p.bring(o).Import; i.Kept != 1 || i.Known != 5 || i.Aside != 4 {
			t.Errorf("more of the same: %+v", i.Tally)
		}
	})
}

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHistoryIsFoundAndRaisesNothing(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		p.bring(requestsOf("../network/archive/testdata/requests.csv"))
		b := p.browser(t)
		b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
		for path, want := range map[string]string{
			"/desk?view=all&q=junction+wheel": "Hole at the junction", "/desk?view=all&state=closed": "war memorial",
			"/cases?q=memorial": "Done", "/settings/accounts": "Old requests", "/record": "import done",
		} {
			b.get(path).want(t, http.StatusOK, want)
		}
		for _, view := range []string{"team", "unassigned", "late", "mine"} {
			if page := b.get("/desk?view=" + view); strings.Contains(page.body, "wheel in") {
				t.Errorf("it waits in %s", view)
			}
		}
		err := p.running.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for name, query := range map[string]string{
				"is not closed":     `SELECT COUNT(*) FROM desk_conversation WHERE state <> 'closed' OR due_at <> 0`,
				"has a job":         `SELECT COUNT(*) FROM river_job WHERE kind = 'desk.media' OR kind = 'desk.send'`,
				"is dated now":      `SELECT COUNT(*) FROM desk_message WHERE at > 1600000000000000 OR received_at > 1600000000000000`,
				"was sorted as now": `SELECT COUNT(*) FROM desk_conversation WHERE sorted > 1600000000000000 OR created_at > 1600000000000000`,
				"has a new id":      fmt.Sprintf(`SELECT COUNT(*) FROM desk_message WHERE id > %d`, db.IDAt(tx.Now.AddDate(-1, 0, 0))),
				"case is not old":   `SELECT COUNT(*) FROM casework_case WHERE state <> 'done' OR created_at > 1600000000000000 OR changed_at > 1600000000000000`,
			} {
				n, _, err := db.One(ctx, tx, db.ScanID, query)
				if err != nil {
					return err
				}
				if n != 0 {
					t.Errorf("%d: %s", n, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnImportIsUndoneWhole(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		file := requestsOf("../network/archive/testdata/requests.csv")
		b := p.browser(t)
		b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
		before := p.rows()
		done := p.bring(file)
		undo := func() error {
			_, err := p.Undo(t.Context(), done.Import.ID, func(int64) {})
			return err
		}
		if err := undo(); err != nil {
			t.Fatal(err)
		}
		if got, want := less(p.rows(), before), "account+1 import+1 import_aside+4 record_entry+7"; got != want {
			t.Errorf("there remains %s, not %s", got, want)
		}
		if page := b.get("/desk?view=all&q=wheel"); strings.Contains(page.body, "wheel in") {
			t.Error("it is still found")
		}
		if err := undo(); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if done = p.bring(file); done.Import.Kept != 5 || done.Before {
			t.Errorf("imported again: %+v", done)
		}
		if accounts := p.rows()["desk_account"] - before["desk_account"]; accounts != 2 {
			t.Errorf("%d accounts were made", accounts)
		}
	})
}

func TestWhatSomebodyWorkedOnIsNotTakenOut(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		for name, work := range map[string]string{"the conversation": `SELECT id FROM desk_conversation WHERE subject = 'Graffiti'`, "the case": `SELECT id FROM casework_case WHERE words LIKE '%memorial'`} {
			p := withPast(t, testConfig(t, p0(c)))
			done := p.bring(requestsOf("../network/archive/testdata/requests.csv"))
			b := p.browser(t)
			b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
			var id int64
			err := p.running.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				id, _, err = db.One(ctx, tx, db.ScanID, work)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if name == "the case" {
				b.post(fmt.Sprintf("/cases/%d/move", id), "version", "1", "state", "in_progress")
			} else {
				b.post(fmt.Sprintf("/desk/%d/reopen", id), "version", "1")
			}
			if _, err := p.Undo(t.Context(), done.Import.ID, func(int64) {}); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s was worked on: %v", name, err)
			}
		}
	})
}

func TestAnArchiveIsReadAndNotAnswered(t *testing.T) {
	p := withPast(t, testConfig(t, db.SQLite))
	done := p.bring(requestsOf("../network/archive/testdata/requests.csv"))
	b := p.browser(t)
	b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
	var id int64
	err := p.running.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		id, _, err = db.One(ctx, tx, db.ScanID, `SELECT id FROM desk_conversation WHERE subject = 'Graffiti'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.get(fmt.Sprintf("/desk/%d", id)).want(t, http.StatusOK, "Paint on the war memorial", "30 Jun", "From the archive “Old requests”")
	if page := b.post(fmt.Sprintf("/desk/%d/reply", id), "body", "Sorry", "version", "1"); !strings.Contains(page.body, "came from an archive") {
		t.Errorf("an answer is taken: %d %.300s", page.status, page.body)
	}
	b.get("/settings/accounts/new").want(t, http.StatusOK, "Bluesky")
	if page := b.get("/settings/accounts/new"); strings.Contains(page.body, "network=archive") {
		t.Error("an archive can be chosen as a network")
	}
	if err := p.running.desk.ResumeAccount(t.Context(), operator(), done.Account.ID, done.Account.Version); !fault.Is(err, fault.Conflict) {
		t.Errorf("it can be resumed: %v", err)
	}
}

// p0 is the engine of a configuration.
func p0(c Config) db.Engine {
	if c.DB == "" {
		return db.SQLite
	}
	return db.Postgres
}

func TestMailComesInWithItsThreadsAndPictures(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		before := p.rows()
		o := ImportOptions{Format: archive.Mbox, File: "../network/archive/testdata/mail.mbox", Own: []string{"contact@council.example", "roads@council.example"}}
		done := p.bring(o)
		if i := done.Import; i.Read != 7 || i.Kept != 5 || i.Aside != 2 || done.Account.Network != "email" || done.Account.Name != "contact@council.example" {
			t.Errorf("%+v into %q, %v", i.Tally, done.Account.Name, done.Asides)
		}
		// Ann's question and our answer are one conversation; ours to Peigi is one
		// with her.
		if got, want := less(p.rows(), before), "account+1 conversation+4 message+5 media+1"; !strings.HasPrefix(got, want) {
			t.Errorf("it made %s", got)
		}
		if again := p.bring(o); !again.Before {
			t.Errorf("a second time: %+v", again)
		}
		b := p.browser(t)
		b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
		b.get("/desk?view=all&q=filled+thursday").want(t, http.StatusOK, "Ann Gillies", "filled on Thursday")
		b.get("/desk?view=all&q=monday").want(t, http.StatusOK, "Peigi")
		err := p.running.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, _, err := db.One(ctx, tx, db.ScanID, `SELECT COUNT(*) FROM desk_media WHERE state = 'ready' AND blob <> '' AND thumbnail <> '' AND original = ''`)
			if err == nil && n != 1 {
				t.Errorf("%d pictures are ready", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Undo(t.Context(), done.Import.ID, func(int64) {}); err != nil {
			t.Fatal(err)
		}
		if got, want := less(p.rows(), before), "account+1 import+1 import_aside+2 record_entry"; !strings.HasPrefix(got, want) {
			t.Errorf("undone there remains %s", got)
		}
	})
}
