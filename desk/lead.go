package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Where several processes serve one database, each account is fetched for by
// one of them. Every process counts a beat and watches the others'; no clocks
// are compared. Who holds an account keeps it while it lives, unless another
// living process is its right place, which all reckon alike; then it is handed
// over when the receiver has ended. What is fetched twice all the same, in the
// moment in which somebody is taken for dead wrongly, falls on its key.
const (
	beatEvery  = 2500 * time.Millisecond
	deadAfter  = 9 * time.Second // without a beat
	sureWithin = 7 * time.Second // without a beat of our own that was kept, we stop first
	buryAfter  = 5 * time.Minute
)

// errSameNode is what an operator has to mend.
var errSameNode = errors.New("another process serves this database with the same node number; give each its own with --node")

// lead is what one process knows of the accounts it may fetch for.
type lead struct {
	node   int64
	boot   string
	seen   map[int64]sighting
	sure   time.Time // of what it holds
	held   map[int64]bool
	beaten bool // our row stands
}

// sighting is when a process was last seen to live.
type sighting struct {
	boot string
	beat int64
	at   time.Time
}

func newLead(node int) *lead {
	return &lead{node: int64(node), boot: rand.Text()[:12], seen: map[int64]sighting{}, held: map[int64]bool{}}
}

// living are the processes that count, this one among them, in order.
func (l *lead) living(now time.Time) []int64 {
	list := []int64{l.node}
	for node, s := range l.seen {
		if node != l.node && now.Sub(s.at) < deadAfter {
			list = append(list, node)
		}
	}
	slices.Sort(list)
	return list
}

// watch notes the beats that were read. A process seen for the first time
// counts as living: whether it does shows only later.
func (l *lead) watch(nodes []nodeRow, now time.Time) {
	there := map[int64]bool{}
	for _, n := range nodes {
		there[n.node] = true
		if s, known := l.seen[n.node]; !known || s.beat != n.beat || s.boot != n.boot {
			l.seen[n.node] = sighting{n.boot, n.beat, now}
		}
	}
	maps.DeleteFunc(l.seen, func(node int64, _ sighting) bool { return !there[node] })
}

// place is the process that should fetch for an account: rendezvous hashing, so
// that one that comes or goes moves few.
func place(account int64, living []int64) int64 {
	var best int64
	var most uint64
	for i, node := range living {
		h := fnv.New64a()
		_, _ = h.Write([]byte(strconv.FormatInt(node, 10) + "/" + strconv.FormatInt(account, 10))) // never fails
		if sum := h.Sum64(); i == 0 || sum > most {
			best, most = node, sum
		}
	}
	return best
}

// decide says which accounts to take and which to give away, when leads are
// held as they are.
func (l *lead) decide(accounts []int64, leads map[int64]int64, now time.Time) (take, give []int64) {
	living := l.living(now)
	for _, account := range accounts {
		holder, held := leads[account]
		right := place(account, living)
		switch {
		case held && holder == l.node:
			if right != l.node {
				give = append(give, account)
			}
		case right == l.node && (!held || !slices.Contains(living, holder)):
			take = append(take, account)
		}
	}
	return take, give
}

// leads brings what this process holds up to date and returns it. Given says
// which accounts' receivers have ended since they were to be given away. On an
// error what was held stays held for a while.
func (s *Service) leads(ctx context.Context, l *lead, accounts []int64, ended func(account int64) bool) (hold map[int64]bool, err error) {
	now := s.Now() // with the monotonic clock of this process, which never steps
	var nodes []nodeRow
	held := map[int64]int64{}
	var take, give []int64
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := beatTx(ctx, tx, l); err != nil {
			return err
		}
		var err error
		if nodes, err = readNodes(ctx, tx); err != nil {
			return err
		}
		if held, err = readLeads(ctx, tx); err != nil {
			return err
		}
		seen := lead{node: l.node, boot: l.boot, seen: maps.Clone(l.seen)} // the transaction may run again
		seen.watch(nodes, now)
		take, give = seen.decide(accounts, held, now)
		give = slices.DeleteFunc(give, func(account int64) bool { return !ended(account) })
		return moveLeads(ctx, tx, l.node, take, give)
	})
	if errors.Is(err, errSameNode) {
		l.held, l.beaten = map[int64]bool{}, false
		return l.held, err
	}
	if err != nil {
		if now.Sub(l.sure) > sureWithin {
			l.held = map[int64]bool{}
		}
		return l.held, fmt.Errorf("share the accounts among processes: %w", err)
	}
	l.beaten, l.sure = true, now
	l.watch(nodes, now)
	l.held = map[int64]bool{}
	wanted, _ := l.decide(accounts, map[int64]int64{}, now)
	for _, account := range accounts {
		if holder, ok := held[account]; ok && holder == l.node && slices.Contains(wanted, account) || slices.Contains(take, account) {
			l.held[account] = true
		}
	}
	return l.held, s.bury(ctx, l, now)
}

// bury removes what processes left behind that have been dead for long.
func (s *Service) bury(ctx context.Context, l *lead, now time.Time) error {
	var dead []int64
	for node, seen := range l.seen {
		if node != l.node && now.Sub(seen.at) > buryAfter {
			dead = append(dead, node)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, node := range dead {
			if err := leaveTx(ctx, tx, node, l.seen[node].boot); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget processes that are gone: %w", err)
	}
	return nil
}

// leave gives everything away at once, at the end.
func (s *Service) leave(ctx context.Context, l *lead) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := leaveTx(ctx, tx, l.node, l.boot); err != nil {
			return err
		}
		return s.Hub.Announce(ctx, tx, TopicAccounts)
	})
}
