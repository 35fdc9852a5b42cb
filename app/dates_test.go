package app

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/expect"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/staff"
)

// TestANewCaseIsGivenTheDateThatItsLikeHad imports a year of lamps that took ten
// working days, or thirty, and reports one more.
func TestANewCaseIsGivenTheDateThatItsLikeHad(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		r.setUp(t)
		var lamps []int64
		write(t, r, func(ctx context.Context, tx *db.Tx) (err error) {
			lamps, err = r.directory.AddServicesTx(ctx, tx, operator(), []directory.Service{{Name: "Lamps of the harbour", Active: true, Public: true}, {Name: "Bells", Active: true}})
			return err
		})
		now := r.config.Now()
		calendar := expect.NewCalendar(expect.Scotland, time.UTC)
		var rows []casework.Row
		for day := range 300 {
			at, days := now.AddDate(0, 0, -day), 8.0
			if day%5 == 0 {
				days = 30
			}
			row := casework.Row{Ref: at.Format(time.RFC3339), At: at, State: casework.Received, ServiceID: lamps[0], Words: "A lamp is out"}
			if ended := calendar.After(at, days); ended.Before(now) {
				row.State, row.EndedAt, row.Reason = casework.Done, ended, casework.Fixed
			}
			rows = append(rows, row)
		}
		i, err := r.casework.BeginImport(t.Context(), operator(), casework.Import{Name: "Before", File: "before.csv", SHA256: "1", Mapping: "1"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.casework.ImportRows(t.Context(), operator(), i.ID, "", "1", rows); err != nil {
			t.Fatal(err)
		}
		if err := r.relearnDates(t.Context()); err != nil {
			t.Fatal(err)
		}
		report := func(key string, service int64) (one casework.Case) {
			write(t, r, func(ctx context.Context, tx *db.Tx) (err error) {
				one, _, err = r.casework.ReportTx(ctx, tx, operator(), casework.Report{Key: key, Source: casework.FromAPI, ServiceID: service, Words: "One more"})
				return err
			})
			return one
		}
		lamp := report("lamp", lamps[0])
		half, most := calendar.Between(lamp.CreatedAt, lamp.HalfAt), calendar.Between(lamp.CreatedAt, lamp.MostAt)
		if half < 7 || half > 12 || most < 24 || most > 40 {
			t.Errorf("half within %.1f working days and nine in ten within %.1f", half, most)
		}
		learned := r.dates.learned.Load()
		if got := learned.services[lamps[0]].waitingBefore(learned.calendar.Position(now)); got < 12 || got > 24 {
			t.Errorf("%d lamps wait", got)
		}
		says := r.honest().Now("en", lamps[0], lamp.CreatedAt)
		if !strings.HasPrefix(says, "Half of these are done within ") || !strings.Contains(says, "are waiting before yours.") {
			t.Errorf("of a new lamp is said %q", says)
		}
		if says := r.honest().Now("en", lamps[0], now.AddDate(0, 0, -21)); !strings.HasPrefix(says, "This has waited ") || !strings.Contains(says, "Of those that waited as long, half are done within another ") {
			t.Errorf("of an old lamp is said %q", says)
		}
		service, opened, err := r.about(t.Context(), desk.Conversation{Handling: desk.Handling{ServiceID: lamps[0]}})
		if err != nil || service != lamps[0] || opened.Before(now) {
			t.Errorf("a conversation without a case is about %d, %v", service, err)
		}
		remarks, err := r.checkAnswer(t.Context(), desk.Conversation{Handling: desk.Handling{ServiceID: lamps[0]}}, "Hello. It will be done within 2 days. It was passed to the relevant team.")
		if err != nil || len(remarks) != 2 || !strings.HasPrefix(remarks[0].Text, "Nine in ten of these take up to ") || remarks[0].Instead != says || remarks[1].Sentence != "It was passed to the relevant team." {
			t.Errorf("remarked on %+v, %v", remarks, err)
		}
		r.as(t, staff.Administrator).get("/cases/"+strconv.FormatInt(lamp.ID, 10)).want(t, http.StatusOK, "Date given", "Expected now", says)
		r.browser(t).get("/case/"+lamp.Track).want(t, http.StatusOK, "Half of these are done by ", "waiting before yours.")
		anybody := r.browser(t)
		at := "/outcomes/" + strconv.FormatInt(lamps[0], 10)
		anybody.get("/outcomes").want(t, http.StatusOK, at, "Lamps of the harbour", "Nine in ten are done within")
		anybody.get(at).want(t, http.StatusOK, "Lamps of the harbour: how long it takes", "Half of these are done within", "How many are done by when", "Computed on ", "Too few reports are old enough")
		anybody.get(at+"?lang=cy").want(t, http.StatusOK, "faint o amser mae’n ei gymryd", "Mae hanner y rhain wedi’u gwneud o fewn")
		anybody.get(at+"?lang=gd").want(t, http.StatusOK, "dè cho fada ’s a bheir e", "Bidh leth dhiubh seo deiseil taobh a-staigh")
		anybody.get("/outcomes/1").want(t, http.StatusNotFound)
		anybody.get("/outcomes.csv").want(t, http.StatusOK, "service_id,service_code,service,half_done", "Lamps of the harbour")
		anybody.get("/outcomes.json").want(t, http.StatusOK, `"half_done_within_working_days": `, `"told_a_date": null`)
		if bell := report("bell", lamps[1]); !bell.HalfAt.IsZero() || !bell.MostAt.IsZero() {
			t.Errorf("something is said of what nobody knows: %v, %v", bell.HalfAt, bell.MostAt)
		}
		// One lamp is done: nothing but the change is read, and one fewer waits. What is
		// read anew at a start says the same.
		if _, _, err := r.casework.Move(t.Context(), r.mairi(t), lamp.ID, lamp.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed}); err != nil {
			t.Fatal(err)
		}
		if err := r.followDates(t.Context()); err != nil {
			t.Fatal(err)
		}
		followed := r.dates.learned.Load()
		if followed == learned {
			t.Fatal("the change was not read")
		}
		if err := r.relearnDates(t.Context()); err != nil {
			t.Fatal(err)
		}
		anew := r.dates.learned.Load()
		one, two := followed.services[lamps[0]], anew.services[lamps[0]]
		if len(one.open) != len(two.open) || followed.cases != anew.cases || math.Abs(one.marks.half-two.marks.half) > 0.05 || math.Abs(one.marks.most-two.marks.most) > 0.5 {
			t.Errorf("by changes %d wait of %d, %+v; read anew, %d of %d, %+v", len(one.open), followed.cases, one.marks, len(two.open), anew.cases, two.marks)
		}
	})
}

// mairi is the administrator.
func (r *running) mairi(t *testing.T) staff.Officer {
	t.Helper()
	o, err := r.staff.OfficerByEmail(t.Context(), adminEmail)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
