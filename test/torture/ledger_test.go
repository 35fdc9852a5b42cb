//go:build linux

package torture

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
)

// look opens the installation's database with the test's own eyes.
func (m *mercat) look() *db.DB {
	m.t.Helper()
	d, err := db.Open(m.t.Context(), db.Options{DSN: m.dsn, Now: time.Now, Node: 1023, Readers: 2})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = d.Close() }) // the database is removed behind it
	return d
}

// counted reads rows of a name and a number.
func counted(ctx context.Context, d *db.DB, query string, args ...any) (map[string]int64, error) {
	out := map[string]int64{}
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		clear(out)
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var n int64
			if err := rows.Scan(&name, &n); err != nil {
				return err
			}
			// Below an answer stands who wrote it.
			name, _, _ = strings.Cut(name, "\n\n– ")
			out[name] += n
		}
		return rows.Err()
	})
	return out, err
}

const (
	sqlUnsent   = `SELECT state, COUNT(*) FROM desk_message WHERE direction = 'out' AND state <> 'sent' GROUP BY state`
	sqlIncoming = `SELECT ref, COUNT(*) FROM desk_message WHERE direction = 'in' AND account_id IN (SELECT id FROM desk_account WHERE network = $1) GROUP BY ref`
	sqlSaid     = `SELECT body, COUNT(*) FROM desk_message WHERE direction = $1 GROUP BY body`
	sqlJobs     = `SELECT kind || ' is ' || state, COUNT(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'pending', 'discarded') GROUP BY kind, state`
	sqlRefs     = `SELECT ref, COUNT(*) FROM desk_part WHERE ref <> '' AND account_id IN (SELECT id FROM desk_account WHERE network = $1) GROUP BY ref`
	sqlAside    = `SELECT reason, COUNT(*) FROM desk_unreadable GROUP BY reason`
)

// atRest is how long everything takes at most after the last fault: an answer
// that failed again and again is tried every ten minutes, and a job whose end
// could not be noted is run again after five.
const atRest = 12 * time.Minute

