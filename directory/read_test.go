package directory_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// strath returns a snapshot of the made-up council. Reading it needs no
// database, so one engine is enough.
func strath(t testing.TB) *directory.Snapshot {
	t.Helper()
	clock := dbtest.NewClock()
	d := dbtest.Open(t, db.SQLite, schema, clock)
	dir := directory.New(directory.Options{DB: d})
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := dir.SetCouncilTx(ctx, tx, mairi, directory.Council{Name: "Strathmarn Council", Lat: 56.2, Lon: -3.0}); err != nil {
			return err
		}
		if err := dir.SeedTx(ctx, tx, mairi); err != nil {
			return err
		}
		if _, err := dir.AddAreasTx(ctx, tx, mairi, []directory.Area{
			{Name: "East Neuk", Places: "Port Ellan, St Monans"}, {Name: "Kirkbrae and district", Places: "Kirkbrae"}, {Name: "West", Places: "Inverlochty"},
		}); err != nil {
			return err
		}
		_, err := dir.AddPlacesTx(ctx, tx, mairi, strathmarn())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := dir.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAServiceIsReadFromItsWords(t *testing.T) {
	s := strath(t)
	for message, want := range map[string]string{
		"There's a massive pot-hole on Tolbooth Wynd, burst my tyre":             "Potholes and road surface",
		"POTHOLES!!! everywhere":                                                 "Potholes and road surface",
		"My bin wasn't emptied again this week":                                  "Missed bins",
		"Bins not collected on King's Rd":                                        "Missed bins",
		"Street light out at no 12":                                              "Street lights",
		"street lights, and the lamp posts":                                      "Street lights",
		"Is the school shut because of the snow?":                                "School closures",
		"Someone has dumped a mattress and three tyres":                          "Fly-tipping",
		"Dug shite a ower the pavement, dug mess and nae poo bags":               "Dog fouling and stray dogs",
		"Can ye no get a gritter up the brae, it's a sheet of ice":               "Winter gritting and snow",
		"Tha sneachda trom ann":                                                  "Winter gritting and snow",
		"Mae twll yn y ffordd":                                                   "Potholes and road surface",
		"how do I get a Blue Badge?":                                             "Blue badges",
		"what's the single person discount on council tax":                       "Council tax",
		"Hello, lovely day":                                                      "",
		"":                                                                       "",
		"a library and a noise":                                                  "", // a tie
		"see https://example.org/potholes/snow-and-ice":                          "",
		"@potholes_fife.example hello":                                           "",
		"The pest of this street: rats, rats, rats":                              "Pest control",
		"Ｐｏｔｈｏｌｅ on the brae":                                                    "Potholes and road surface",
		"the stank is blocked and the road's flooded":                            "Flooding and blocked drains",
		"The tree. Down the road they dance":                                     "Trees and hedges",
		"car parked on the pavement blocking my drive":                           "Parking",
		"I am homeless and sleeping in my car tonight":                           "Homelessness",
		"When will you fix the boiler in my council flat, no heating for 3 days": "Council housing repairs",
	} {
		if got := s.ServiceName(s.Read(message).ServiceID); got != want {
			t.Errorf("%q is read as %q, want %q", message, got, want)
		}
	}
}

func TestAPlaceIsReadFromItsName(t *testing.T) {
	s := strath(t)
	for message, want := range map[string]string{
		"hole outside No 12 Tolbooth Wynd":              "Tolbooth Wynd, Kirkbrae",
		"TOLBOOTH WYND, KIRKBRAE":                       "Tolbooth Wynd, Kirkbrae",
		"outside Kirkbrae Primary":                      "Kirkbrae Primary School, Kirkbrae",
		"in Kirkbrae somewhere":                         "Kirkbrae",
		"High Street is flooded":                        "High Street, Kirkbrae", // the one in the middle
		"High St in Port Ellan is flooded":              "High Street, Port Ellan",
		"Inverlochty: the high street again":            "High Street, Inverlochty",
		"kings rd":                                      "King's Road, Kirkbrae",
		"King’s Road":                                   "King's Road, Kirkbrae",
		"at St. Monans harbour":                         "St Monans",
		"saint monans":                                  "St Monans",
		"I live at KY98 3AB":                            "KY98 3AB, Kirkbrae",
		"ky983ab":                                       "KY98 3AB, Kirkbrae",
		"somewhere in KY98":                             "KY98",
		"Tolbooth Wynd KY98 3AB":                        "Tolbooth Wynd, Kirkbrae",
		"High Street near St Monans":                    "High Street, Port Ellan", // the nearest to what is named
		"down by the shore":                             "",
		"down by the Shore":                             "Shore, Port Ellan",
		"the high. Street parties are back":             "",
		"Tolboothwynd":                                  "",
		"mail ann@kirkbrae.example or @kirkbrae please": "",
		"https://example.org/kirkbrae/high-street":      "",
		"": "",
	} {
		if got := s.Read(message).Place; got.Name == "" && want != "" || got.Name != "" && got.Label() != want {
			t.Errorf("%q is read as %q, want %q", message, got.Label(), want)
		}
	}
}

func TestTheAreaOfAPlaceIsFoundByNameOrNearness(t *testing.T) {
	s := strath(t)
	for _, c := range []struct {
		where    string
		lat, lon float64
		want     string
	}{
		{"High Street, Port Ellan", 0, 0, "East Neuk"},
		{"Tolbooth Wynd", 0, 0, "Kirkbrae and district"},
		{"", 56.302, -3.21, "West"},
		{"somewhere", 56.14, -2.77, "East Neuk"},
		{"the west of it", 0, 0, "West"},
		{"", 0, 0, ""},
		{"", 51.5, -0.1, ""},
		{"Edinburgh", 0, 0, ""},
	} {
		a, found := s.AreaOf(c.where, c.lat, c.lon)
		if a.Name != c.want || found != (c.want != "") {
			t.Errorf("%q at %v, %v is in %q, want %q", c.where, c.lat, c.lon, a.Name, c.want)
		}
	}
}

func TestTheNearestPlaceIsAtMostTwoKilometresAway(t *testing.T) {
	s := strath(t)
	for _, c := range []struct {
		lat, lon float64
		want     string
	}{
		{56.2014, -3.0014, "Tolbooth Wynd, Kirkbrae"}, {56.10, -2.80, "Port Ellan"}, {56.115, -2.80, "High Street, Port Ellan"}, {56.125, -2.80, ""}, {0, 0, ""}, {90, 180, ""},
	} {
		p, found := s.Nearest(c.lat, c.lon)
		if found != (c.want != "") || found && p.Label() != c.want {
			t.Errorf("%v, %v: %q, want %q", c.lat, c.lon, p.Label(), c.want)
		}
	}
}

func TestPlacesAreSuggestedByTheirBeginning(t *testing.T) {
	s := strath(t)
	for typed, want := range map[string]string{
		"high":             "High Street, Kirkbrae | High Street, Port Ellan | High Street, Inverlochty",
		"HIGH street, inv": "High Street, Inverlochty",
		"kings":            "King's Road, Kirkbrae",
		"wynd":             "Tolbooth Wynd, Kirkbrae",
		"":                 "",
		"xyz":              "",
		"ky98 3":           "KY98 3AB, Kirkbrae",
	} {
		var labels []string
		for _, p := range s.FindPlaces(typed, 3) {
			labels = append(labels, p.Label())
		}
		if got := strings.Join(labels, " | "); got != want {
			t.Errorf("%q suggests %q, want %q", typed, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	s := strath(f)
	for _, seed := range []string{"", "High St. in Port Ellan", "pot-hole\n\nKY98 3AB", "\xff\xfe@", "https://", "www.", "’’’'", "ﬁ ﬂ ＫＹ９８", "a\u0301\u200d\u202e", strings.Repeat("high ", 5000)} {
		f.Add(seed, 56.2, -3.0)
	}
	f.Fuzz(func(t *testing.T, message string, lat, lon float64) {
		r := s.Read(message)
		if !reflect.DeepEqual(r, s.Read(message)) {
			t.Error("read differently the second time")
		}
		if _, known := s.Service(r.ServiceID); r.ServiceID != 0 && !known {
			t.Errorf("service %d", r.ServiceID)
		}
		s.AreaOf(message, lat, lon)
		s.Nearest(lat, lon)
		if n := len(s.FindPlaces(message, 5)); n > 5 {
			t.Errorf("%d places", n)
		}
	})
}
