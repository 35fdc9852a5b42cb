package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

// A page of the inbox is read in three steps, whose costs do not depend on how
// much there is: first the keys of its rows from one or several index ranges,
// then the rows by id with what the officer has seen, then which of them have
// an answer that could not be sent.
//
// What a filter asks beyond the index range is checked row by row, in windows:
// a page looks at scanRows rows at most and says where it stopped, so that a
// rare filter costs several pages and not one slow one.
const (
	pageRows    = 50
	firstWindow = 600
	nextWindow  = 2000
	scanRows    = firstWindow + 2*nextWindow
	maxSpans    = 60
	maxCount    = 100
)

// span is one range of an index: conversations of one officer, team, service or
// account, in one state, by when something was last said.
type span struct {
	column string // "" for no such column
	value  any
	state  State // "" for any, without a column only
}

// condition is one thing asked of a row.
type condition struct {
	column string
	kind   conditionKind
	args   []any
}

type conditionKind int

const (
	oneOf conditionKind = iota
	overdue
	wordBegins
	pressing
)

// sql writes the condition with arguments behind those that there are.
func (c condition) sql(args *[]any) string {
	n := len(*args)
	*args = append(*args, c.args...)
	switch c.kind {
	case overdue:
		return fmt.Sprintf("(%s > 0 AND %s < $%d)", c.column, c.column, n+1)
	case pressing:
		return "urgency > 0"
	case wordBegins:
		return fmt.Sprintf(`(' ' || %s LIKE $%d ESCAPE '\')`, c.column, n+1)
	default:
		if len(c.args) == 1 {
			return fmt.Sprintf("%s = $%d", c.column, n+1)
		}
		return c.column + " IN " + db.In(n, len(c.args))
	}
}

// conditions are all that a query asks of a conversation, and false when
// nothing can fit.
func (q Query) conditions(now time.Time) ([]condition, bool) {
	var list []condition
	is := func(column string, values ...any) { list = append(list, condition{column: column, args: values}) }
	state := func(s State) bool {
		if q.State != "" && q.State != s {
			return false
		}
		is("state", string(s))
		return true
	}
	fits := true
	teams := slices.Clone(q.TeamIDs)
	switch q.View {
	case Mine:
		is("officer_id", q.OfficerID)
		fits = state(Open)
	case MyTeams:
		if q.TeamID != 0 {
			teams = slices.DeleteFunc(teams, func(id int64) bool { return id != q.TeamID })
		}
		if len(teams) == 0 {
			return nil, false
		}
		is("team_id", anys(teams)...)
		fits = state(Open)
	case Unassigned:
		is("officer_id", int64(0))
		fits = state(Open)
	case OnCitizen:
		fits = state(Waiting)
	case Aside:
		fits = state(Snoozed)
	case Late:
		list = append(list, condition{"due_at", overdue, []any{db.Micros(now)}})
		fits = state(Open)
	case Pressing:
		list = append(list, condition{column: "urgency", kind: pressing})
		fits = state(Open)
	default:
		if q.State != "" {
			is("state", string(q.State))
		}
	}
	if q.TeamID != 0 && q.View != MyTeams {
		is("team_id", q.TeamID)
	}
	if q.ServiceID != 0 {
		is("service_id", q.ServiceID)
	}
	if q.AccountID != 0 {
		is("account_id", q.AccountID)
	} else if len(q.accounts) > 0 {
		is("account_id", anys(q.accounts)...)
	}
	if place := strings.TrimSpace(text.Fold(q.Place)); place != "" {
		pattern := "% " + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(place) + "%"
		list = append(list, condition{"place_folded", wordBegins, []any{pattern}})
	}
	return list, fits
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// drivers are the columns that begin an index with state and sorted, the one
// that leaves fewest rows first.
func drivers(view View) []string {
	if view == Unassigned { // nobody's are many: anything else leaves fewer
		return []string{"service_id", "team_id", "account_id", "officer_id"}
	}
	return []string{"officer_id", "service_id", "team_id", "account_id"}
}

// plan chooses the index ranges in which rows are looked for, and what is left
// to be asked of each.
func (q Query) plan(conditions []condition) (spans []span, rest []condition) {
	states := []State{Open, Waiting, Snoozed, Closed}
	known := false
	for _, c := range conditions {
		if c.column == "state" {
			states, known = []State{State(c.args[0].(string))}, true
		}
	}
	driver := -1
	for _, column := range drivers(q.View) {
		if driver = slices.IndexFunc(conditions, func(c condition) bool { return c.column == column }); driver >= 0 {
			break
		}
	}
	if driver >= 0 && len(conditions[driver].args)*len(states) > maxSpans {
		driver = -1
	}
	switch {
	case driver >= 0 && !q.byDue():
		for _, value := range conditions[driver].args {
			for _, s := range states {
				spans = append(spans, span{conditions[driver].column, value, s})
			}
		}
	case known:
		spans = []span{{state: states[0]}}
	default:
		spans = []span{{}}
	}
	for i, c := range conditions {
		covered := c.column == "state" && (spans[0].state != "") || c.kind == overdue || c.kind == pressing || i == driver && !q.byDue()
		if !covered {
			rest = append(rest, c)
		}
	}
	return spans, rest
}

// byDue reports whether the view is in the order in which answers are owed.
func (q Query) byDue() bool { return q.View == Late || q.View == Pressing }

// keyRow is a conversation's place in the list.
type keyRow struct {
	id, key int64
	fits    bool
}

func scanKey(row db.Scanner) (keyRow, error) {
	var k keyRow
	return k, row.Scan(&k.id, &k.key, &k.fits)
}

// keysQuery writes the query for a window of keys behind before.
func (q Query) keysQuery(spans []span, rest []condition, before Key, now time.Time, limit int) (string, []any) {
	key, order, compare := "sorted", "DESC", "<"
	at, id := db.Micros(before.Sorted), before.ID
	switch {
	case q.byDue():
		key, order, compare = "due_at", "ASC", ">"
	case before == Key{}:
		at, id = 1<<62, 1<<62
	}
	args := []any{at, id, limit}
	asked := "TRUE"
	for i, c := range rest {
		if i == 0 {
			asked = c.sql(&args)
		} else {
			asked += " AND " + c.sql(&args)
		}
	}
	var b strings.Builder
	for i, s := range spans {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&b, "SELECT * FROM (SELECT id, %s AS k, (%s) AS fits FROM desk_conversation WHERE (%s, id) %s ($1, $2)", key, asked, key, compare)
		if s.column != "" {
			args = append(args, s.value)
			b.WriteString(" AND " + s.column + " = $" + strconv.Itoa(len(args)))
		}
		if q.View == Pressing {
			b.WriteString(" AND state = 'open' AND urgency > 0") // as its index says it
		} else if s.state != "" {
			args = append(args, string(s.state))
			b.WriteString(" AND state = $" + strconv.Itoa(len(args)))
		}
		if q.View == Late {
			args = append(args, db.Micros(now))
			b.WriteString(" AND due_at > 0 AND due_at < $" + strconv.Itoa(len(args)))
		}
		fmt.Fprintf(&b, " ORDER BY %s %s, id %s LIMIT $3) AS t%d", key, order, order, i)
	}
	fmt.Fprintf(&b, " ORDER BY k %s, id %s LIMIT $3", order, order)
	return b.String(), args
}

