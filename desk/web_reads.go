package desk

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// readsWeeks is how far back the page looks.
const readsWeeks = 12

// readsView is how well triage does.
type readsView struct {
	names
	services []readsLine // the most read first
	weeks    []readsLine // the newest first
	total    readsLine
}

// readsLine is a row of a table: how many were read as something, and for how
// many an officer chose another service.
type readsLine struct {
	Reads
	label   string
	unknown int64 // of a week: what it did not know
}

func (s *Service) getReads(w http.ResponseWriter, r *http.Request) error {
	n, err := s.names(r.Context())
	if err != nil {
		return err
	}
	list, err := s.ReadsSince(r.Context(), n.now.Add(-readsWeeks*readsSpan))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, readsPage(readsOf(n, list)))
}

func readsOf(n names, list []Reads) readsView {
	v := readsView{names: n}
	byService, byWeek := map[int64]*readsLine{}, map[time.Time]*readsLine{}
	for _, one := range list {
		line, there := byService[one.ServiceID]
		if !there {
			line = &readsLine{Reads: Reads{ServiceID: one.ServiceID}, label: n.service(one.ServiceID)}
			if one.ServiceID == 0 {
				line.label = "Not known"
			}
			byService[one.ServiceID] = line
		}
		week, there := byWeek[one.Week]
		if !there {
			week = &readsLine{Reads: Reads{Week: one.Week}, label: "From " + one.Week.In(n.zone).Format("2 January")}
			byWeek[one.Week] = week
		}
		for _, sum := range []*readsLine{line, week, &v.total} {
			sum.Read += one.Read
			sum.Corrected += one.Corrected
			if one.ServiceID == 0 {
				sum.unknown += one.Read
			}
		}
	}
	for _, line := range byService {
		v.services = append(v.services, *line)
	}
	slices.SortFunc(v.services, func(a, b readsLine) int {
		return cmp.Or(cmp.Compare(b.Read, a.Read), cmp.Compare(a.ServiceID, b.ServiceID))
	})
	for _, line := range byWeek {
		v.weeks = append(v.weeks, *line)
	}
	slices.SortFunc(v.weeks, func(a, b readsLine) int { return b.Week.Compare(a.Week) })
	return v
}

// left is the share that no officer has corrected, in words; "–" for "don't
// know", which cannot be wrong.
func (l readsLine) left() string {
	if l.Read == 0 || l.label == "Not known" {
		return "–"
	}
	return strconv.FormatInt((100*(l.Read-l.Corrected)+l.Read/2)/l.Read, 10) + " %"
}

func (v readsView) says() string {
	return ui.Count(int(v.total.Read), "conversation", "conversations") + " in the last " + strconv.Itoa(readsWeeks) + " weeks. For " +
		ui.Number(v.total.unknown) + " the service was not known; for " + ui.Number(v.total.Corrected) + " an officer chose another."
}
