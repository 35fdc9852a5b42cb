package expect

import (
	"math"
	"slices"
	"sort"
)

// Row is a case of the history, or several that are alike.
type Row struct {
	Service int     // index of its service
	Area    int     // index of its area, Nowhere when unknown
	Opened  float64 // position in the calendar (see Calendar.Position)
	Ended   float64 // position; of no meaning while End is Open
	End     End
	Cases   float64 // how many; 1 for a single case
}

// Nowhere is the area of a case whose area is not known.
const Nowhere = -1

// seen is what was known of the case at a position: the age at which it ended
// or was seen last, and how it had ended by then.
func (r *Row) seen(at float64) (age float64, end End) {
	if r.End == Open || r.Ended > at {
		return at - r.Opened, Open
	}
	return r.Ended - r.Opened, r.End
}

// History is what became of cases, by when they were opened. It is immutable.
type History struct {
	rows     []Row
	services int
}

// NewHistory returns the history of rows. Cases that ended no later than they
// were opened are left out: they were written down when they were over, nobody
// waited for them.
func NewHistory(rows []Row) *History {
	h := &History{}
	for _, r := range rows {
		if r.End != Open && r.Ended <= r.Opened || math.IsNaN(r.Opened) || r.Cases <= 0 {
			continue
		}
		h.rows = append(h.rows, r)
		h.services = max(h.services, r.Service+1)
	}
	slices.SortStableFunc(h.rows, func(a, b Row) int {
		switch {
		case a.Opened < b.Opened:
			return -1
		case a.Opened > b.Opened:
			return 1
		}
		return 0
	})
	return h
}

// opened are the rows opened from one position (excluded) to another.
func (h *History) opened(from, to float64) []Row {
	i := sort.Search(len(h.rows), func(i int) bool { return h.rows[i].Opened > from })
	j := sort.Search(len(h.rows), func(i int) bool { return h.rows[i].Opened > to })
	return h.rows[i:max(i, j)]
}