// inboxKeys are the ids of a page's rows, and where the next page begins.
func inboxKeys(ctx context.Context, tx *db.Tx, q Query) ([]int64, Key, error) {
	conditions, fits := q.conditions(tx.Now)
	if !fits {
		return nil, Key{}, nil
	}
	spans, rest := q.plan(conditions)
	var ids []int64
	at := q.Before
	for scanned := 0; scanned < scanRows; {
		window := q.Limit + 1
		if len(rest) > 0 {
			window = firstWindow
			if scanned > 0 {
				window = nextWindow
			}
		}
		query, args := q.keysQuery(spans, rest, at, tx.Now, window)
		rows, err := db.Collect(ctx, tx, scanKey, query, args...)
		if err != nil {
			return nil, Key{}, fmt.Errorf("read the inbox: %w", err)
		}
		for _, row := range rows {
			if !row.fits {
				continue
			}
			if len(ids) == q.Limit {
				return ids, at, nil
			}
			ids = append(ids, row.id)
			at = Key{Sorted: db.Time(row.key), ID: row.id}
		}
		if len(rows) < window {
			return ids, Key{}, nil
		}
		// What does not fit is not looked at again: the next window begins
		// behind the last row of this one.
		if len(ids) < q.Limit {
			last := rows[len(rows)-1]
			at = Key{Sorted: db.Time(last.key), ID: last.id}
		}
		scanned += len(rows)
		if len(rest) == 0 {
			break
		}
	}
	return ids, at, nil
}

const sqlInboxRows = `SELECT ` + sqlConversationColumns + `,
	COALESCE((SELECT message_id FROM desk_seen WHERE officer_id = $1 AND conversation_id = desk_conversation.id), 0)
	FROM desk_conversation WHERE id IN `
const sqlInboxFailed = `SELECT DISTINCT conversation_id FROM desk_message WHERE state = 'failed' AND conversation_id IN `
const sqlInboxHeld = `SELECT DISTINCT conversation_id FROM desk_message WHERE state IN ('queued', 'sending') AND retry_at > 0 AND conversation_id IN `

// more lets a scan function read a row that has columns behind its own.
type more struct {
	row  db.Scanner
	dest []any
}

