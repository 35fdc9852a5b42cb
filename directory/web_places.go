package directory

import (
	"context"
	"net/http"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// placesShown is how many places a search shows, and suggested how many a
// field suggests.
const (
	placesShown = 50
	suggested   = 10
)

// placesPage is what the gazetteer's page shows.
type placesPage struct {
	snapshot *Snapshot
	search   *web.Form
	found    []Place
	add      *web.Form
	upload   *web.Form
	done     *Import
	style    string // of the map
}

func (d *Directory) placesPage(r *http.Request) (placesPage, error) {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return placesPage{}, err
	}
	style, err := d.mapStyle(r.Context())
	return placesPage{snapshot: s, style: style}, err
}

func (d *Directory) mapStyle(ctx context.Context) (string, error) {
	if d.MapStyle == nil {
		return "", nil
	}
	return d.MapStyle(ctx)
}

func (d *Directory) showPlaces(w http.ResponseWriter, r *http.Request) error {
	p, err := d.placesPage(r)
	if err != nil {
		return err
	}
	if p.search, err = web.ReadForm(r); err != nil {
		return err
	}
	p.found = p.snapshot.FindPlaces(p.search.Text("q"), placesShown)
	return web.Render(w, r, http.StatusOK, placesView(p))
}

// suggestPlaces answers with options for a datalist: what a person may mean who
// has typed so far, in q.
func (d *Directory) suggestPlaces(w http.ResponseWriter, r *http.Request) error {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, placeOptions(s.FindPlaces(f.Text("q"), suggested)))
}

func (d *Directory) addPlace(w http.ResponseWriter, r *http.Request) error {
	p, err := d.placesPage(r)
	if err != nil {
		return err
	}
	if p.add, err = web.ReadForm(r); err != nil {
		return err
	}
	f := p.add
	place := Place{Name: f.Text("name", web.Required("Enter the place’s name.")), Kind: f.Text("kind", web.Required("Say what it is, such as street or school.")), Within: f.Text("within")}
	place.Lat = f.Float("lat", -90, 90, "Enter the latitude in degrees, such as 56.19.")
	place.Lon = f.Float("lon", -180, 180, "Enter the longitude in degrees, such as -3.02.")
	if f.Err() == nil {
		added, err := d.AddPlace(r.Context(), actor(r), place)
		if err == nil {
			text := "Added " + place.Label() + "."
			if !added {
				text = place.Label() + " was there already. It is now at this position."
			}
			return web.RedirectWithNotice(w, r, placesPath, text)
		}
		if !f.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, f, placesView(p))
}

// kinds are what a place mostly is.
func kinds() []ui.Option {
	var options []ui.Option
	for _, k := range []string{"street", "settlement", "school", "park", "building", "ward", "postcode"} {
		options = append(options, ui.Option{Value: k, Label: strings.ToUpper(k[:1]) + k[1:]})
	}
	return options
}

func (d *Directory) importPlaces(w http.ResponseWriter, r *http.Request) error {
	p, err := d.placesPage(r)
	if err != nil {
		return err
	}
	var done Import
	chosen := false
	p.upload, err = web.ReadUpload(r, maxTable, func(f *web.File) error {
		if f.Field != "file" || chosen {
			return nil
		}
		chosen = true
		var err error
		done, err = d.ImportPlaces(r.Context(), actor(r), f)
		return err
	})
	if p.upload == nil {
		p.upload = web.NewForm()
	}
	if err == nil && !chosen {
		err = fault.Field("file", "Choose a CSV file.")
	}
	if err != nil {
		if !p.upload.Take(err) {
			return err
		}
		return web.RenderForm(w, r, p.upload, placesView(p))
	}
	if done.Wrong == 0 {
		return web.RedirectNotice(w, r, placesPath, done.notice())
	}
	// What is wrong does not fit into a notice: it stands on the page itself.
	// Reloading it sends the table again, which changes nothing.
	if p.snapshot, err = d.Snapshot(r.Context()); err != nil {
		return err
	}
	p.done = &done
	return web.Render(w, r, http.StatusOK, placesView(p))
}

// notice tells what became of a table without mistakes.
func (i Import) notice() web.Notice {
	n := web.Notice{Text: i.sentence()}
	if i.Added > 0 {
		n.UndoURL, n.UndoLabel = undoPath(i.ID), "Take out what was added"
	}
	return n
}

func undoPath(id int64) string { return placesPath + "/imports/" + idText(id) + "/undo" }

// sentence is "Added 312 places, moved 2, 40 were there already."
func (i Import) sentence() string {
	parts := []string{"Added " + web.Count(i.Added, "place", "places")}
	if i.Moved > 0 {
		parts = append(parts, "changed "+web.Number(int64(i.Moved)))
	}
	if i.Same > 0 {
		parts = append(parts, web.Number(int64(i.Same))+" were there already")
	}
	return strings.Join(parts, ", ") + "."
}

func (d *Directory) undoImport(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, errNoImport)
	if err != nil {
		return err
	}
	n, err := d.UndoImport(r.Context(), actor(r), id)
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, placesPath, "Took out "+web.Count(n, "place", "places")+".")
}
