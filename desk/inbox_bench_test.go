package desk

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// The rows are made inside the engine: a million of them, with every index, take
// minutes that way and hours from outside. Each number is spread by a multiplier
// that has no factor in common with what it is divided by.
const sqlBenchConversations = `INSERT INTO desk_conversation (` + sqlConversationColumns + `, place_folded)
	WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
	SELECT i, 1 + i % 5, CASE WHEN i % 5 = 4 THEN 'email' ELSE 'bluesky' END, i, 1 + i % 300000, 'r' || i, 't' || i, '', 'The bin was not collected', 'Person ' || i,
		CASE WHEN i % 100 < 4 THEN 'open' WHEN i % 100 < 7 THEN 'waiting' WHEN i % 100 < 8 THEN 'snoozed' ELSE 'closed' END,
		'public', 1 + (i * 7) % 12, CASE WHEN i % 3 = 0 THEN 0 ELSE 1 + (i * 11) % 40 END, (i * 13) % 60, 'en', 'Street ' || ((i * 17) % 5000) || ', Kirkbrae', 0, 0, 5, i * 5 * 137438953472, i * 5 * 137438953472,
		1700000000000000 + ((i * 7919) % $2) * 1000000, CASE WHEN i % 100 < 4 THEN 1700000000000000 + ((i * 7919) % $3) * 1000000 + 86400000000 ELSE 0 END,
		0, '', '', 1700000000000000, 1, 'street ' || ((i * 17) % 5000) || ', kirkbrae' FROM n`

// Ids are made of the time, and the search goes by that: here is a message every
// half minute, 2^37 in ids.
const sqlBenchMessages = `INSERT INTO desk_message (id, conversation_id, account_id, direction, ref, author, visibility, body, at, received_at, state, version)
	WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
	SELECT i * 137438953472, 1 + (i - 1) / 5, 1, CASE WHEN i % 5 = 3 THEN 'out' ELSE 'in' END, 'm' || i, 'Person', 'public', 'The bin in street ' || ((i * 17) % 5000) || ' was not collected',
		1700000000000000 + i, 1700000000000000 + i, CASE WHEN i % 5 = 3 THEN 'sent' ELSE 'received' END, 1 FROM n`

// A word in every second message, one in every hundredth, and one in every
// second of those that came before the last tenth.
const sqlBenchWords = `'the bin in street ' || ((i * 17) % 5000) || ' was not collected' || CASE WHEN i % 2 = 0 THEN ' again' ELSE '' END ||
	CASE WHEN i % 100 = 7 THEN ' seagulls' ELSE '' END || CASE WHEN i % 2 = 1 AND i < $1 - $1 / 10 THEN ' snow' ELSE '' END`
const sqlBenchTextLite = `INSERT INTO desk_text (rowid, body) SELECT id, ` + sqlBenchWords + ` FROM (SELECT id, id / 137438953472 AS i FROM desk_message) AS m`
const sqlBenchTextPostgres = `INSERT INTO desk_text (id, body) SELECT id, to_tsvector('simple', ` + sqlBenchWords + `) FROM (SELECT id, id / 137438953472 AS i FROM desk_message) AS m`

// BenchmarkInbox reads a first and a later page of every view. How large the
// inbox is MERCAT_BENCH_CONVERSATIONS says, five messages to each.
func BenchmarkInbox(b *testing.B) {
	size := 20_000
	if s := os.Getenv("MERCAT_BENCH_CONVERSATIONS"); s != "" {
		var err error
		if size, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			clock := dbtest.NewClock()
			d, err := db.Open(b.Context(), db.Options{DSN: dbtest.DSN(b, engine, inboxMigrations()), Now: clock.Now})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			fillInbox(b, d, size)
			s := &Service{Options: Options{DB: d}}
			for _, q := range benchQueries() {
				b.Run(q.name, func(b *testing.B) { benchInbox(b, s, q.Query) })
			}
			b.Run("counts", func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Counts(b.Context(), 5, []int64{1, 2, 3}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

type benchQuery struct {
	name string
	Query
}

func benchQueries() []benchQuery {
	var list []benchQuery
	for _, v := range views() {
		list = append(list, benchQuery{string(v), Query{View: v}})
	}
	return append(list,
		benchQuery{"all+service", Query{View: Everything, ServiceID: 7}},
		benchQuery{"all+network", Query{View: Everything, Network: "email"}},
		benchQuery{"all+team+state", Query{View: Everything, TeamID: 3, State: Open}},
		benchQuery{"team+service+place", Query{View: MyTeams, ServiceID: 7, Place: "street 4"}},
		benchQuery{"all+frequent place", Query{View: Everything, Place: "kirkbrae"}},
		benchQuery{"all+rare place", Query{View: Everything, Place: "street 4711"}},
		benchQuery{"search rare", Query{View: Everything, Words: "street 4711"}},
		benchQuery{"search frequent", Query{View: Everything, Words: "bin collected"}},
		benchQuery{"search phrase", Query{View: Everything, Words: `"street 4711"`}},
		benchQuery{"search prefix", Query{View: Everything, Words: "471*"}},
		benchQuery{"search nothing", Query{View: Everything, Words: "achnagarve"}},
		benchQuery{"search half", Query{View: Everything, Words: "again"}},
		benchQuery{"search seldom", Query{View: Everything, Words: "seagulls"}},
		benchQuery{"search long ago", Query{View: Everything, Words: "snow"}},
		benchQuery{"search frequent+team", Query{View: MyTeams, Words: "bin collected"}},
	)
}

func fillInbox(b *testing.B, d *db.DB, size int) {
	b.Helper()
	for id, kind := range map[int64]network.Kind{1: "bluesky", 2: "bluesky", 3: "bluesky", 4: "bluesky", 5: "email"} {
		putAccount(b, d, id, kind)
	}
	write(b, d, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlBenchConversations, size, int64(size)*17, int64(size)*17); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlBenchMessages, size*5); err != nil {
			return err
		}
		text := sqlBenchTextLite
		if tx.Engine() == db.Postgres {
			text = sqlBenchTextPostgres
		}
		_, err := tx.Exec(ctx, text, size*5)
		return err
	})
	if d.Engine() == db.Postgres {
		// The planner knows nothing of rows that came a moment ago.
		if _, err := d.Handle().ExecContext(b.Context(), `ANALYZE`); err != nil {
			b.Fatal(err)
		}
	}
}

func benchInbox(b *testing.B, s *Service, q Query) {
	q.OfficerID, q.TeamIDs = 5, []int64{1, 2, 3}
	page := 0
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		rows, next, err := s.Inbox(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		page = len(rows)
		if q.Before = next; next == (Key{}) {
			q.Before = Key{}
		}
	}
	b.ReportMetric(float64(page), "rows")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
