package directory

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// councilPage is where the council's profile is changed.
type councilPage struct {
	council Council
	form    *web.Form
	changed []ui.Difference
	style   string // of the map
}

func languageOptions() []ui.Option {
	return []ui.Option{{Value: "en-GB", Label: "English"}, {Value: "cy-GB", Label: "Cymraeg (Welsh)"}, {Value: "gd-GB", Label: "Gàidhlig (Gaelic)"}}
}

// languages are the options, and what the profile has besides.
func (p councilPage) languages() []ui.Option {
	options := languageOptions()
	for _, o := range options {
		if o.Value == p.council.Language {
			return options
		}
	}
	return append(options, ui.Option{Value: p.council.Language, Label: p.council.Language})
}

func (d *Directory) councilPage(r *http.Request) (councilPage, *Snapshot, error) {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return councilPage{}, nil, err
	}
	style, err := d.mapStyle(r.Context())
	if err != nil {
		return councilPage{}, nil, err
	}
	c := s.Council()
	return councilPage{council: c, style: style, form: web.NewForm(
		"name", c.Name, "language", c.Language, "middle-lat", number(c.Lat), "middle-lng", number(c.Lon),
		"zoom", number(c.Zoom), "answer_within", hours(c.AnswerWithin),
	)}, s, nil
}

func hours(d time.Duration) string { return strconv.FormatFloat(d.Hours(), 'f', -1, 64) }

func (d *Directory) showCouncil(w http.ResponseWriter, r *http.Request) error {
	p, _, err := d.councilPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, councilView(p))
}

func (d *Directory) saveCouncil(w http.ResponseWriter, r *http.Request) error {
	p, s, err := d.councilPage(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	c := readCouncilForm(p.form, s)
	if p.form.Err() == nil {
		err = d.SaveCouncil(r.Context(), actor(r), c)
		if err == nil {
			return web.RedirectWithNotice(w, r, councilPath, "Saved the council.")
		}
		if !p.form.Take(err) {
			return err
		}
	}
	if fault.Is(err, fault.Conflict) {
		was := p.council
		p.changed = []ui.Difference{
			{"Name", was.Name, c.Name},
			{"Language", was.Language, c.Language},
			{"Hours to answer", hours(was.AnswerWithin), hours(c.AnswerWithin)},
			{"Middle of the map", number(was.Lat) + ", " + number(was.Lon), number(c.Lat) + ", " + number(c.Lon)},
			{"Zoom", number(was.Zoom), number(c.Zoom)},
		}
	}
	return web.RenderForm(w, r, p.form, councilView(p))
}

func readCouncilForm(f *web.Form, s *Snapshot) Council {
	c := Council{Version: f.Version(), Name: f.Text("name", web.AtMost(maxName)), Language: f.Text("language")}
	within := f.Float("answer_within", minAnswerWithin.Hours(), maxAnswerWithin.Hours(), "Enter a number of hours from 0.25 to 1,440 (60 days).")
	c.AnswerWithin = time.Duration(within * float64(time.Hour))
	if named, found := s.named(f.Text("middle")); found {
		c.Lat, c.Lon = named.Lat, named.Lon
	} else if f.Text("middle") != "" {
		f.Fail("middle", "The gazetteer knows no such place. Choose a point on the map, or give coordinates.")
	} else {
		c.Lat = f.Float("middle-lat", -90, 90, "Enter the latitude in degrees, such as 56.19.")
		c.Lon = f.Float("middle-lng", -180, 180, "Enter the longitude in degrees, such as -3.02.")
	}
	c.Zoom = f.Float("zoom", 1, 20, "Enter a number from 1 to 20.")
	return c
}

// named is the place that somebody means who types a name in full.
func (s *Snapshot) named(typed string) (Place, bool) {
	if strings.TrimSpace(typed) == "" {
		return Place{}, false
	}
	place := s.Read(typed).Place
	return place, place.Name != ""
}
