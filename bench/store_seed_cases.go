package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/golang/geo/s2"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// caseSeed fills a council with cases, spread over two years, about one in
// twenty of them open, at places as they are in towns: near a few centres, and
// some more than once. Services have shares as in life: a few have most.
type caseSeed struct {
	seed      // of the conversations
	cases int // how many
}

const (
	// casesOfConversation is among how many cases one came from a conversation; the
	// others came from other programs.
	casesOfConversation = 100
	// spotsAtMost is a prime, so that a case's place is told from nothing else
	// about it.
	spotsAtMost = 199_999
	tileLevel   = 13
)

// The middle of the town in which the cases are.
const townLat, townLon = 56.12, -3.3

// spot is a place in the town.
func spot(r *rand.Rand) (lat, lon float64) {
	centre := r.IntN(12)
	return townLat + float64(centre%4)/50 + r.NormFloat64()/150, townLon + float64(centre/4)/30 + r.NormFloat64()/80
}

const sqlSpotTable = `CREATE TABLE bench_spot (n BIGINT PRIMARY KEY, lat DOUBLE PRECISION NOT NULL, lon DOUBLE PRECISION NOT NULL,
	cell BIGINT NOT NULL, tile BIGINT NOT NULL)`
const sqlSpotTableDrop = `DROP TABLE bench_spot`
const sqlSpotInsert = `INSERT INTO bench_spot (n, lat, lon, cell, tile) VALUES `

func (s caseSeed) fill(ctx context.Context) error {
	if err := s.seed.fill(ctx); err != nil {
		return err
	}
	s.addPhrases()
	if err := s.putPhrases(ctx); err != nil {
		return err
	}
	spots, err := s.putSpots(ctx)
	if err != nil {
		return err
	}
	err = s.fillTables(ctx, []any{"casework_case", "casework_step", "casework_text"}, []filling{
		{s.sqlCases(spots), s.cases}, {s.sqlOpened(), s.cases}, {s.sqlMoved(), s.cases}, {s.sqlCaseTexts(), s.cases},
	})
	if err != nil {
		return err
	}
	if err := s.count(ctx); err != nil {
		return err
	}
	if err := s.recordCases(ctx); err != nil {
		return err
	}
	for _, table := range []string{sqlPhraseTableDrop, sqlSpotTableDrop} {
		if err := s.exec(ctx, table); err != nil {
			return err
		}
	}
	return s.vacuum(ctx)
}

// addPhrases adds to what is chosen from: how long cases take, where they stand,
// and services by how often they are asked for.
func (s caseSeed) addPhrases() {
	r := rand.New(rand.NewPCG(11, 0))
	for range 997 {
		s.phrases.add("taken", phrase{number: int64(r.ExpFloat64() * float64((9 * 24 * time.Hour).Milliseconds()))})
	}
	for _, state := range []string{"received", "received", "accepted", "scheduled", "in_progress", "needs_information", "accepted", "in_progress", "accepted"} {
		s.phrases.add("standing", phrase{a: state})
	}
	for _, reason := range []string{"fixed", "fixed", "fixed", "advised", "made_safe", "nothing_found", "below_standard"} {
		s.phrases.add("reason", phrase{a: reason})
	}
	list := s.phrases["service"]
	for i, one := range list {
		for range 1 + 4*len(list)/(1+i) {
			s.phrases.add("asked", one)
		}
	}
}

// putSpots draws the places.
func (s caseSeed) putSpots(ctx context.Context) (n int, err error) {
	n = min(max(s.cases/5, 1), spotsAtMost)
	return n, s.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSpotTable); err != nil {
			return fmt.Errorf("make places: %w", err)
		}
		r := rand.New(rand.NewPCG(7, 7))
		for from := 0; from < n; from += 512 {
			var args []any
			for i := from; i < min(from+512, n); i++ {
				lat, lon := spot(r)
				cell := s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon))
				args = append(args, i, lat, lon, int64(cell), int64(cell.Parent(tileLevel)))
			}
			if _, err := tx.Exec(ctx, sqlSpotInsert+db.Values(0, len(args)/5, 5), args...); err != nil {
				return fmt.Errorf("make places: %w", err)
			}
		}
		return nil
	})
}

// opened is when the case of a number was made, in milliseconds since 1970; the
// last of them a day ago.
func (s caseSeed) opened(m string) string {
	step := max((seedYears-24*time.Hour).Milliseconds()/int64(s.cases), 1)
	return fmt.Sprintf(`(%d + %s * %d)`, s.start.UnixMilli(), m, step)
}

func (s caseSeed) caseID(m string) string { return s.id(s.opened(m), m) }

