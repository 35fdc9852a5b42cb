package casework

import (
	"context"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// CheckNearPlan fails unless the search for duplicates is one range of the index
// for each range of cells.
func CheckNearPlan(t *testing.T, d *db.DB, service int64) {
	t.Helper()
	query, args := withinQuery(service, ranges(57.41, -5.42, 100), time.Unix(0, 0))
	if n := strings.Count(query, "SELECT * FROM"); n > 16 {
		t.Errorf("%d ranges", n)
	}
	plan := dbtest.Plan(t, d, query, args...)
	for _, line := range strings.Split(plan, "\n") {
		if strings.Contains(line, "Seq Scan on casework_case") || strings.Contains(line, "SCAN casework_case") && !strings.Contains(line, "INDEX") {
			t.Errorf("reads the whole table:\n%s", plan)
			return
		}
	}
	if !strings.Contains(plan, "casework_case_near") {
		t.Errorf("does not use casework_case_near:\n%s", plan)
	}
}

// PlanOfOpen is how the public list is read.
func PlanOfOpen(t *testing.T, d *db.DB, q PublicQuery) string {
	query, args := openCasesQuery(q, Key{}, 50)
	return dbtest.Plan(t, d, query, args...)
}

// ReadVerdict is readVerdict.
func ReadVerdict(body string) (Verdict, bool) { return readVerdict(body) }

// RereadPoints is rereadPoints.
func (s *Service) RereadPoints(ctx context.Context) error { return s.rereadPoints(ctx) }

// Shown is shown.
func Shown(part, whole int64) (int, bool) { return shown(part, whole) }

// Likely is likely.
func Likely(language string, c Case, now time.Time, zone *time.Location) string {
	return likely(language, c, now, zone)
}

// Expects is what a private page says of when it is likely to be done.
func Expects(s *Service, t Tracked, now time.Time) string {
	return trackedView{Tracked: t, pageWords: pagesEnglish, now: now, zone: time.UTC, honest: s.Honest}.expects()
}
