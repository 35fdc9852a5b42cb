package open311

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/fault"
)

// What of a list is answered at most, as the specification says.
const (
	span     = 90 * 24 * time.Hour
	mostRows = 1000
	mostPage = 50
	radius   = 500    // metres, when only a point is given
	farthest = 50_000 // metres
	earth    = 6_371_000.0
)

// query is what a program asks of the requests.
type query struct {
	references []string // of these, and nothing else counts
	cases      casework.PublishedQuery
	nothing    bool // no case can fit
	page       int
	extensions bool
}

// readQuery reads the arguments of a list, or says what is wrong with them. An
// empty one counts as not given.
func readQuery(v url.Values, snapshot *directory.Snapshot, now time.Time) (query, error) {
	q := query{page: 1, extensions: truth(v.Get("extensions")), references: parts(v["service_request_id"])}
	if len(q.references) > 0 {
		if len(q.references) > mostRows {
			return q, fault.New(fault.Invalid, "service_request_id names more than 1000 requests. Ask for fewer at once.")
		}
		return q, nil
	}
	for _, code := range parts(v["service_code"]) {
		if service, ok := snapshot.ServiceByCode(code); ok {
			q.cases.Services = append(q.cases.Services, service.ID)
		} else {
			q.nothing = true
		}
	}
	q.nothing = q.nothing && len(q.cases.Services) == 0
	open, closed := false, false
	for _, status := range parts(v["status"]) {
		switch Status(strings.ToLower(status)) {
		case Open:
			open = true
		case Closed:
			closed = true
		default:
			return q, fault.Newf(fault.Invalid, "status %.40q is neither open nor closed.", status)
		}
	}
	q.cases.Open, q.cases.Ended = open && !closed, closed && !open
	if err := q.times(v, now); err != nil {
		return q, err
	}
	if err := q.place(v); err != nil {
		return q, err
	}
	var err error
	if q.page, err = whole(v, "page", 1, mostPage); err != nil {
		return q, err
	}
	q.cases.Limit, err = whole(v, "page_size", mostRows, mostRows)
	return q, err
}

func (q *query) times(v url.Values, now time.Time) error {
	var at [4]time.Time
	for i, name := range []string{"start_date", "end_date", "updated_after", "updated_before"} {
		if s := strings.TrimSpace(v.Get(name)); s != "" {
			var ok bool
			// A plus sign that was not escaped comes as a space.
			if at[i], ok = ParseTime(strings.Replace(s, " ", "+", strings.Count(s, "T")), time.UTC); !ok {
				return fault.Newf(fault.Invalid, "%s %.40q is no date. Write it as 2010-01-01T00:00:00Z.", name, s)
			}
		}
	}
	start, end, after, before := at[0], at[1], at[2], at[3]
	if !after.IsZero() || !before.IsZero() {
		q.cases.Changed, q.cases.From, q.cases.To = true, after, before
		return nil
	}
	switch {
	case start.IsZero() && end.IsZero():
		start = now.Add(-span)
	case start.IsZero():
		start = end.Add(-span)
	case end.IsZero():
		end = start.Add(span)
	}
	if !end.IsZero() && end.Before(start) {
		return fault.New(fault.Invalid, "end_date is before start_date.")
	}
	if !end.IsZero() && end.Sub(start) > span {
		return fault.New(fault.Invalid, "start_date and end_date are more than 90 days apart. Ask for 90 days at a time.")
	}
	q.cases.From, q.cases.To = start, end
	return nil
}

// place reads lat, long and radius, or bbox=west,south,east,north.
func (q *query) place(v url.Values) error {
	if box := strings.TrimSpace(v.Get("bbox")); box != "" {
		var d [4]float64
		list := strings.Split(box, ",")
		ok := len(list) == 4
		for i := 0; ok && i < 4; i++ {
			d[i], ok = degrees(list[i], []float64{180, 90, 180, 90}[i])
		}
		if !ok || d[0] > d[2] || d[1] > d[3] {
			return fault.New(fault.Invalid, "bbox is west,south,east,north in degrees, such as -3.3,56.1,-3.1,56.2.")
		}
		rect := s2.RectFromLatLng(s2.LatLngFromDegrees(d[1], d[0])).AddPoint(s2.LatLngFromDegrees(d[3], d[2]))
		q.cases.Around(rect)
		q.cases.Within = func(lat, lon float64) bool { return lon >= d[0] && lon <= d[2] && lat >= d[1] && lat <= d[3] }
		return nil
	}
	if v.Get("lat") == "" && v.Get("long") == "" {
		return nil
	}
	lat, okLat := degrees(v.Get("lat"), 90)
	lon, okLon := degrees(v.Get("long"), 180)
	if !okLat || !okLon {
		return fault.New(fault.Invalid, "lat and long are both needed, as degrees: lat from -90 to 90, long from -180 to 180.")
	}
	metres := float64(radius)
	if s := strings.TrimSpace(v.Get("radius")); s != "" {
		var err error
		if metres, err = strconv.ParseFloat(s, 64); err != nil || !(metres > 0 && metres <= farthest) {
			return fault.New(fault.Invalid, "radius is in metres, at most 50000.")
		}
	}
	middle := s2.LatLngFromDegrees(lat, lon)
	// Points are rounded to about ten metres before anybody sees them.
	north := metres / earth
	east := math.Min(math.Pi, north/math.Max(math.Cos(middle.Lat.Radians()), 1e-6))
	q.cases.Around(s2.RectFromCenterSize(middle, s2.LatLng{Lat: s1.Angle(2 * north), Lng: s1.Angle(2 * east)}))
	q.cases.Within = func(lat, lon float64) bool {
		return middle.Distance(s2.LatLngFromDegrees(lat, lon)).Radians()*earth <= metres
	}
	return nil
}

func whole(v url.Values, name string, usual, most int) (int, error) {
	s := strings.TrimSpace(v.Get(name))
	if s == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fault.Newf(fault.Invalid, "%s is a whole number from 1 to %d.", name, most)
	}
	return n, nil
}

// parts are the values of an argument that may be given several times, and hold
// several parted by commas.
func parts(list []string) []string {
	var all []string
	for _, s := range list {
		for one := range strings.SplitSeq(s, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all
}
