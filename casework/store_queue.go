package casework

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlQueue = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE ended_at = 0`
const sqlStateCount = `SELECT COUNT(*) FROM (SELECT id FROM casework_case WHERE state = $1`

// maxCount is as far as cases are counted for a heading.
const maxCount = 1_000

// filters writes the conditions of a query behind args.
func (q Query) filters(args []any) (string, []any) {
	var where strings.Builder
	for _, f := range []struct {
		column string
		id     int64
	}{{"team_id", q.TeamID}, {"officer_id", q.OfficerID}, {"service_id", q.ServiceID}, {"area_id", q.AreaID}} {
		if f.id != 0 {
			args = append(args, f.id)
			fmt.Fprintf(&where, " AND %s = $%d", f.column, len(args))
		}
	}
	return where.String(), args
}

// openQuery is one range of open cases in the order of a column, for each team
// one part, so that each part is one range of an index.
func (q Query) openQuery(column string, from Key, to time.Time, limit int) (string, []any) {
	teams := q.TeamIDs
	if len(teams) == 0 || q.TeamID != 0 {
		teams = []int64{q.TeamID}
	}
	args := []any{db.Micros(from.At), from.ID, int64(limit)}
	var parts []string
	order := " ORDER BY " + column + ", id LIMIT $3"
	for _, team := range teams {
		one := q
		one.TeamID = team
		var where string
		where, args = one.filters(args)
		if q.State != "" {
			args = append(args, string(q.State))
			where += fmt.Sprintf(" AND state = $%d", len(args))
		}
		if !to.IsZero() {
			args = append(args, db.Micros(to))
			where += fmt.Sprintf(" AND %s < $%d", column, len(args))
		}
		parts = append(parts, sqlQueue+" AND ("+column+", id) > ($1, $2)"+where+order)
	}
	if len(parts) == 1 {
		return parts[0], args
	}
	for i, part := range parts {
		parts[i] = fmt.Sprintf("SELECT * FROM (%s) AS part_%d", part, i)
	}
	return strings.Join(parts, " UNION ALL ") + order, args
}

// undatedQuery is openQuery for cases without a day, in the order in which they
// were made.
func (q Query) undatedQuery(after int64, limit int) (string, []any) {
	return q.openQuery("due_at", Key{At: time.Time{}, ID: after}, time.UnixMicro(1), limit)
}

// queued reads one page of open cases by due, or by when they were opened.
func queued(ctx context.Context, tx *db.Tx, q Query, limit int) ([]Case, error) {
	if q.Sort == ByOpened {
		query, args := q.openQuery("created_at", q.Before, time.Time{}, limit)
		return collectCases(ctx, tx, query, args)
	}
	var list []Case
	if undated := q.Before.At.IsZero() && q.Before.ID != 0; !undated {
		from, to := q.Before, time.Time{}
		if from.ID == 0 {
			from.ID = math.MaxInt64 // whose due_at is 0 is behind all others
		}
		if q.Late {
			to = tx.Now
		}
		query, args := q.openQuery("due_at", from, to, limit)
		var err error
		if list, err = collectCases(ctx, tx, query, args); err != nil || len(list) == limit || q.Late {
			return list, err
		}
		q.Before = Key{}
	}
	query, args := q.undatedQuery(q.Before.ID, limit-len(list))
	rest, err := collectCases(ctx, tx, query, args)
	return append(list, rest...), err
}

// countCases counts those in a state, up to maxCount.
func countCases(ctx context.Context, tx *db.Tx, q Query, state State) (int64, error) {
	where, args := q.filters([]any{string(state), int64(maxCount)})
	n, _, err := db.One(ctx, tx, db.ScanID, sqlStateCount+where+" LIMIT $2) AS counted", args...)
	if err != nil {
		return 0, fmt.Errorf("count the cases that are %s: %w", state, err)
	}
	return n, nil
}
