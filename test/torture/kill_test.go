//go:build linux

package torture

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network/mastodon/mastodontest"
)

// TestKilledAtRandomMomentsNothingIsLostNothingIsDouble kills the program with
// SIGKILL while people write and officers answer, at its start, at rest and at
// work, and starts it again. The server takes its time, goes on when its caller
// is gone, and knows nothing of idempotency keys.
func TestKilledAtRandomMomentsNothingIsLostNothingIsDouble(t *testing.T) {
	kills := number(t, "KILLS", 20)
	engines(t, func(t *testing.T, m *mercat) {
		r := chance(t)
		n := newTown(m, mastodontest.Options{IgnoreKeys: true})
		admin := m.council(m.start(), n.server.URL, n.token)
		late := rand.New(rand.NewPCG(r.Uint64(), 2)) // of its own: the server is another goroutine
		n.server.AnswerLate(func() time.Duration {
			if late.IntN(12) == 0 { // when the next run has begun already
				return between(late, time.Second, 3*time.Second)
			}
			return between(late, time.Millisecond, 100*time.Millisecond)
		})
		for i, name := range []string{"ann", "bob", "cat", "dod"} {
			n.posts(name, 400*time.Millisecond, r.Uint64()+uint64(i))
		}
		n.writes("Elspeth", 700*time.Millisecond, r.Uint64())
		n.writes("Fergus", 700*time.Millisecond, r.Uint64())
		n.answers(admin, "Mairi", 250*time.Millisecond, r.Uint64())
		began := time.Now()
		time.Sleep(between(r, time.Second, 3*time.Second))
		m.kill()
		backup := filepath.Join(t.TempDir(), "mercat.tar")
		for k := uint64(1); k < kills; k++ {
			p := m.launch()
			if k == kills/2 {
				m.says(append(m.args("backup"), backup)...)
			}
			if r.IntN(4) == 0 { // while it starts
				select {
				case <-p.ended:
				case <-time.After(between(r, 5*time.Millisecond, 700*time.Millisecond)):
				}
			} else {
				select {
				case <-p.ready:
				case <-p.ended:
				case <-time.After(time.Minute):
					t.Fatalf("it was not ready within a minute\n%s", p.said())
				}
				time.Sleep(between(r, 10*time.Millisecond, 3500*time.Millisecond))
			}
			m.lives()
			m.kill()
		}
		t.Logf("%d kills in %v; %d jobs and %d answers were cut off and went on", kills, time.Since(began).Round(time.Second), m.jobs, m.out)
		m.start()
		n.quiet()
		d := m.look()
		n.settles(d, atRest)
		n.balances(d)
		m.kill()
		n.isRestored(backup)
	})
}

// isRestored makes a Mercat of a backup that was made in the middle of it all, on
// whose outbox stands what has been sent since.
func (n *town) isRestored(backup string) {
	t := n.m.t
	t.Helper()
	again := installed(t, n.m.engine)
	if out := again.says(append(again.args("restore"), backup)...); !strings.Contains(out, "The record is whole") {
		t.Errorf("the restored record: %s", out)
	}
	d := again.look()
	was, err := counted(t.Context(), d, sqlUnsent)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("in the backup answers are %v", was)
	again.start()
	n.m, n.formed, n.answered = again, nil, nil // what came to Mercat itself since is gone
	n.settles(d, atRest)
	in, err := counted(t.Context(), d, sqlIncoming, "mastodon")
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range n.posted {
		if in[id] != 1 {
			t.Errorf("restored, it is on the desk %d times: %s (%s)", in[id], text, id)
		}
	}
	times := map[string]int{}
	for _, seen := range n.ours.Sees(n.ours) {
		if times[seen.Text]++; times[seen.Text] > 1 {
			t.Errorf("after the restore it is on the server %d times: %s", times[seen.Text], seen.Text)
		}
	}
	if verified := again.says(again.args("verify")...); !strings.Contains(verified, "The record is whole") {
		t.Errorf("the record: %s", verified)
	}
}
