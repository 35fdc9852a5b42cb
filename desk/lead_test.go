package desk

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// Whatever processes come and go, and whenever each of them looks, no account
// is held by two that live, and when all have looked often enough each is held.
func TestEveryAccountIsWithOneProcess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := []int64{11, 22, 33, 44, 55, 66, 77}
		nodes := rapid.IntRange(1, 5).Draw(t, "nodes")
		var all []*lead
		alive := map[int64]bool{}
		beats := map[int64]int64{}
		for n := range nodes {
			all = append(all, newLead(n))
			alive[int64(n)] = true
		}
		leads := map[int64]int64{}
		now := time.Now()
		look := func(l *lead) {
			beats[l.node]++
			var rows []nodeRow
			for node, beat := range beats {
				rows = append(rows, nodeRow{node, "boot", beat})
			}
			l.watch(rows, now)
			take, give := l.decide(accounts, leads, now)
			for _, account := range take {
				if holder, held := leads[account]; held && holder != l.node && alive[holder] && now.Sub(l.seen[holder].at) < deadAfter {
					t.Fatalf("process %d took account %d from %d, which lives", l.node, account, holder)
				}
				leads[account] = l.node
			}
			for _, account := range give {
				if leads[account] != l.node {
					t.Fatalf("process %d gave account %d away, which %d holds", l.node, account, leads[account])
				}
				delete(leads, account)
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "pause")) * time.Millisecond)
			l := all[rapid.IntRange(0, nodes-1).Draw(t, "who")]
			if len(alive) > 1 && rapid.IntRange(0, 9).Draw(t, "dies") == 0 {
				delete(alive, l.node)
			}
			if alive[l.node] {
				look(l)
			}
		}
		for range 10 {
			now = now.Add(beatEvery)
			for _, l := range all {
				if alive[l.node] {
					look(l)
				}
			}
		}
		for _, account := range accounts {
			if holder, held := leads[account]; !held || !alive[holder] {
				t.Fatalf("account %d is with %d (held %v); alive are %v", account, holder, held, alive)
			}
		}
	})
}

func TestAccountsAreSpreadAndFewMove(t *testing.T) {
	var accounts []int64
	for i := range 300 {
		accounts = append(accounts, int64(1000+i))
	}
	count := map[int64]int{}
	moved := 0
	for _, a := range accounts {
		two, three := place(a, []int64{0, 1}), place(a, []int64{0, 1, 2})
		count[two]++
		if three != two {
			moved++
			if three != 2 {
				t.Errorf("account %d moved from %d to %d when 2 came", a, two, three)
			}
		}
	}
	if count[0] < 100 || count[1] < 100 || moved > 150 || moved < 50 {
		t.Errorf("spread is %v, %d of 300 moved", count, moved)
	}
}

// Two processes on one database: each account is fetched for by one; when that
// one is gone, the other takes over.
func TestAnotherProcessTakesOver(t *testing.T) {
	h := newHouse(t, db.Postgres)
	one, two := newLead(1), newLead(2)
	ids := []int64{h.account.ID}
	ended := func(int64) bool { return true }
	look := func(l *lead) bool {
		t.Helper()
		held, err := h.leads(t.Context(), l, ids, ended)
		if err != nil {
			t.Fatal(err)
		}
		return held[h.account.ID]
	}
	look(one)
	first := false
	for range 3 { // until both know of each other
		first = look(one)
		if second := look(two); first == second {
			if first {
				t.Fatal("both fetch")
			}
		}
	}
	holder, other := one, two
	if !look(one) {
		holder, other = two, one
	}
	if !look(holder) || look(other) {
		t.Fatal("not one of two fetches")
	}
	// It dies: its beat stands still while time goes by.
	seen := other.seen[holder.node]
	seen.at = seen.at.Add(-deadAfter)
	other.seen[holder.node] = seen
	if !look(other) {
		t.Error("nobody takes over")
	}
	// One that was taken for dead wrongly notices, and takes nothing back.
	if look(holder) && look(other) {
		t.Error("both fetch after a wrong death")
	}
	// In order, the other goes at once.
	if err := h.leave(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if at, after := look(holder), look(holder); !at && !after {
		t.Error("what was given away in order is not taken")
	}
}

func TestASecondProcessWithTheSameNumberIsFound(t *testing.T) {
	h := newHouse(t, db.Postgres)
	one, two := newLead(1), newLead(1)
	ids := []int64{h.account.ID}
	ended := func(int64) bool { return true }
	if held, err := h.leads(t.Context(), one, ids, ended); err != nil || !held[h.account.ID] {
		t.Fatalf("%v, %v", held, err)
	}
	if _, err := h.leads(t.Context(), two, ids, ended); err != nil {
		t.Fatal(err)
	}
	if held, err := h.leads(t.Context(), one, ids, ended); err == nil || len(held) != 0 {
		t.Errorf("the first goes on with %v, %v", held, err)
	}
}

// Two desks with receivers that run: what the network has comes in once, and
// the second goes on where the first stopped.
func TestTwoDesksShareOneAccount(t *testing.T) {
	h := newHouse(t, db.Postgres)
	h.Node = 1
	o := h.Options
	o.Node, o.Queue = 2, jobs.New(h.db, jobs.Options{Poll: 20 * time.Millisecond})
	second := New(o)
	if err := o.Queue.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.connections.close() })
	h.net.batches = []network.Batch{{Events: []network.Event{{Post: h.post("tam", "One")}}, Cursor: "1"}}
	for _, s := range []*Service{h.Service, second} {
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	arrived := func(n int) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); len(h.inbox()) < n; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d of %d came in", len(h.inbox()), n)
			}
		}
	}
	arrived(1)
	if err := h.Rest(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.net.more(network.Batch{Events: []network.Event{{Post: h.post("ina", "Two")}}, Cursor: "2"})
	arrived(2)
	if err := second.Rest(t.Context()); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, row := range h.inbox() {
		said = append(said, row.Excerpt)
	}
	slices.Sort(said)
	if !slices.Equal(said, []string{"One", "Two"}) {
		t.Errorf("on the desk are %q", said)
	}
}
