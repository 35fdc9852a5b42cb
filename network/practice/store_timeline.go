package practice

import (
	"context"
	"fmt"
	"strconv"

	"mercat.scot/mercat/platform/db"
)

// What the citizen $1 may read.
const sqlSeen = `(p.visibility <> 'direct' OR p.citizen = $1 OR p.addressee = $1) `

// A thread whose first post was deleted is shown while something is left of it.
const sqlRoots = `SELECT p.id FROM practice_post p WHERE ` + sqlSeen + `AND p.reply_to = 0 AND p.number < $2
	AND (p.deleted_at = 0 OR EXISTS (SELECT 1 FROM practice_post r WHERE r.thread = p.id AND r.deleted_at = 0
		AND (r.visibility <> 'direct' OR r.citizen = $1 OR r.addressee = $1)))
	ORDER BY p.number DESC LIMIT $3`

// The + 0 keeps SQLite from reading the whole index of threads for the sake of
// the grouping: what is behind a number is little.
const sqlThreadsAfter = `SELECT p.thread + 0, MAX(p.seq) FROM practice_post p WHERE ` + sqlSeen + `AND p.seq > $2 GROUP BY p.thread + 0 ORDER BY MAX(p.seq) LIMIT $3`

// The last posts of several threads, and the first of each.
const sqlThreads = sqlPosts + `JOIN (SELECT p.id AS kept, ROW_NUMBER() OVER (PARTITION BY p.thread ORDER BY p.number DESC) AS place
	FROM practice_post p WHERE ` + sqlSeen + `AND p.thread IN `
const sqlThreadsLast = `) w ON w.kept = p.id WHERE p.reply_to = 0 OR w.place <= $`
const sqlThreadsOrder = ` ORDER BY p.number`

func readRoots(ctx context.Context, tx *db.Tx, citizen, before int64, limit int) ([]int64, error) {
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlRoots, citizen, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read threads: %w", err)
	}
	return ids, nil
}

// readThreadsAfter returns the threads in which something happened behind a
// number, and the number up to which all of it is among them.
func readThreadsAfter(ctx context.Context, tx *db.Tx, citizen, after int64, limit int) (ids []int64, upTo int64, err error) {
	ids, err = db.Collect(ctx, tx, func(row db.Scanner) (int64, error) {
		var id int64
		err := row.Scan(&id, &upTo)
		return id, err
	}, sqlThreadsAfter, citizen, after, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read changed threads: %w", err)
	}
	if len(ids) < limit {
		upTo, err = lastSeq(ctx, tx)
	}
	return ids, upTo, err
}

// readThreads returns the posts of threads that a citizen may read, oldest
// first, at most the last of each and its first.
func readThreads(ctx context.Context, tx *db.Tx, citizen int64, threads []int64, last int) ([]post, error) {
	if len(threads) == 0 {
		return nil, nil
	}
	threads = db.Padded(threads)
	args := []any{citizen}
	for _, id := range threads {
		args = append(args, id)
	}
	args = append(args, last)
	return readPosts(ctx, tx, sqlThreads+db.In(1, len(threads))+sqlThreadsLast+strconv.Itoa(len(args))+sqlThreadsOrder, args...)
}
