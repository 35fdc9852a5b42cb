package expect

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"mercat.scot/mercat/platform/fault"
)

func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// The dates are those of https://www.gov.uk/bank-holidays.
func TestEachNationKeepsItsBankHolidays(t *testing.T) {
	zone := london(t)
	calendars := map[Nation]*Calendar{}
	for _, n := range []Nation{Scotland, England, Wales, Weekends} {
		calendars[n] = NewCalendar(n, zone)
	}
	for _, c := range []struct {
		day                      string
		scotland, england, wales bool // a holiday
	}{
		{"2022-01-03", true, true, true}, {"2022-01-04", true, false, false},
		{"2023-01-02", true, true, true}, {"2023-01-03", true, false, false},
		{"2024-04-01", false, true, true}, {"2024-03-29", true, true, true},
		{"2024-08-05", true, false, false}, {"2024-08-26", false, true, true},
		{"2024-11-30", false, false, false}, {"2024-12-02", true, false, false},
		{"2020-05-08", true, true, true}, {"2020-05-04", false, false, false},
		{"2022-06-02", true, true, true}, {"2022-06-03", true, true, true}, {"2022-05-30", false, false, false},
		{"2022-09-19", true, true, true}, {"2023-05-08", true, true, true}, {"2022-12-27", true, true, true},
		{"2012-06-04", true, true, true}, {"2012-05-28", false, false, false}, {"2011-04-29", true, true, true},
		{"2026-12-28", true, true, true}, {"2026-12-29", false, false, false}, {"2026-06-15", true, false, false},
	} {
		day, err := time.ParseInLocation("2006-01-02", c.day, zone)
		if err != nil {
			t.Fatal(err)
		}
		weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		for n, holiday := range map[Nation]bool{Scotland: c.scotland, England: c.england, Wales: c.wales, Weekends: false} {
			want := 1.0
			if holiday || weekend {
				want = idle
			}
			if got := calendars[n].Between(day, day.AddDate(0, 0, 1)); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s in %s counts %.3f working days, not %.2f", c.day, n, got, want)
			}
		}
	}
}

func TestADayIsADayWhenTheClocksChange(t *testing.T) {
	zone := london(t)
	c := NewCalendar(Scotland, zone)
	for _, day := range []time.Time{time.Date(2026, 3, 27, 9, 0, 0, 0, zone), time.Date(2026, 10, 23, 9, 0, 0, 0, zone)} { // Fridays before
		if got := c.Between(day, day.AddDate(0, 0, 3)); math.Abs(got-1-2*idle) > 1e-6 {
			t.Errorf("from Friday to Monday are %.4f working days", got)
		}
		if back := c.After(day, 1+2*idle); back.Sub(day.AddDate(0, 0, 3)).Abs() > time.Second {
			t.Errorf("and back: %s", back)
		}
	}
	if by := c.By(time.Date(2026, 7, 3, 15, 0, 0, 0, zone), 0.9); by.Weekday() != time.Monday && by.Weekday() != time.Friday {
		t.Errorf("a day is named on which nobody works: %s", by)
	}
}

func TestTheCurveIsKaplanAndMeiers(t *testing.T) {
	// Done after 1, 2 and 4 days, one still open at 3: S = 3/4, 2/4, and 0 at 4.
	var tally Tally
	for _, age := range []float64{1, 2, 4} {
		tally.Note(age, Done, 1)
	}
	tally.Note(3, Open, 1)
	c := NewCurve(&tally, nil, 0, 1)
	for age, want := range map[float64]float64{0.5: 0, 1.1: 0.25, 2.2: 0.5, 3.5: 0.5, 4.5: 1} {
		if got := c.By(age); math.Abs(got-want) > 1e-6 {
			t.Errorf("by %v days %.3f are done, not %.3f", age, got, want)
		}
	}
	if got := c.Within(0.5); math.Abs(got-2)/2 > 0.08 {
		t.Errorf("half are done within %.2f days", got)
	}
}

func TestWhatIsNeverDoneIsNotPromised(t *testing.T) {
	var tally Tally
	for i := range 100 {
		end := Done
		if i < 20 {
			end = Lost
		}
		tally.Note(float64(1+i%10), end, 1)
	}
	c := NewCurve(&tally, nil, 0, 1)
	if got := c.Within(Ninety); !math.IsInf(got, 1) {
		t.Errorf("nine in ten are said to be done within %.1f days, while one in five never is", got)
	}
	if got := c.Done[bins-1]; math.Abs(got-0.8) > 1e-6 {
		t.Errorf("%.3f are done in the end", got)
	}
}

