package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlNearness = `SELECT service_id, metres, days FROM casework_nearby WHERE service_id = $1`
const sqlNearnessPut = `INSERT INTO casework_nearby (service_id, metres, days) VALUES ($1, $2, $3)
	ON CONFLICT (service_id) DO UPDATE SET metres = excluded.metres, days = excluded.days`

// sqlCasesWithin is one range of cells, of the open cases or of those that ended
// since a time; several are joined by UNION ALL, so that each is one range of the
// index (service_id, cell, ended_at), in which older cases are passed over.
const sqlCasesWithin = `SELECT * FROM (SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE service_id = $%d AND cell >= $%d AND cell <= $%d AND cell <> 0
	AND ended_at %s LIMIT %d) AS part_%d`

func nearnessOf(ctx context.Context, tx *db.Tx, service int64) (Nearness, error) {
	scan := func(row db.Scanner) (n Nearness, err error) {
		err = row.Scan(&n.ServiceID, &n.Metres, &n.Days)
		return n, err
	}
	n, found, err := db.One(ctx, tx, scan, sqlNearness, service)
	if err != nil {
		return n, fmt.Errorf("read how near reports of service %d must be: %w", service, err)
	}
	if !found {
		n = Nearness{service, usualMetres, usualDays}
	}
	return n, nil
}

func putNearness(ctx context.Context, tx *db.Tx, n Nearness) error {
	if _, err := tx.Exec(ctx, sqlNearnessPut, n.ServiceID, n.Metres, n.Days); err != nil {
		return fmt.Errorf("keep how near reports of service %d must be: %w", n.ServiceID, err)
	}
	return nil
}

// withinQuery is the query for some ranges of cells, with its arguments.
func withinQuery(service int64, cells [][2]int64, since time.Time) (string, []any) {
	var args []any
	var parts []string
	for i, r := range cells {
		n := len(args)
		parts = append(parts, fmt.Sprintf(sqlCasesWithin, n+1, n+2, n+3, "= 0", nearRange, 2*i),
			fmt.Sprintf(sqlCasesWithin, n+1, n+2, n+3, fmt.Sprintf(">= $%d", n+4), nearRange, 2*i+1))
		args = append(args, service, r[0], r[1], max(since.UnixMicro(), 1))
	}
	return strings.Join(parts, " UNION ALL "), args
}

// casesWithin reads the cases of a service in some ranges of cells that are open
// or have ended since a time.
func casesWithin(ctx context.Context, tx *db.Tx, service int64, cells [][2]int64, since time.Time) ([]Case, error) {
	query, args := withinQuery(service, cells, since)
	return collectCases(ctx, tx, query, args)
}

// sqlPhotosOfCases reads the photos of reports; those of the work show what the
// report did not.
const sqlPhotosOfCases = `SELECT case_id, media_id FROM casework_photo WHERE phase = '` + string(Reported) + `' AND case_id IN `

// photoOf is a photo of a case.
type photoOf struct{ caseID, media int64 }

// photosOfCases reads which photos were sent with some cases.
func photosOfCases(ctx context.Context, tx *db.Tx, cases []int64) ([]photoOf, error) {
	scan := func(row db.Scanner) (p photoOf, err error) {
		err = row.Scan(&p.caseID, &p.media)
		return p, err
	}
	var list []photoOf
	for part := range slices.Chunk(cases, 500) {
		ids := db.Padded(part)
		some, err := db.Collect(ctx, tx, scan, sqlPhotosOfCases+db.In(0, len(ids)), anys(ids)...)
		if err != nil {
			return nil, fmt.Errorf("read the photos of cases: %w", err)
		}
		list = append(list, some...)
	}
	return list, nil
}
