package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// seed fills a council inside the engine: five million rows with every index
// take minutes that way and hours from outside. Each number is spread over what
// it chooses from by a multiplier that has no factor in common with it.
type seed struct {
	d       *db.DB
	o       Options
	size    int // conversations
	phrases phrases
	start   time.Time
}

// atOnce is how many rows one transaction of a seed makes.
const atOnce = 250_000

const sqlPhraseTable = `CREATE TABLE bench_phrase (kind TEXT NOT NULL, n BIGINT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL,
	fa TEXT NOT NULL, fb TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (kind, n))`
const sqlPhraseTableDrop = `DROP TABLE bench_phrase`
const sqlPhraseInsert = `INSERT INTO bench_phrase (kind, n, a, b, fa, fb, number) VALUES `

func (s seed) fill(ctx context.Context) error {
	if err := s.putPhrases(ctx); err != nil {
		return err
	}
	tables := []any{"person_person", "person_handle", "person_word", "desk_conversation", "desk_reading", "desk_message", "desk_text"}
	err := s.fillTables(ctx, tables, []filling{
		{s.sqlPersons(), s.persons()}, {s.sqlHandles(), s.persons()}, {s.sqlHandleWords(), s.persons()},
		{s.sqlConversations(), s.size}, {s.sqlReadings(), s.size},
		{s.sqlMessages(), s.size * messagesEach}, {s.sqlTexts(), s.size * messagesEach},
	})
	if err != nil {
		return err
	}
	if err := s.record(ctx); err != nil {
		return err
	}
	if err := s.exec(ctx, sqlPhraseTableDrop); err != nil {
		return err
	}
	return s.vacuum(ctx)
}

// filling is a query that makes rows of a table, and how many.
type filling struct {
	query string
	rows  int
}

// fillTables fills tables while they have no indexes.
func (s seed) fillTables(ctx context.Context, tables []any, steps []filling) error {
	indexes, err := s.dropIndexes(ctx, tables)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := s.run(ctx, step.query, step.rows); err != nil {
			return err
		}
	}
	began := s.o.Now()
	for _, name := range slices.Sorted(maps.Keys(indexes)) {
		if err := s.exec(ctx, indexes[name]); err != nil {
			return err
		}
	}
	s.o.Log.Info("made", "indexes", len(indexes), "seconds", s.o.since(began))
	return nil
}

// vacuum does as PostgreSQL does by itself, a while after rows came.
func (s seed) vacuum(ctx context.Context) error {
	if s.d.Engine() != db.Postgres {
		return nil
	}
	if _, err := s.d.Handle().ExecContext(ctx, `VACUUM ANALYZE`); err != nil {
		return fmt.Errorf("vacuum: %w", err)
	}
	return nil
}

func (s seed) exec(ctx context.Context, statement string, args ...any) error {
	return s.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if tx.Engine() == db.Postgres {
			if _, err := tx.Exec(ctx, `SET LOCAL maintenance_work_mem = '512MB'`); err != nil {
				return fmt.Errorf("fill the council: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, statement, args...); err != nil {
			return fmt.Errorf("fill the council: %w, in: %.200s", err, statement)
		}
		return nil
	})
}

// run makes rows 1 to n of a query that takes the first and the last.
func (s seed) run(ctx context.Context, query string, n int) error {
	began := s.o.Now()
	for from := 1; from <= n; from += atOnce {
		if err := s.exec(ctx, query, from, min(from+atOnce-1, n)); err != nil {
			return err
		}
	}
	table, _, _ := strings.Cut(strings.TrimPrefix(query, "INSERT INTO "), " ")
	s.o.Log.Info("filled", "table", table, "rows", n, "seconds", s.o.since(began))
	return nil
}

func (s seed) putPhrases(ctx context.Context) error {
	return s.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlPhraseTable); err != nil {
			return fmt.Errorf("fill the council: %w", err)
		}
		for kind, list := range s.phrases {
			for i, p := range list {
				if _, err := tx.Exec(ctx, sqlPhraseInsert+db.Values(0, 1, 7), kind, i, p.a, p.b, folded(p.a), folded(p.b), p.number); err != nil {
					return fmt.Errorf("fill the council: %w", err)
				}
			}
		}
		return nil
	})
}