// fromConversation is what stands where a case came from a conversation, and
// where it did not. Cases are numbered from 1.
func (s caseSeed) fromConversation(is, not string) string {
	return fmt.Sprintf(`CASE WHEN m %% %d = 0 AND m / %[1]d BETWEEN 1 AND %[2]d THEN %[3]s ELSE %[4]s END`, casesOfConversation, s.size, is, not)
}

func (s caseSeed) complaint(folded bool) string {
	a, b, space, comma, dot := "a", "b", "''", "', '", "'.'"
	if folded {
		a, b, space, comma, dot = "fa", "fb", "' '", "' '", "' '"
	}
	return fmt.Sprintf(`(op.%[1]s || %[3]s || pr.%[1]s || %[3]s || st.%[1]s || %[4]s || vi.%[1]s || %[3]s || pr.%[2]s || %[5]s || cl.%[1]s)`, a, b, space, comma, dot)
}

func (s caseSeed) complaining() []string {
	return []string{s.pick("op", "opener", "m * 31"), s.pick("pr", "problem", "m * 7919"), s.pick("st", "street", "m * 611953 / 7"),
		s.pick("vi", "village", "m * 104729"), s.pick("cl", "closer", "m * 1299709 / 16"), s.pick("na", "name", "m * 7")}
}

func (s caseSeed) sqlCases(spots int) string {
	conversation := "m / " + fmt.Sprint(casesOfConversation)
	now := s.o.Now().UnixMilli()
	columns := []struct{ name, value string }{
		{"id", "id"}, {"reference", "'MC-B' || substr('000000000' || m, -9)"}, {"track", "'bench-' || m"}, {"form_key", "'bench:' || m"},
		{"source", s.fromConversation("'desk'", "'import'")},
		{"conversation_id", s.fromConversation(s.conversationID(conversation), "0")},
		{"person_id", s.fromConversation(s.personOf(conversation), "0")},
		{"who", "who"}, {"language", "'en'"}, {"service_id", "service"}, {"area_id", "area"}, {"words", "words"}, {"place", "place"}, {"asset", "''"},
		{"lat", "lat"}, {"lon", "lon"}, {"cell", "cell"}, {"tile", "tile"},
		{"state", "CASE WHEN ended > 0 THEN 'done' ELSE standing END"}, {"reason", "CASE WHEN ended > 0 THEN reason ELSE '' END"},
		{"whose", "''"}, {"into_id", "0"}, {"team_id", "team"}, {"officer_id", "CASE WHEN ended = 0 AND standing = 'received' THEN 0 ELSE officer END"},
		{"due_at", "CASE WHEN m % 3 = 0 THEN 0 ELSE (opened + 1209600000) * 1000 END"},
		{"scheduled_at", "CASE WHEN ended = 0 AND standing = 'scheduled' THEN (opened + 864000000) * 1000 ELSE 0 END"},
		{"half_at", "(opened + 777600000) * 1000"}, {"most_at", "(opened + 1814400000) * 1000"},
		{"me_too", "m % 5"}, {"reopened", "0"}, {"unfixed", "0"}, {"fixed", "0"}, {"cost", "0"}, {"quiet", "FALSE"}, {"hidden", "m % 101 = 0"},
		{"created_at", "opened * 1000"}, {"ended_at", "ended * 1000"}, {"version", "2"},
		{"changed_at", "CASE WHEN ended > 0 THEN ended * 1000 WHEN standing = 'received' THEN opened * 1000 ELSE opened * 1000 + 3600000000 END"},
	}
	var names, values []string
	for _, c := range columns {
		names, values = append(names, c.name), append(values, strings.ReplaceAll(c.value, "substr('000000000' || m, -9)", s.sqlNineDigits()))
	}
	inner := `m, ` + s.caseID("m") + ` AS id, ` + s.opened("m") + ` AS opened,
		CASE WHEN (m * 7919) % 20 = 0 OR ` + s.opened("m") + fmt.Sprintf(` + ta.number >= %d THEN 0 ELSE `, now) + s.opened("m") + ` + ta.number END AS ended,
		na.a AS who, se.number AS service, ar.number AS area, te.number AS team, off.number AS officer, sd.a AS standing, re.a AS reason,
		` + s.complaint(false) + ` AS words, st.a || ', ' || vi.a AS place, sp.lat AS lat, sp.lon AS lon, sp.cell AS cell, sp.tile AS tile`
	at := ` CROSS JOIN bench_spot sp` + "\x00" + fmt.Sprintf(`sp.n = (m * 7919) %% %d`, spots)
	return `INSERT INTO casework_case (` + strings.Join(names, ", ") + `)` + sqlNumbers + strings.Join(values, ", ") + ` FROM (SELECT ` + inner +
		s.from(append(s.complaining(), s.pick("se", "asked", "m * 13"), s.pick("ar", "area", "m * 7 / 3"), s.pick("te", "team", "m * 17"), s.pick("off", "officer", "m * 11 / 2"),
			s.pick("sd", "standing", "m * 5"), s.pick("re", "reason", "m * 3"), s.pick("ta", "taken", "m * 101"), at)...) + `) AS made`
}