func (m more) Scan(dest ...any) error { return m.row.Scan(append(dest, m.dest...)...) }

// inboxRows reads the rows of a page, in the order of ids.
func inboxRows(ctx context.Context, tx *db.Tx, officer int64, ids []int64) ([]Row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	padded := db.Padded(ids)
	list, err := db.Collect(ctx, tx, func(s db.Scanner) (Row, error) {
		var seen int64
		c, err := scanConversation(more{s, []any{&seen}})
		return Row{Conversation: c, Unread: c.LastInID > seen && !c.Past()}, err
	}, sqlInboxRows+db.In(1, len(padded)), append([]any{officer}, anys(padded)...)...)
	if err != nil {
		return nil, fmt.Errorf("read rows of the inbox: %w", err)
	}
	failed, err := db.Collect(ctx, tx, db.ScanID, sqlInboxFailed+db.In(0, len(padded)), anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("read what could not be sent: %w", err)
	}
	held, err := db.Collect(ctx, tx, db.ScanID, sqlInboxHeld+db.In(0, len(padded)), anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("read what waits for its network: %w", err)
	}
	byID := make(map[int64]Row, len(list))
	for _, r := range list {
		r.Failed, r.Held = slices.Contains(failed, r.ID), slices.Contains(held, r.ID)
		byID[r.ID] = r
	}
	rows := make([]Row, 0, len(ids))
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

const sqlAccountsOf = `SELECT id FROM desk_account WHERE network = $1 ORDER BY id LIMIT 500`

func accountsOf(ctx context.Context, tx *db.Tx, kind network.Kind) ([]int64, error) {
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlAccountsOf, string(kind))
	if err != nil {
		return nil, fmt.Errorf("read accounts of a network: %w", err)
	}
	return ids, nil
}

// viewCounts counts each view, and what waits for each team, with at most
// maxCount rows looked at for each. Teams must hold those of mine.
func viewCounts(ctx context.Context, tx *db.Tx, officer int64, mine, teams []int64) (map[View]int, map[int64]int, error) {
	views := []View{Mine, Unassigned, OnCitizen, Late, Aside, Everything, Pressing}
	list, err := db.Collect(ctx, tx, scanCounted, sqlViewCounts, officer, db.Micros(tx.Now), maxCount)
	if err != nil {
		return nil, nil, fmt.Errorf("count views: %w", err)
	}
	counts := make(map[View]int, len(views)+1)
	for _, c := range list {
		counts[views[c.what]] = c.n
	}
	byTeam, err := teamCounts(ctx, tx, teams)
	if err != nil {
		return nil, nil, err
	}
	for _, team := range mine {
		counts[MyTeams] = min(counts[MyTeams]+byTeam[team], maxCount)
	}
	return counts, byTeam, nil
}

const sqlViewCounts = `SELECT 0, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE officer_id = $1 AND state = 'open' LIMIT $3) AS mine
	UNION ALL SELECT 1, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE officer_id = 0 AND state = 'open' LIMIT $3) AS unassigned
	UNION ALL SELECT 2, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE state = 'waiting' LIMIT $3) AS waiting
	UNION ALL SELECT 3, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE state = 'open' AND due_at > 0 AND due_at < $2 LIMIT $3) AS late
	UNION ALL SELECT 4, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE state = 'snoozed' LIMIT $3) AS aside
	UNION ALL SELECT 5, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE sorted > 0 LIMIT $3) AS everything
	UNION ALL SELECT 6, COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE state = 'open' AND urgency > 0 LIMIT $3) AS pressing`

type counted struct {
	what int64
	n    int
}

func scanCounted(row db.Scanner) (counted, error) {
	var c counted
	return c, row.Scan(&c.what, &c.n)
}

// teamCounts are how many conversations wait for each team, maxCount at most.
func teamCounts(ctx context.Context, tx *db.Tx, teams []int64) (map[int64]int, error) {
	counts := make(map[int64]int, len(teams))
	for some := range slices.Chunk(teams, maxSpans) {
		args := []any{maxCount}
		var b strings.Builder
		for i, team := range some {
			if i > 0 {
				b.WriteString(" UNION ALL ")
			}
			args = append(args, team)
			fmt.Fprintf(&b, "SELECT CAST($%d AS BIGINT), COUNT(*) FROM (SELECT 1 FROM desk_conversation WHERE state = 'open' AND team_id = $%d LIMIT $1) AS t%d", len(args), len(args), i)
		}
		list, err := db.Collect(ctx, tx, scanCounted, b.String(), args...)
		if err != nil {
			return nil, fmt.Errorf("count what waits for teams: %w", err)
		}
		for _, c := range list {
			counts[c.what] = c.n
		}
	}
	return counts, nil
}
