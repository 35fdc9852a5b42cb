package casework

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

func (s *Service) outcomeRoutes(r *web.Router) {
	everybody := web.Public("everybody may see what became of reports")
	r.Handle("GET /outcomes", everybody, s.showOutcomes)
	r.Handle("GET /outcomes/{service}", everybody, s.showServiceOutcome)
	r.Handle("GET /outcomes.csv", everybody, s.showOutcomesCSV)
	r.Handle("GET /outcomes.json", everybody, s.showOutcomesJSON)
}

// leastWhole is how many cases a share is at least of, and leastCount the least
// count that is shown: fewer could tell of somebody.
const (
	leastWhole = 10
	leastCount = 5
)

// outcomeRow is what everybody may know of a service, small numbers included:
// pages and files leave those out as they are written.
type outcomeRow struct {
	Service directory.Service
	Outcome
	Figures
	Words
	Learned bool // Figures is of this service
}

// outcomesView is the pages of figures.
type outcomesView struct {
	*outcomeWords
	Rows    []outcomeRow
	All     outcomeRow // all together, as far as they add up
	Council string
	zone    *time.Location
	honest  Honest
}

func (s *Service) outcomesView(r *http.Request) (outcomesView, error) {
	ctx := r.Context()
	v := outcomesView{outcomeWords: outcomesIn(askedLanguage(r, "")), zone: web.Location(ctx), honest: s.Honest}
	list, err := s.Outcomes(ctx)
	if err != nil {
		return v, err
	}
	kept, err := s.Kept(ctx, web.Now(ctx))
	if err != nil {
		return v, err
	}
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return v, err
	}
	v.Council = snapshot.Council().Name
	for _, o := range list {
		service, ok := snapshot.Service(o.ServiceID)
		if !ok || !service.Public {
			continue
		}
		row := outcomeRow{Service: service, Outcome: o, Words: kept[o.ServiceID]}
		if row.Figures, row.Learned = s.figures(o.ServiceID); !row.Learned && o.Closed == 0 {
			continue
		}
		v.Rows = append(v.Rows, row)
		v.All.Outcome = v.All.plus(o)
		v.All.Date = Word{v.All.Date.Told + row.Date.Told, v.All.Date.Kept + row.Date.Kept}
	}
	return v, nil
}

func (s *Service) showOutcomes(w http.ResponseWriter, r *http.Request) error {
	v, err := s.outcomesView(r)
	if err != nil {
		return err
	}
	return s.renderReports(w, r, v.reportWords, outcomesPage(v))
}

func (s *Service) showServiceOutcome(w http.ResponseWriter, r *http.Request) error {
	v, err := s.outcomesView(r)
	if err != nil {
		return err
	}
	for _, row := range v.Rows {
		if number(row.Service.ID) == r.PathValue("service") {
			return s.renderReports(w, r, v.reportWords, serviceOutcomePage(v, row))
		}
	}
	return fault.New(fault.NotFound, "There are no figures of such a service. Choose one from the list at /outcomes.")
}

func outcomeURL(service int64) string { return "/outcomes/" + number(service) }

// share is a part of a whole as people read it, unless the whole is small.
func (v outcomesView) share(part, whole int64) string {
	if percent, ok := shown(part, whole); ok {
		return strconv.Itoa(percent) + "%"
	}
	return v.tooFew
}

// shown is a share in percent, as far as it is shown.
func shown(part, whole int64) (percent int, ok bool) {
	if whole < leastWhole {
		return 0, false
	}
	return int(math.Round(100 * float64(part) / float64(whole))), true
}

func (v outcomesView) count(n int64) string {
	if n < leastCount && n != 0 {
		return with1(v.fewer, "{n}", strconv.Itoa(leastCount))
	}
	return web.Number(n)
}

// within is a number of working days, alone.
func (v outcomesView) within(days int, learned bool) string {
	if !learned || days == 0 {
		return v.notKnown
	}
	return v.honest.Days(v.code, days)
}

func (v outcomesView) waits(row outcomeRow) string {
	if !row.Learned {
		return v.notKnown
	}
	return v.count(int64(row.Waiting))
}

func (v outcomesView) neverOf(row outcomeRow) string {
	if !row.Learned || row.Never < 0 {
		return v.notKnown
	}
	return strconv.Itoa(row.Never)
}

// kept are the sentences about how often the council kept its word.
func (v outcomesView) keptSays(row outcomeRow) []string {
	var list []string
	for _, one := range []struct {
		words string
		Word
	}{{v.told, row.Date}, {v.standard, row.Standard}} {
		if percent, ok := shown(one.Kept, one.Told); ok {
			list = append(list, strings.NewReplacer("{n}", web.Number(one.Told), "{share}", strconv.Itoa(percent)+"%").Replace(one.words))
		}
	}
	if len(list) == 0 {
		list = append(list, v.noWord)
	}
	return list
}

