package casework

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// object is JSON as GeoJSON (RFC 7946) names it.
type object = map[string]any

// featuresOf are marks as a GeoJSON FeatureCollection. Ids are text, for they
// are larger than the numbers of JavaScript.
func featuresOf(list []Cluster, n names, url func(Cluster) string) object {
	features := make([]object, 0, len(list))
	for _, c := range list {
		p := object{"count": c.Count}
		if c.Count == 1 {
			p["service"], p["state"] = n.service(c.ServiceID), c.State.Label()
			if url != nil {
				p["url"] = url(c)
			}
		}
		features = append(features, object{"type": "Feature", "properties": p,
			"geometry": object{"type": "Point", "coordinates": []float64{roundDegrees(c.Lon), roundDegrees(c.Lat)}}})
	}
	return object{"type": "FeatureCollection", "features": features}
}

// roundDegrees keeps a decimetre.
func roundDegrees(d float64) float64 { return math.Round(d*1e6) / 1e6 }

// ReadMapView reads bbox=west,south,east,north (as in GeoJSON) and zoom.
//
// Errors: fault.Invalid.
func ReadMapView(r *http.Request) (MapView, error) {
	wrong := fault.New(fault.Invalid, "The map asked for a part of the world that there is not. Load the page again.")
	q := r.URL.Query()
	parts := strings.Split(q.Get("bbox"), ",")
	if len(parts) != 4 {
		return MapView{}, wrong
	}
	var d [4]float64
	for i, part := range parts {
		var err error
		if d[i], err = strconv.ParseFloat(part, 64); err != nil || math.IsNaN(d[i]) {
			return MapView{}, wrong
		}
	}
	zoom, err := strconv.ParseFloat(q.Get("zoom"), 64)
	if err != nil || !(zoom >= 0 && zoom < 100) {
		return MapView{}, wrong
	}
	v := MapView{West: max(d[0], -180), South: max(d[1], -90), East: min(d[2], 180), North: min(d[3], 90), Zoom: int(zoom)}
	if !v.Valid() {
		return MapView{}, wrong
	}
	return v, nil
}

// showPoints answers what is on a part of the map.
func (s *Service) showPoints(w http.ResponseWriter, r *http.Request) error {
	v, err := ReadMapView(r)
	if err != nil {
		return err
	}
	page, err := s.mapView(r)
	if err != nil {
		return err
	}
	page.narrow(&v)
	list, err := s.Clusters(r.Context(), v, false)
	if err != nil {
		return err
	}
	body, err := json.Marshal(featuresOf(list, page.Names, func(c Cluster) string { return caseURL(c.CaseID) }))
	if err != nil {
		return fmt.Errorf("write the cases on the map: %w", err)
	}
	w.Header().Set("Content-Type", "application/geo+json")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(body)
	return err
}