func TestAServiceWithoutHistoryIsAsAllAre(t *testing.T) {
	var all, none Tally
	for i := range 50 {
		all.Note(1+float64(i)/10, Done, 1)
	}
	before := NewCurve(&all, nil, 0, 1)
	if a, b := before.Within(Half), NewCurve(&none, before, 15, 1).Within(Half); math.Abs(a-b) > 1e-6 {
		t.Errorf("%.3f instead of %.3f", b, a)
	}
	if a, b := before.Within(Half), before.slowed(0.5).Within(Half); math.Abs(b/a-2) > 0.01 {
		t.Errorf("at half the pace it takes %.2f instead of %.2f", b, a)
	}
}

// city makes a history of two years: services of different speed, of which
// every seventh case is never done, and a standstill of a month.
func city(cases int) *Table {
	random := rand.New(rand.NewPCG(1, 2))
	var rows []Row
	for i := range cases {
		opened := 6000 + 500*float64(i)/float64(cases)
		service := random.IntN(6)
		age := math.Exp(random.NormFloat64()) * float64(1+service*2)
		if opened > 6250 && opened < 6270 {
			age += 10
		}
		r := Row{Service: service, Area: i % 4, Opened: opened, Cases: 1, Ended: opened + age, End: Done}
		if service == 5 && random.IntN(7) == 0 || r.Ended > 6500 {
			r.End = Open
		}
		rows = append(rows, r)
	}
	return &Table{History: NewHistory(rows), Services: []string{"a", "b", "c", "d", "e", "f"}}
}

func TestNineInTenAreNineInTen(t *testing.T) {
	r := Evaluate(city(6000), 2)
	if r.Origins < 30 || r.Tested < 2000 {
		t.Fatalf("%d origins, %d cases", r.Origins, r.Tested)
	}
	for _, m := range []Mark{r.Half, r.Ninety} {
		if math.Abs(m.Coverage-m.Level) > 0.03 {
			t.Errorf("of those told %.0f %%, %.1f %% were done in time", 100*m.Level, 100*m.Coverage)
		}
		if m.Loss >= m.BaselineLoss {
			t.Errorf("%.0f %%: the baseline loses %.3f, the model %.3f", 100*m.Level, m.BaselineLoss, m.Loss)
		}
	}
}

func TestTheFutureIsNotKnown(t *testing.T) {
	whole := city(2000).History
	at := whole.rows[1000].Opened
	var past []Row
	for _, r := range whole.rows {
		if r.Opened <= at {
			if r.Ended > at {
				r.End, r.Ended = Open, 0
			}
			past = append(past, r)
		}
	}
	a, b := NewLearner(whole).Learn(at), NewLearner(NewHistory(past)).Learn(at)
	for service := range 6 {
		for _, p := range []float64{Half, Ninety} {
			if x, y := a.Within(service, 1, p), b.Within(service, 1, p); x != y {
				t.Errorf("service %d: %v with what came later, %v without", service, x, y)
			}
		}
	}
}

func TestTablesOfOtherProgramsAreRead(t *testing.T) {
	for _, text := range []string{
		"id,Created Date,Closed Date,Complaint Type,Borough\n1,01/15/2024 09:00:00 AM,01/16/2024 10:00:00 AM,Noise,BRONX\n2,01/25/2024 01:00:00 PM,,Noise,\n",
		"open_dt,closed_dt,type,neighborhood\n2024-01-15T09:00:00,2024-01-16T10:00:00,Noise,A\n2024-01-25T13:00:00,,Noise,\n",
		"opened,closed,service,ward\n2024-01-15,2024-01-15,Noise,A\n2024-01-25,,Noise,\n",
	} {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		for _, in := range []string{text, zipped.String()} {
			table, err := ReadCSV(strings.NewReader(in), NewCalendar(Weekends, nil))
			if err != nil {
				t.Fatal(err)
			}
			rows := table.History.rows
			if len(rows) != 2 || rows[0].End != Done || rows[1].End != Open || rows[1].Area != Nowhere || fmt.Sprint(table.Services) != "[Noise]" {
				t.Errorf("%q: %+v", text, rows)
			}
		}
	}
	if _, err := ReadCSV(strings.NewReader("a,b\n1,2\n"), NewCalendar(Weekends, nil)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a table without dates: %v", err)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("opened,closed,service\n2024-01-15,2024-01-16,x\n")
	f.Add("opened,closed\n\"")
	c := NewCalendar(Weekends, nil)
	f.Fuzz(func(_ *testing.T, in string) {
		if t, err := ReadCSV(strings.NewReader(in), c); err == nil && len(t.History.rows) > 0 {
			NewLearner(t.History).Learn(t.History.rows[len(t.History.rows)-1].Opened).Within(0, Nowhere, Half)
		}
	})
}

func BenchmarkEstimateFrom100000Cases(b *testing.B) {
	h := city(100_000).History
	at := h.rows[len(h.rows)-1].Opened
	for b.Loop() {
		h.curvesAt(at, Settings{HalfLife: 180, Mass: 10}).of(0, Nowhere).Within(Ninety)
	}
}
