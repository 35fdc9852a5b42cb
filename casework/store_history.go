package casework

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlOutlines = `SELECT id, service_id, area_id, state, reason, created_at, ended_at FROM casework_case
	WHERE (created_at, id) < ($1, $2) AND created_at >= $3 ORDER BY created_at DESC, id DESC LIMIT $4`

func outlines(ctx context.Context, tx *db.Tx, since time.Time, at, id int64, most int) ([]Outline, error) {
	list, err := db.Collect(ctx, tx, scanOutline, sqlOutlines, at, id, db.Micros(since), int64(most))
	if err != nil {
		return nil, fmt.Errorf("read outlines of cases: %w", err)
	}
	return list, nil
}

func scanOutline(row db.Scanner) (o Outline, err error) {
	var created, ended int64
	err = row.Scan(&o.ID, &o.ServiceID, &o.AreaID, &o.State, &o.Reason, &created, &ended)
	o.CreatedAt, o.EndedAt = db.Time(created), db.Time(ended)
	return o, err
}