func (v outcomesView) computedSays(row outcomeRow) string {
	at := row.At.In(v.zone)
	return strings.NewReplacer("{day}", day(at, v.zone), "{time}", at.Format("15:04"), "{council}", v.Council, "{n}", web.Number(int64(row.Cases)), "{since}", day(row.Since, v.zone)).Replace(v.computed)
}

// openFigures are the figures of a service for other programs; null is what is not
// known, or too few to tell.
type openFigures struct {
	ID         int64  `json:"service_id"`
	Code       string `json:"service_code"`
	Name       string `json:"service"`
	Half       *int   `json:"half_done_within_working_days"`
	Most       *int   `json:"nine_in_ten_done_within_working_days"`
	Never      *int   `json:"never_resolved_per_100"`
	Waiting    *int   `json:"waiting"`
	Closed     *int   `json:"closed"`
	Unresolved *int   `json:"closed_without_being_resolved_percent"`
	Unfixed    *int   `json:"said_not_fixed_percent"`
	Reopened   *int   `json:"reopened_percent"`
	Dates      *int   `json:"told_a_date"`
	DatesKept  *int   `json:"told_a_date_done_by_it_percent"`
	Promised   *int   `json:"promised_time_over"`
	Met        *int   `json:"promised_time_met_percent"`
}

func (row outcomeRow) open() openFigures {
	f := openFigures{ID: row.Service.ID, Code: row.Service.Code, Name: row.Service.Name}
	known := func(n int, is bool) *int {
		if !is {
			return nil
		}
		return &n
	}
	share := func(part, whole int64) *int {
		percent, ok := shown(part, whole)
		return known(percent, ok)
	}
	f.Half, f.Most = known(row.Half, row.Learned && row.Half > 0), known(row.Most, row.Learned && row.Most > 0)
	f.Never = known(row.Never, row.Learned && row.Never >= 0)
	f.Waiting = known(row.Waiting, row.Learned && (row.Waiting == 0 || row.Waiting >= leastCount))
	f.Closed = known(int(row.Closed), row.Closed == 0 || row.Closed >= leastCount)
	f.Unresolved, f.Unfixed, f.Reopened = share(row.Outcome.Unresolved, row.Known()), share(row.Outcome.Unfixed, row.Closed), share(row.Outcome.Reopened, row.Closed)
	f.Dates, f.DatesKept = known(int(row.Date.Told), row.Date.Told >= leastWhole), share(row.Date.Kept, row.Date.Told)
	f.Promised, f.Met = known(int(row.Standard.Told), row.Standard.Told >= leastWhole), share(row.Standard.Kept, row.Standard.Told)
	return f
}

func (s *Service) showOutcomesJSON(w http.ResponseWriter, r *http.Request) error {
	v, err := s.outcomesView(r)
	if err != nil {
		return err
	}
	answer := struct {
		Council  string        `json:"council"`
		Computed *time.Time    `json:"computed_at"`
		Cases    int           `json:"learned_from_cases"`
		Least    int           `json:"shares_of_at_least"`
		Services []openFigures `json:"services"`
	}{Council: v.Council, Least: leastWhole, Services: []openFigures{}}
	for _, row := range v.Rows {
		if row.Learned {
			at := row.At.UTC().Truncate(time.Second)
			answer.Computed, answer.Cases = &at, row.Cases
		}
		answer.Services = append(answer.Services, row.open())
	}
	body, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		return fmt.Errorf("write the figures of services: %w", err)
	}
	return sendOpen(w, r, "application/json", append(body, '\n'))
}

func (s *Service) showOutcomesCSV(w http.ResponseWriter, r *http.Request) error {
	v, err := s.outcomesView(r)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	table := csv.NewWriter(&body)
	lines := [][]string{{"service_id", "service_code", "service", "half_done_within_working_days", "nine_in_ten_done_within_working_days", "never_resolved_per_100", "waiting", "closed",
		"closed_without_being_resolved_percent", "said_not_fixed_percent", "reopened_percent", "told_a_date", "told_a_date_done_by_it_percent", "promised_time_over", "promised_time_met_percent", "computed_at"}}
	for _, row := range v.Rows {
		f := row.open()
		line := []string{number(f.ID), safeCell(f.Code), safeCell(f.Name)}
		for _, n := range []*int{f.Half, f.Most, f.Never, f.Waiting, f.Closed, f.Unresolved, f.Unfixed, f.Reopened, f.Dates, f.DatesKept, f.Promised, f.Met} {
			cell := ""
			if n != nil {
				cell = strconv.Itoa(*n)
			}
			line = append(line, cell)
		}
		at := ""
		if row.Learned {
			at = row.At.UTC().Format(time.RFC3339)
		}
		lines = append(lines, append(line, at))
	}
	if err := table.WriteAll(lines); err != nil {
		return fmt.Errorf("write the figures of services: %w", err)
	}
	return sendOpen(w, r, "text/csv; charset=utf-8", body.Bytes())
}

// safeCell keeps a spreadsheet from reading a name as a formula.
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// sendOpen sends figures that everybody may use, from pages of others too.
func sendOpen(w http.ResponseWriter, r *http.Request, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return web.SendCached(w, r, publicFor, body)
}
