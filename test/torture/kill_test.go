//go:build linux

package torture

import (
	"math/rand/v2"
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
		for k := uint64(1); k < kills; k++ {
			p := m.launch()
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
		n.settles(d, 90*time.Second)
		n.balances(d)
	})
}
