package casework

import (
	"context"
	"fmt"
	"math"

	"mercat.scot/mercat/platform/db"
)

const sqlPointColumns = `id, created_at, changed_at, cell, lat, lon, service_id, team_id, area_id, officer_id, state, hidden, ended_at`
const sqlNewestChange = `SELECT COALESCE(MAX(changed_at), 0) FROM casework_case`
const sqlPointsAll = `SELECT ` + sqlPointColumns + ` FROM casework_case WHERE ended_at = 0 AND cell <> 0 AND (cell, id) > ($1, $2) ORDER BY cell, id LIMIT $3`
const sqlPointsSince = `SELECT ` + sqlPointColumns + ` FROM casework_case WHERE (changed_at, id) > ($1, $2) ORDER BY changed_at, id LIMIT $3`

// pointRow is a point with what pages of points go by.
type pointRow struct {
	point
	changed, cell int64
}

func scanPoint(row db.Scanner) (pointRow, error) {
	var p pointRow
	var ended int64
	err := row.Scan(&p.id, &p.created, &p.changed, &p.cell, &p.lat, &p.lon, &p.service, &p.team, &p.area, &p.officer, &p.state, &p.hidden, &ended)
	p.ended = ended != 0 || p.cell == 0
	p.project()
	return p, err
}

func newestChange(ctx context.Context, tx *db.Tx) (int64, error) {
	at, _, err := db.One(ctx, tx, db.ScanID, sqlNewestChange)
	if err != nil {
		return 0, fmt.Errorf("look for the newest change of a case: %w", err)
	}
	return at, nil
}

// allPoints reads the open cases that have a place.
func allPoints(ctx context.Context, tx *db.Tx) ([]point, error) {
	return pagesOfPoints(ctx, tx, sqlPointsAll, math.MinInt64, func(p pointRow) int64 { return p.cell })
}

// pointsSince reads what has changed since a time (microseconds).
func pointsSince(ctx context.Context, tx *db.Tx, since int64) ([]point, error) {
	return pagesOfPoints(ctx, tx, sqlPointsSince, since, func(p pointRow) int64 { return p.changed })
}

func pagesOfPoints(ctx context.Context, tx *db.Tx, query string, from int64, key func(pointRow) int64) ([]point, error) {
	var list []point
	id := int64(0)
	for {
		page, err := db.Collect(ctx, tx, scanPoint, query, from, id, pointsPage)
		if err != nil {
			return nil, fmt.Errorf("read cases for the map: %w", err)
		}
		for _, p := range page {
			list = append(list, p.point)
		}
		if len(page) < pointsPage {
			return list, nil
		}
		last := page[len(page)-1]
		from, id = key(last), last.id
	}
}
