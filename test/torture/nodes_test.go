//go:build linux

package torture

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/db"
)

// sqlHolder is the number of the node that fetches for the Mastodon account.
const sqlHolder = `SELECT 'node', node FROM desk_lead WHERE account_id IN (SELECT id FROM desk_account WHERE network = 'mastodon')`

// TestOfTwoNodesOneFetchesAndTheOtherTakesOver runs two processes on one
// PostgreSQL: what comes in at one is told to browsers at the other, and within
// 15 seconds after the one that fetches was killed, the other fetches.
func TestOfTwoNodesOneFetchesAndTheOtherTakesOver(t *testing.T) {
	t.Parallel()
	one := installed(t, db.Postgres)
	n := newTown(one, mastodontest.Options{IgnoreKeys: true})
	admin := one.council(one.start(), n.server.URL, n.token)
	two := &mercat{t: t, engine: db.Postgres, data: one.data, dsn: one.dsn, listen: freePort(t),
		flags: []string{"--node", "1"}}
	t.Cleanup(two.kill)
	two.start()
	d := one.look()
	nodes := map[int64]*mercat{0: one, 1: two}
	holder := func() int64 {
		held, err := counted(t.Context(), d, sqlHolder)
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := held["node"]; ok {
			return n
		}
		return -1
	}
	var first int64
	if err := eventually(t, 30*time.Second, func() (bool, string) {
		nodes, err := counted(t.Context(), d, `SELECT boot, beat FROM desk_node`)
		first = holder()
		return err == nil && len(nodes) == 2 && first >= 0, fmt.Sprintf("%d nodes, the account is with %d", len(nodes), first)
	}); err != nil {
		t.Fatal(err)
	}

	ann := n.server.NewAccount("ann@elsewhere.test")
	says := func(words string) { ann.Post(mastodontest.Draft{Text: "@council@burgh.test " + words}) }

	// News of what either fetches reach the browsers of both.
	for number, m := range nodes {
		v := m.visitor("192.0.2.9")
		v.http.Jar = admin.http.Jar // one host, so one cookie
		news := v.listens(t)
		for still := true; still; { // what the page is told at its beginning
			select {
			case <-news:
			case <-time.After(time.Second):
				still = false
			}
		}
		says(fmt.Sprintf("Is anybody there, %d?", number))
		select {
		case <-news:
		case <-time.After(15 * time.Second):
			t.Fatalf("nothing was told to the browsers of node %d", number)
		}
	}

	first = holder()
	nodes[first].kill()
	killed := time.Now()
	says("And is anybody there now?")
	if err := eventually(t, time.Minute, func() (bool, string) {
		said, err := counted(t.Context(), d, sqlSaid, "in")
		found := 0
		for words := range said {
			if strings.Contains(words, "And is anybody there now?") {
				found++
			}
		}
		return err == nil && found == 1, fmt.Sprintf("%d on the desk: %v", len(said), err)
	}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(killed)
	t.Logf("node %d was killed; the other had fetched what came then after %v", first, took.Round(100*time.Millisecond))
	if took > 15*time.Second {
		t.Errorf("it took over after %v, not within 15 s", took)
	}
	n.quiet()
}

// listens waits for news of the desk; the channel gets one for each.
func (v *visitor) listens(t *testing.T) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+"/desk/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", v.from)
	response, err := (&http.Client{Jar: v.http.Jar}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("/desk/live: %s", response.Status)
	}
	news := make(chan string, 100)
	go func() {
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			if what, ok := strings.CutPrefix(lines.Text(), "event: inbox"); ok {
				select {
				case news <- what:
				default:
				}
			}
		}
	}()
	return news
}