const sqlIndexesSQLite = `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN `
const sqlIndexesPostgres = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
	AND indexname NOT IN (SELECT conname FROM pg_constraint) AND tablename IN `

// dropIndexes takes the secondary indexes of the tables that are filled away,
// and returns the statements that make them: sorted at the end, they take a
// tenth of the time.
func (s seed) dropIndexes(ctx context.Context, tables []any) (map[string]string, error) {
	query := sqlIndexesSQLite
	if s.d.Engine() == db.Postgres {
		query = sqlIndexesPostgres
	}
	indexes := map[string]string{}
	err := s.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := db.Collect(ctx, tx, func(row db.Scanner) (two [2]string, err error) {
			err = row.Scan(&two[0], &two[1])
			return two, err
		}, query+db.In(0, len(tables)), tables...)
		if err != nil {
			return fmt.Errorf("list the indexes: %w", err)
		}
		for _, one := range list {
			indexes[one[0]] = one[1]
			if _, err := tx.Exec(ctx, `DROP INDEX `+one[0]); err != nil {
				return fmt.Errorf("drop an index: %w", err)
			}
		}
		return nil
	})
	return indexes, err
}

// count is how many phrases of a kind there are, for SQL.
func (s seed) count(kind string) string { return strconv.Itoa(len(s.phrases[kind])) }

func (s seed) persons() int { return max(s.size*3/10, 1) }

// pick joins the phrase of a kind that a number chooses.
func (s seed) pick(alias, kind, number string) string {
	return fmt.Sprintf(` CROSS JOIN bench_phrase %s`, alias) + "\x00" + fmt.Sprintf(`%s.kind = '%s' AND %s.n = (%s) %% %s`, alias, kind, alias, number, s.count(kind))
}

// from writes the rows n(m) and what is picked for each.
func (s seed) from(picks ...string) string {
	var joins, conditions strings.Builder
	for i, p := range picks {
		join, condition, _ := strings.Cut(p, "\x00")
		joins.WriteString(join)
		conditions.WriteString([]string{" WHERE ", " AND "}[min(i, 1)] + condition)
	}
	return ` FROM n` + joins.String() + conditions.String()
}

const sqlNumbers = ` WITH RECURSIVE n(m) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT m + 1 FROM n WHERE m < $2) SELECT `

// step is how many milliseconds lie between two conversations.
func (s seed) step() int64 { return max((seedYears-24*time.Hour).Milliseconds()/int64(s.size), 1) }

// at is when the message of a number was said, in milliseconds since 1970.
// Conversations are numbered from 1.
func (s seed) at(conversation, k string) string {
	return fmt.Sprintf(`(%d + %s * %d + %s * (300000 + (%s * 37) %% 240 * 60000))`, s.start.UnixMilli(), conversation, s.step(), k, conversation)
}

// id is an id of a time, as db makes them.
func (s seed) id(ms, number string) string {
	epoch := s.start.UnixMilli() - db.IDAt(s.start)>>22
	return fmt.Sprintf(`((%s - %d) * 4194304 + %s %% 4194304)`, ms, epoch, number)
}

func (s seed) conversationID(i string) string { return s.id(s.at(i, "0"), i) }

func (s seed) messageID(m string) string {
	return s.id(s.at("(("+m+" - 1) / 5 + 1)", "(("+m+" - 1) % 5)"), m)
}

func (s seed) personOf(i string) string { return fmt.Sprintf(`((%s * 7) %% %d + 1)`, i, s.persons()) }

// said is what a message says, from what is picked for it; folded as the
// full-text index has it.
func (s seed) said(m string, folded bool) string {
	a, b, dot, comma := "a", "b", "'.'", "', '"
	half, rare := " The whole "+halfWord+" says the same.", " A "+rareWord+" sat beside it."
	if folded {
		a, b, dot, comma = "fa", "fb", "' '", "' '"
		half, rare = " the whole "+halfWord+" says the same", " a "+rareWord+" sat beside it"
	}
	space := "''"
	if folded {
		space = "' '"
	}
	return fmt.Sprintf(`(CASE WHEN (%[1]s - 1) %% 5 IN (1, 3) THEN w.%[2]s || %[6]s || st.%[2]s || %[6]s || w.%[3]s
		ELSE op.%[2]s || %[6]s || pr.%[2]s || %[6]s || st.%[2]s || %[5]s || vi.%[2]s || %[6]s || pr.%[3]s || %[4]s || cl.%[2]s END
		|| CASE WHEN %[1]s %% 2 = 0 THEN '%[7]s' ELSE '' END || CASE WHEN %[1]s %% 20011 = 7 THEN '%[8]s' ELSE '' END)`,
		m, a, b, dot, comma, space, half, rare)
}

func (s seed) saying(m string) []string {
	return []string{s.pick("op", "opener", m+" * 31"), s.pick("pr", "problem", m+" * 7919"), s.pick("st", "street", m+" * 611953 / 7"),
		s.pick("vi", "village", m+" * 104729"), s.pick("cl", "closer", m+" * 1299709 / 16"), s.pick("w", "answer", m+" * 17")}
}

func (s seed) sqlPersons() string {
	return `INSERT INTO person_person (id, name, created_at, version)` + sqlNumbers + fmt.Sprintf(`m, na.a, %d, 1`, db.Micros(s.start)) + s.from(s.pick("na", "name", "m"))
}

func (s seed) sqlHandles() string {
	return `INSERT INTO person_handle (id, network, identity, person_id, handle, name, profile, avatar, first_at)` + sqlNumbers +
		fmt.Sprintf(`m, 'practice', 'neighbour-' || m, m, '@neighbour' || m, na.a, '', '', %d`, db.Micros(s.start)) + s.from(s.pick("na", "name", "m"))
}

func (s seed) sqlHandleWords() string {
	return `INSERT INTO person_word (folded, handle_id)` + sqlNumbers + `na.fa, m` + s.from(s.pick("na", "name", "m"))
}

func (s seed) sqlConversations() string {
	last := s.at("m", "4")
	return `INSERT INTO desk_conversation (id, account_id, network, handle_id, person_id, thread, token, excerpt, who, state, visibility, team_id, officer_id,
		service_id, language, place, place_folded, messages, last_id, last_in_id, sorted, due_at, snoozed_until, closed_reason, created_at, version)` + sqlNumbers +
		s.conversationID("m") + `, ac.number, ac.a, ` + s.personOf("m") + `, ` + s.personOf("m") + `, 'thread-' || m, 'benchmark' || m, substr(` + s.said("(m * 5)", false) + `, 1, 160), na.a,
		CASE WHEN (m * 7919) % 100 < 10 THEN 'open' WHEN (m * 7919) % 100 < 15 THEN 'waiting' WHEN (m * 7919) % 100 < 16 THEN 'snoozed' ELSE 'closed' END,
		CASE WHEN m % 4 = 0 THEN 'direct' ELSE 'public' END, te.number, CASE WHEN m % 3 = 0 THEN 0 ELSE off.number END, se.number, 'en',
		st.a || ', ' || vi.a, st.fa || ', ' || vi.fa, 5, ` + s.messageID("(m * 5)") + `, ` + s.messageID("(m * 5)") + `, ` + last + ` * 1000,
		CASE WHEN (m * 7919) % 100 < 10 THEN ` + last + ` * 1000 + 86400000000 ELSE 0 END,
		CASE WHEN (m * 7919) % 100 = 15 THEN ` + fmt.Sprint(db.Micros(s.o.Now().Add(72*time.Hour))) + ` ELSE 0 END, '', ` + s.at("m", "0") + ` * 1000, 1` +
		s.from(append(s.saying("(m * 5)"), s.pick("ac", "account", "m * 3"), s.pick("na", "name", s.personOf("m")), s.pick("te", "team", "m * 7"),
			s.pick("off", "officer", "m * 11"), s.pick("se", "service", "m * 13"))...)
}

func (s seed) sqlReadings() string {
	return `INSERT INTO desk_reading (conversation_id, service_id, sure, words, others, at)` + sqlNumbers + s.conversationID("m") +
		`, se.number, 0.8, '["road"]', '[]', ` + s.at("m", "0") + ` * 1000` + s.from(s.pick("se", "service", "m * 13"))
}

func (s seed) sqlMessages() string {
	i, k := "((m - 1) / 5 + 1)", "((m - 1) % 5)"
	return `INSERT INTO desk_message (id, conversation_id, account_id, direction, ref, thread, handle_id, officer_id, author, visibility, body, language,
		at, received_at, state, version)` + sqlNumbers + s.messageID("m") + `, ` + s.conversationID(i) + `, ac.number,
		CASE WHEN ` + k + ` IN (1, 3) THEN 'out' ELSE 'in' END, 'status-' || m, 'thread-' || ` + i + `,
		CASE WHEN ` + k + ` IN (1, 3) THEN 0 ELSE ` + s.personOf(i) + ` END, CASE WHEN ` + k + ` IN (1, 3) THEN off.number ELSE 0 END, na.a,
		CASE WHEN ` + i + ` % 4 = 0 THEN 'direct' ELSE 'public' END, ` + s.said("m", false) + `, 'en', ` + s.at(i, k) + ` * 1000, ` + s.at(i, k) + ` * 1000,
		CASE WHEN ` + k + ` IN (1, 3) THEN 'sent' ELSE 'received' END, 1` +
		s.from(append(s.saying("m"), s.pick("ac", "account", i+" * 3"), s.pick("na", "name", s.personOf(i)), s.pick("off", "officer", i+" * 11"))...)
}

func (s seed) sqlTexts() string {
	i := "((m - 1) / 5 + 1)"
	body := `na.fa || ' ' || ` + s.said("m", true)
	into := `INSERT INTO desk_text (rowid, body)`
	if s.d.Engine() == db.Postgres {
		into, body = `INSERT INTO desk_text (id, body)`, `to_tsvector('simple', `+body+`)`
	}
	return into + sqlNumbers + s.messageID("m") + `, ` + body + s.from(append(s.saying("m"), s.pick("na", "name", s.personOf(i)))...)
}

const sqlNewest = `SELECT id, person_id FROM desk_conversation ORDER BY id DESC LIMIT $1`

// recorded is of how many conversations, the newest, the record tells.
const recorded = 10_000

func (s seed) record(ctx context.Context) error {
	return s.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := db.Collect(ctx, tx, func(row db.Scanner) (two [2]int64, err error) {
			err = row.Scan(&two[0], &two[1])
			return two, err
		}, sqlNewest, recorded)
		if err != nil {
			return fmt.Errorf("list the newest conversations: %w", err)
		}
		var entries []record.Entry
		for _, one := range list {
			entries = append(entries, record.Entry{Actor: operator(), Act: "desk.conversation.opened", Subject: record.Subject{Kind: "conversation", ID: one[0]},
				About: []record.Subject{{Kind: "person", ID: one[1]}}, After: map[string]any{"messages": messagesEach}})
		}
		return record.Append(ctx, tx, entries...)
	})
}
