package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/web"
)

// Paths of the built-in map.
const (
	stylePath  = "/map/style.json"
	placesPath = "/map/places.json"
)

// mapStyle is the address of the style that maps use; "" while there is nothing
// on it, for of an empty ground nobody can say where they are.
func (a *App) mapStyle(ctx context.Context) (string, error) {
	switch {
	case a.config.MapStyle != "":
		return a.config.MapStyle, nil
	case a.config.MapTiles != "":
		return stylePath, nil
	}
	s, err := a.directory.Snapshot(ctx)
	if err != nil || !slices.ContainsFunc(s.Places(), drawable) {
		return "", err
	}
	return stylePath, nil
}

// drawable reports whether a place is shown on the built-in map: postcodes and
// wards have names that help nobody find a place.
func drawable(p directory.Place) bool { return p.Kind != "postcode" && p.Kind != "ward" }

// tileOrigins are where what maps show may come from.
func tileOrigins(c Config) []string {
	origins := slices.Clone(c.MapOrigins)
	for _, address := range []string{c.MapTiles, c.MapStyle} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}

func (a *App) mapRoutes(rt *web.Router) {
	rt.Handle("GET "+stylePath, web.Public("the map of the public form"), a.showStyle)
	rt.Handle("GET "+placesPath, web.Public("the map of the public form: the names of the council's places"), a.showPlaces)
}

// object is JSON as the MapLibre style specification and GeoJSON (RFC 7946)
// name it.
type object = map[string]any

func (a *App) showStyle(w http.ResponseWriter, r *http.Request) error {
	style := placesStyle()
	if a.config.MapTiles != "" {
		style = tilesStyle(a.config.MapTiles, a.config.MapAttribution)
	}
	body, err := json.Marshal(style)
	if err != nil {
		return fmt.Errorf("write the map style: %w", err)
	}
	return sendCached(w, r, "application/json", body)
}

func tilesStyle(tiles, attribution string) object {
	source := object{"type": "raster", "tiles": []string{tiles}, "tileSize": 256, "maxzoom": 19}
	if attribution != "" {
		source["attribution"] = attribution
	}
	return object{
		"version": 8,
		"sources": object{"tiles": source},
		"layers":  []object{{"id": "tiles", "type": "raster", "source": "tiles"}},
	}
}

// placesStyle is a map that needs nothing from outside: the places that the
// council knows, named. It names no glyphs, so the browser draws the words with
// the page's own font.
func placesStyle() object {
	font := []string{"Atkinson Hyperlegible Next", "sans-serif"}
	label := func(size any, anchor string) object {
		return object{
			"text-field": []any{"get", "name"}, "text-font": font, "text-size": size, "text-anchor": anchor,
			"text-offset": []any{0, 0.5}, "text-max-width": 9, "text-optional": true,
		}
	}
	halo := object{"text-color": "#1d2935", "text-halo-color": "#f7f4ee", "text-halo-width": 1.5}
	settlement := []any{"==", []any{"get", "kind"}, "settlement"}
	other := []any{"!=", []any{"get", "kind"}, "settlement"}
	grow := func(from, to float64) []any {
		return []any{"interpolate", []any{"linear"}, []any{"zoom"}, 6, from, 15, to}
	}
	return object{
		"version": 8,
		"sources": object{"places": object{"type": "geojson", "data": placesPath, "attribution": ""}},
		"layers": []object{
			{"id": "ground", "type": "background", "paint": object{"background-color": "#eee9df"}},
			{"id": "other-dots", "type": "circle", "source": "places", "filter": other, "minzoom": 11,
				"paint": object{"circle-radius": grow(1, 3.5), "circle-color": "#8a8f96"}},
			{"id": "settlement-dots", "type": "circle", "source": "places", "filter": settlement,
				"paint": object{"circle-radius": grow(2.5, 6), "circle-color": "#9a3b1e", "circle-stroke-color": "#f7f4ee", "circle-stroke-width": 1}},
			{"id": "other-names", "type": "symbol", "source": "places", "filter": other, "minzoom": 12.5,
				"layout": label(grow(10, 13), "top"), "paint": halo},
			{"id": "settlement-names", "type": "symbol", "source": "places", "filter": settlement,
				"layout": label(grow(11, 19), "top"), "paint": halo},
		},
	}
}

// mostPlaces is how many places the built-in map shows. A larger gazetteer
// wants real tiles.
const mostPlaces = 5000

// drawnPlaces are the places as GeoJSON, as one snapshot of the directory knew
// them.
type drawnPlaces struct {
	of   *directory.Snapshot
	json []byte
}

// placesJSON keeps what was last written, for every map asks for it.
type placesJSON struct{ last atomic.Pointer[drawnPlaces] }

func (a *App) showPlaces(w http.ResponseWriter, r *http.Request) error {
	body, err := a.places(r.Context())
	if err != nil {
		return err
	}
	return sendCached(w, r, "application/geo+json", body)
}

func (a *App) places(ctx context.Context) ([]byte, error) {
	s, err := a.directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if last := a.drawn.last.Load(); last != nil && last.of == s {
		return last.json, nil
	}
	body, err := json.Marshal(object{"type": "FeatureCollection", "features": features(s)})
	if err != nil {
		return nil, fmt.Errorf("draw the places: %w", err)
	}
	a.drawn.last.Store(&drawnPlaces{of: s, json: body})
	return body, nil
}

// features draws settlements first, then what is nearest to the middle of the
// council's map.
func features(s *directory.Snapshot) []object {
	c := s.Council()
	shrink := math.Cos(c.Lat * math.Pi / 180) // a degree of longitude against one of latitude
	far := func(p directory.Place) float64 { return math.Hypot(p.Lat-c.Lat, (p.Lon-c.Lon)*shrink) }
	list := slices.Clone(s.Places())
	list = slices.DeleteFunc(list, func(p directory.Place) bool { return !drawable(p) })
	slices.SortStableFunc(list, func(a, b directory.Place) int {
		if a, b := a.Kind == "settlement", b.Kind == "settlement"; a != b {
			if a {
				return -1
			}
			return 1
		}
		return cmp.Compare(far(a), far(b))
	})
	drawn := make([]object, 0, min(len(list), mostPlaces))
	for _, p := range list[:min(len(list), mostPlaces)] {
		drawn = append(drawn, object{
			"type":       "Feature",
			"geometry":   object{"type": "Point", "coordinates": []float64{p.Lon, p.Lat}},
			"properties": object{"name": p.Name, "kind": p.Kind},
		})
	}
	return drawn
}

// sendCached lets browsers keep what they have and ask whether it is still
// right.
func sendCached(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", contentType)
	return web.Send(w, r, http.StatusOK, body)
}

// keepMap holds the open cases ready for the map.
func (a *App) keepMap(ctx context.Context) {
	a.casework.KeepMap(ctx, func(err error) {
		a.config.Log.ErrorContext(ctx, "the map of open cases could not be read; trying again", "error", err)
	})
}
