package casework

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/web"
)

// mapListed is how many cases stand in the table beside the map.
const mapListed = 50

// mapView is the map of open cases.
type mapView struct {
	filterView
	Style  string
	Points string // address of the marks, with the filters
	Listed string // address of the table
	Cases  []Case
	Total  int
	Now    time.Time
}

// Within are the open cases on a part of the map, what is due first, 50 at most,
// and how many there are.
func (s *Service) Within(ctx context.Context, v MapView, publicOnly bool) ([]Case, int, error) {
	if err := s.freshPoints(ctx); err != nil {
		return nil, 0, err
	}
	ids, total := s.points.within(v, publicOnly, mapListed)
	var list []Case
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if len(ids) == 0 {
			return nil
		}
		found, err := casesByID(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if c, ok := found[id]; ok && !c.State.Ended() {
				list = append(list, c)
			}
		}
		return nil
	})
	return list, total, err
}

// within are the cases of a part of the map that have waited longest.
func (p *points) within(v MapView, publicOnly bool, most int) (ids []int64, total int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	type old struct{ created, id int64 }
	var list []old
	for i := range p.list {
		if one := &p.list[i]; v.shows(one, publicOnly) {
			list = append(list, old{one.created, one.id})
		}
	}
	slices.SortFunc(list, func(a, b old) int {
		if a.created != b.created {
			return int(min(max(a.created-b.created, -1), 1))
		}
		return int(min(max(a.id-b.id, -1), 1))
	})
	for _, one := range list[:min(len(list), most)] {
		ids = append(ids, one.id)
	}
	return ids, len(list)
}

func (v *mapView) narrow(m *MapView) {
	m.ServiceID, m.TeamID, m.AreaID, m.State = v.Query.ServiceID, v.Query.TeamID, v.Query.AreaID, v.Query.State
	m.OfficerID, m.TeamIDs = v.Query.OfficerID, v.Query.TeamIDs
}

func (s *Service) mapView(r *http.Request) (mapView, error) {
	v := mapView{Now: web.Now(r.Context())}
	form, err := web.ReadForm(r)
	if err != nil {
		return v, err
	}
	if v.filterView, err = s.filterView(r, form, "/cases/map"); err != nil {
		return v, err
	}
	v.Style, err = s.mapStyle(r.Context())
	return v, err
}

func (s *Service) showMap(w http.ResponseWriter, r *http.Request) error {
	v, err := s.mapView(r)
	if err != nil {
		return err
	}
	v.Points, v.Listed = v.url("/cases/map/points"), v.url("/cases/map/list")
	all := MapView{South: -90, West: -180, North: 90, East: 180}
	v.narrow(&all)
	if v.Cases, v.Total, err = s.Within(r.Context(), all, false); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mapPage(v))
}

// showMapList is the table beside the map, for the part that is in sight.
func (s *Service) showMapList(w http.ResponseWriter, r *http.Request) error {
	part, err := ReadMapView(r)
	if err != nil {
		return err
	}
	v, err := s.mapView(r)
	if err != nil {
		return err
	}
	v.narrow(&part)
	if v.Cases, v.Total, err = s.Within(r.Context(), part, false); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mapList(v))
}

func (v mapView) heading() string {
	switch {
	case v.Total == 0:
		return "No open case in this part of the map"
	case v.Total > len(v.Cases):
		return "The " + number(int64(len(v.Cases))) + " longest open of " + number(int64(v.Total)) + " in this part of the map"
	case v.Total == 1:
		return "One open case in this part of the map"
	}
	return strings.TrimSpace(number(int64(v.Total)) + " open cases in this part of the map")
}
