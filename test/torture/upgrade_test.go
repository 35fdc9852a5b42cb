//go:build linux

package torture

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/record"
)

// olderSteps are those that an older version had. All others are later.
var olderSteps = []int{1, 10, 20, 30, 40, 50, 51, 52, 60, 80, 85, 90, 1001, 1002}

const (
	olderEntries  = 2_000
	olderMessages = 5_000
)

// older makes the database of an older version, with things in it.
func (m *mercat) older() {
	t := m.t
	t.Helper()
	if err := os.MkdirAll(m.data, 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Options{DSN: m.dsn, Now: time.Now, Node: 1022})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	wanted := func(s db.Migration) bool { return slices.Contains(olderSteps, s.Number) }
	if _, err := d.MigrateSome(t.Context(), wanted, app.Migrations()...); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		entries := make([]record.Entry, olderEntries)
		for i := range entries {
			entries[i] = record.Entry{Actor: record.Mercat("torture"), Act: "desk.message.queued", Subject: record.Subject{Kind: "conversation", ID: int64(i + 1)}, After: map[string]int{"n": i}}
		}
		if err := record.Append(ctx, tx, entries...); err != nil {
			return err
		}
		for _, statement := range []string{
			`INSERT INTO desk_account (id, network, name, options, secret_names, state, sign_replies, created_at, version) VALUES (1, 'practice', 'Older', '{}', '[]', 'paused', FALSE, 1, 1)`,
			`INSERT INTO desk_conversation (id, account_id, network, handle_id, person_id, thread, token, who, state, visibility, team_id, sorted, created_at, version)
			VALUES (1, 1, 'practice', 1, 1, 'older', 'older', 'Ann', 'waiting', 'public', 1, 1, 1, 1)`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		for i := 1; i <= olderMessages; i++ {
			_, err := tx.Exec(ctx, `INSERT INTO desk_message (id, conversation_id, account_id, direction, ref, author, visibility, body, at, received_at, state, version)
				VALUES ($1, 1, 1, 'in', $2, 'Ann', 'public', $3, 1, 1, 'received', 1)`, i, fmt.Sprint("older-", i), fmt.Sprint("There is pothole ", i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// form is what a database is made of: tables, columns, indexes, steps.
func form(t *testing.T, d *db.DB) map[string]int64 {
	t.Helper()
	query := `SELECT type || ' ' || name || ' ' || COALESCE(sql, ''), 1 FROM sqlite_master UNION ALL SELECT 'step ' || number || ' ' || sum, 1 FROM db_migration`
	if d.Engine() == db.Postgres {
		query = `SELECT indexdef, 1 FROM pg_indexes WHERE schemaname = 'public'
			UNION ALL SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, ''), 1 FROM information_schema.columns WHERE table_schema = 'public'
			UNION ALL SELECT 'step ' || number || ' ' || sum, 1 FROM db_migration`
	}
	out, err := counted(t.Context(), d, query)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKilledWhileTheDatabaseIsBroughtUpToDateNothingIsHalf kills the program
// while it brings the database of an older version up to date, until it is, and
// then serves from it.
func TestKilledWhileTheDatabaseIsBroughtUpToDateNothingIsHalf(t *testing.T) {
	rounds := max(3, number(t, "KILLS", 20)/10)
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			r := chance(t)
			within := 0
			for range rounds {
				m := installed(t, engine)
				m.older()
				d := m.look()
				done := false
				for !done {
					before, err := counted(t.Context(), d, `SELECT 'steps', COUNT(*) FROM db_migration`)
					if err != nil {
						t.Fatal(err)
					}
					p := m.launch()
					select {
					case <-p.ended:
					case <-time.After(between(r, 20*time.Millisecond, 300*time.Millisecond)):
					}
					m.lives()
					m.kill()
					after, err := counted(t.Context(), d, `SELECT 'steps', COUNT(*) FROM db_migration`)
					if err != nil {
						t.Fatal(err)
					}
					missing, err := d.Missing(t.Context(), app.Migrations()...)
					if err != nil {
						t.Fatal(err)
					}
					if done = len(missing) == 0; !done && after["steps"] > before["steps"] {
						within++
					}
				}
				m.wholeAndUpToDate(d)
			}
			t.Logf("%d of the kills fell between two steps", within)
		})
	}
}

// wholeAndUpToDate holds a database that was brought up to date to one that was
// made today, and looks for what was in it.
func (m *mercat) wholeAndUpToDate(d *db.DB) {
	t := m.t
	t.Helper()
	fresh, err := db.Open(t.Context(), db.Options{DSN: dbtest.DSN(t, m.engine, app.Migrations()), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if got, want := form(t, d), form(t, fresh); !maps.Equal(got, want) {
		for what := range want {
			if got[what] == 0 {
				t.Errorf("it lacks: %s", what)
			}
		}
		for what := range got {
			if want[what] == 0 {
				t.Errorf("it has besides: %s", what)
			}
		}
	}
	kept, err := counted(t.Context(), d, `SELECT 'messages', COUNT(*) FROM desk_message UNION ALL SELECT 'entries', COUNT(*) FROM record_entry WHERE act = 'desk.message.queued'`)
	if err != nil {
		t.Fatal(err)
	}
	if kept["messages"] != olderMessages || kept["entries"] != olderEntries {
		t.Errorf("of %d messages and %d entries there are %v", olderMessages, olderEntries, kept)
	}
	server := mastodontest.New(t, mastodontest.Options{})
	council := server.NewAccount("council")
	m.council(m.start(), server.URL, council.Token(rights...))
	if verified := m.says(m.args("verify")...); !strings.Contains(verified, "The record is whole") {
		t.Errorf("the record: %s", verified)
	}
	m.kill()
}
