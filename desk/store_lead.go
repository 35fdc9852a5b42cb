package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlNodeBegin = `INSERT INTO desk_node (node, boot, beat) VALUES ($1, $2, 1)
	ON CONFLICT (node) DO UPDATE SET boot = excluded.boot, beat = desk_node.beat + 1`
const sqlNodeBeat = `UPDATE desk_node SET beat = beat + 1 WHERE node = $1 AND boot = $2`
const sqlNodes = `SELECT node, boot, beat FROM desk_node ORDER BY node LIMIT 1024`
const sqlNodeLeave = `DELETE FROM desk_node WHERE node = $1 AND boot = $2`
const sqlLeads = `SELECT account_id, node FROM desk_lead`
const sqlLeadTake = `INSERT INTO desk_lead (account_id, node) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET node = excluded.node`
const sqlLeadGive = `DELETE FROM desk_lead WHERE account_id = $1 AND node = $2`
const sqlLeadsLeave = `DELETE FROM desk_lead WHERE node = $1`

type nodeRow struct {
	node int64
	boot string
	beat int64
}

// beatTx counts on. The first beat takes the row of a process before us that
// had the same number; a later one that finds it taken is errSameNode.
func beatTx(ctx context.Context, tx *db.Tx, l *lead) error {
	if !l.beaten {
		if _, err := tx.Exec(ctx, sqlNodeBegin, l.node, l.boot); err != nil {
			return fmt.Errorf("say that this process lives: %w", err)
		}
		return nil
	}
	n, err := tx.Exec(ctx, sqlNodeBeat, l.node, l.boot)
	if err != nil {
		return fmt.Errorf("say that this process lives: %w", err)
	}
	if n == 0 {
		return errSameNode
	}
	return nil
}

func readNodes(ctx context.Context, tx *db.Tx) ([]nodeRow, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (n nodeRow, err error) {
		return n, row.Scan(&n.node, &n.boot, &n.beat)
	}, sqlNodes)
	if err != nil {
		return nil, fmt.Errorf("read which processes live: %w", err)
	}
	return list, nil
}

func readLeads(ctx context.Context, tx *db.Tx) (map[int64]int64, error) {
	type pair struct{ account, node int64 }
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (p pair, err error) { return p, row.Scan(&p.account, &p.node) }, sqlLeads)
	if err != nil {
		return nil, fmt.Errorf("read who fetches for which account: %w", err)
	}
	leads := make(map[int64]int64, len(list))
	for _, p := range list {
		leads[p.account] = p.node
	}
	return leads, nil
}

func moveLeads(ctx context.Context, tx *db.Tx, node int64, take, give []int64) error {
	for _, account := range take {
		if _, err := tx.Exec(ctx, sqlLeadTake, account, node); err != nil {
			return fmt.Errorf("take account %d: %w", account, err)
		}
	}
	for _, account := range give {
		if _, err := tx.Exec(ctx, sqlLeadGive, account, node); err != nil {
			return fmt.Errorf("give account %d away: %w", account, err)
		}
	}
	return nil
}

// leaveTx gives away what a process holds, unless another has its number now.
func leaveTx(ctx context.Context, tx *db.Tx, node int64, boot string) error {
	n, err := tx.Exec(ctx, sqlNodeLeave, node, boot)
	if err == nil && n > 0 {
		_, err = tx.Exec(ctx, sqlLeadsLeave, node)
	}
	if err != nil {
		return fmt.Errorf("give the accounts of process %d away: %w", node, err)
	}
	return nil
}
