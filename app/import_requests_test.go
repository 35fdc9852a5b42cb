package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const bostonMapping = "../docs/import/boston311.json"

// bostonRows begin as the city's file does; the requests are made up.
const bostonRows = `case_id,open_dt,closed_dt,status,case_title,type,street,neighborhood,lat,lon,closure_reason
1,2015-01-02T08:00:00,2015-01-09T08:00:00,Closed,Lamp out,Street Light Outages,Beacon St,Fenway,42.3574,-71.0648,Case Closed Case Resolved Lamp changed
2,2015-01-03T08:00:00,,Open,Hole in the road,Pothole Repair (Internal),Ipswich St,Fenway,42.3474,-71.0944,
3,2015-01-04T08:00:00,2015-01-05T08:00:00,Closed,Graffiti,Graffiti Removal,Main St,Charlestown,,,Case Closed Case Invalid Nothing there
4,2015-13-04T08:00:00,,Open,No such month,Other,,,,,
5,2015-01-06T08:00:00,,Pending,Neither open nor closed,Other,,,,,
`

func (p past) requests(o ImportOptions) RequestsImported {
	p.t.Helper()
	done, err := p.ImportRequests(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	return done
}

func writeRows(t *testing.T, rows string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "requests.csv")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (p past) cases() map[string]casework.Case {
	p.t.Helper()
	list, _, err := p.running.casework.List(p.t.Context(), casework.Query{})
	if err != nil {
		p.t.Fatal(err)
	}
	found := map[string]casework.Case{}
	for _, c := range list {
		found[c.Words] = c
	}
	return found
}

func TestAListOfRequestsComesInAsCasesOnce(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		before := p.rows()
		o := ImportOptions{File: writeRows(t, bostonRows), Mapping: bostonMapping, Name: "Boston"}
		dry := o
		dry.Dry = true
		if d := p.requests(dry); d.Import.Kept != 3 || d.Import.Aside != 2 || less(p.rows(), before) != "" {
			t.Errorf("a rehearsal: %+v, %s", d.Import.Tally, less(p.rows(), before))
		}
		done := p.requests(o)
		if i := done.Import; i.Read != 5 || i.Kept != 3 || i.Aside != 2 || len(done.Asides) != 2 || i.State != casework.ImportDone {
			t.Errorf("%+v, %v", i.Tally, done.Asides)
		}
		if got := less(p.rows(), before); got != "casework_case+3 casework_step+5 record_entry+3" {
			t.Errorf("it made %s", got)
		}
		cases := p.cases()
		lamp, hole, graffiti := cases["Lamp out"], cases["Hole in the road"], cases["Graffiti"]
		if lamp.State != casework.Done || lamp.Reason != casework.Fixed || lamp.EndedAt.Sub(lamp.CreatedAt).Hours() != 7*24 || lamp.Place != "Beacon St, Fenway" || !lamp.Located() {
			t.Errorf("%+v", lamp)
		}
		if hole.State != casework.Received || !hole.EndedAt.IsZero() || hole.ServiceID == 0 || hole.TeamID == 0 {
			t.Errorf("%+v", hole)
		}
		if graffiti.Reason != casework.NothingFound || graffiti.Located() {
			t.Errorf("%+v", graffiti)
		}
		outcomes, err := p.running.casework.Outcomes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var opened, closed, resolved, unresolved int64
		for _, o := range outcomes {
			opened, closed, resolved, unresolved = opened+o.Opened, closed+o.Closed, resolved+o.Resolved, unresolved+o.Unresolved
		}
		if opened != 3 || closed != 2 || resolved != 1 || unresolved != 1 {
			t.Errorf("the public figures say %d opened, %d closed, %d resolved, %d not", opened, closed, resolved, unresolved)
		}
		after := p.rows()
		if again := p.requests(o); !again.Before || less(p.rows(), after) != "" {
			t.Errorf("a second time: %+v, %s", again, less(p.rows(), after))
		}
		// A newer list: the hole was mended meanwhile, and there is one more.
		o.File = writeRows(t, strings.Replace(bostonRows, "2015-01-03T08:00:00,,Open", "2015-01-03T08:00:00,2015-02-03T08:00:00,Closed", 1)+
			"6,2015-03-06T08:00:00,,Open,One more,Other,,,,,\n")
		if i := p.requests(o).Import; i.Kept != 1 || i.Ended != 1 || i.Known != 2 || i.Aside != 2 {
			t.Errorf("a newer list: %+v", i.Tally)
		}
		if hole = p.cases()["Hole in the road"]; hole.State != casework.Done || hole.EndedAt.Sub(hole.CreatedAt).Hours() != 31*24 {
			t.Errorf("%+v", hole)
		}
	})
}

func TestAListOfRequestsIsTakenOutWhole(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		o := ImportOptions{File: writeRows(t, bostonRows), Mapping: bostonMapping, Name: "Boston"}
		before := p.rows()
		i := p.requests(o).Import
		if _, err := p.UndoRequests(t.Context(), i.ID, func(int64) {}); err != nil {
			t.Fatal(err)
		}
		if got := less(p.rows(), before); got != "record_entry+4" {
			t.Errorf("it left %s", got)
		}
		// Undone, it can be brought in again; worked on, it stays.
		i = p.requests(o).Import
		hole := p.cases()["Hole in the road"]
		admin, err := p.running.staff.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.running.casework.Move(t.Context(), admin.Officers()[0], hole.ID, hole.Version, casework.Moving{To: casework.Accepted, Say: "Nobody hears this"}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.UndoRequests(t.Context(), i.ID, func(int64) {}); !fault.Is(err, fault.Conflict) {
			t.Errorf("somebody worked on it: %v", err)
		}
		// And a newer list leaves it alone.
		o.File = writeRows(t, strings.Replace(bostonRows, "2015-01-03T08:00:00,,Open", "2015-01-03T08:00:00,2015-02-03T08:00:00,Closed", 1))
		if n := p.requests(o).Import; n.Ended != 0 || n.Known != 3 {
			t.Errorf("%+v", n.Tally)
		}
		if hole = p.cases()["Hole in the road"]; hole.State != casework.Accepted {
			t.Errorf("%+v", hole)
		}
	})
}

func TestAListThatIsBrokenOffGoesOn(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		var rows strings.Builder
		rows.WriteString("case_id,open_dt,closed_dt,status,case_title,type,street,neighborhood,lat,lon,closure_reason\n")
		const many = 3_500
		for n := range many {
			fmt.Fprintf(&rows, "%d,2015-01-02T08:00:00,2015-01-09T08:00:00,Closed,Lamp %d,Street Light Outages,Beacon St,Fenway,42.35,-71.06,\n", n, n)
		}
		o := ImportOptions{File: writeRows(t, rows.String()), Mapping: bostonMapping, Name: "Boston"}
		ctx, stop := context.WithCancel(t.Context())
		o.Progress = func(now ImportProgress) {
			if now.Read >= 2*rowsAtOnce {
				stop()
			}
		}
		if _, err := p.ImportRequests(ctx, o); !errors.Is(err, context.Canceled) {
			t.Fatalf("it was not broken off: %v", err)
		}
		o.Progress = nil
		if i := p.requests(o).Import; i.Read != many || i.Kept != many || i.Known != 0 {
			t.Errorf("%+v", i.Tally)
		}
		err := p.running.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, _, err := db.One(ctx, tx, db.ScanID, `SELECT COUNT(*) FROM casework_case`)
			if n != many {
				t.Errorf("%d cases", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
