package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

func TestTheDemonstrationIsMadeAndTakenAway(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		c.Twice = false // six weeks are long enough once
		r := start(t, c)
		b := r.browser(t)
		b.post("/set-up", "council", "Strathcarron Council", "name", "Mairi Galbraith", "email", adminEmail,
			"password", adminPassword, "start", "demonstration").leads(t, home)
		b.get("/desk").want(t, 200, "Six weeks of history are being made", makingPath)
		b.get("/").want(t, 200, "This demonstration is still being made")
		began := time.Now()
		for {
			p, there, err := readProgress(t.Context(), r.db)
			if err != nil || !there {
				t.Fatalf("progress: %v, %v", there, err)
			}
			if p.finished {
				if p.trouble != "" {
					t.Fatal(p.trouble)
				}
				break
			}
			if time.Since(began) > 5*time.Minute {
				t.Fatalf("it is not made after %v: %+v", time.Since(began), p)
			}
			time.Sleep(50 * time.Millisecond)
		}
		b.get(makingPath).want(t, 200, "All six weeks are there now")
		for _, path := range []string{"/desk", "/"} {
			if a := b.get(path); strings.Contains(a.body, "being made") {
				t.Errorf("%s says that the demonstration is being made, and it is", path)
			}
		}
		t.Logf("made in %v", time.Since(began).Round(time.Millisecond))
		var rows []desk.Row
		for q := (desk.Query{View: desk.Everything}); ; {
			page, next, err := r.desk.Inbox(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, page...)
			if q.Before = next; next == (desk.Key{}) {
				break
			}
		}
		if len(rows) < 80 {
			t.Fatalf("there are %d conversations", len(rows))
		}
		states := map[desk.State]int{}
		for _, row := range rows {
			states[row.State]++
		}
		if states[desk.Open] < 3 || states[desk.Closed] < 40 || states[desk.Waiting] < 1 {
			t.Errorf("the states are %v", states)
		}
		cases, _, err := r.casework.List(t.Context(), casework.Query{Limit: 500})
		if err != nil || len(cases) < 10 {
			t.Errorf("there are %d cases, %v", len(cases), err)
		}
		report, err := record.Verify(t.Context(), r.db, nil)
		if err != nil || !report.Whole() || report.Entries < 500 {
			t.Errorf("the record is %+v, %v", report, err)
		}
		// Whom one invites to look at it goes with it, signed in or not.
		centre := int64(0)
		if roster, err := r.staff.Roster(t.Context()); err == nil {
			team, _ := roster.ContactCentre()
			centre = team.ID
		}
		_, link, err := r.staff.AddOfficer(t.Context(), operator(), staff.Person{Email: "iain@strathcarron.example", Name: "Iain Ruadh", FirstName: "Iain", Role: staff.Answers}, []int64{centre})
		if err != nil {
			t.Fatal(err)
		}
		r.browser(t).post(link.Path(), "password", "velvet anchor biscuit").leads(t, "/desk")
		atRest := keepJobsMoving(t, r)
		b.post(demonstrationPath+"/remove").leads(t, settingsPath)
		atRest()
		if rows, _, err := r.desk.Inbox(t.Context(), desk.Query{View: desk.Everything}); err != nil || len(rows) != 0 {
			t.Errorf("afterwards there are %d conversations, %v", len(rows), err)
		}
		b.get("/settings/accounts").want(t, 200, "Web form", "Practice")
		b.post(demonstrationPath+"/remove").want(t, 409)
		report, err = record.Verify(t.Context(), r.db, nil)
		if err != nil || !report.Whole() {
			t.Errorf("the new record is %+v, %v", report, err)
		}
		err = r.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := record.Latest(ctx, tx, 0, 200)
			if len(list) == 0 || list[len(list)-1].Act != "app.demonstration.taken_away" {
				t.Errorf("the new record does not begin with the end of the old one")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// keepJobsMoving changes jobs as a busy queue does, until the returned function
// is called.
func keepJobsMoving(t *testing.T, r *running) (stop func()) {
	t.Helper()
	const move = `UPDATE river_job SET max_attempts = max_attempts WHERE state = 'scheduled'`
	res, err := r.db.Handle().ExecContext(t.Context(), move)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%d jobs are moved, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			// SQLite has one writer: there it is refused, or waits, and does no harm.
			_, _ = r.db.Handle().ExecContext(ctx, move)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return func() { cancel(); <-done }
}
