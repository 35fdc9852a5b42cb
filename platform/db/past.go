package db

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Ids sort by time, and searches go through them newest first. So what happened
// before it came into the database needs ids of when it happened.
//
// Before 2026 there was no Mercat, so no id of before it was ever given. Into
// that room go all times since 1970 up to it, in their order; from it on a time
// has the place that it had then.
var (
	oldest    = time.Unix(0, 0).UTC()
	beginning = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// spread is over how much time ids of one moment are strewn: sources often know
// the second only, or the day.
const spread = time.Second

// pastID draws an id for t: whose came later, by more than spread, has the
// larger one.
func pastID(t time.Time) int64 {
	t = t.Add(rand.N(spread))
	room := beginning.UnixMilli() - epoch // milliseconds
	ms := t.UnixMilli() - epoch
	if t.Before(beginning) {
		share := float64(t.UnixMicro()-oldest.UnixMicro()) / float64(beginning.UnixMicro()-oldest.UnixMicro())
		ms = int64(share * float64(room))
	}
	return max(ms, 1)<<22 | rand.Int64N(1<<22)
}

// PastIDs draws an id for each of several times, past ones, that no row of a
// table has. The table's name is the program's own.
func (tx *Tx) PastIDs(ctx context.Context, table string, times []time.Time) ([]int64, error) {
	ids := make([]int64, len(times))
	drawn := make(map[int64]bool, len(times))
	wanted := make([]int, len(times))
	for i := range wanted {
		wanted[i] = i
	}
	for range maxTries {
		for _, i := range wanted {
			for ids[i] = pastID(times[i]); drawn[ids[i]]; {
				ids[i] = pastID(times[i])
			}
			drawn[ids[i]] = true
		}
		taken, err := tx.taken(ctx, table, ids)
		if err != nil {
			return nil, err
		}
		if len(taken) == 0 {
			return ids, nil
		}
		wanted = wanted[:0]
		for i, id := range ids {
			if taken[id] {
				wanted = append(wanted, i)
			}
		}
	}
	return nil, fmt.Errorf("no free ids for %d rows of %s were found", len(times), table)
}

func (tx *Tx) taken(ctx context.Context, table string, ids []int64) (map[int64]bool, error) {
	found := map[int64]bool{}
	for some := range slices.Chunk(ids, amongIDs) {
		padded := Padded(some)
		args := make([]any, len(padded))
		for i, id := range padded {
			args[i] = id
		}
		list, err := Collect(ctx, tx, ScanID, `SELECT id FROM `+table+` WHERE id IN `+In(0, len(padded)), args...)
		if err != nil {
			return nil, fmt.Errorf("look for free ids: %w", err)
		}
		for _, id := range list {
			found[id] = true
		}
	}
	return found, nil
}