// settles waits until everything that was said is on the desk, and everything
// that was answered is out.
func (n *town) settles(d *db.DB, within time.Duration) {
	n.m.t.Helper()
	began := time.Now()
	err := eventually(n.m.t, within, func() (bool, string) {
		n.m.lives()
		unsent, err := counted(n.m.t.Context(), d, sqlUnsent)
		if err != nil {
			return false, err.Error()
		}
		in, err := counted(n.m.t.Context(), d, sqlIncoming, n.network)
		if err != nil {
			return false, err.Error()
		}
		said, err := counted(n.m.t.Context(), d, sqlSaid, "in")
		if err != nil {
			return false, err.Error()
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		missing := 0
		for id := range n.posted {
			if in[id] == 0 {
				missing++
			}
		}
		for _, text := range n.formed {
			if said[text] == 0 {
				missing++
			}
		}
		return len(unsent) == 0 && missing == 0, fmt.Sprintf("after %v answers are %v, and %d messages are not on the desk", within, unsent, missing)
	})
	if err != nil {
		n.m.t.Error(err)
	}
	n.m.t.Logf("all at rest %v after the last fault", time.Since(began).Round(100*time.Millisecond))
}

// read is what the installation's database says.
func (n *town) read(d *db.DB, query string, args ...any) map[string]int64 {
	n.m.t.Helper()
	out, err := counted(n.m.t.Context(), d, query, args...)
	if err != nil {
		n.m.t.Fatal(err)
	}
	return out
}

// balances holds Mercat to what the others remember: each message is on the
// desk once, each answer that the desk took is on the server once, and nothing
// else is anywhere.
func (n *town) balances(d *db.DB) {
	t := n.m.t
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.isIn(d)

	// The server's own list decides.
	there, refs := map[string]int{}, n.read(d, sqlRefs, "mastodon")
	for _, seen := range n.ours.Sees(n.ours) {
		text := seen.Text
		for strings.HasPrefix(text, "@") {
			_, text, _ = strings.Cut(text, " ")
		}
		there[text]++
		if refs[seen.ID] != 1 {
			t.Errorf("on the server, and %d times among our answers: %s (%s)", refs[seen.ID], text, seen.ID)
		}
		delete(refs, seen.ID)
	}
	for id, k := range refs {
		t.Errorf("%d of our answers say that they are %s, which the server does not have", k, id)
	}
	forms := n.isOut(d, there)
	byForm := n.read(d, `SELECT 'sent', COUNT(*) FROM webform_post WHERE direction = 'out'`)["sent"]
	if int64(forms) != byForm {
		t.Errorf("%d answers are not on Mastodon, and the web form has %d", forms, byForm)
	}
	n.isAtRest(d)
	if len(n.posted) == 0 || len(n.answered) == 0 || forms == len(n.answered) {
		t.Errorf("there was too little to count")
	}
	t.Logf("%d posts, %d forms, %d answers, of which %d to forms", len(n.posted), len(n.formed), len(n.answered), forms)
}

// isIn holds the desk to have everything that people wrote, once, and nothing
// else; and nobody to have been told what nobody should be.
func (n *town) isIn(d *db.DB) {
	t := n.m.t
	t.Helper()
	for _, what := range n.odd {
		t.Errorf("somebody was told: %s", what)
	}
	in, said := n.read(d, sqlIncoming, n.network), n.read(d, sqlSaid, "in")
	for id, text := range n.posted {
		if in[id] != 1 {
			t.Errorf("on the desk %d times: %s (%s)", in[id], text, id)
		}
		delete(in, id)
	}
	for id, k := range in {
		t.Errorf("on the desk %d times although nobody has written it: %s", k, id)
	}
	for _, text := range n.formed {
		if said[text] != 1 {
			t.Errorf("on the desk %d times: %s", said[text], text)
		}
	}
	if reasons := n.read(d, sqlAside); len(reasons) > 0 {
		t.Errorf("set aside as unreadable: %v", reasons)
	}
}

// isOut holds what is on the network, by words, to be what officers were told
// that the desk has taken, once. It returns how many of those are not there.
func (n *town) isOut(d *db.DB, there map[string]int) (elsewhere int) {
	t := n.m.t
	t.Helper()
	out := n.read(d, sqlSaid, "out")
	for _, text := range n.answered {
		if out[text] != 1 {
			t.Errorf("taken by the desk, and there %d times: %s", out[text], text)
		}
		switch there[text] {
		case 1:
		case 0:
			elsewhere++ // to the web form, or lost: the sum decides
		default:
			t.Errorf("on the server %d times: %s", there[text], text)
		}
		delete(there, text)
		delete(out, text)
	}
	for text, k := range there {
		t.Errorf("on the server %d times although no officer was told so: %s", k, text)
	}
	for text, k := range out {
		t.Errorf("among the answers %d times although no officer was told so: %s", k, text)
	}
	return elsewhere
}

// isAtRest holds every job to have ended and the record to be whole.
func (n *town) isAtRest(d *db.DB) {
	t := n.m.t
	t.Helper()
	if jobs := n.read(d, sqlJobs); len(jobs) > 0 {
		// Periodic jobs come and go; what is there twice is stuck.
		err := eventually(t, 20*time.Second, func() (bool, string) {
			left := n.read(d, sqlJobs)
			for name := range left {
				if jobs[name] == 0 {
					delete(left, name)
				}
			}
			jobs = left
			return len(left) == 0, fmt.Sprint(left)
		})
		if err != nil {
			t.Errorf("jobs that do not end: %v", err)
		}
	}
	if verified := n.m.says(n.m.args("verify")...); !strings.Contains(verified, "The record is whole") {
		t.Errorf("the record: %s", verified)
	}
}
