package casework

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mercat.scot/mercat/platform/db"
)

const sqlCasesByID = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE id IN `

// sqlCasesFrom begins the listing; what follows depends on the filters, each of
// which has an index that also gives the order.
const sqlCasesFrom = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE (changed_at, id) < ($1, $2)`
const sqlCasesOrder = ` ORDER BY changed_at DESC, id DESC LIMIT `

func casesByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Case, error) {
	var args []any
	for _, id := range db.Padded(ids) {
		args = append(args, id)
	}
	list, err := db.Collect(ctx, tx, scanCase, sqlCasesByID+db.In(0, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("read cases by id: %w", err)
	}
	found := map[int64]Case{}
	for _, c := range list {
		found[c.ID] = c
	}
	return found, nil
}

// listCases reads one page.
func listCases(ctx context.Context, tx *db.Tx, q Query, limit int) ([]Case, error) {
	query, args := q.listStatement(limit)
	return collectCases(ctx, tx, query, args)
}

// listStatement is the query for one page. Cases of several states are read state
// by state, so that each part is one range of an index: by a filter alone there
// is no order, and by the order alone a filter that few cases pass reads them all.
func (q Query) listStatement(limit int) (string, []any) {
	states := []State{q.State}
	switch filtered := q.TeamID != 0 || q.OfficerID != 0 || q.ServiceID != 0 || q.AreaID != 0; {
	case q.State != "":
	case q.Open:
		states = OpenStates()
	case filtered:
		states = States()
	}
	at, id := int64(math.MaxInt64), int64(math.MaxInt64)
	if q.Before.ID != 0 {
		at, id = db.Micros(q.Before.At), q.Before.ID
	}
	where, args := q.filters([]any{at, id})
	args = append(args, int64(limit))
	most := fmt.Sprintf("$%d", len(args))
	if len(states) == 1 && states[0] == "" {
		return sqlCasesFrom + where + sqlCasesOrder + most, args
	}
	var parts []string
	for _, state := range states {
		args = append(args, string(state))
		parts = append(parts, fmt.Sprintf("SELECT * FROM (%s%s AND state = $%d%s%s) AS part_%d", sqlCasesFrom, where, len(args), sqlCasesOrder, most, len(parts)))
	}
	return strings.Join(parts, " UNION ALL ") + sqlCasesOrder + most, args
}

func collectCases(ctx context.Context, tx *db.Tx, query string, args []any) ([]Case, error) {
	list, err := db.Collect(ctx, tx, scanCase, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read a page of cases: %w", err)
	}
	return list, nil
}
