package casework

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mercat.scot/mercat/platform/db"
)

const (
	sqlPublishedTiles          = `SELECT created_at, id, cell, service_id FROM casework_case WHERE (created_at, id) < ($1, $2) AND created_at >= $3`
	sqlPublishedCreated        = `SELECT created_at, id, 0, 0 FROM casework_case WHERE (created_at, id) < ($1, $2) AND created_at >= $3`
	sqlPublishedCreatedEnd     = ` ORDER BY created_at DESC, id DESC LIMIT $4`
	sqlPublishedChanged        = `SELECT changed_at, id, 0, 0 FROM casework_case WHERE (changed_at, id) < ($1, $2) AND changed_at >= $3`
	sqlPublishedChangedEnd     = ` ORDER BY changed_at DESC, id DESC LIMIT $4`
	sqlCasesByReference        = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE reference IN `
	publishedPart, publishedOr = "SELECT * FROM (%s) AS part_%d", " UNION ALL "
)

// publishedStatement is the query for the next keys. Each tile, or each service, is
// a range of one index that also has the order; they are merged by the engine.
func publishedStatement(q PublishedQuery, limit int) (string, []any) {
	begin, end := sqlPublishedCreated, sqlPublishedCreatedEnd
	if q.Changed {
		begin, end = sqlPublishedChanged, sqlPublishedChangedEnd
	}
	if q.tiled() {
		begin = sqlPublishedTiles
	}
	at, id := int64(math.MaxInt64), int64(math.MaxInt64)
	if !q.To.IsZero() {
		at, id = db.Micros(q.To)-1, math.MaxInt64
	}
	if q.Before.ID != 0 && db.Micros(q.Before.At) <= at {
		at, id = db.Micros(q.Before.At), q.Before.ID
	}
	args := []any{at, id, db.Micros(q.From), int64(limit)}
	if q.Open {
		begin += " AND ended_at = 0"
	}
	var parts []string
	part := func(where string, value int64) {
		args = append(args, value)
		parts = append(parts, fmt.Sprintf(publishedPart, begin+fmt.Sprintf(where, len(args))+end, len(parts)))
	}
	switch {
	case q.Changed:
	case len(q.Tiles) > 0:
		for _, tile := range q.Tiles {
			part(" AND tile = $%d AND tile <> 0", tile)
		}
	case len(q.Services) > 0 && len(q.Services) <= maxTiles:
		for _, service := range q.Services {
			part(" AND service_id = $%d", service)
		}
	}
	if len(parts) == 0 {
		return begin + end, args
	}
	return strings.Join(parts, publishedOr) + end, args
}

func publishedKeys(ctx context.Context, tx *db.Tx, q PublishedQuery, limit int) ([]placedKey, error) {
	scan := func(row db.Scanner) (k placedKey, err error) {
		var at int64
		err = row.Scan(&at, &k.ID, &k.cell, &k.service)
		k.At = db.Time(at)
		return k, err
	}
	query, args := publishedStatement(q, limit)
	list, err := db.Collect(ctx, tx, scan, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for public cases: %w", err)
	}
	return list, nil
}

func casesByReference(ctx context.Context, tx *db.Tx, references []string) (map[string]Case, error) {
	var args []any
	for _, reference := range db.Padded(references) {
		args = append(args, reference)
	}
	list, err := db.Collect(ctx, tx, scanCase, sqlCasesByReference+db.In(0, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("read cases by reference: %w", err)
	}
	found := map[string]Case{}
	for _, c := range list {
		found[c.Reference] = c
	}
	return found, nil
}
