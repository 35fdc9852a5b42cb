package casework

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Nearness is how near two reports of a service must be to be taken for one.
type Nearness struct {
	ServiceID int64
	Metres    int64
	Days      int64 // for a case that has ended: since when
}

const (
	usualMetres = 100
	usualDays   = 30
	maxMetres   = 2_000
	maxDays     = 730
	maxNear     = 5   // cases that are offered
	nearRange   = 300 // cases that are looked at in one range of cells
)

// Near is a case that may be about the same thing.
type Near struct {
	Case
	Metres   float64
	Likeness float64 // of the words: 0 to 1
	Pictured bool    // the same picture was sent with it
}

// Place is what a search for cases nearby goes by.
type Place struct {
	ServiceID int64
	Lat, Lon  float64
	Words     string
	Photos    []int64 // ids of the desk's media, for cases with the same picture
	Except    int64   // a case that is not to be found
}

// earth is the mean radius in metres (IUGG).
const earth = 6_371_008.8

// ranges are the S2 cells that cover a circle, as the database keeps them: few
// ranges of the index (service_id, cell, ended_at).
func ranges(lat, lon float64, metres int64) [][2]int64 {
	circle := s2.CapFromCenterAngle(s2.PointFromLatLng(s2.LatLngFromDegrees(lat, lon)), s1.Angle(float64(metres)/earth))
	coverer := s2.RegionCoverer{MinLevel: 8, MaxLevel: 20, MaxCells: 8}
	var list [][2]int64
	for _, cell := range coverer.Covering(circle) {
		from, to := int64(cell.RangeMin()), int64(cell.RangeMax())
		if n := len(list); n > 0 && list[n-1][1]+2 >= from {
			list[n-1][1] = to // cells beside each other are one range: leaf cells are odd
			continue
		}
		list = append(list, [2]int64{from, to})
	}
	return list
}

// Nearby finds the cases that may be about the same thing: of the same service,
// within its distance, open or ended lately, the likeliest first. 5 at most.
func (s *Service) Nearby(ctx context.Context, p Place) (list []Near, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = s.nearbyTx(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for cases nearby: %w", err)
	}
	return list, nil
}

func (s *Service) nearbyTx(ctx context.Context, tx *db.Tx, p Place) ([]Near, error) {
	if p.ServiceID == 0 || p.Lat == 0 && p.Lon == 0 {
		return nil, nil
	}
	within, err := nearnessOf(ctx, tx, p.ServiceID)
	if err != nil {
		return nil, err
	}
	found, err := casesWithin(ctx, tx, p.ServiceID, ranges(p.Lat, p.Lon, within.Metres), tx.Now.Add(-time.Duration(within.Days)*24*time.Hour))
	if err != nil {
		return nil, err
	}
	here, words := s2.LatLngFromDegrees(p.Lat, p.Lon), grams(p.Words)
	var list []Near
	for _, c := range found {
		n := Near{Case: c, Metres: float64(here.Distance(s2.LatLngFromDegrees(c.Lat, c.Lon))) * earth}
		if c.ID == p.Except || n.Metres > float64(within.Metres) || c.State == Duplicate || c.State == Withdrawn || c.State == NotOurs {
			continue
		}
		n.Likeness = likeness(words, grams(c.Words))
		list = append(list, n)
	}
	if err := s.pictured(ctx, tx, list, p.Photos); err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.apart(within), b.apart(within)), cmp.Compare(a.ID, b.ID))
	})
	return list[:min(len(list), maxNear)], nil
}

// apart is how unlike the search a case is: its share of the distance, and how
// little the words are alike. Ended ones come behind.
func (n Near) apart(within Nearness) float64 {
	apart := n.Metres/float64(within.Metres) + 1 - n.Likeness
	if n.Pictured { // the same picture says more than any words
		apart -= 2
	}
	if n.State.Ended() {
		apart++
	}
	return apart
}

// pictured marks the cases with which one of the pictures was sent too.
func (s *Service) pictured(ctx context.Context, tx *db.Tx, list []Near, photos []int64) error {
	if len(photos) == 0 || len(list) == 0 {
		return nil
	}
	ids := make([]int64, len(list))
	for i, n := range list {
		ids[i] = n.ID
	}
	theirs, err := photosOfCases(ctx, tx, ids)
	if err != nil || len(theirs) == 0 {
		return err
	}
	media := slices.Clone(photos[:min(len(photos), maxPhotos)])
	for _, p := range theirs {
		media = append(media, p.media)
	}
	looks, err := s.Desk.LikenessesTx(ctx, tx, media)
	if err != nil {
		return err
	}
	same := map[int64]bool{} // cases
	for _, p := range theirs {
		same[p.caseID] = same[p.caseID] || slices.ContainsFunc(photos, func(id int64) bool {
			return id == p.media || looks[id].Alike(looks[p.media])
		})
	}
	for i := range list {
		list[i].Pictured = same[list[i].ID]
	}
	return nil
}

// grams are the runs of three letters of a text: they bear spelling mistakes and
// other endings, and need no language.
func grams(words string) map[string]bool {
	folded := []rune(" " + strings.Join(strings.Fields(text.Fold(words)), " ") + " ")
	set := map[string]bool{}
	for i := 0; i+3 <= len(folded) && i < 1_000; i++ {
		set[string(folded[i:i+3])] = true
	}
	return set
}

// likeness is the Sørensen–Dice coefficient of two sets: 0 for nothing in
// common, 1 for the same.
func likeness(a, b map[string]bool) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	both := 0
	for g := range a {
		if b[g] {
			both++
		}
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}

// about is the distance as people say it.
func (n Near) about() string {
	if n.Metres < 10 {
		return "at the same place"
	}
	return fmt.Sprintf("%.0f m away", math.Round(n.Metres/5)*5)
}

// NearnessOf returns how near reports of a service must be to be taken for one.
func (s *Service) NearnessOf(ctx context.Context, service int64) (n Nearness, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = nearnessOf(ctx, tx, service)
		return err
	})
	return n, err
}

// SetNearness changes it.
//
// Errors: fault.Fields (metres, days).
func (s *Service) SetNearness(ctx context.Context, by staff.Officer, n Nearness) error {
	var wrong fault.Fields
	if n.Metres < 1 || n.Metres > maxMetres {
		wrong.Add("metres", "Enter a distance from 1 to 2,000 metres.")
	}
	if n.Days < 0 || n.Days > maxDays {
		wrong.Add("days", "Enter a number of days from 0 to 730.")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, err := nearnessOf(ctx, tx, n.ServiceID)
		if err != nil || before == n {
			return err
		}
		if err := putNearness(ctx, tx, n); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "casework.nearness.changed", Subject: record.Subject{Kind: "service", ID: n.ServiceID},
			Before: map[string]any{"metres": before.Metres, "days": before.Days}, After: map[string]any{"metres": n.Metres, "days": n.Days}})
	})
	if err != nil {
		return fmt.Errorf("change how near reports of service %d must be: %w", n.ServiceID, err)
	}
	return nil
}