// sqlNineDigits is the number of a case, of nine digits.
func (s caseSeed) sqlNineDigits() string { return `substr(CAST(1000000000 + m AS TEXT), 2)` }

const sqlStepInto = `INSERT INTO casework_step (id, case_id, at, before, state, reason, whose, reason_before, into_before, scheduled_before, by_kind, officer_id, officer,
	said, message_id, undone_at)`

func (s caseSeed) sqlOpened() string {
	return sqlStepInto + sqlNumbers + `c.id, c.id, c.created_at, '', 'received', '', '', '', 0, 0, 'program', 0, 'Benchmark', '', 0, 0
		FROM n CROSS JOIN casework_case c WHERE c.id = ` + s.caseID("m")
}

// sqlMoved is the last step of those that have gone on; its id is that of the
// case, a little later.
func (s caseSeed) sqlMoved() string {
	return sqlStepInto + sqlNumbers + `c.id + 2097152, c.id, c.changed_at, 'received', c.state, c.reason, '', '', 0, 0, 'officer', c.officer_id, 'Morag Benchmark',
		'Thank you for telling us about this. It is looked after.', 0, 0 FROM n CROSS JOIN casework_case c WHERE c.id = ` + s.caseID("m") + ` AND c.state <> 'received'`
}

func (s caseSeed) sqlCaseTexts() string {
	body := `'mc b' || ` + s.sqlNineDigits() + ` || ' mcb' || ` + s.sqlNineDigits() + ` || ' ' || na.fa || ' ' || st.fa || ' ' || vi.fa || ' ' || ` + s.complaint(true)
	into := `INSERT INTO casework_text (rowid, body)`
	if s.d.Engine() == db.Postgres {
		into, body = `INSERT INTO casework_text (id, body)`, `to_tsvector('simple', `+body+`)`
	}
	return into + sqlNumbers + s.caseID("m") + `, ` + body + s.from(s.complaining()...)
}

// What casework keeps by increments, counted once.
const sqlFlowFill = `INSERT INTO casework_flow (day, service_id, area_id, opened, closed, resolved, unresolved, reopened)
	SELECT day, service_id, area_id, SUM(opened), SUM(closed), SUM(resolved), SUM(closed) - SUM(resolved), 0 FROM (
		SELECT created_at / 86400000000 AS day, service_id, area_id, 1 AS opened, 0 AS closed, 0 AS resolved FROM casework_case
		UNION ALL
		SELECT ended_at / 86400000000, service_id, area_id, 0, 1, CASE WHEN reason IN ('fixed', 'advised') THEN 1 ELSE 0 END FROM casework_case WHERE ended_at <> 0
	) AS parts GROUP BY day, service_id, area_id`
const sqlOutcomeFill = `INSERT INTO casework_outcome (service_id, opened, closed, resolved, unresolved, fixed, unfixed, reopened)
	SELECT service_id, COUNT(*), SUM(CASE WHEN ended_at <> 0 THEN 1 ELSE 0 END), SUM(CASE WHEN reason IN ('fixed', 'advised') THEN 1 ELSE 0 END),
		SUM(CASE WHEN reason NOT IN ('', 'fixed', 'advised') THEN 1 ELSE 0 END), 0, 0, 0 FROM casework_case GROUP BY service_id`

func (s caseSeed) count(ctx context.Context) error {
	began := s.o.Now()
	for _, query := range []string{sqlFlowFill, sqlOutcomeFill} {
		if err := s.exec(ctx, query); err != nil {
			return err
		}
	}
	s.o.Log.Info("counted", "seconds", s.o.since(began))
	return nil
}

const sqlNewestCases = `SELECT id FROM casework_case ORDER BY id DESC LIMIT $1`

func newestCases(ctx context.Context, d *db.DB, most int) (ids []int64, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.Collect(ctx, tx, db.ScanID, sqlNewestCases, most)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the newest cases: %w", err)
	}
	return ids, nil
}

func (s caseSeed) recordCases(ctx context.Context) error {
	ids, err := newestCases(ctx, s.d, recorded)
	if err != nil {
		return err
	}
	var entries []record.Entry
	for _, id := range ids {
		entries = append(entries, record.Entry{Actor: operator(), Act: "casework.case.opened", Subject: record.Subject{Kind: "case", ID: id}, After: map[string]any{"state": "received"}})
	}
	return s.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return record.Append(ctx, tx, entries...) })
}
