package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/golang/geo/s2"

	"mercat.scot/mercat/platform/db"
)

// The columns of a case that are filled, and what stands in the others: nothing.
const (
	sqlCaseInsert = `INSERT INTO casework_case (id, reference, form_key, service_id, words, place, lat, lon, cell, tile, state, reason, team_id, created_at, changed_at, ended_at,
		track, source, conversation_id, person_id, who, language, area_id, asset, whose, into_id, officer_id, due_at, scheduled_at, half_at, most_at,
		me_too, reopened, unfixed, fixed, cost, quiet, hidden, version) VALUES `
	caseRest    = `,'','import',0,0,'','',0,'','',0,0,0,0,0,0,0,0,0,0,0,FALSE,FALSE,1)`
	caseGiven   = 16  // columns
	casesAtOnce = 256 // in one statement
	casesInOne  = 16  // statements in one transaction
	sqlAnalyse  = `ANALYZE`
)

// The middle of the town in which the cases are.
const townLat, townLon = 56.12, -3.3

// seedCases puts cases in, spread over two years, one in twenty of them open, and
// at places as they are in towns: near a few centres. It returns the ids of two
// hundred.
func seedCases(ctx context.Context, d *db.DB, o Options, services []int64) (some []int64, err error) {
	begin := o.Now().Add(-seedYears)
	for from := 0; from < o.Size; from += casesAtOnce * casesInOne {
		to := min(from+casesAtOnce*casesInOne, o.Size)
		var ids []int64
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			ids = ids[:0]
			r, say := rand.New(rand.NewPCG(7, uint64(from))), newSpeaker(uint64(from))
			for at := from; at < to; at += casesAtOnce {
				n := min(casesAtOnce, to-at)
				args := make([]any, 0, n*caseGiven)
				for k := at; k < at+n; k++ {
					id := d.NewID()
					made := begin.Add(time.Duration(float64(seedYears) * float64(k) / float64(o.Size)))
					args = append(args, caseOf(r, say, id, k, made, services)...)
					if k%max(o.Size/200, 1) == 0 {
						ids = append(ids, id)
					}
				}
				query := sqlCaseInsert + strings.TrimSuffix(strings.ReplaceAll(db.Values(0, n, caseGiven)+",", "),", caseRest+","), ",")
				if _, err := tx.Exec(ctx, query, args...); err != nil {
					return fmt.Errorf("put cases in: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		some = append(some, ids...)
	}
	if _, err := d.Handle().ExecContext(ctx, sqlAnalyse); err != nil {
		return nil, fmt.Errorf("analyse: %w", err)
	}
	return some, nil
}

// caseOf is what stands in the columns that are filled.
func caseOf(r *rand.Rand, say *speaker, id int64, k int, made time.Time, services []int64) []any {
	centre := r.IntN(12)
	lat := townLat + float64(centre%4)/50 + r.NormFloat64()/150
	lon := townLon + float64(centre/4)/30 + r.NormFloat64()/80
	cell := s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon))
	state, reason, ended, changed := "received", "", int64(0), made
	if k%20 != 0 {
		changed = made.Add(time.Duration(r.ExpFloat64() * float64(9*24*time.Hour)))
		state, reason, ended = "done", "fixed", changed.UnixMicro()
	}
	return []any{id, fmt.Sprintf("MC-B%010d", k), fmt.Sprintf("bench:%d", k), services[r.IntN(len(services))], say.complaint(), say.place(), lat, lon,
		int64(cell), int64(cell.Parent(13)), state, reason, 0, made.UnixMicro(), changed.UnixMicro(), ended}
}
